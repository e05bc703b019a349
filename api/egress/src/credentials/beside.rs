use assay_integration::{Apply, Credential};
use assay_ports::EgressError;
use http::header::{HeaderMap, HeaderName, IF_RANGE, RANGE};

use crate::target::denied;

/// Headers that ask for a piece of an answer: a secret that is echoed could be cut into pieces that no filter finds.
static PIECES: [HeaderName; 3] = [RANGE, IF_RANGE, HeaderName::from_static("x-ms-range")];

/// What a sender may say to an object store with the credential of another. Everything else of these families may name other
/// objects (`x-amz-copy-source`), other people (`x-amz-acl`, `x-goog-user-project`) or other requests, and would be granted to
/// the credential.
const STORES: [&str; 2] = ["x-amz-", "x-goog-"];
const HARMLESS: [&str; 4] =
    ["x-amz-storage-class", "x-amz-server-side-encryption", "x-goog-if-generation-match", "x-goog-hash"];
const HARMLESS_FAMILIES: [&str; 4] =
    ["x-amz-meta-", "x-amz-checksum-", "x-amz-server-side-encryption-", "x-goog-meta-"];

/// Refuses headers of a sender that would turn its credentials to what it may not have.
///
/// # Errors
/// [`EgressError::Denied`] for the first of them.
pub(crate) fn check_beside(credentials: &[Credential], headers: &HeaderMap) -> Result<(), EgressError> {
    if credentials.is_empty() {
        return Ok(());
    }
    let store =
        credentials.iter().any(|own| matches!(own.apply, Apply::SigV4 { .. } | Apply::GcpServiceAccount { .. }));
    for name in headers.keys() {
        if PIECES.contains(name) {
            return Err(denied(format!(
                "the header `{name}` asks for a piece of an answer that must be searched whole"
            )));
        }
        if store && is_power(name.as_str()) {
            return Err(denied(format!(
                "the header `{name}` would use the registration's credential for something else"
            )));
        }
    }
    Ok(())
}

fn is_power(name: &str) -> bool {
    let begins = |families: &[&str]| families.iter().any(|family| name.starts_with(family));
    begins(&STORES) && !HARMLESS.contains(&name) && !begins(&HARMLESS_FAMILIES)
}

#[cfg(test)]
mod tests {
    use assay_base::Secret;

    use super::*;

    fn refused(apply: Option<Apply>, name: &str) -> bool {
        let secret = || Secret::new(String::new());
        let credential = |apply| Credential { secret: secret(), endpoint: "a".into(), apply };
        let credentials: Vec<_> = apply.into_iter().map(credential).collect();
        let headers = HeaderMap::from_iter([(HeaderName::from_bytes(name.as_bytes()).unwrap(), "x".parse().unwrap())]);
        matches!(check_beside(&credentials, &headers), Err(EgressError::Denied { .. }))
    }

    #[test]
    fn a_credential_is_used_for_the_request_and_nothing_beside_it() {
        let stores =
            [Apply::SigV4 { service: "s3".into(), region: "r".into() }, Apply::GcpServiceAccount { scope: "s".into() }];
        for (name, expected) in [
            ("X-Amz-Copy-Source", true),
            ("x-amz-copy-source-range", true),
            ("x-amz-acl", true),
            ("x-amz-grant-full-control", true),
            ("x-amz-tagging", true),
            ("x-amz-website-redirect-location", true),
            ("x-amz-bypass-governance-retention", true),
            ("x-amz-storage-classes", true),
            ("x-amz-meta", true),
            ("x-goog-copy-source", true),
            ("x-goog-acl", true),
            ("X-Goog-User-Project", true),
            ("x-goog-encryption-key", true),
            ("x-amz-meta-kind", false),
            ("x-amz-checksum-sha256", false),
            ("x-amz-storage-class", false),
            ("x-amz-server-side-encryption", false),
            ("x-amz-server-side-encryption-aws-kms-key-id", false),
            ("x-goog-meta-kind", false),
            ("x-goog-if-generation-match", false),
            ("x-goog-hash", false),
            ("content-type", false),
        ] {
            for store in &stores {
                assert_eq!(refused(Some(store.clone()), name), expected, "{name} {store:?}");
            }
            assert!(!refused(Some(Apply::Bearer), name) && !refused(None, name), "{name}");
        }
    }

    #[test]
    fn an_answer_that_must_be_searched_is_not_asked_for_in_pieces() {
        for name in ["Range", "if-range", "X-MS-Range"] {
            assert!(refused(Some(Apply::Bearer), name) && refused(Some(Apply::Query("k".into())), name), "{name}");
            assert!(!refused(None, name), "{name}");
        }
    }
}
