use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use assay_integration::Apply;
use assay_ports::{Egress, EgressRequest};
use tracing_subscriber::fmt::MakeWriter;

use crate::server::{Server, ok};
use crate::world::{credential, local, request};

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Lines {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn every_request_leaves_one_record_without_secrets() {
    let lines = Lines::default();
    let subscriber = tracing_subscriber::fmt().json().with_writer(lines.clone()).finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let server = Server::start(ok).await;
    let hidden = EgressRequest {
        credentials: vec![credential("s3cret", Apply::Query("token".into()))],
        ..request("GET", &server.url("/services/T0/p4th"))
    };
    local().send(hidden).await.unwrap();
    local().send(request("GET", "http://10.0.0.1/p4th")).await.unwrap_err();
    let silent = Server::start(|_| vec![]).await;
    let left = local();
    drop(tokio::time::timeout(Duration::from_millis(100), left.send(request("GET", &silent.url("/")))).await);
    let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    assert!(!text.contains("s3cret") && !text.contains("p4th"), "{text}");
    let records: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let records: Vec<_> = records.iter().filter(|record| record["target"] == "assay::egress").collect();
    assert_eq!(records.len(), 3);
    let fields = &records[0]["fields"];
    assert_eq!(fields["origin"], format!("http://127.0.0.1:{}", server.port));
    assert_eq!((&fields["method"], &fields["status"], &fields["pool"]), (&"GET".into(), &200.into(), &"one".into()));
    assert_eq!(fields["path_sha256"].as_str().unwrap().len(), 64);
    assert!(records[1]["fields"]["error"].as_str().unwrap().contains("private address"));
    assert_eq!(records[2]["fields"]["error"], "abandoned");
}
