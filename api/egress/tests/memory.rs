//! Evidence of any size goes through in bounded memory. A process of its own, so that nothing else is measured.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::sync::Arc;
use std::time::Duration;

use assay_base::{Digest, FixedClock, Timestamp};
use assay_egress::{Broker, Policy};
use assay_integration::Apply;
use assay_ports::{BlobError, BodyPiece, ByteStream, Egress, EgressRequest, Encoding, Evidence, EvidenceSource};
use async_trait::async_trait;
use bytes::Bytes;
use futures_util::StreamExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

const SIZE: u64 = 100 * 1024 * 1024;
const PIECE: usize = 256 * 1024;

/// Evidence that is made while it is read.
struct Made;

#[async_trait]
impl EvidenceSource for Made {
    async fn open(&self) -> Result<ByteStream, BlobError> {
        let pieces = (0..SIZE / PIECE as u64).map(|i| Ok(Bytes::from(vec![u8::try_from(i % 251).unwrap(); PIECE])));
        Ok(futures_util::stream::iter(pieces).boxed())
    }
}

/// The highest resident memory of this process so far, in KiB.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_ascii_whitespace().nth(1).unwrap().parse().unwrap()
}

/// Takes everything, says OK to each connection after the request's last byte and counts.
async fn swallow(listener: TcpListener) {
    while let Ok((mut stream, _)) = listener.accept().await {
        tokio::spawn(async move {
            let mut buffer = vec![0; PIECE];
            let mut last = [0; 5];
            loop {
                let read = stream.read(&mut buffer).await.unwrap();
                if read == 0 {
                    return;
                }
                let tail = [&last[..], &buffer[..read]].concat();
                last.copy_from_slice(&tail[tail.len() - 5..]);
                // The last piece of the body says so, or the last chunk.
                if &last == b"<end>" || &last == b"0\r\n\r\n" {
                    stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await.unwrap();
                }
            }
        });
    }
}

#[tokio::test]
async fn evidence_of_a_hundred_megabytes_needs_little_memory() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://127.0.0.1:{}/", listener.local_addr().unwrap().port());
    tokio::spawn(swallow(listener));
    let policy = Policy::parse(&["127.0.0.0/8".to_owned()]).unwrap();
    let broker = Broker::new(policy, Arc::new(FixedClock(Timestamp::from_micros(0))));
    let evidence = Evidence {
        metadata: serde_json::json!({}),
        size: SIZE,
        digest: Digest::of(b"not asked for"),
        source: Arc::new(Made),
    };
    let sends = |encoding, signed: bool| {
        let secret = assay_base::Secret::new("key".to_owned());
        let apply = Apply::HmacSha256 { header: "x-signature".to_owned() };
        let credential = assay_integration::Credential { secret, endpoint: "api".to_owned(), apply };
        EgressRequest {
            pool: "one".to_owned(),
            method: "POST".to_owned(),
            url: url.clone(),
            headers: vec![],
            body: vec![BodyPiece::Evidence(evidence.clone(), encoding), BodyPiece::Bytes("<end>".into())],
            credentials: signed.then_some(credential).into_iter().collect(),
            timeout: Duration::from_mins(2),
            max_response: 1024,
        }
    };
    let before = peak();
    for (encoding, signed, least) in [
        (Encoding::Identity, false, SIZE),
        (Encoding::Identity, true, SIZE),
        (Encoding::Base64, false, SIZE / 3 * 4),
        (Encoding::Gzip, false, SIZE / 2000),
    ] {
        let answer = broker.send(sends(encoding, signed)).await.unwrap();
        assert_eq!(answer.status, 200);
        assert!(answer.sent >= least, "{encoding:?}: {}", answer.sent);
    }
    let grown = peak() - before;
    assert!(grown < 24 * 1024, "{grown} KiB more");
}
