use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, Write};
use std::sync::{Arc, Mutex, PoisonError};

use assay_base::{Digest, Hasher};
use assay_ports::{BodyPiece, Egress, EgressError, EgressRequest, EgressResponse, Mail};
use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::KitError;

/// What stands in a session where a secret was.
const REDACTED: &str = "[secret]";

/// One exchange, one line of a session.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Exchange {
    method: String,
    url: String,
    /// The digest of the body; of JSON in its canonical form (RFC 8785).
    body: Digest,
    #[serde(flatten)]
    outcome: Outcome,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Outcome {
    /// An answer.
    Answer {
        /// The status code.
        status: u16,
        /// Names and values.
        headers: Vec<(String, String)>,
        /// The body in base64.
        content: String,
    },
    /// What a mail server said.
    Queued(String),
    /// There was none: `dns`, `connect`, `tls`, `timeout`, `denied`, `too-large`, `protocol`, or the code of a mail server.
    Failed {
        /// The word.
        word: String,
        /// A sentence.
        message: String,
    },
}

/// A way out that remembers what went by, without the secrets.
pub struct Recorder {
    inner: Arc<dyn Egress>,
    secrets: BTreeSet<String>,
    out: Mutex<Box<dyn Write + Send>>,
}

impl Recorder {
    /// Remembers into `out`, one JSON document a line. `secrets` are struck out wherever they stand.
    pub fn new(inner: Arc<dyn Egress>, secrets: impl IntoIterator<Item = String>, out: Box<dyn Write + Send>) -> Self {
        Self { inner, secrets: secrets.into_iter().filter(|secret| !secret.is_empty()).collect(), out: Mutex::new(out) }
    }

    /// What cannot be remembered is no reason to fail: the file says what is missing.
    fn write(&self, exchange: &Exchange) {
        if let Ok(line) = serde_json::to_string(exchange) {
            let mut out = self.out.lock().unwrap_or_else(PoisonError::into_inner);
            drop(writeln!(out, "{line}").and_then(|()| out.flush()));
        }
    }
}

#[async_trait]
impl Egress for Recorder {
    fn check(&self, url: &str) -> Result<(), EgressError> {
        self.inner.check(url)
    }

    async fn send(&self, request: EgressRequest) -> Result<EgressResponse, EgressError> {
        let (method, url) = (request.method.clone(), redact(&request.url, &self.secrets));
        let body = digest(&request.body);
        let answered = self.inner.send(request).await;
        let outcome = match &answered {
            Ok(answer) => Outcome::Answer {
                status: answer.status,
                headers: answer
                    .headers
                    .iter()
                    .map(|(name, value)| (name.clone(), redact(value, &self.secrets)))
                    .collect(),
                content: STANDARD.encode(redact_bytes(&answer.body, &self.secrets)),
            },
            Err(error) => failed(error, &self.secrets),
        };
        self.write(&Exchange { method, url, body, outcome });
        answered
    }

    async fn mail(&self, mail: Mail) -> Result<String, EgressError> {
        let (url, body) = (mail.server.host.clone(), Digest::of(mail.subject.as_bytes()));
        let answered = self.inner.mail(mail).await;
        let outcome = match &answered {
            Ok(text) => Outcome::Queued(redact(text, &self.secrets)),
            Err(error) => failed(error, &self.secrets),
        };
        self.write(&Exchange { method: "MAIL".to_owned(), url, body, outcome });
        answered
    }
}

/// How a request must be like a recorded one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Matching {
    /// Method, URL and body; each exchange once.
    Strict,
    /// Method and URL without its query; the last exchange of several is repeated.
    Loose,
}

/// A way out on which everything happens again. Nothing leaves the process.
#[derive(Debug)]
pub struct Player {
    matching: Matching,
    secrets: BTreeSet<String>,
    left: Mutex<BTreeMap<String, Vec<Exchange>>>,
}

impl Player {
    /// Reads a session. `secrets` are those of the call, which are struck out before it is compared.
    ///
    /// # Errors
    /// [`KitError::Session`].
    pub fn read(
        session: impl BufRead,
        matching: Matching,
        secrets: impl IntoIterator<Item = String>,
    ) -> Result<Self, KitError> {
        let mut left: BTreeMap<String, Vec<Exchange>> = BTreeMap::new();
        for (at, line) in session.lines().enumerate() {
            let wrong = |source| KitError::Session { line: at + 1, source };
            let line = line.map_err(|error| wrong(serde_json::Error::io(error)))?;
            if !line.trim().is_empty() {
                let exchange: Exchange = serde_json::from_str(&line).map_err(wrong)?;
                let key = matching.key(&exchange.method, &exchange.url, exchange.body);
                left.entry(key).or_default().push(exchange);
            }
        }
        let secrets = secrets.into_iter().filter(|secret| !secret.is_empty()).collect();
        Ok(Self { matching, secrets, left: Mutex::new(left) })
    }

    fn next(&self, method: &str, url: &str, body: Digest) -> Result<Outcome, EgressError> {
        let url = redact(url, &self.secrets);
        let key = self.matching.key(method, &url, body);
        let mut left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        let exchanges = left.get_mut(&key).filter(|exchanges| !exchanges.is_empty());
        let Some(exchanges) = exchanges else {
            let reason = format!("the session has no such exchange (any more): {method} {url}, body {body}");
            return Err(EgressError::Denied { reason });
        };
        let last = exchanges.len() == 1 && self.matching == Matching::Loose;
        let exchange = if last { exchanges[0].clone() } else { exchanges.remove(0) };
        Ok(exchange.outcome)
    }
}

impl Matching {
    fn key(self, method: &str, url: &str, body: Digest) -> String {
        match self {
            Self::Strict => format!("{method} {url} {body}"),
            Self::Loose => format!("{method} {}", url.split('?').next().unwrap_or(url)),
        }
    }
}

#[async_trait]
impl Egress for Player {
    fn check(&self, _url: &str) -> Result<(), EgressError> {
        Ok(())
    }

    async fn send(&self, request: EgressRequest) -> Result<EgressResponse, EgressError> {
        match self.next(&request.method, &request.url, digest(&request.body))? {
            Outcome::Answer { status, headers, content } => {
                let body = STANDARD.decode(content).map_err(|error| EgressError::Protocol(error.into()))?;
                Ok(EgressResponse { status, headers, body: body.into(), sent: 0, peer: None })
            }
            Outcome::Queued(_) => Err(EgressError::Protocol("the session has a mail there".into())),
            Outcome::Failed { word, message } => Err(again(&word, message, request.timeout)),
        }
    }

    async fn mail(&self, mail: Mail) -> Result<String, EgressError> {
        match self.next("MAIL", &mail.server.host, Digest::of(mail.subject.as_bytes()))? {
            Outcome::Queued(text) => Ok(text),
            Outcome::Failed { word, message } => Err(again(&word, message, mail.timeout)),
            Outcome::Answer { .. } => Err(EgressError::Protocol("the session has an answer there".into())),
        }
    }
}

/// The digest of a body: JSON in its canonical form, evidence by its own digest.
fn digest(pieces: &[BodyPiece]) -> Digest {
    if let [BodyPiece::Bytes(bytes)] = pieces
        && let Ok(value) = serde_json::from_slice::<Value>(bytes)
        && let Ok(canonical) = serde_json_canonicalizer::to_vec(&value)
    {
        return Digest::of(&canonical);
    }
    let mut hasher = Hasher::new();
    for piece in pieces {
        match piece {
            BodyPiece::Bytes(bytes) => hasher.update(bytes),
            BodyPiece::Evidence(evidence, encoding) => {
                hasher.update(format!("{} {encoding:?}", evidence.digest).as_bytes());
            }
        }
    }
    hasher.finish().0
}

fn failed(error: &EgressError, secrets: &BTreeSet<String>) -> Outcome {
    let word = match error {
        EgressError::Denied { .. } => "denied".to_owned(),
        EgressError::Dns { .. } => "dns".to_owned(),
        EgressError::Connect(_) => "connect".to_owned(),
        EgressError::Tls(_) => "tls".to_owned(),
        EgressError::Timeout(_) => "timeout".to_owned(),
        EgressError::TooLarge { .. } => "too-large".to_owned(),
        EgressError::Protocol(_) | EgressError::Credential { .. } => "protocol".to_owned(),
        EgressError::Mail { code, .. } => code.to_string(),
    };
    Outcome::Failed { word, message: redact(&error.to_string(), secrets) }
}

fn again(word: &str, message: String, timeout: std::time::Duration) -> EgressError {
    match word {
        "denied" => EgressError::Denied { reason: message },
        "dns" => EgressError::Dns { host: message },
        "connect" => EgressError::Connect(message.into()),
        "tls" => EgressError::Tls(message.into()),
        "timeout" => EgressError::Timeout(timeout),
        "too-large" => EgressError::TooLarge { limit: 0 },
        _ => match word.parse() {
            Ok(code) => EgressError::Mail { code, text: message },
            Err(_) => EgressError::Protocol(message.into()),
        },
    }
}

fn redact(text: &str, secrets: &BTreeSet<String>) -> String {
    secrets.iter().fold(text.to_owned(), |text, secret| text.replace(secret.as_str(), REDACTED))
}

/// Bytes that are no text are left out when there are secrets that they could hold.
fn redact_bytes(bytes: &[u8], secrets: &BTreeSet<String>) -> Vec<u8> {
    match std::str::from_utf8(bytes) {
        Ok(text) => redact(text, secrets).into_bytes(),
        Err(_) if secrets.is_empty() => bytes.to_vec(),
        Err(_) => vec![],
    }
}

impl std::fmt::Debug for Recorder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Recorder").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use bytes::Bytes;

    use super::*;
    use crate::stage::Stage;

    fn request(url: &str, body: &'static str) -> EgressRequest {
        EgressRequest {
            pool: String::new(),
            method: "POST".to_owned(),
            url: url.to_owned(),
            headers: vec![],
            body: vec![BodyPiece::Bytes(Bytes::from_static(body.as_bytes()))],
            credentials: vec![],
            timeout: Duration::from_secs(1),
            max_response: 1 << 20,
        }
    }

    /// What is written goes into a vector that both sides have.
    #[derive(Clone, Default)]
    struct Shared(Arc<Mutex<Vec<u8>>>);

    impl Write for Shared {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    const URL: &str = "https://hooks.example.org/T0/hush?x=1";

    async fn recorded() -> String {
        let written = Shared::default();
        let stage = Arc::new(Stage::new(None));
        let recorder = Recorder::new(stage, ["hush".to_owned()], Box::new(written.clone()));
        recorder.send(request(URL, r#"{"a":1,"b":2}"#)).await.unwrap();
        let bytes = written.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }

    #[tokio::test]
    async fn a_session_holds_no_secret() {
        let session = recorded().await;
        assert!(session.contains("/T0/[secret]") && !session.contains("hush"), "{session}");
    }

    #[tokio::test]
    async fn the_same_request_gets_the_same_answer_and_another_one_none() {
        let session = recorded().await;
        let read = |matching| Player::read(session.as_bytes(), matching, ["hush".to_owned()]).unwrap();
        let strict = read(Matching::Strict);
        let refused = strict.send(request(URL, "other")).await;
        assert!(matches!(refused, Err(EgressError::Denied { .. })), "{refused:?}");
        let answer = strict.send(request(URL, r#"{"b":2, "a":1}"#)).await.unwrap();
        assert_eq!((answer.status, answer.body.as_ref()), (200, b"{}".as_slice()));
        assert!(strict.send(request(URL, r#"{"a":1,"b":2}"#)).await.is_err(), "each exchange once");
        let loose = read(Matching::Loose);
        for body in ["x", "y"] {
            assert!(loose.send(request("https://hooks.example.org/T0/hush", body)).await.is_ok());
        }
    }

    #[test]
    fn a_line_that_is_none_is_named() {
        let error = Player::read(b"\n{\"a\":1}\n".as_slice(), Matching::Strict, []).unwrap_err();
        assert!(matches!(error, KitError::Session { line: 2, .. }), "{error}");
    }
}
