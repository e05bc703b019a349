//! The outermost layer: the id of a request, its line in the log, its metrics, and the body of a problem.

use std::time::Instant;

use assay_app::App;
use axum::body::Body;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::Response;
use tracing::Instrument as _;
use tracing::field::Empty;

use crate::metrics::{Answered, NO_ROUTE};
use crate::plane::Plane;
use crate::problem::{Fault, PROBLEM_JSON};

/// The header that carries the id of a request, both ways.
const REQUEST_ID: &str = "x-request-id";
/// Longest id that is taken from a client.
const ID_LENGTH: usize = 64;

/// Runs a request inside its span. What is logged is the route's pattern, never the path, headers or a body.
pub(crate) async fn trace(State(plane): State<Plane>, request: Request, next: Next) -> Response {
    let begin = Instant::now();
    let in_flight = plane.metrics.begun();
    let id = request_id(&plane.app, request.headers());
    let method = method(request.method());
    let matched = request.extensions().get::<MatchedPath>().cloned();
    let route = matched.as_ref().map_or(NO_ROUTE, MatchedPath::as_str);
    let span = tracing::info_span!("request", id, method, route, org = Empty, subject = Empty);
    let mut response = next.run(request).instrument(span.clone()).await;
    let (status, took) = (response.status().as_u16(), begin.elapsed());
    span.in_scope(|| {
        write_problem(&mut response, &id);
        tracing::info!(status, duration_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX), "answered");
    });
    plane.metrics.answered(Answered { route, method, status, took });
    if let Ok(id) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    drop(in_flight);
    response
}

/// The client's own id when it is a plain word, else a fresh one.
fn request_id(app: &App, headers: &HeaderMap) -> String {
    let given = headers.get(REQUEST_ID).and_then(|value| value.to_str().ok()).filter(|id| is_id(id));
    given.map_or_else(|| app.id().to_string(), str::to_owned)
}

fn is_id(text: &str) -> bool {
    (1..=ID_LENGTH).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

/// Writes out what [`Fault`] left, now that the id is known, and logs what the client is not told.
fn write_problem(response: &mut Response, id: &str) {
    let Some(Fault { mut problem, cause }) = response.extensions_mut().remove::<Fault>() else { return };
    if let Some(cause) = cause {
        tracing::error!(error = &*cause as &dyn std::error::Error, "the request failed");
    }
    problem.request_id = Some(id.to_owned());
    match serde_json::to_vec(&problem) {
        Ok(body) => {
            let length = HeaderValue::from(body.len());
            *response.body_mut() = Body::from(body);
            let headers = response.headers_mut();
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
            headers.insert(header::CONTENT_LENGTH, length);
        }
        Err(error) => tracing::error!(error = &error as &dyn std::error::Error, "a problem could not be written"),
    }
}

/// The method as a word of a closed list: clients may invent others.
fn method(method: &Method) -> &'static str {
    const KNOWN: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"];
    KNOWN.into_iter().find(|known| *known == method.as_str()).unwrap_or("OTHER")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_a_plain_word() {
        for (text, good) in [("a-B_9", true), ("", false), ("a b", false), ("a\nb", false), ("ä", false)] {
            assert_eq!(is_id(text), good, "{text}");
        }
        assert!(is_id(&"x".repeat(64)) && !is_id(&"x".repeat(65)));
    }

    #[test]
    fn methods_are_a_closed_list() {
        assert_eq!(method(&Method::GET), "GET");
        assert_eq!(method(&Method::from_bytes(b"BREW").unwrap()), "OTHER");
    }
}
