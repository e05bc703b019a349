//! The import `http`: where a request goes is decided here, how it gets there is the broker's.

mod body;
mod headers;
mod outgoing;
mod record;
mod target;

use std::sync::Arc;
use std::time::Instant;

use assay_ports::{EgressError, EgressResponse, RequestRecord};
use assay_sandbox::{Hosted, Trap};
use bytes::Bytes;

use crate::bindings::assay::integration::http::{Host, HttpError, Request, Response};
use crate::call::{Call, timeout, wait};
use crate::http::outgoing::Outgoing;

/// An answer that the guest may have.
struct Clean {
    status: u16,
    headers: Vec<(String, String)>,
    body: Bytes,
}

impl Host for Hosted<Call> {
    fn send(&mut self, request: Request) -> wasmtime::Result<Result<Response, HttpError>> {
        let asked = request.timeout_ms;
        let outgoing = match Outgoing::prepare(self.host(), request)? {
            Ok(outgoing) => outgoing,
            Err(denied) => {
                self.host_mut().remember(denied.record);
                return Ok(Err(HttpError::Denied(denied.reason)));
            }
        };
        let secret = outgoing.is_secret();
        let mut record = outgoing.record(&self.host().redactor);
        let answer = match exchange(self, outgoing, asked, &mut record) {
            Ok(answer) => answer,
            Err(trap) => {
                record.error = Some("the time of the call was over".to_owned());
                self.host_mut().remember(record);
                return Err(trap);
            }
        };
        let call = self.host_mut();
        let clean = answer.and_then(|answer| admit(call, answer, secret, &mut record));
        let clean = clean.map_err(|error| failed(call, &error, &mut record));
        call.remember(record);
        match clean {
            Ok(clean) => handle(self, clean).map(Ok),
            Err(error) => Ok(Err(error)),
        }
    }
}

/// Hands the request to the broker and waits.
fn exchange(
    hosted: &mut Hosted<Call>,
    outgoing: Outgoing,
    asked: Option<u32>,
    record: &mut RequestRecord,
) -> wasmtime::Result<Result<EgressResponse, EgressError>> {
    let timeout = timeout(asked, hosted.wall_left());
    let request = outgoing.into_request(hosted.host().pool.clone(), timeout);
    let egress = Arc::clone(&hosted.host().egress);
    let started = Instant::now();
    let answer = wait(hosted, async move { egress.send(request).await });
    record.duration = started.elapsed();
    answer
}

/// Strikes the secrets out of an answer. One that is encoded could hide them: nobody asked for that.
fn admit(call: &Call, answer: EgressResponse, secret: bool, record: &mut RequestRecord) -> Result<Clean, EgressError> {
    record.status = Some(answer.status);
    record.bytes = (answer.sent, answer.body.len() as u64);
    let encoded = answer.headers.iter().any(|(name, value)| name == "content-encoding" && value != "identity");
    if encoded && secret {
        return Err(EgressError::Protocol("the answer has a content encoding, which was not asked for".into()));
    }
    if !call.has_room(answer.body.len()) {
        return Err(EgressError::Protocol("the integration holds too many answers and gives none back".into()));
    }
    let headers = answer.headers.into_iter();
    let headers = headers.map(|(name, value)| (call.redactor.text(name), call.redactor.text(value))).collect();
    let clean = Clean { status: answer.status, headers, body: call.redactor.bytes(answer.body) };
    record.response_head = Some(record::response_head(clean.status, &clean.headers, &clean.body));
    Ok(clean)
}

/// What the guest, and who looks at the delivery later, learn of a failure.
fn failed(call: &Call, error: &EgressError, record: &mut RequestRecord) -> HttpError {
    let told = call.told(error);
    let denied = matches!(error, EgressError::Denied { .. });
    let kept = if denied { &mut record.denied } else { &mut record.error };
    *kept = Some(told.clone());
    match error {
        EgressError::Denied { .. } => HttpError::Denied(told),
        EgressError::Dns { .. } => HttpError::Dns(told),
        EgressError::Connect(_) => HttpError::Connect(told),
        EgressError::Tls(_) => HttpError::Tls(told),
        EgressError::Timeout(_) => HttpError::Timeout,
        EgressError::TooLarge { .. } => HttpError::TooLarge,
        EgressError::Protocol(_) | EgressError::Credential { .. } | EgressError::Mail { .. } => {
            HttpError::Protocol(told)
        }
    }
}

/// Gives the guest a handle of the body.
fn handle(hosted: &mut Hosted<Call>, answer: Clean) -> wasmtime::Result<Response> {
    let media_type = answer.headers.iter().find(|(name, _)| name == "content-type").map(|(_, value)| value.clone());
    let Ok(body) = hosted.host_mut().hold(media_type, answer.body) else {
        return Err(hosted.refuse(Trap::Guest("it holds too many handles and gives none back".to_owned())));
    };
    Ok(Response { status: answer.status, headers: answer.headers, body })
}
