mod message;

use assay_base::{Diagnostic, MaterialKind};
use jsonschema::{Draft, Registry, Resource, ValidationError, Validator};
use serde_json::Value;

use crate::document::Document;
use crate::error::MaterialError;
use crate::inspection::{Facts, Inspection, Strictness};

/// Findings that are shown; the rest is counted.
const SHOWN: usize = 20;
/// Findings after which a document is not looked at any further.
const COUNTED: usize = 1_000;

/// How documents of one kind and version are checked.
pub(crate) struct Rule {
    pub(crate) kind: MaterialKind,
    pub(crate) validator: &'static Validator,
    /// What is wrong and is tolerated all the same, because real producers do it and no policy is misled.
    pub(crate) tolerated: fn(&ValidationError<'_>) -> bool,
}

/// Compiles a schema of this crate. Formats are asserted: the official test suites come out right only then. `references` are
/// the schemas it refers to, by their URI; nothing else is looked up.
///
/// `draft` overrides what the schema says of itself.
pub(crate) fn compile(schema: &str, references: &[(&str, &str)], draft: Option<Draft>) -> Validator {
    let build = || {
        let mut registry = Registry::new();
        for (uri, text) in references {
            registry = registry.add(uri, Resource::from_contents(serde_json::from_str(text)?))?;
        }
        let registry = registry.prepare()?;
        let mut options = jsonschema::options().offline().should_validate_formats(true).with_registry(&registry);
        if let Some(draft) = draft {
            options = options.with_draft(draft);
        }
        let schema: Value = serde_json::from_str(schema)?;
        Ok::<_, Box<dyn std::error::Error>>(options.build(&schema)?)
    };
    #[expect(clippy::expect_used, reason = "the schemas are part of the program, and a test compiles each of them")]
    build().expect("a schema of this crate compiles")
}

/// Checks `document` and notes what was tolerated in `facts`.
pub(crate) fn check(
    rule: &Rule,
    document: &Document<'_>,
    strictness: Strictness,
    facts: &mut Facts,
) -> Result<(), MaterialError> {
    let value = document.object(rule.kind)?;
    if rule.validator.is_valid(value) {
        return Ok(());
    }
    let mut tolerated = Findings::new("material-tolerated");
    let mut refused = Findings::new("material-invalid");
    for error in rule.validator.iter_errors(value) {
        let findings = if (rule.tolerated)(&error) { &mut tolerated } else { &mut refused };
        findings.add(&error, document);
        if refused.count >= COUNTED || (strictness == Strictness::Strict && refused.count >= SHOWN) {
            break;
        }
    }
    facts.warnings.extend(tolerated.finish());
    let count = refused.count;
    let mut refused = refused.finish().into_iter();
    let Some(main) = refused.next() else { return Ok(()) };
    if strictness == Strictness::Strict {
        return Err(MaterialError::Invalid { kind: rule.kind, main: Box::new(main), rest: refused.collect() });
    }
    facts.annotations.insert(Inspection::SCHEMA_FAILURES.to_owned(), count.to_string());
    facts.warnings.push(main);
    facts.warnings.extend(refused);
    Ok(())
}

struct Findings {
    code: &'static str,
    count: usize,
    shown: Vec<Diagnostic>,
}

impl Findings {
    const fn new(code: &'static str) -> Self {
        Self { code, count: 0, shown: Vec::new() }
    }

    fn add(&mut self, error: &ValidationError<'_>, document: &Document<'_>) {
        self.count += 1;
        if self.shown.len() < SHOWN {
            self.shown.push(message::diagnostic(self.code, error, document));
        }
    }

    fn finish(mut self) -> Vec<Diagnostic> {
        let more = self.count - self.shown.len();
        if more > 0 {
            self.shown.push(Diagnostic::new(self.code, format!("and {more} more of this sort")));
        }
        self.shown
    }
}
