use std::time::Duration;

use assay_integration::{Apply, Bound, Credential};
use assay_ports::{BodyPiece, EgressRequest, RequestRecord};

use crate::bindings::assay::integration::http::{Request, Target};
use crate::call::Call;
use crate::http::body::{self, Assembled};
use crate::http::headers;
use crate::http::record;
use crate::http::target::{Destination, resolve};
use crate::redact::Redactor;

/// Most bytes of the body of an answer.
const RESPONSE_BYTES: usize = 8 << 20;

/// A request that is granted.
pub(crate) struct Outgoing {
    method: String,
    destination: Destination,
    headers: Vec<(String, String)>,
    body: Vec<BodyPiece>,
    credentials: Vec<Credential>,
}

/// A request that is not.
pub(crate) struct Denied {
    pub(crate) reason: String,
    pub(crate) record: RequestRecord,
}

impl Outgoing {
    /// Checks a request of the guest against what its manifest and its registration grant.
    ///
    /// # Errors
    /// The outer one is a trap: the guest broke the interface.
    pub(crate) fn prepare(call: &Call, request: Request) -> wasmtime::Result<Result<Self, Denied>> {
        let assembled = body::assemble(&call.table, request.body)?;
        let (origin, method) = (record::wanted_origin(&request.target), request.method.clone());
        let granted = granted(call, request.method, &request.target, request.headers, &request.auth, assembled);
        Ok(granted.map_err(|reason| {
            let reason = call.redactor.text(reason);
            let record = record::denied(&call.redactor.text(origin), &call.redactor.text(method), &reason);
            Denied { reason, record }
        }))
    }

    /// Whether a secret is in it, which the answer might echo.
    pub(crate) const fn is_secret(&self) -> bool {
        self.destination.hidden || !self.credentials.is_empty()
    }

    /// What is remembered of it.
    pub(crate) fn record(&self, redactor: &Redactor) -> RequestRecord {
        let head =
            record::request_head(&self.method, &self.destination.url, &self.headers, &self.credentials, redactor);
        record::sent(&self.destination.url, &self.method, head)
    }

    pub(crate) fn into_request(self, pool: String, timeout: Duration) -> EgressRequest {
        let Self { method, destination, headers, body, credentials } = self;
        let url = destination.url.into();
        EgressRequest { pool, method, url, headers, body, credentials, timeout, max_response: RESPONSE_BYTES }
    }
}

fn granted(
    call: &Call,
    method: String,
    target: &Target,
    headers: Vec<(String, String)>,
    auth: &[String],
    assembled: Result<Assembled, String>,
) -> Result<Outgoing, String> {
    call.may_request()?;
    let destination = resolve(&call.bound, target, &method)?;
    let credentials = credentials(&call.bound, &destination, auth)?;
    let assembled = assembled?;
    let headers = headers::admit(headers, &owned(&call.bound, &destination), assembled.content_type)?;
    Ok(Outgoing { method, destination, headers, body: assembled.pieces, credentials })
}

/// The credentials that the guest names. Each goes only to the endpoint that it is bound to: a manifest that also names a host
/// of its author gets nothing there. One that the registration does not have is not missed.
fn credentials(bound: &Bound, destination: &Destination, auth: &[String]) -> Result<Vec<Credential>, String> {
    let mut found: Vec<Credential> = Vec::new();
    for slot in auth {
        let Some(credential) = bound.credentials.get(slot) else { continue };
        if destination.slot.as_ref() != Some(&credential.endpoint) {
            let endpoint = &credential.endpoint;
            return Err(format!("the credential `{slot}` goes to the endpoint `{endpoint}` alone"));
        }
        if credential.apply == Apply::Mail {
            return Err(format!("the credential `{slot}` is for mail"));
        }
        if !found.contains(credential) {
            found.push(credential.clone());
        }
    }
    Ok(found)
}

/// Headers that belong to the credentials of the endpoint, whether they are used or not.
fn owned(bound: &Bound, destination: &Destination) -> Vec<String> {
    let of_endpoint = bound.credentials.values().filter(|c| destination.slot.as_ref() == Some(&c.endpoint));
    of_endpoint.flat_map(|credential| headers::of_credential(&credential.apply)).collect()
}
