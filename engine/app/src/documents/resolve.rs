use assay_base::{Digest, OrgId};
use assay_contract::{PolicyRef, RefTarget};
use assay_model::{DocumentKind, FileRef};

use crate::{App, AppError};

/// The policy that a reference stands for now: digest and text. Nothing when it stands for nothing here.
pub(crate) async fn policy(
    app: &App,
    org: OrgId,
    reference: &PolicyRef,
    files: &[FileRef],
) -> Result<Option<(Digest, String)>, AppError> {
    match &reference.target {
        RefTarget::File { .. } => match files.iter().find(|file| file.reference == reference.text) {
            Some(file) => by_digest(app, org, file.digest).await,
            None => Ok(None),
        },
        RefTarget::Named { name, .. } => {
            let newest = app.repositories.document(org, DocumentKind::Policy, name, None).await?;
            match (newest, reference.digest) {
                (None, _) => Ok(None),
                (Some(newest), None) => Ok(Some((newest.digest, newest.source.to_string()))),
                // The name is a check, the digest decides: an old revision stays reachable.
                (Some(_), Some(digest)) => {
                    let found = by_digest(app, org, digest).await?;
                    let is_it =
                        |text: &str| assay_contract::Policy::parse(text).is_ok_and(|policy| policy.name == *name);
                    Ok(found.filter(|(_, text)| is_it(text)))
                }
            }
        }
        RefTarget::Url { .. } => Ok(None),
    }
}

async fn by_digest(app: &App, org: OrgId, digest: Digest) -> Result<Option<(Digest, String)>, AppError> {
    Ok(app.repositories.policy_text(org, digest).await?.map(|text| (digest, text)))
}
