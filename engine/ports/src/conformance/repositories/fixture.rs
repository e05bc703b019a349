use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use assay_base::{
    Digest, Entropy, FixedClock, JobId, MaterialKind, OrgId, RunId, Timestamp, Token, TokenHash, TokenId, WorkflowId,
    new_id,
};
use assay_model::{
    ApiToken, ContractRef, Material, NewRun, Organization, PinnedPolicy, Push, Role, Run, Runner, SignerRecord, Subject,
};

use crate::{
    Accepted, Audit, AuthorityKind, AuthorityRecord, JobLease, NewToken, Page, PageRequest, Repositories,
    RepositoryError,
};

/// Counts, so that no two ids are alike.
pub(crate) struct Counting;

static COUNTER: AtomicU64 = AtomicU64::new(1);

impl Entropy for Counting {
    fn fill(&self, buffer: &mut [u8]) {
        let number = COUNTER.fetch_add(1, Ordering::Relaxed).to_be_bytes();
        for (byte, value) in buffer.iter_mut().rev().zip(number.iter().rev().cycle()) {
            *byte = *value;
        }
    }
}

/// The instant this many seconds after the beginning of all cases.
pub(crate) fn at(seconds: u64) -> Timestamp {
    Timestamp::from_micros(1_800_000_000_000_000).after(Duration::from_secs(seconds))
}

macro_rules! fresh {
    ($at:expr, $id:ident) => {
        $id::from_uuid(new_id(&FixedClock($at), &Counting))
    };
}

pub(crate) fn fresh_org_id() -> OrgId {
    fresh!(at(0), OrgId)
}

pub(crate) fn fresh_job_id() -> JobId {
    fresh!(at(0), JobId)
}

/// A name that nothing else has.
pub(crate) fn fresh_name(prefix: &str) -> String {
    format!("{prefix}-{}", COUNTER.fetch_add(1, Ordering::Relaxed))
}

pub(crate) fn audit(seconds: u64) -> Audit {
    Audit {
        at: at(seconds),
        actor: Some("tester".parse().unwrap()),
        action: "conformance",
        subject: "a case".to_owned(),
    }
}

pub(crate) fn page(limit: u32, after: Option<String>) -> PageRequest {
    PageRequest { limit, after }
}

/// Walks a list page by page.
macro_rules! walk {
    ($limit:expr, |$page:ident| $list:expr) => {{
        let (mut items, mut after) = (Vec::new(), None);
        loop {
            let $page = crate::conformance::repositories::fixture::page($limit, after);
            let found = $list.await.unwrap();
            assert!(found.items.len() <= $limit as usize);
            items.extend(found.items);
            after = found.next;
            if after.is_none() {
                break items;
            }
        }
    }};
}
pub(crate) use walk;

/// A list refuses a cursor that it did not give out.
pub(crate) fn assert_cursor_refused<T: std::fmt::Debug>(result: &Result<Page<T>, RepositoryError>) {
    assert!(matches!(result, Err(RepositoryError::Cursor)), "{result:?}");
}

pub(crate) fn new_token(org: OrgId, name: &str) -> NewToken {
    let id = fresh!(at(0), TokenId);
    let token = ApiToken {
        id,
        org,
        name: name.parse().unwrap(),
        role: Role::Owner,
        project: None,
        created_at: at(0),
        expires_at: None,
        last_used_at: None,
        revoked_at: None,
    };
    NewToken { token, hash: hash(id) }
}

fn hash(id: TokenId) -> TokenHash {
    Token::mint(id, &Counting).hash()
}

pub(crate) fn authority(org: OrgId, kind: AuthorityKind) -> AuthorityRecord {
    AuthorityRecord {
        org,
        kind,
        chain: vec![vec![0x30, 0x00], vec![0x30, 0xff]],
        sealed_key: vec![1, 2, 3],
        valid_from: at(0),
        valid_to: None,
    }
}

/// Makes an organization.
pub(crate) async fn org(repos: &dyn Repositories) -> Organization {
    let id = fresh_org_id();
    let org = Organization { id, name: fresh_name("org").parse().unwrap(), created_at: at(0) };
    let authorities = [authority(id, AuthorityKind::Certificate), authority(id, AuthorityKind::Timestamp)];
    repos.create_org(&org, &authorities, &new_token(id, "owner"), &audit(0)).await.unwrap();
    org
}

/// A run that begins at `seconds` and expires an hour later.
pub(crate) fn new_run(org: OrgId, project: &str, workflow: &str, seconds: u64) -> NewRun {
    NewRun {
        id: fresh!(at(seconds), RunId),
        org,
        workflow_id: fresh!(at(seconds), WorkflowId),
        project: project.parse().unwrap(),
        workflow: workflow.parse().unwrap(),
        binding: Some("release".parse().unwrap()),
        version: Some("v1.4.2".to_owned()),
        contract: ContractRef { name: "release".parse().unwrap(), revision: 3, digest: Digest::of(b"contract") },
        pins: vec![PinnedPolicy {
            reference: "file://licenses.yaml".to_owned(),
            digest: Digest::of(b"policy"),
            name: "licenses".parse().unwrap(),
        }],
        runner: Runner { kind: Some("GITHUB_ACTION".to_owned()), url: Some("https://ci.example/1".to_owned()) },
        created_at: at(seconds),
        expires_at: at(seconds + 3600),
    }
}

/// Opens a run.
pub(crate) async fn open(repos: &dyn Repositories, org: OrgId, workflow: &str, seconds: u64) -> Run {
    repos.open_run(&new_run(org, "shop", workflow, seconds), &audit(seconds)).await.unwrap()
}

pub(crate) fn material(name: &str, content: &[u8], output: bool) -> Material {
    Material {
        name: name.parse().unwrap(),
        kind: MaterialKind::SbomCyclonedxJson,
        digest: Some(Digest::of(content)),
        size: Some(content.len() as u64),
        value: None,
        output,
        annotations: BTreeMap::from([("chainloop.material.name".to_owned(), name.to_owned())]),
    }
}

/// A push with one material, `content`, that is an output.
pub(crate) fn push(run: &Run, content: &[u8], seconds: u64) -> Push {
    let bundle = format!("bundle of {} at {seconds}", run.id).into_bytes();
    Push {
        org: run.org,
        run: run.id,
        workflow_id: run.workflow_id,
        digest: Digest::of(&bundle),
        bundle,
        signer: SignerRecord { kind: "certificate".to_owned(), identity: "https://plane.example/run".to_owned() },
        materials: vec![material("sbom", content, true)],
        subjects: vec![Subject { name: "git.head".to_owned(), digest: "sha1:0123".to_owned() }],
        received_at: at(seconds),
    }
}

/// Stores a push, whose job is leased for ten minutes.
pub(crate) async fn accept(repos: &dyn Repositories, push: &Push) -> JobLease {
    let lease_until = push.received_at.after(Duration::from_mins(10));
    match repos.accept(push, fresh_job_id(), lease_until, &audit(0)).await.unwrap() {
        Accepted::New(lease) => lease,
        other => panic!("the push was not taken: {other:?}"),
    }
}
