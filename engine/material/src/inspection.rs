use std::collections::BTreeMap;

use assay_base::{Diagnostic, MaterialKind};

/// What to do with a document that is of its kind but breaks the schema of its kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Strictness {
    /// It is refused.
    #[default]
    Strict,
    /// It is taken, with warnings and the annotation [`crate::Inspection::SCHEMA_FAILURES`]. Wrong identity, broken JSON and
    /// duplicate keys stay errors.
    Lenient,
}

/// What a piece of evidence turned out to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inspection {
    /// Its kind.
    pub kind: MaterialKind,
    /// Why it is of this kind, for a human.
    pub reason: String,
    /// Annotations of the material that come from its content (`chainloop.material.*`); name, type, size and storage are the
    /// caller's to add.
    pub annotations: BTreeMap<String, String>,
    /// What was tolerated, each with its place.
    pub warnings: Vec<Diagnostic>,
    /// What a policy gets to see.
    pub input: PolicyInput,
}

impl Inspection {
    /// The annotation that counts the schema failures that [`Strictness::Lenient`] let pass.
    pub const SCHEMA_FAILURES: &'static str = "assay.material.schema_failures";
}

/// The document that a policy sees as `input`, before metadata and arguments are added. An array is shown as
/// `input.elements`; that is the caller's to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PolicyInput {
    /// The bytes of the material are the JSON text, after a byte order mark if there is one. For an `ARTIFACT` or an
    /// `EVIDENCE` they need not be JSON: judging those is an error, never a pass.
    Document,
    /// This JSON text.
    Projected(Vec<u8>),
    /// The empty object: the material has no content of its own to judge.
    Empty,
}

/// A kind that is supported, as `material kinds` shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KindInfo {
    /// The kind.
    pub kind: MaterialKind,
    /// By what it is recognised, in a few words.
    pub recognised_by: &'static str,
    /// Its media types, the usual one first.
    pub media_types: &'static [&'static str],
}

/// What the check of one kind finds out.
#[derive(Debug)]
pub(crate) struct Facts {
    pub(crate) annotations: BTreeMap<String, String>,
    pub(crate) warnings: Vec<Diagnostic>,
    pub(crate) input: PolicyInput,
}

impl Facts {
    /// Nothing is known but what a policy sees.
    pub(crate) fn new(input: PolicyInput) -> Self {
        Self { annotations: BTreeMap::new(), warnings: Vec::new(), input }
    }

    /// Adds the annotation `chainloop.material.` + `key` unless there is nothing to say: annotations may not be empty.
    pub(crate) fn annotate(&mut self, key: &str, value: impl Into<String>) {
        let value = value.into();
        if !value.is_empty() {
            self.annotations.insert(format!("chainloop.material.{key}"), value);
        }
    }

    /// Annotates the producing tools: the first one by name and version, all of them as a JSON array of `name@version`.
    pub(crate) fn annotate_tools(&mut self, tools: &[(String, String)]) {
        let Some((name, version)) = tools.first() else { return };
        self.annotate("tool.name", name);
        self.annotate("tool.version", version);
        let all = tools.iter().map(|(name, version)| match version.as_str() {
            "" => name.clone(),
            version => format!("{name}@{version}"),
        });
        self.annotate("tools", all.collect::<serde_json::Value>().to_string());
    }
}
