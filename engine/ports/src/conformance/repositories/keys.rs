use assay_base::{FixedClock, OrgId, TrustKeyId, new_id};
use assay_model::TrustKey;

use super::fixture::{Counting, at, audit, org};
use crate::{Repositories, RepositoryError};

pub(super) async fn all(repos: &dyn Repositories) {
    let (own, foreign) = (org(repos).await, org(repos).await);
    let (b, a) = (key(own.id, "b"), key(own.id, "a"));
    for key in [&b, &a] {
        repos.add_key(key, &audit(0)).await.unwrap();
    }
    let result = repos.add_key(&key(own.id, "a"), &audit(0)).await;
    assert!(matches!(result, Err(RepositoryError::Taken { what: "key" })), "{result:?}");
    repos.add_key(&key(foreign.id, "a"), &audit(0)).await.unwrap();
    assert_eq!(repos.keys(own.id).await.unwrap(), [a.clone(), b.clone()]);
    assert!(!repos.remove_key(foreign.id, &b.name, &audit(1)).await.unwrap());
    assert!(repos.remove_key(own.id, &b.name, &audit(1)).await.unwrap());
    assert!(!repos.remove_key(own.id, &b.name, &audit(1)).await.unwrap());
    assert_eq!(repos.keys(own.id).await.unwrap(), [a]);
}

fn key(org: OrgId, name: &str) -> TrustKey {
    TrustKey {
        id: TrustKeyId::from_uuid(new_id(&FixedClock(at(0)), &Counting)),
        org,
        name: name.parse().unwrap(),
        key_id: "sha256:00".to_owned(),
        algorithm: "Ed25519".to_owned(),
        public_key: vec![0x30, 0x2a, 0xff],
        created_at: at(0),
    }
}
