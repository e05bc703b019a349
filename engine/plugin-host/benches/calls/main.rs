//! What a call of an integration costs, beside the same call of a process that is spoken to over a Unix socket: the way in which
//! programs usually run the plugins of others.
//!
//! `cargo bench -p assay-plugin-host`

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark that cannot go on has failed; it prints figures"
)]

mod process;

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use assay_base::{Digest, Secret};
use assay_integration::Bound;
use assay_plugin_host::{PluginHost, Setup, compile_child};
use assay_ports::{
    CallFailure, Egress, EgressError, EgressRequest, EgressResponse, Evidence, EvidenceSource, Function, Mail,
    MemoryState, PluginCall, PluginRuntime,
};
use async_trait::async_trait;
use bytes::Bytes;
use serde_json::{Value, json};
use tokio::runtime::Runtime;

const CALLS: usize = 20_000;
const REGISTRATIONS: usize = 1_000;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    match arguments.get(1).map(String::as_str) {
        Some("plugin-compiler") => compile_child(std::io::stdin().lock(), std::io::stdout().lock()).unwrap(),
        Some("plugin-process") => process::serve(&arguments[2]),
        _ => Runtime::new().unwrap().block_on(bench()),
    }
}

async fn bench() {
    let folder = tempfile::tempdir().unwrap();
    let started = Instant::now();
    let host = PluginHost::new(Setup {
        egress: Arc::new(Nowhere),
        builtins: vec![],
        folder: folder.path().join("plugins"),
        key: Secret::new([1; 32]),
        compiler: std::env::current_exe().unwrap(),
    })
    .unwrap();
    println!("host starts in {:.1?}", started.elapsed());
    let started = Instant::now();
    let installed = host.install(Bytes::from_static(assay_hostile::COMPONENT)).await.unwrap();
    println!(
        "install of {} KB, compiled in a process: {:.1?}",
        assay_hostile::COMPONENT.len() / 1000,
        started.elapsed()
    );
    let input = json!({"url": "https://api.example.org/", "key": "not a real secret", "host": "mail.example.org", "port": 25, "from": "a@example.org"});
    let bench = Bench { host, component: installed.digest, bound: installed.manifest.bind(&input).unwrap() };

    let before = resident();
    row("isolated call, no request", bench.measure(CALLS, || command("nothing")).await);
    row("isolated delivery: evidence, one request, a log line", bench.measure(CALLS, delivery).await);
    println!("memory of the process after {} calls: +{:.1} MiB", 2 * CALLS, mib(resident(), before));
    bench.registrations().await;
    bench.kill().await;
    process::bench();
}

struct Bench {
    host: PluginHost,
    component: Digest,
    bound: Bound,
}

impl Bench {
    async fn measure(&self, calls: usize, function: impl Fn() -> Function) -> Vec<Duration> {
        let mut times = Vec::with_capacity(calls);
        for _ in 0..calls {
            let call = self.call(function(), "r");
            let started = Instant::now();
            let report = self.host.call(call).await.unwrap();
            times.push(started.elapsed());
            black_box(report.outcome.unwrap());
        }
        times
    }

    /// What stays of registrations between their calls: nothing, as they share the code and have no instance.
    async fn registrations(&self) {
        let before = resident();
        for i in 0..REGISTRATIONS {
            let report = self.host.call(self.call(delivery(), &i.to_string())).await.unwrap();
            black_box(report.outcome.unwrap());
        }
        println!("{REGISTRATIONS} registrations, each called once, then idle: +{:.1} MiB", mib(resident(), before));
    }

    async fn kill(&self) {
        let budget = self.bound.limits.cpu;
        let started = Instant::now();
        let report = self.host.call(self.call(command("loop"), "r")).await.unwrap();
        assert!(matches!(report.outcome, Err(CallFailure::Trap { code: "cpu", .. })));
        println!("an endless loop with {budget:?} of processor time is stopped after {:.1?}", started.elapsed());
    }

    fn call(&self, function: Function, pool: &str) -> PluginCall {
        PluginCall {
            component: self.component,
            function,
            context: json!({"delivery_id": "d", "now": "2026-01-01T00:00:00Z"}),
            bound: self.bound.clone(),
            pool: pool.to_owned(),
            state: Arc::new(MemoryState::default()),
        }
    }
}

fn command(text: &str) -> Function {
    Function::Attach { registration: json!({}), input: Value::String(text.to_owned()) }
}

fn delivery() -> Function {
    let evidence = || {
        let bytes = Bytes::from_static(&[b'x'; 1000]);
        Evidence {
            metadata: json!({"name": "sbom"}),
            size: 1000,
            digest: Digest::of(b""),
            source: Arc::new(AtHand(bytes)),
        }
    };
    Function::Execute {
        registration: json!({}),
        attachment: json!({}),
        envelope: evidence(),
        materials: vec![evidence()],
    }
}

struct AtHand(Bytes);

#[async_trait]
impl EvidenceSource for AtHand {
    async fn open(&self) -> Result<assay_ports::ByteStream, assay_ports::BlobError> {
        let bytes = self.0.clone();
        Ok(Box::pin(futures_util::stream::once(async move { Ok(bytes) })))
    }
}

/// A network without distance.
struct Nowhere;

#[async_trait]
impl Egress for Nowhere {
    fn check(&self, _url: &str) -> Result<(), EgressError> {
        Ok(())
    }

    async fn send(&self, _request: EgressRequest) -> Result<EgressResponse, EgressError> {
        let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
        Ok(EgressResponse { status: 200, headers, body: Bytes::from_static(b"{}"), sent: 0, peer: None })
    }

    async fn mail(&self, _mail: Mail) -> Result<String, EgressError> {
        Ok("250 queued".to_owned())
    }
}

/// Prints the median and the 99th percentile.
fn row(what: &str, mut times: Vec<Duration>) {
    times.sort_unstable();
    let at = |percent: usize| times[times.len() * percent / 100].as_secs_f64() * 1e6;
    println!("{what}: p50 {:.1} µs, p99 {:.1} µs", at(50), at(99));
}

/// Resident memory of this process in KiB.
fn resident() -> usize {
    memory_of("self")
}

fn memory_of(process: &str) -> usize {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

fn mib(after: usize, before: usize) -> f64 {
    let kib = i64::try_from(after).unwrap() - i64::try_from(before).unwrap();
    f64::from(i32::try_from(kib).unwrap()) / 1024.0
}
