use assay_integration::InputIssue;
use assay_ports::{CallFailure, CallReport, RequestRecord};
use assay_wire::Exit;
use serde::Serialize;
use serde_json::Value;

use super::exit_of;
use crate::ui::{Tone, View};

/// The calls of a trial.
#[derive(Debug, Default, Serialize)]
pub(super) struct Calls {
    ok: bool,
    #[serde(rename = "calls")]
    made: Vec<Call>,
    #[serde(skip)]
    exit: Option<Exit>,
}

/// One call, as it is shown.
#[derive(Debug, Serialize)]
pub(super) struct Call {
    function: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    answer: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Failure>,
    requests: Vec<Request>,
    log: Vec<String>,
    duration_us: u64,
    cpu_us: u64,
    memory: usize,
}

#[derive(Debug, Serialize)]
struct Failure {
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    after_seconds: Option<u64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    issues: Vec<Issue>,
}

#[derive(Debug, Serialize)]
struct Issue {
    pointer: String,
    message: String,
}

#[derive(Debug, Serialize)]
struct Request {
    method: String,
    origin: String,
    status: Option<u16>,
    denied: Option<String>,
    error: Option<String>,
    sent: u64,
    received: u64,
    duration_us: u64,
    #[serde(rename = "request_head")]
    asked: String,
    #[serde(rename = "response_head")]
    answered: Option<String>,
}

impl Calls {
    /// Adds a call; answers what it answered, when it did.
    pub(super) fn add(&mut self, call: Call, outcome: Result<Value, CallFailure>) -> Option<Value> {
        self.exit = outcome.as_ref().err().map(exit_of);
        self.ok = outcome.is_ok();
        self.made.push(call);
        outcome.ok()
    }

    /// 0, or what the failure of the last call means.
    pub(super) fn exit(&self) -> Exit {
        self.exit.unwrap_or(Exit::Ok)
    }

    pub(super) fn view(&self) -> View {
        self.made.iter().fold(View::new(), |view, call| view.and(call.view()))
    }
}

impl Call {
    pub(super) fn of(function: &'static str, report: CallReport) -> Self {
        let micros = |time: std::time::Duration| u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        let (answer, error) = match report.outcome {
            Ok(answer) => (Some(answer), None),
            Err(failure) => (None, Some(Failure::of(failure))),
        };
        Self {
            function,
            answer,
            error,
            requests: report.requests.into_iter().map(Request::of).collect(),
            log: report.log,
            duration_us: micros(report.duration),
            cpu_us: micros(report.cpu),
            memory: report.memory,
        }
    }

    fn view(&self) -> View {
        let mut view = View::new().heading(self.function);
        view = match (&self.answer, &self.error) {
            (Some(answer), _) => view.toned_field("Answer", Tone::Good, answer),
            (_, Some(error)) => view.toned_field("Error", Tone::Bad, format!("{}: {}", error.kind, error.message)),
            _ => view,
        };
        for request in &self.requests {
            let came = request.status.map(|status| status.to_string());
            let came = came.or_else(|| request.denied.clone()).or_else(|| request.error.clone()).unwrap_or_default();
            view = view.field("Request", format!("{} {} → {came}", request.method, request.origin));
        }
        for line in &self.log {
            view = view.field("Log", line);
        }
        let used = format!("{} µs, {} µs on the processor, {} KiB", self.duration_us, self.cpu_us, self.memory >> 10);
        view.field("Used", used)
    }
}

impl Failure {
    fn of(failure: CallFailure) -> Self {
        let message = failure.to_string();
        let plain = |kind, code| Self { kind, code, message: message.clone(), after_seconds: None, issues: vec![] };
        match failure {
            CallFailure::InvalidInput(issues) => {
                let issue = |InputIssue { pointer, message }| Issue { pointer, message };
                Self { issues: issues.into_iter().map(issue).collect(), ..plain("invalid-input", None) }
            }
            CallFailure::Unauthorized { code, .. } => plain("unauthorized", Some(code)),
            CallFailure::Retryable { code, after, .. } => {
                Self { after_seconds: after.map(|time| time.as_secs()), ..plain("retryable", Some(code)) }
            }
            CallFailure::Permanent { code, .. } => plain("permanent", Some(code)),
            CallFailure::Trap { code, .. } => plain("trap", Some(code.to_owned())),
        }
    }
}

impl Request {
    fn of(record: RequestRecord) -> Self {
        Self {
            method: record.method,
            origin: record.origin,
            status: record.status,
            denied: record.denied,
            error: record.error,
            sent: record.bytes.0,
            received: record.bytes.1,
            duration_us: u64::try_from(record.duration.as_micros()).unwrap_or(u64::MAX),
            asked: record.request_head,
            answered: record.response_head,
        }
    }
}
