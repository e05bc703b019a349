use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use assay_ports::{BodyPiece, Egress, EgressError, EgressRequest, EgressResponse, Mail};
use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use futures_util::StreamExt as _;
use serde_json::json;

use crate::fault::Fault;
use crate::session::Player;

/// How much of a body is looked at.
const LOOKED_AT: usize = 1 << 20;

/// A destination that does what a test wants, and remembers what it was sent. Nothing leaves the process.
#[derive(Debug)]
pub(crate) struct Stage {
    mood: Mutex<Mood>,
    seen: Mutex<Vec<Seen>>,
    /// Answers of the true destination, for integrations that look at them.
    recorded: Option<Player>,
}

/// What the destination does.
#[derive(Debug, Clone)]
pub(crate) enum Mood {
    /// It answers as it was recorded, or 200 and `{}`.
    Good,
    /// It fails.
    Bad(Fault),
    /// It repeats a text in every form that it knows.
    Echoes(String),
    /// It says nothing for so long.
    Silent(Duration),
}

/// What was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) method: String,
    pub(crate) url: String,
    pub(crate) headers: Vec<(String, String)>,
    /// The beginning of the body, evidence left out.
    pub(crate) body: Vec<u8>,
}

impl Seen {
    /// The boundary of a form is another one in every request; it says nothing.
    fn of(request: &EgressRequest, body: Vec<u8>) -> Self {
        let (method, url, headers) = (request.method.clone(), request.url.clone(), request.headers.clone());
        let media_type = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
        let boundary =
            media_type.and_then(|(_, value)| Some(value.split_once("boundary=")?.1.trim_matches('"').to_owned()));
        let Some(boundary) = boundary.filter(|boundary| !boundary.is_empty()) else {
            return Self { method, url, headers, body };
        };
        let plain = |text: &str| text.replace(&boundary, "boundary");
        let headers = headers.iter().map(|(name, value)| (name.clone(), plain(value))).collect();
        Self { method, url, headers, body: plain(&String::from_utf8_lossy(&body)).into_bytes() }
    }
}

impl Stage {
    pub(crate) fn new(recorded: Option<Player>) -> Self {
        Self { mood: Mutex::new(Mood::Good), seen: Mutex::default(), recorded }
    }

    /// From now on, and forgets what was sent.
    pub(crate) fn become_(&self, mood: Mood) {
        *self.mood.lock().unwrap_or_else(PoisonError::into_inner) = mood;
        drop(self.seen());
    }

    /// What was sent since the last look.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        std::mem::take(&mut *self.seen.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn mood(&self) -> Mood {
        self.mood.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn note(&self, seen: Seen) {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).push(seen);
    }
}

#[async_trait]
impl Egress for Stage {
    fn check(&self, _url: &str) -> Result<(), EgressError> {
        Ok(())
    }

    async fn send(&self, request: EgressRequest) -> Result<EgressResponse, EgressError> {
        let (body, sent) = drain(&request.body).await?;
        self.note(Seen::of(&request, body));
        match self.mood() {
            Mood::Good => match &self.recorded {
                Some(player) => player.send(request).await,
                None => Ok(answer(b"{}".to_vec(), sent)),
            },
            Mood::Bad(fault) => match fault.error("destination.example.org", request.timeout) {
                Some(error) => Err(error),
                None => Ok(fault.answer().unwrap_or_else(|| answer(vec![], sent))),
            },
            Mood::Echoes(text) => Ok(echo(&text, sent)),
            Mood::Silent(time) => {
                tokio::time::sleep(time.min(request.timeout)).await;
                Err(EgressError::Timeout(request.timeout))
            }
        }
    }

    async fn mail(&self, mail: Mail) -> Result<String, EgressError> {
        let text = mail.text.clone().or_else(|| mail.html.clone()).unwrap_or_default();
        let headers = vec![("message-id".to_owned(), mail.message_id.clone())];
        self.note(Seen { method: "MAIL".to_owned(), url: mail.server.host.clone(), headers, body: text.into_bytes() });
        match self.mood() {
            Mood::Good | Mood::Echoes(_) => Ok("250 queued".to_owned()),
            Mood::Bad(fault) => fault.mail(mail.timeout).map_or_else(|| Ok("250 queued".to_owned()), Err),
            Mood::Silent(time) => {
                tokio::time::sleep(time.min(mail.timeout)).await;
                Err(EgressError::Timeout(mail.timeout))
            }
        }
    }
}

fn answer(body: Vec<u8>, sent: u64) -> EgressResponse {
    let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
    EgressResponse { status: 200, headers, body: body.into(), sent, peer: None }
}

/// The text as it is, and as a clever destination would write it.
fn echo(text: &str, sent: u64) -> EgressResponse {
    let hex = hex::encode(text);
    let body = json!({"raw": text, "base64": STANDARD.encode(text), "hex": hex, "name": text, "message": text});
    let mut answer = answer(body.to_string().into_bytes(), sent);
    answer.headers.push(("x-echo".to_owned(), text.to_owned()));
    answer
}

/// Takes a body as a destination would: evidence is read to its end, and counted.
async fn drain(pieces: &[BodyPiece]) -> Result<(Vec<u8>, u64), EgressError> {
    let (mut body, mut sent) = (Vec::new(), 0);
    for piece in pieces {
        match piece {
            BodyPiece::Bytes(bytes) => {
                sent += bytes.len() as u64;
                keep(&mut body, bytes);
            }
            BodyPiece::Evidence(evidence, _) => {
                let broken = |error: Box<dyn std::error::Error + Send + Sync>| EgressError::Protocol(error);
                let mut stream = evidence.source.open().await.map_err(|error| broken(error.into()))?;
                while let Some(bytes) = stream.next().await {
                    sent += bytes.map_err(|error| broken(error.into()))?.len() as u64;
                }
                keep(&mut body, &Bytes::from(evidence.digest.to_string()));
            }
        }
    }
    Ok((body, sent))
}

fn keep(body: &mut Vec<u8>, bytes: &Bytes) {
    let room = LOOKED_AT.saturating_sub(body.len());
    body.extend_from_slice(&bytes[..bytes.len().min(room)]);
}
