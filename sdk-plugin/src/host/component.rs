use bindings::assay::integration::{http as wire, log as wire_log, smtp, state, types};
use bindings::exports::assay::integration::{handler, lifecycle};

use crate::entry::{Exported, RawTask};
use crate::http::{Body, Encoding, HttpError, Part, Request, Response, Source, Target};
use crate::log::Level;
use crate::mail::{Email, MailError};
use crate::{Blob as Handle, Error, Integration};

/// What is generated from the WIT package.
#[expect(missing_docs, clippy::same_length_and_capacity, reason = "generated")]
pub mod bindings {
    wit_bindgen::generate!({
        path: "wit",
        world: "host",
        pub_export_macro: true,
        export_macro_name: "export_component",
    });
}

/// Bytes of the host.
#[derive(Debug)]
pub(crate) struct Blob(bindings::assay::integration::blob::Blob);

impl Blob {
    pub(crate) fn metadata(&self) -> String {
        self.0.metadata()
    }

    pub(crate) fn read(&self, max: u32) -> Result<Vec<u8>, String> {
        self.0.read(max)
    }

    pub(crate) fn rewind(&self) {
        self.0.rewind();
    }
}

pub(crate) fn log(level: Level, message: &str, fields: &[(&str, &str)]) {
    let level = match level {
        Level::Debug => wire_log::Level::Debug,
        Level::Info => wire_log::Level::Info,
        Level::Warn => wire_log::Level::Warn,
        Level::Error => wire_log::Level::Error,
    };
    let fields: Vec<_> = fields.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect();
    wire_log::write(level, message, &fields);
}

pub(crate) fn send(request: Request<'_>) -> Result<Response, HttpError> {
    let target = match request.target {
        Target::Url(url) => wire::Target::Url(url),
        Target::Endpoint { slot, suffix } => wire::Target::Endpoint((slot, suffix)),
    };
    let body = match request.body {
        Body::None => wire::Body::None,
        Body::Raw(part) => wire::Body::Raw(source(part)),
        Body::Chunks(chunks) => wire::Body::Chunks(chunks.into_iter().map(source).collect()),
        Body::Multipart(parts) => wire::Body::Multipart(parts.into_iter().map(part).collect()),
    };
    let milliseconds = |timeout: std::time::Duration| u32::try_from(timeout.as_millis()).unwrap_or(u32::MAX);
    let answer = wire::send(&wire::Request {
        method: request.method,
        target,
        headers: request.headers,
        body,
        auth: request.auth,
        timeout_ms: request.timeout.map(milliseconds),
    });
    let response = answer.map_err(http_error)?;
    Ok(Response { status: response.status, headers: response.headers, body: Handle(Blob(response.body)) })
}

fn source(source: Source<'_>) -> wire::Source<'_> {
    match source {
        Source::Bytes(bytes) => wire::Source::Bytes(bytes),
        Source::Text(text) => wire::Source::Text(text),
        Source::Blob(blob, Encoding::Identity) => wire::Source::Blob((&blob.0.0, wire::Encoding::Identity)),
        Source::Blob(blob, Encoding::Base64) => wire::Source::Blob((&blob.0.0, wire::Encoding::Base64)),
        Source::Blob(blob, Encoding::Gzip) => wire::Source::Blob((&blob.0.0, wire::Encoding::Gzip)),
    }
}

fn part(part: Part<'_>) -> wire::Part<'_> {
    wire::Part {
        name: part.name,
        filename: part.filename,
        content_type: part.content_type,
        source: source(part.source),
    }
}

fn http_error(error: wire::HttpError) -> HttpError {
    match error {
        wire::HttpError::Denied(reason) => HttpError::Denied(reason),
        wire::HttpError::Dns(reason) => HttpError::Dns(reason),
        wire::HttpError::Connect(reason) => HttpError::Connect(reason),
        wire::HttpError::Tls(reason) => HttpError::Tls(reason),
        wire::HttpError::Timeout => HttpError::Timeout,
        wire::HttpError::TooLarge => HttpError::TooLarge,
        wire::HttpError::Protocol(reason) => HttpError::Protocol(reason),
    }
}

pub(crate) fn mail(slot: &str, email: Email<'_>) -> Result<String, MailError> {
    let files = email.attachments.into_iter().map(|file| smtp::Attachment {
        filename: file.filename,
        content_type: file.content_type,
        content: &file.content.0.0,
    });
    let message = smtp::Email {
        to: email.to,
        cc: email.cc,
        subject: email.subject,
        text: email.text,
        html: email.html,
        attachments: files.collect(),
    };
    smtp::send(slot, &message).map_err(|error| match error {
        smtp::SmtpError::Denied(reason) => MailError::Denied(reason),
        smtp::SmtpError::Transient(reason) => MailError::Transient(reason),
        smtp::SmtpError::Unauthorized(reason) => MailError::Unauthorized(reason),
        smtp::SmtpError::Rejected(reason) => MailError::Rejected(reason),
    })
}

pub(crate) fn state_get(key: &str) -> Result<Option<String>, String> {
    state::get(key)
}

pub(crate) fn state_set(key: &str, value: Option<&str>) -> Result<(), String> {
    state::set(key, value)
}

impl<I: Integration> handler::Guest for Exported<I> {
    fn describe() -> String {
        Self::describe()
    }

    fn register(context: String, input: String) -> Result<String, handler::Error> {
        call(|| Self::register(&context, &input))
    }

    fn attach(context: String, registration: String, input: String) -> Result<String, handler::Error> {
        call(|| Self::attach(&context, &registration, &input))
    }

    fn execute(task: handler::Task) -> Result<String, handler::Error> {
        call(|| {
            Self::execute(RawTask {
                context: task.context,
                registration: task.registration,
                attachment: task.attachment,
                envelope: Blob(task.envelope),
                materials: task.materials.into_iter().map(Blob).collect(),
            })
        })
    }
}

impl<I: Integration> lifecycle::Guest for Exported<I> {
    fn check(context: String, registration: String) -> Result<String, handler::Error> {
        call(|| Self::check(&context, &registration))
    }

    fn detach(context: String, registration: String, attachment: String) -> Result<(), handler::Error> {
        call(|| Self::detach(&context, &registration, &attachment))
    }

    fn deregister(context: String, registration: String) -> Result<(), handler::Error> {
        call(|| Self::deregister(&context, &registration))
    }

    fn migrate(from_version: String, state: String) -> Result<String, handler::Error> {
        call(|| Self::migrate(&from_version, &state))
    }
}

/// A panic ends the instance without a word; this way its message is at least in the log.
fn call<T>(call: impl FnOnce() -> Result<T, Error>) -> Result<T, handler::Error> {
    std::panic::set_hook(Box::new(|panic| log(Level::Error, &panic.to_string(), &[])));
    call().map_err(|error| match error {
        Error::InvalidInput(issues) => {
            let issue = |issue: crate::FieldIssue| types::FieldIssue { pointer: issue.pointer, message: issue.message };
            handler::Error::InvalidInput(issues.into_iter().map(issue).collect())
        }
        Error::Unauthorized(failure) => handler::Error::Unauthorized(failure_of(failure)),
        Error::Retryable(retry) => handler::Error::Retryable(types::Retry {
            code: retry.code,
            message: retry.message,
            after_seconds: retry.after_seconds,
        }),
        Error::Permanent(failure) => handler::Error::Permanent(failure_of(failure)),
    })
}

fn failure_of(failure: crate::Failure) -> types::Failure {
    types::Failure { code: failure.code, message: failure.message }
}
