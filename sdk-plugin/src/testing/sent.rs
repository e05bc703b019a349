use std::time::Duration;

use serde_json::Value;

use crate::http::{Body, Encoding, Part, Request, Source, Target};
use crate::{base64, mail};

/// A request, as the destination would get it (but for credentials, URLs of endpoints and gzip, which are the host's).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// The method.
    pub method: String,
    /// Where it went.
    pub target: Target,
    /// Names and values.
    pub headers: Vec<(String, String)>,
    /// The body, its blobs encoded as asked; empty for a form.
    pub body: Vec<u8>,
    /// The parts of a form.
    pub parts: Vec<SentPart>,
    /// The slots of the credentials.
    pub auth: Vec<String>,
    /// How long it may take.
    pub timeout: Option<Duration>,
}

/// One field of a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentPart {
    /// Its name.
    pub name: String,
    /// The file's name.
    pub filename: Option<String>,
    /// The media type.
    pub content_type: String,
    /// The content.
    pub content: Vec<u8>,
}

/// A mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentMail {
    /// The mail server's slot.
    pub slot: String,
    /// Addresses.
    pub to: Vec<String>,
    /// Addresses.
    pub cc: Vec<String>,
    /// One line.
    pub subject: String,
    /// The body as plain text.
    pub text: Option<String>,
    /// The body as HTML.
    pub html: Option<String>,
    /// Names and contents of the files.
    pub attachments: Vec<(String, Vec<u8>)>,
}

impl Sent {
    pub(super) fn of(request: &Request<'_>) -> Self {
        let (body, parts) = match &request.body {
            Body::None => (vec![], vec![]),
            Body::Raw(source) => (bytes(source), vec![]),
            Body::Chunks(sources) => (sources.iter().flat_map(bytes).collect(), vec![]),
            Body::Multipart(parts) => (vec![], parts.iter().map(SentPart::of).collect()),
        };
        Self {
            method: request.method.clone(),
            target: request.target.clone(),
            headers: request.headers.clone(),
            body,
            parts,
            auth: request.auth.clone(),
            timeout: request.timeout,
        }
    }

    /// The first header of that name, whatever its case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The name of the endpoint; nothing for a URL.
    pub fn endpoint(&self) -> Option<&str> {
        match &self.target {
            Target::Endpoint { slot, .. } => Some(slot),
            Target::Url(_) => None,
        }
    }

    /// The URL, or what follows the endpoint's.
    pub fn path(&self) -> &str {
        match &self.target {
            Target::Endpoint { suffix, .. } => suffix,
            Target::Url(url) => url,
        }
    }

    /// The body as text; what is not UTF-8 is replaced.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON; `null` when it is something else.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// The part of a form with that name.
    pub fn part(&self, name: &str) -> Option<&SentPart> {
        self.parts.iter().find(|part| part.name == name)
    }
}

impl SentPart {
    fn of(part: &Part<'_>) -> Self {
        let (filename, content) = (part.filename.clone(), bytes(&part.source));
        Self { name: part.name.clone(), filename, content_type: part.content_type.clone(), content }
    }

    /// The content as text; what is not UTF-8 is replaced.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.content).into_owned()
    }
}

impl SentMail {
    pub(super) fn of(slot: &str, email: &mail::Email<'_>) -> Self {
        let file = |file: &mail::Attachment<'_>| (file.filename.clone(), file.content.0.bytes().to_vec());
        Self {
            slot: slot.to_owned(),
            to: email.to.clone(),
            cc: email.cc.clone(),
            subject: email.subject.clone(),
            text: email.text.clone(),
            html: email.html.clone(),
            attachments: email.attachments.iter().map(file).collect(),
        }
    }
}

fn bytes(source: &Source<'_>) -> Vec<u8> {
    match source {
        Source::Bytes(bytes) => bytes.clone(),
        Source::Text(text) => text.clone().into_bytes(),
        Source::Blob(blob, Encoding::Base64) => base64::encode(blob.0.bytes()).into_bytes(),
        Source::Blob(blob, Encoding::Identity | Encoding::Gzip) => blob.0.bytes().to_vec(),
    }
}
