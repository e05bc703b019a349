use std::path::Path;

use assay_contract::{Attachment, AttachmentSource, Contract, Document, Policy, PolicyRef, RefTarget, parse_all};
use assay_wire::{ApplyFile, Exit};

use super::source::Source;
use crate::error::CliError;
use crate::files::{Limit, text as read_text};
use crate::verbs::policy::scripts::fetch;

/// What the `file://` references of all contracts stand for. Each file is read beside its contract and must be a policy:
/// nothing else leaves the machine.
///
/// # Errors
/// [`CliError`] with exit 2 when a file is absent or no policy, exit 5 when it has another digest than its reference.
pub(super) fn files(sources: &[Source]) -> Result<Vec<ApplyFile>, CliError> {
    let mut files: Vec<ApplyFile> = Vec::new();
    for source in sources {
        for (attachment, reference, path) in referred(source) {
            let text = policy_text(source, attachment, reference, path)?;
            match files.iter().find(|file| file.reference == reference.text) {
                Some(known) if known.text != text => return Err(ambiguous(reference)),
                Some(_) => {}
                None => files.push(ApplyFile { reference: reference.text.clone(), text }),
            }
        }
    }
    Ok(files)
}

/// The source with the scripts in it that its policies keep in other files: what is stored must be whole. A policy that
/// kept some is sent as JSON that says the same.
///
/// # Errors
/// [`CliError`] with exit 2 at the place of a script that cannot be read.
pub(super) fn made_whole(source: Source) -> Result<Source, CliError> {
    let mut texts = Vec::new();
    let mut changed = false;
    for document in &source.documents {
        let whole = match document {
            Document::Policy(policy) => whole_text(policy, &source.directory)?,
            _ => None,
        };
        changed |= whole.is_some();
        texts.push(whole.unwrap_or_else(|| document.source().to_string()));
    }
    if !changed {
        return Ok(source);
    }
    let text = format!("---\n{}", texts.join("\n---\n"));
    let documents = parse_all(&text).map_err(|errors| CliError::in_document(&source.label, &text, errors))?;
    Ok(Source { text, documents, ..source })
}

/// The text of a policy with its scripts in it; none when it keeps none elsewhere.
fn whole_text(policy: &Policy, folder: &Path) -> Result<Option<String>, CliError> {
    let mut whole = policy.clone();
    if !fetch(&mut whole, folder)? {
        return Ok(None);
    }
    let outside = || {
        CliError::new(Exit::Invalid, "policy-script", format!("a script of policy `{}` cannot be read", policy.name))
            .hint("write the script under `embedded: |`, or name a file: `path: policy.rego`")
    };
    whole.to_document().map(|document| Some(format!("{document:#}"))).ok_or_else(outside)
}

fn referred(source: &Source) -> impl Iterator<Item = (&Attachment, &PolicyRef, &str)> {
    let contracts = source.documents.iter().filter_map(|document| match document {
        Document::Contract(contract) => Some(contract),
        _ => None,
    });
    contracts.flat_map(attachments).filter_map(|attachment| match &attachment.source {
        AttachmentSource::Ref(reference) => match &reference.target {
            RefTarget::File { path } => Some((attachment, reference, path.as_str())),
            _ => None,
        },
        AttachmentSource::Embedded(_) => None,
    })
}

fn attachments(contract: &Contract) -> impl Iterator<Item = &Attachment> {
    contract.policies.materials.iter().chain(&contract.policies.attestation)
}

fn policy_text(
    source: &Source,
    attachment: &Attachment,
    reference: &PolicyRef,
    path: &str,
) -> Result<String, CliError> {
    let file = source.directory.join(path);
    let text = read_text(&file, Limit::DOCUMENT).map_err(|error| error.at(attachment.origin.place()))?;
    let parsed =
        |text: &str| Policy::parse(text).map_err(|errors| CliError::in_document(&name_of(&file), text, errors));
    let policy = parsed(&text)?;
    let (text, policy) = match whole_text(&policy, file.parent().unwrap_or(Path::new("")))? {
        Some(whole) => (whole.clone(), parsed(&whole)?),
        None => (text, policy),
    };
    match reference.digest {
        Some(expected) if expected != policy.digest => {
            let message =
                format!("`{}` has the digest `{}`, not the one of its reference", name_of(&file), policy.digest);
            Err(CliError::new(Exit::Unverified, "digest-mismatch", message).at(attachment.origin.place()))
        }
        _ => Ok(text),
    }
}

fn name_of(file: &Path) -> String {
    file.display().to_string()
}

fn ambiguous(reference: &PolicyRef) -> CliError {
    CliError::usage(format!("`{}` stands for different policies in these contracts", reference.text))
        .hint("apply the contracts one by one")
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::super::source;
    use super::*;

    const POLICY: &str = "apiVersion: chainloop.dev/v1\nkind: Policy\nmetadata: {name: p}\nspec:\n  policies:\n    - kind: SARIF\n      embedded: |\n        package main\n";

    fn tried(policy: &str, reference: &str) -> Result<Vec<ApplyFile>, CliError> {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("sub")).unwrap();
        fs::write(dir.path().join("sub/p.yaml"), policy).unwrap();
        let contract = format!(
            "apiVersion: chainloop.dev/v1\nkind: Contract\nmetadata: {{name: c}}\nspec:\n  policies:\n    materials:\n      - ref: {reference}\n"
        );
        fs::write(dir.path().join("c.yaml"), contract).unwrap();
        files(&source::read(&dir.path().join("c.yaml"), Path::new("/")).unwrap())
    }

    #[test]
    fn a_reference_is_read_beside_its_contract() {
        let found = tried(POLICY, "file://sub/p.yaml").unwrap();
        assert_eq!(found, [ApplyFile { reference: "file://sub/p.yaml".into(), text: POLICY.into() }]);
        let pinned = format!("file://sub/p.yaml@{}", Policy::parse(POLICY).unwrap().digest);
        assert_eq!(tried(POLICY, &pinned).unwrap().len(), 1);
    }

    #[test]
    fn only_policies_leave_the_machine() {
        let absent = tried(POLICY, "file://absent.yaml").unwrap_err();
        assert!(absent.exit() == Exit::Invalid && absent.place().line == Some(7), "{absent:?}");
        assert_eq!(tried("root: x\n", "file://sub/p.yaml").unwrap_err().exit(), Exit::Invalid);
        let other = format!("file://sub/p.yaml@sha256:{}", "0".repeat(64));
        assert_eq!(tried(POLICY, &other).unwrap_err().exit(), Exit::Unverified);
        let path = POLICY.replace("embedded: |\n        package main\n", "path: p.rego\n");
        assert_eq!(tried(&path, "file://sub/p.yaml").unwrap_err().exit(), Exit::Invalid, "the script is absent");
    }

    #[test]
    fn a_script_beside_its_policy_becomes_part_of_it() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("p.rego"), "package main\n# here\n").unwrap();
        let path = POLICY.replace("embedded: |\n        package main\n", "path: p.rego\n");
        let contract = "apiVersion: chainloop.dev/v1\nkind: Contract\nmetadata: {name: c}\nspec: {}\n";
        fs::write(dir.path().join("all.yaml"), format!("{contract}---\n{path}")).unwrap();
        let source = source::read(&dir.path().join("all.yaml"), Path::new("/")).unwrap().remove(0);
        let whole = made_whole(source).unwrap();
        assert!(whole.text.contains("# here") && whole.text.contains("name: c"), "{}", whole.text);
        assert_eq!(whole.documents.len(), 2);
    }
}
