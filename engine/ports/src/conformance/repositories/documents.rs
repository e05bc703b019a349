use assay_base::{Digest, OrgId};
use assay_model::{ApplyStatus, DocumentKind, FileRef, NewDocument};

use super::fixture::{assert_cursor_refused, at, audit, org, page, walk};
use crate::Repositories;

pub(super) async fn all(repos: &dyn Repositories) {
    revisions_go_by_content(repos).await;
    every_policy_is_found_by_digest(repos).await;
    lists_have_the_newest_of_one_kind(repos).await;
}

fn document(kind: DocumentKind, name: &str, source: &str) -> NewDocument {
    NewDocument {
        kind,
        name: name.parse().unwrap(),
        digest: Digest::of(source.as_bytes()),
        source: source.into(),
        files: vec![],
    }
}

async fn apply(repos: &dyn Repositories, org: OrgId, document: &NewDocument, seconds: u64) -> (u32, ApplyStatus) {
    let applied = repos.apply(org, std::slice::from_ref(document), &[], &audit(seconds)).await.unwrap();
    assert_eq!((applied.len(), &applied[0].name, applied[0].kind), (1, &document.name, document.kind));
    assert_eq!(applied[0].digest, document.digest);
    (applied[0].revision, applied[0].status)
}

async fn revisions_go_by_content(repos: &dyn Repositories) {
    use ApplyStatus::{Created, Unchanged, Updated};
    let org = org(repos).await.id;
    let (one, two) = (document(DocumentKind::Contract, "c", "one"), document(DocumentKind::Contract, "c", "two"));
    let file = FileRef { reference: "file://p.yaml".to_owned(), digest: Digest::of(b"p") };
    let with_file = NewDocument { files: vec![file.clone()], ..two.clone() };
    let steps = [(&one, 1, Created), (&one, 1, Unchanged), (&two, 2, Updated), (&with_file, 3, Updated)];
    for (seconds, (document, revision, status)) in (1..).zip(steps) {
        assert_eq!(apply(repos, org, document, seconds).await, (revision, status));
    }
    // The content of an older revision is new content.
    assert_eq!(apply(repos, org, &one, 9).await, (4, Updated));
    let name = &one.name;
    let found = repos.document(org, DocumentKind::Contract, name, Some(3)).await.unwrap().unwrap();
    assert_eq!((found.revision, &*found.source, found.files, found.created_at), (3, "two", vec![file], at(4)));
    let newest = repos.document(org, DocumentKind::Contract, name, None).await.unwrap().unwrap();
    assert_eq!((newest.revision, newest.digest), (4, one.digest));
    assert_eq!(repos.document(org, DocumentKind::Contract, name, Some(5)).await.unwrap(), None);
    assert_eq!(repos.document(org, DocumentKind::Gate, name, None).await.unwrap(), None);
}

async fn every_policy_is_found_by_digest(repos: &dyn Repositories) {
    let org = org(repos).await.id;
    let companion = (Digest::of(b"companion"), "companion".to_owned());
    let contract = document(DocumentKind::Contract, "c", "contract");
    let (old, new) = (document(DocumentKind::Policy, "p", "old"), document(DocumentKind::Policy, "p", "new"));
    let documents = [contract.clone(), old.clone(), new.clone()];
    let applied = repos.apply(org, &documents, std::slice::from_ref(&companion), &audit(0)).await.unwrap();
    assert_eq!(applied.iter().map(|a| a.revision).collect::<Vec<_>>(), [1, 1, 2]);
    let expected = [
        (companion.0, Some("companion")),
        (old.digest, Some("old")),
        (new.digest, Some("new")),
        (contract.digest, None),
    ];
    for (digest, text) in expected {
        assert_eq!(repos.policy_text(org, digest).await.unwrap().as_deref(), text);
    }
}

async fn lists_have_the_newest_of_one_kind(repos: &dyn Repositories) {
    let org = org(repos).await.id;
    for (kind, name, source) in [
        (DocumentKind::Gate, "b", "b1"),
        (DocumentKind::Gate, "a", "a1"),
        (DocumentKind::Gate, "c", "c1"),
        (DocumentKind::Gate, "a", "a2"),
        (DocumentKind::PolicyGroup, "d", "d1"),
    ] {
        apply(repos, org, &document(kind, name, source), 0).await;
    }
    let found = walk!(2, |page| repos.documents(org, DocumentKind::Gate, &page));
    assert_eq!(found.iter().map(|d| &*d.source).collect::<Vec<_>>(), ["a2", "b1", "c1"]);
    assert_cursor_refused(&repos.documents(org, DocumentKind::Gate, &page(1, Some("A/B".to_owned()))).await);
}
