use assay_ports::{CallFailure, CallReport};

use crate::plane::{Answers, Plane};

fn message(report: &CallReport) -> &str {
    match &report.outcome {
        Err(CallFailure::Permanent { message, .. }) => message,
        other => panic!("it was not refused: {other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_goes_where_neither_manifest_nor_registration_point() {
    let plane = Plane::new(Answers::default()).await;
    let refused = [
        "url GET https://evil.example.com/",
        "url GET http://collector.example.org/",
        "url PUT https://collector.example.org/",
        "url GET https://collector.example.org:8443/",
        "url GET https://collector.example.org@evil.example.com/",
        "url GET http://127.0.0.1:8080/metrics",
        "url GET http://[::1]/",
        "url GET http://169.254.169.254/latest/meta-data/",
        "url GET file:///etc/passwd",
        "url CONNECT https://collector.example.org/",
        "echo api /admin",
        "echo api /api/../admin",
        "echo api /api/%2e%2e/admin",
        "echo hook /more",
        "echo unknown /",
        "header Host evil.example.com",
        "header Content-Length 0",
        "header X-Api-Key mine",
        "header X-Note a\u{240a}b",
    ];
    for command in refused {
        let report = plane.obey(command).await;
        assert!(message(&report).contains("Denied"), "{command}: {}", message(&report));
        assert_eq!(report.requests.len(), 1, "{command}");
        assert!(report.requests[0].denied.is_some(), "{command}");
    }
    assert!(plane.egress.sent.lock().unwrap().is_empty());
    let granted = plane.obey("url GET https://collector.example.org/anything").await;
    assert!(granted.outcome.is_ok(), "{granted:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_authors_own_host_does_not_get_the_secret_of_the_registration() {
    let plane = Plane::new(Answers::default()).await;
    let report = plane.obey("steal https://collector.example.org/collect").await;
    assert!(message(&report).contains("the credential `key` goes to the endpoint `api` alone"), "{}", message(&report));
    assert!(plane.egress.sent.lock().unwrap().is_empty());
    // Without naming the credential it may speak to that host, and has nothing to tell.
    let report = plane.obey("url POST https://collector.example.org/collect").await;
    assert!(report.outcome.is_ok());
    assert!(plane.egress.sent.lock().unwrap()[0].credentials.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redirect_is_another_request_with_all_checks() {
    for location in ["http://127.0.0.1:9/", "https://evil.example.com/", "https://collector.example.org/steal"] {
        let headers = vec![("location".to_owned(), location.to_owned())];
        let plane = Plane::new(Answers { status: 302, headers, ..Answers::default() }).await;
        let report = plane.obey("echo api /api/x").await;
        assert!(message(&report).contains("Denied"), "{location}: {}", message(&report));
        assert_eq!(report.requests.len(), 2);
        assert_eq!(report.requests[0].status, Some(302));
        assert!(report.requests[1].denied.is_some());
        assert_eq!(plane.egress.sent.lock().unwrap().len(), 1, "{location}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_broker_refuses_is_in_the_report_whatever_the_guest_makes_of_it() {
    let plane = Plane::new(Answers { deny: true, ..Answers::default() }).await;
    let report = plane.obey("requests 1").await;
    assert_eq!(report.requests[0].denied.as_deref(), Some("10.0.0.1 is a private address"));
}

#[tokio::test(flavor = "multi_thread")]
async fn mail_goes_to_the_server_of_the_registration() {
    let plane = Plane::new(Answers::default()).await;
    assert!(message(&plane.obey("mail other a@example.org").await).contains("no mail server"));
    let report = plane.obey("mail post a@example.org").await;
    assert_eq!(report.outcome, Ok(serde_json::json!("250 queued")));
    assert_eq!(report.requests[0].origin, "smtp://mail.example.org:587");
    assert_eq!(report.requests[0].method, "MAIL");
    let message_id = plane.egress.mails.lock().unwrap()[0].message_id.clone();
    assert!(message_id.starts_with("d1."), "{message_id}");
    assert!(message(&plane.obey("mail post a\u{240a}b@example.org").await).contains("Denied"));
}
