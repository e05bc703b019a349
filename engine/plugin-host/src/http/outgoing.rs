use std::time::Duration;

use assay_integration::{Apply, Bound, Credential};
use assay_ports::{BodyPiece, EgressRequest, RequestRecord};

use crate::bindings::assay::integration::http::{Request, Target};
use crate::call::Call;
use crate::http::body;
use crate::http::headers;
use crate::http::record;
use crate::http::target::{Destination, resolve};
use crate::redact::Redactor;

/// Most bytes of the body of an answer.
const RESPONSE_BYTES: usize = 8 << 20;

/// Most characters of the reason of a refusal.
const REASON: usize = 1_000;

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
        let Request { method, target, headers, body, auth, timeout_ms: _ } = request;
        let refuse = |reason: String| {
            let reason = call.redactor.text(assay_base::text::head(&reason, REASON));
            let origin = call.redactor.text(record::wanted_origin(&target));
            let record = record::denied(&origin, &assay_base::text::head(&method, 16), &reason);
            Denied { reason, record }
        };
        let (destination, credentials) = match granted(call, &method, &target, &auth) {
            Ok(granted) => granted,
            Err(reason) => return Ok(Err(refuse(reason))),
        };
        // Only now: digests of what is at hand take time.
        let assembled = body::assemble(&call.table, body)?;
        let finished = assembled.and_then(|assembled| {
            let mut owned = owned(&call.bound, &destination);
            if destination.hidden || !credentials.is_empty() {
                // Of a piece that ends within an echoed secret nothing would be struck out.
                owned.extend(["range", "if-range"].map(str::to_owned));
            }
            let headers = headers::admit(headers, &owned, assembled.content_type)?;
            Ok((headers, assembled.pieces))
        });
        Ok(match finished {
            Ok((headers, body)) => Ok(Self { method, destination, headers, body, credentials }),
            Err(reason) => Err(refuse(reason)),
        })
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
    method: &str,
    target: &Target,
    auth: &[String],
) -> Result<(Destination, Vec<Credential>), String> {
    call.may_request()?;
    let destination = resolve(&call.bound, target, method)?;
    let credentials = credentials(&call.bound, &destination, auth)?;
    Ok((destination, credentials))
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
