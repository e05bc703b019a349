use std::path::Path;
use std::sync::Arc;

use assay_base::Diagnostic;
use assay_contract::{Attachment, AttachmentSource, Document, Policy, ScriptSource};
use assay_policy::RegoEvaluator;
use assay_ports::Evaluator;

use crate::error::CliError;
use crate::files::{self, Limit};

/// Reads the scripts that a policy keeps in files, beside its own. True when there were any.
///
/// # Errors
/// [`CliError`] with exit 2 for a file that cannot be read.
pub(crate) fn fetch(policy: &mut Policy, folder: &Path) -> Result<bool, CliError> {
    let mut fetched = false;
    for branch in &mut policy.branches {
        if let Some(file) = file_of(&branch.script) {
            let text = files::text(&folder.join(file), Limit::DOCUMENT).map_err(|e| e.at(branch.origin.place()))?;
            branch.script = ScriptSource::Embedded { text: Arc::from(text), first_line: None, indent: 0 };
            fetched = true;
        }
    }
    Ok(fetched)
}

/// The file that a script is in; none when it is in the document, or where nothing is read from.
fn file_of(script: &ScriptSource) -> Option<String> {
    match script {
        ScriptSource::Embedded { .. } => None,
        ScriptSource::Path(path) => Some(path.strip_prefix("file://").unwrap_or(path).to_owned()),
        ScriptSource::Ref(reference) => reference.strip_prefix("file://").map(str::to_owned),
    }
}

/// What is wrong with the scripts in documents: each is compiled as it will be where it judges. Scripts that are elsewhere
/// are left to whoever reads them.
pub(crate) fn check(documents: &[Document]) -> Vec<Diagnostic> {
    let evaluator = RegoEvaluator::default();
    documents.iter().flat_map(policies).flat_map(|policy| wrong(&evaluator, policy)).collect()
}

fn wrong(evaluator: &impl Evaluator, policy: &Policy) -> Vec<Diagnostic> {
    let compiled = policy.branches.iter().filter_map(|branch| match &branch.script {
        ScriptSource::Embedded { text, .. } => evaluator.check(text).err().map(|error| {
            let place = branch.place(error.line.unwrap_or(1), error.column.unwrap_or(1));
            Diagnostic::new(error.code, error.message).at(place)
        }),
        ScriptSource::Path(_) | ScriptSource::Ref(_) => None,
    });
    compiled.collect()
}

/// The policies that are written in a document: it is one, or attaches them.
fn policies(document: &Document) -> Vec<&Policy> {
    match document {
        Document::Policy(policy) => vec![policy],
        Document::Contract(contract) => {
            embedded(contract.policies.materials.iter().chain(&contract.policies.attestation))
        }
        Document::PolicyGroup(group) => {
            let materials = group.materials.iter().flat_map(|material| &material.policies);
            embedded(materials.chain(&group.attestation))
        }
        Document::Gate(_) => Vec::new(),
    }
}

fn embedded<'d>(attachments: impl Iterator<Item = &'d Attachment>) -> Vec<&'d Policy> {
    let policy = |attachment: &'d Attachment| match &attachment.source {
        AttachmentSource::Embedded(policy) => Some(&**policy),
        AttachmentSource::Ref(_) => None,
    };
    attachments.filter_map(policy).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: &str = "apiVersion: chainloop.dev/v1\nkind: Policy\nmetadata: {name: p}\nspec:\n  policies:\n    \
        - kind: SARIF\n      embedded: |\n        package main\n\n        import rego.v1\n\n        result := {}\n";
    const ATTACHED: &str = "apiVersion: chainloop.dev/v1\nkind: Contract\nmetadata: {name: c}\nspec:\n  policies:\n    \
        materials:\n      - embedded:\n          apiVersion: chainloop.dev/v1\n          kind: Policy\n          \
        metadata: {name: p}\n          spec:\n            policies:\n              - kind: SARIF\n                \
        embedded: |\n                  package main\n                  result := {\n";

    fn found(text: &str) -> Vec<Diagnostic> {
        check(&assay_contract::parse_all(text).unwrap())
    }

    #[test]
    fn a_script_that_does_not_compile_is_a_mistake_with_its_place() {
        assert_eq!(found(POLICY), []);
        let wrong = found(&POLICY.replace("result := {}", "result := }"));
        assert_eq!(wrong.len(), 1);
        assert_eq!((wrong[0].place.line, wrong[0].code.starts_with("policy-")), (Some(12), true), "{wrong:?}");
        assert_eq!(found(ATTACHED).len(), 1);
        let (head, _) = POLICY.split_once("embedded").unwrap();
        assert_eq!(found(&format!("{head}path: x.rego\n")), []);
    }

    #[test]
    fn scripts_are_read_beside_their_policy_only() {
        assert_eq!(file_of(&ScriptSource::Path("a.rego".to_owned())).as_deref(), Some("a.rego"));
        assert_eq!(file_of(&ScriptSource::Ref("file://b.rego".to_owned())).as_deref(), Some("b.rego"));
        assert_eq!(file_of(&ScriptSource::Ref("https://h/b.rego".to_owned())), None);
    }
}
