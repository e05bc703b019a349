//! Attestations over HTTP: verified, stored, judged, acknowledged.

use std::fs;
use std::io::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use assay_attest::{Bundle, Draft, Metadata, Predicate, PublicKey, Subject, TrustRules, verify};
use assay_base::Digest;
use assay_signer::{PrivateKey, SignedPayload};
use serde_json::{Value, json};

use crate::plane::Plane;
use crate::{median, say, timed};

const PUSHES: usize = 1_000;

pub(crate) fn measure() {
    let plane = Plane::start(tempfile::tempdir().unwrap());
    let key = PrivateKey::generate().unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(trust(&plane, key.public_key().clone()));
    let (sync, check) = (one_sync(plane.folder.path()), one_check(&key));
    for clients in [1, 8, 32] {
        let (rate, slowest) = runtime.block_on(push_all(&plane, &key, clients));
        say(&format!(
            "| pushes over HTTP, {clients} clients | {rate:.0}/s, p99 {:.1} ms | one sync: {:.2} ms, one signature check: {:.2} ms |",
            slowest.as_secs_f64() * 1e3,
            sync.as_secs_f64() * 1e3,
            check.as_secs_f64() * 1e3
        ));
    }
}

fn client(plane: &Plane) -> reqwest::Client {
    drop(rustls::crypto::aws_lc_rs::default_provider().install_default());
    let mut headers = reqwest::header::HeaderMap::new();
    headers.insert("authorization", format!("Bearer {}", plane.token()).parse().unwrap());
    reqwest::Client::builder().default_headers(headers).no_proxy().build().unwrap()
}

async fn trust(plane: &Plane, key: PublicKey) {
    let body = json!({"name": "bench", "public_key": key.to_pem().unwrap()});
    let answer = client(plane).post(format!("{}/v1/orgs/default/keys", plane.url)).json(&body).send().await.unwrap();
    assert!(answer.status().is_success(), "{}", answer.text().await.unwrap());
}

/// Opens runs, signs their statements, then pushes them all with some clients at once: rate and 99th percentile.
async fn push_all(plane: &Plane, key: &PrivateKey, clients: usize) -> (f64, Duration) {
    let client = client(plane);
    let mut work = vec![];
    for _ in 0..PUSHES {
        let body = json!({"workflow": "bench", "project": "bench"});
        let answer = client.post(format!("{}/v1/orgs/default/runs", plane.url)).json(&body).send().await.unwrap();
        let run: Value = answer.json().await.unwrap();
        let bundle = SignedPayload::sign(key, payload(&run)).unwrap().with_key(None).unwrap();
        let url = format!("{}/v1/orgs/default/runs/{}/attestation", plane.url, run["run_id"].as_str().unwrap());
        work.push((url, bundle.bytes().to_vec()));
    }
    let queue = Arc::new(std::sync::Mutex::new(work));
    let start = Instant::now();
    let tasks: Vec<_> = (0..clients).map(|_| tokio::spawn(one_client(client.clone(), Arc::clone(&queue)))).collect();
    let mut times = vec![];
    for task in tasks {
        times.extend(task.await.unwrap());
    }
    let rate = f64::from(u32::try_from(times.len()).unwrap()) / start.elapsed().as_secs_f64();
    times.sort();
    (rate, times[times.len() * 99 / 100])
}

async fn one_client(client: reqwest::Client, queue: Arc<std::sync::Mutex<Vec<(String, Vec<u8>)>>>) -> Vec<Duration> {
    let mut times = vec![];
    loop {
        let Some((url, bundle)) = queue.lock().unwrap().pop() else { return times };
        let start = Instant::now();
        let request =
            client.post(url).header("content-type", "application/vnd.dev.sigstore.bundle.v0.3+json").body(bundle);
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status().as_u16(), 201, "{}", answer.text().await.unwrap());
        times.push(start.elapsed());
    }
}

fn payload(run: &Value) -> Vec<u8> {
    let text = |key: &str| run[key].as_str().unwrap_or_default().to_owned();
    let metadata = Metadata {
        name: text("workflow"),
        project: text("project"),
        workflow_name: text("workflow"),
        workflow_run_id: text("run_id"),
        organization: text("organization"),
        contract_name: run["contract"]["name"].as_str().unwrap().to_owned(),
        contract_version: run["contract"]["revision"].to_string(),
        ..Metadata::default()
    };
    let subject = Subject::new("chainloop.workflow.bench", Digest::of(text("run_id").as_bytes()));
    Draft::new(vec![subject], Predicate { metadata, ..Predicate::default() }).to_payload().unwrap()
}

/// The median time of making four KiB durable.
fn one_sync(folder: &std::path::Path) -> Duration {
    let mut file = fs::File::create(folder.join("sync")).unwrap();
    let write = |file: &mut fs::File| {
        file.write_all(&[7; 4096]).unwrap();
        file.sync_data().unwrap();
    };
    median((0..101).map(|_| timed(|| write(&mut file))).collect())
}

/// The median time of reading and verifying a bundle.
fn one_check(key: &PrivateKey) -> Duration {
    let run = json!({"run_id": "r", "contract": {"name": "empty", "revision": 0}});
    let bytes = SignedPayload::sign(key, payload(&run)).unwrap().with_key(None).unwrap().bytes().to_vec();
    let rules = TrustRules::of_key(key.public_key().clone()).unwrap();
    median((0..101).map(|_| timed(|| drop(verify(&Bundle::parse(bytes.clone()).unwrap(), &rules).unwrap()))).collect())
}
