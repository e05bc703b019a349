use std::time::{Duration, Instant};

use assay_ports::{CallFailure, CallReport, Function};
use serde_json::json;

use crate::plane::{Answers, Plane, evidence};

/// What a stop may take beyond its budget; the machines that test are busy.
const GRACE: Duration = Duration::from_millis(50);

fn stopped(report: &CallReport) -> &'static str {
    match &report.outcome {
        Err(CallFailure::Trap { code, .. }) => code,
        other => panic!("it was not stopped: {other:?}"),
    }
}

/// Resident memory of this process in bytes.
fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<usize>().unwrap() << 10
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_it_does_it_is_stopped_in_time_and_its_memory_comes_back() {
    let plane = Plane::new(Answers::default()).await;
    assert_eq!(plane.obey("nothing").await.outcome, Ok(json!({})));
    let before = resident();
    for (command, code) in [
        ("loop", "cpu"),
        ("memory", "memory"),
        ("recurse", "stack"),
        ("panic", "panic"),
        ("answer 5000000", "output"),
        ("garbage", "output"),
    ] {
        let started = Instant::now();
        let report = plane.obey(command).await;
        assert_eq!(stopped(&report), code, "{command}: {:?}", report.outcome);
        assert!(report.cpu <= plane.bound.limits.cpu + GRACE, "{command}: {:?}", report.cpu);
        assert!(report.memory <= plane.bound.limits.memory, "{command}: {} bytes", report.memory);
        assert!(started.elapsed() < Duration::from_secs(10), "{command}: {:?}", started.elapsed());
    }
    let after = resident();
    assert!(after < before + (64 << 20), "{before} bytes before, {after} bytes after");
    assert_eq!(plane.obey("nothing").await.outcome, Ok(json!({})), "the next call is not harmed");
}

#[tokio::test(flavor = "multi_thread")]
async fn sixty_four_loops_at_a_time_are_stopped_and_the_rest_goes_on() {
    let plane = std::sync::Arc::new(Plane::new(Answers::default()).await);
    let calls: Vec<_> = (0..64)
        .map(|_| {
            let plane = std::sync::Arc::clone(&plane);
            tokio::spawn(async move { plane.obey("loop").await })
        })
        .collect();
    for call in calls {
        // Where there are few processors, the time on the wall may be over first.
        assert!(matches!(stopped(&call.await.unwrap()), "cpu" | "wall"));
    }
    assert_eq!(plane.obey("nothing").await.outcome, Ok(json!({})));
}

#[tokio::test(flavor = "multi_thread")]
async fn waiting_costs_no_processor_time_but_ends_at_the_deadline() {
    let plane = Plane::new(Answers { delay: Duration::from_mins(1), ..Answers::default() }).await;
    let report = plane.obey("requests 1").await;
    assert_eq!(stopped(&report), "wall");
    assert!(report.duration < plane.bound.limits.wall + GRACE, "{:?}", report.duration);
    assert!(report.cpu < Duration::from_millis(100), "{:?}", report.cpu);
    assert_eq!(report.requests.len(), 1);
    assert!(report.requests[0].error.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn logs_handles_and_requests_are_bounded() {
    let mut plane = Plane::new(Answers::default()).await;
    let report = plane.obey("flood 200").await;
    let bytes: usize = report.log.iter().map(String::len).sum();
    assert_eq!(report.outcome, Ok(json!({})));
    assert!(bytes <= 64 << 10, "{bytes} bytes of log");
    assert_eq!(report.log.last().map(String::as_str), Some("… the log is full, the rest is not kept"));

    let report = plane.obey("leak 290").await;
    assert_eq!(stopped(&report), "guest");
    assert!(report.requests.len() <= 257, "{} answers were held", report.requests.len());

    let large = Plane::new(Answers { body: vec![b'x'; 1 << 20], ..Answers::default() }).await;
    let report = large.obey("leak 40").await;
    assert!(
        matches!(&report.outcome, Err(CallFailure::Permanent { message, .. }) if message.contains("gives none back"))
    );
    assert_eq!(report.requests.len(), 17, "16 MiB of answers are held at most");
    let report = large.obey("requests 40").await;
    assert_eq!(report.outcome, Ok(json!({})), "answers that are given back do not count");

    plane.bound.limits.requests = 3;
    let report = plane.obey("requests 5").await;
    assert!(matches!(&report.outcome, Err(CallFailure::Permanent { message, .. }) if message.contains("used up")));
    let denied: Vec<bool> = report.requests.iter().map(|request| request.denied.is_some()).collect();
    assert_eq!(denied, [false, false, false, true]);
}

#[tokio::test(flavor = "multi_thread")]
async fn evidence_is_read_in_pieces_and_sent_without_being_read() {
    let plane = Plane::new(Answers { body: b"thanks".to_vec(), ..Answers::default() }).await;
    let function = Function::Execute {
        registration: json!({}),
        attachment: json!({}),
        envelope: evidence(&[b"{}"]),
        materials: vec![evidence(&[b"abc", b"", b"defg"]), evidence(&[])],
    };
    let report = plane.call(function).await;
    assert_eq!(report.outcome, Ok(json!({"read": [7, 0], "answer": "thanks"})));
    let sent = plane.egress.sent.lock().unwrap();
    let body = crate::plane::body(&sent[0]);
    assert!(body.contains(
        "name=\"bom\"; filename=\"sbom.json\"\r\ncontent-type: application/json\r\n\r\n<7 bytes, Identity>\r\n"
    ));
    let content_type = &sent[0].headers.iter().find(|(name, _)| name == "content-type").unwrap().1;
    assert!(content_type.starts_with("multipart/form-data; boundary=assay-"), "{content_type}");
    assert_eq!(sent[0].url, "https://api.example.org/base/api/bom");
}

#[tokio::test(flavor = "multi_thread")]
async fn values_are_kept_and_are_small() {
    let plane = Plane::new(Answers::default()).await;
    assert_eq!(plane.obey("state cursor 7").await.outcome, Ok(json!("7")));
    let large = format!("state cursor {}", "x".repeat(9000));
    assert!(matches!(plane.obey(&large).await.outcome, Err(CallFailure::Permanent { .. })));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_component_without_a_lifecycle_is_checked_by_registering_and_has_nothing_to_take_down() {
    let plane = Plane::new(Answers::default()).await;
    let report = plane.call(Function::Check { registration: json!({}) }).await;
    assert_eq!(report.outcome, Ok(plane.bound.input.clone()));
    assert_eq!(plane.call(Function::Deregister { registration: json!({}) }).await.outcome, Ok(json!(null)));
    let migrate = Function::Migrate { from_version: "0.9.0".to_owned(), state: json!({"id": 7}) };
    assert_eq!(plane.call(migrate).await.outcome, Ok(json!({"id": 7})));
}
