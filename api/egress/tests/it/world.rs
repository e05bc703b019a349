//! A broker in a world of its own: names, clock, evidence, patience.

use std::collections::BTreeMap;
use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use assay_base::{Digest, FixedClock, Secret, Timestamp};
use assay_egress::{Broker, Policy, Resolve, Waits};
use assay_integration::{Apply, Credential};
use assay_ports::{BlobError, BodyPiece, ByteStream, EgressRequest, Evidence, EvidenceSource};
use async_trait::async_trait;
use bytes::Bytes;
use futures_util::StreamExt;

/// The instant of all tests.
pub(crate) const NOW: &str = "2026-01-02T03:04:05Z";

/// Answers from a table, and counts how often it was asked.
#[derive(Default)]
pub(crate) struct Names {
    table: BTreeMap<&'static str, Vec<IpAddr>>,
    pub(crate) asked: AtomicUsize,
}

impl Names {
    pub(crate) fn new(table: &[(&'static str, &[&str])]) -> Arc<Self> {
        let addresses = |list: &[&str]| list.iter().map(|a| a.parse().unwrap()).collect();
        let table = table.iter().map(|(name, list)| (*name, addresses(list))).collect();
        Arc::new(Self { table, asked: AtomicUsize::new(0) })
    }
}

#[async_trait]
impl Resolve for Names {
    async fn resolve(&self, host: &str) -> io::Result<Vec<IpAddr>> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        self.table.get(host).cloned().ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}

/// A broker that permits these destinations and waits two seconds at most.
pub(crate) fn broker(allow: &[&str]) -> Broker {
    let allow: Vec<_> = allow.iter().map(|&entry| entry.to_owned()).collect();
    let clock = FixedClock(NOW.parse::<Timestamp>().unwrap());
    let waits = Waits { connect: Duration::from_secs(2), first_byte: Duration::from_secs(2) };
    Broker::new(Policy::parse(&allow).unwrap(), Arc::new(clock)).with_waits(waits)
}

/// A broker that permits loopback.
pub(crate) fn local() -> Broker {
    broker(&["127.0.0.0/8"])
}

/// A request without headers and body.
pub(crate) fn request(method: &str, url: &str) -> EgressRequest {
    EgressRequest {
        pool: "one".to_owned(),
        method: method.to_owned(),
        url: url.to_owned(),
        headers: vec![],
        body: vec![],
        credentials: vec![],
        timeout: Duration::from_secs(10),
        max_response: 1 << 20,
    }
}

/// A request with this body.
pub(crate) fn post(url: &str, body: Vec<BodyPiece>) -> EgressRequest {
    EgressRequest { body, ..request("POST", url) }
}

/// A piece of text.
pub(crate) fn text(text: &str) -> BodyPiece {
    BodyPiece::Bytes(Bytes::copy_from_slice(text.as_bytes()))
}

/// A secret that is applied like this.
pub(crate) fn credential(secret: &str, apply: Apply) -> Credential {
    Credential { secret: Secret::new(secret.to_owned()), endpoint: "api".to_owned(), apply }
}

/// Headers as a request has them.
pub(crate) fn headers(list: &[(&str, &str)]) -> Vec<(String, String)> {
    list.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

struct Memory(Bytes);

#[async_trait]
impl EvidenceSource for Memory {
    async fn open(&self) -> Result<ByteStream, BlobError> {
        let pieces: Vec<_> = self.0.chunks(1000).map(|chunk| Ok(Bytes::copy_from_slice(chunk))).collect();
        Ok(futures_util::stream::iter(pieces).boxed())
    }
}

/// Evidence in memory.
pub(crate) fn evidence(bytes: &[u8]) -> Evidence {
    Evidence {
        metadata: serde_json::json!({}),
        size: bytes.len() as u64,
        digest: Digest::of(bytes),
        source: Arc::new(Memory(Bytes::copy_from_slice(bytes))),
    }
}
