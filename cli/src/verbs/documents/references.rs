use std::path::Path;

use assay_contract::{Attachment, AttachmentSource, Contract, Document, Policy, PolicyRef, RefTarget, ScriptSource};
use assay_wire::{ApplyFile, Exit};

use super::source::Source;
use crate::error::CliError;
use crate::files::{Limit, text as read_text};

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

/// Refuses policies whose scripts are in other files: what is stored must be whole.
///
/// # Errors
/// [`CliError`] with exit 2 at the place of the script.
pub(super) fn self_contained(source: &Source) -> Result<(), CliError> {
    source.documents.iter().try_for_each(|document| match document {
        Document::Policy(policy) => embedded_scripts(policy),
        _ => Ok(()),
    })
}

fn embedded_scripts(policy: &Policy) -> Result<(), CliError> {
    let outside = policy.branches.iter().find(|branch| matches!(branch.script, ScriptSource::Path(_)));
    outside.map_or(Ok(()), |branch| {
        let message = format!("the script of policy `{}` is in another file, which is not stored with it", policy.name);
        Err(CliError::new(Exit::Invalid, "policy-path", message)
            .at(branch.origin.place())
            .hint("write the script under `embedded: |` in place of `path`"))
    })
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
    let policy = Policy::parse(&text).map_err(|errors| CliError::in_document(&name_of(&file), &text, errors))?;
    embedded_scripts(&policy)?;
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
        assert_eq!(tried(&path, "file://sub/p.yaml").unwrap_err().code(), "policy-path");
    }
}
