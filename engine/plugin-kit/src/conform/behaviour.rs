use std::time::Duration;

use assay_ports::{CallFailure, CallReport};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::actor::{Actor, Outcome, kind, verdict, word};
use crate::documents::delivery_id;
use crate::fault::Fault;
use crate::sample::CANARY;
use crate::stage::{Mood, Seen};

/// What a destination does, and the kind of error that it is.
const ERRORS: &[(Fault, &str)] = &[
    (Fault::Status(400), "permanent"),
    (Fault::Status(401), "unauthorized"),
    (Fault::Status(403), "unauthorized"),
    (Fault::Status(404), "permanent"),
    (Fault::Status(429), "retryable"),
    (Fault::Status(500), "retryable"),
    (Fault::Status(502), "retryable"),
    (Fault::Status(503), "retryable"),
    (Fault::Dns, "retryable"),
    (Fault::Reset, "retryable"),
    (Fault::Timeout, "retryable"),
];
/// Statuses that mail does not have.
const HTTP_ERRORS: &[(Fault, &str)] =
    &[(Fault::Status(302), "permanent"), (Fault::Status(408), "retryable"), (Fault::Status(425), "retryable")];

pub(super) async fn secrets(actor: &Actor<'_>) -> Outcome {
    let (mut wrong, mut calls) = (vec![], 0);
    for secret in secrets_of(actor) {
        for mood in [Mood::Good, Mood::Echoes(secret.clone()), Mood::Echoes(CANARY.to_owned())] {
            actor.again(mood);
            for report in [actor.register(&actor.bound).await?, actor.execute(1).await?] {
                calls += 1;
                wrong.extend(leaks(&report, &secret).map(|place| format!("a secret stands in {place}")));
            }
            // The URL of an endpoint is the host's: it is not looked at.
            let held =
                |seen: &Seen| holds(&format!("{:?} {}", seen.headers, String::from_utf8_lossy(&seen.body)), &secret);
            if actor.stage.seen().iter().any(held) {
                wrong.push("a secret stands in what the guest itself sends".to_owned());
            }
        }
    }
    wrong.dedup();
    let right =
        if calls == 0 { "it has no secrets".to_owned() } else { format!("{calls} calls, no secret in any of them") };
    Ok(verdict(wrong, right))
}

/// Credentials, and URLs that are their own password.
fn secrets_of(actor: &Actor<'_>) -> Vec<String> {
    let credentials = actor.bound.credentials.values().map(|credential| credential.secret.expose().clone());
    let urls = actor.bound.endpoints.values().filter(|endpoint| endpoint.hidden).map(|e| e.url.expose().clone());
    credentials.chain(urls).collect()
}

/// Where a secret stands in a report.
fn leaks(report: &CallReport, secret: &str) -> impl Iterator<Item = &'static str> {
    let requests = report
        .requests
        .iter()
        .map(|r| format!("{} {}", r.request_head, r.response_head.as_deref().unwrap_or_default()));
    let places = [
        ("the answer", format!("{:?}", report.outcome)),
        ("the log", report.log.join("\n")),
        ("the record of a request", requests.collect::<Vec<_>>().join("\n")),
    ];
    let secret = secret.to_owned();
    places.into_iter().filter(move |(_, text)| holds(text, &secret)).map(|(place, _)| place)
}

/// As it is, in base64 or in hexadecimal.
fn holds(text: &str, secret: &str) -> bool {
    let hex = hex::encode(secret);
    let base64 = STANDARD.encode(secret);
    [secret, base64.trim_end_matches('='), &hex].iter().any(|form| text.contains(form))
}

pub(super) async fn errors(actor: &Actor<'_>) -> Outcome {
    let mut wrong = vec![];
    let cases = if actor.manifest.network()["mail"].is_object() { [ERRORS, &[]] } else { [ERRORS, HTTP_ERRORS] };
    for (fault, expected) in cases.into_iter().flatten() {
        actor.again(Mood::Bad(*fault));
        let report = actor.execute(1).await?;
        if report.requests.is_empty() {
            return Ok(Err(vec!["a delivery sends nothing: nothing can be said".to_owned()]));
        }
        match &report.outcome {
            Ok(_) => wrong.push(format!("{fault:?} is taken for a success")),
            Err(failure) if word(failure) != *expected => {
                wrong.push(format!("{fault:?} must be {expected}, not {}", kind(failure)));
            }
            Err(CallFailure::Retryable { after, .. })
                if *fault == Fault::Status(429)
                    && report.requests.iter().all(|r| r.method != "MAIL")
                    && *after != Some(Duration::from_secs(7)) =>
            {
                wrong.push("`Retry-After` of a 429 is not handed on".to_owned());
            }
            Err(_) => {}
        }
    }
    Ok(verdict(wrong, "every answer and every failure is of the right kind"))
}

pub(super) async fn idempotency(actor: &Actor<'_>) -> Outcome {
    let mut attempts = vec![];
    for attempt in [1, 2] {
        actor.again(Mood::Good);
        if let Err(failure) = actor.execute(attempt).await?.outcome {
            return Ok(Err(vec![format!("a delivery fails: {}", kind(&failure))]));
        }
        attempts.push(actor.stage.seen());
    }
    let told = |seen: &[Seen]| !seen.is_empty() && seen.iter().any(|seen| names(seen, delivery_id()));
    if attempts.iter().all(|seen| told(seen)) {
        return Ok(Ok("the id of the delivery is in what is sent".to_owned()));
    }
    if !attempts[0].is_empty() && attempts[0] == attempts[1] {
        return Ok(Ok("both attempts send the same".to_owned()));
    }
    Ok(Err(vec!["two attempts of one delivery differ, and neither says the id of the delivery".to_owned()]))
}

fn names(seen: &Seen, id: &str) -> bool {
    let body = String::from_utf8_lossy(&seen.body);
    seen.url.contains(id) || body.contains(id) || seen.headers.iter().any(|(_, value)| value.contains(id))
}

pub(super) async fn grants(actor: &Actor<'_>) -> Outcome {
    let mut wrong = vec![];
    actor.again(Mood::Good);
    for report in [actor.register(&actor.bound).await?, actor.execute(1).await?] {
        for request in report.requests.iter().filter(|request| request.denied.is_some()) {
            let why = request.denied.as_deref().unwrap_or_default();
            wrong.push(format!("{} {} is not granted: {why}", request.method, request.origin));
        }
    }
    actor.again(Mood::Bad(Fault::Denied));
    match actor.execute(1).await?.outcome {
        Err(CallFailure::Permanent { .. }) => {}
        Err(failure) => wrong.push(format!("a refused destination must be permanent, not {}", kind(&failure))),
        Ok(_) => wrong.push("a refused destination is taken for a success".to_owned()),
    }
    Ok(verdict(wrong, "nothing but what is granted, and a refusal is permanent"))
}
