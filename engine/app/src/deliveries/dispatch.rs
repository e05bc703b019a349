use std::panic::AssertUnwindSafe;
use std::time::Duration;

use assay_base::Timestamp;
use assay_base::text::{head, printable};
use assay_integration::{Bound, InputIssue};
use assay_model::{Attempt, AttemptOutcome, Delivery, DeliveryState, NextStep, Registration, Run, next_attempt};
use assay_ports::{CallFailure, CallReport, Function, LeasedDelivery, RepositoryError};
use futures_util::FutureExt as _;
use serde_json::Value;

use super::{context, evidence};
use crate::integrations::{self, Integration, Target};
use crate::{App, AppError, attachments, registrations};

/// Most attempts at a time, of all registrations.
pub const IN_FLIGHT: u32 = 64;
/// Most attempts at a time for one registration.
const EACH: u32 = 4;
/// How long a delivery belongs to whoever took it: longer than an integration may take.
const LEASE: Duration = Duration::from_mins(10);
/// How often the integration may break over a delivery.
const BROKEN: usize = 5;
/// Most characters of a message, and of the beginning of a request or an answer, that are remembered.
const MESSAGE: usize = 1_000;
const HEAD: usize = 4_000;

/// Takes up to `room` deliveries that are due.
///
/// # Errors
/// [`AppError::Repository`].
pub async fn claim(app: &App, room: u32) -> Result<Vec<LeasedDelivery>, AppError> {
    Ok(app.repositories.claim_deliveries(app.now(), LEASE, room, EACH).await?)
}

/// When the next delivery is due, if one is waiting.
///
/// # Errors
/// [`AppError::Repository`].
pub async fn next_due(app: &App) -> Result<Option<Timestamp>, AppError> {
    Ok(app.repositories.next_due(EACH).await?)
}

/// Gives a delivery back that was not tried to the end.
///
/// # Errors
/// [`AppError::Repository`].
pub async fn give_back(app: &App, leased: &LeasedDelivery) -> Result<(), AppError> {
    Ok(app.repositories.release_delivery(leased).await?)
}

/// Tries a delivery and records what came of it. Whatever goes wrong on the way, a failure of the server included, is an
/// attempt with its outcome.
///
/// # Errors
/// [`AppError::Repository`] when the attempt cannot be recorded; the delivery stays leased then.
pub async fn attempt(app: &App, leased: &LeasedDelivery) -> Result<AttemptOutcome, AppError> {
    let at = app.now();
    let delivery = &leased.delivery;
    let ended = match AssertUnwindSafe(deliver(app, delivery)).catch_unwind().await {
        Ok(Ok(report)) => Ended::of(report),
        Ok(Err(error)) => Ended::prevented(delivery, &error),
        Err(_) => Ended::new(AttemptOutcome::Retryable, "the server failed; its log says why"),
    };
    let now = app.now();
    let next = next_step(app, leased, &ended, now).await?;
    let attempt = ended.attempt(at, now);
    app.repositories.attempted(leased, &attempt, &next, now).await?;
    Ok(attempt.outcome)
}

/// Loads everything that a delivery consists of, and hands it to the integration.
async fn deliver(app: &App, delivery: &Delivery) -> Result<CallReport, AppError> {
    let (repositories, org) = (&app.repositories, delivery.org);
    let absent = |what| move || AppError::NotFound { what };
    let attachment = repositories.attachment(org, delivery.attachment).await?.ok_or(AppError::Detached)?;
    let registration = repositories.registration_by_id(org, delivery.registration_id).await?;
    let registration = registration.ok_or_else(absent("registration"))?;
    let integration = integrations::find(app, org, &registration.integration).await?;
    let run = repositories.run(org, delivery.run).await?.ok_or_else(absent("run"))?;
    let organization = repositories.org_by_id(org).await?.ok_or_else(absent("organization"))?;
    let bound = bound(app, &registration, &integration)?;
    let (envelope, materials) = evidence::of(app, &run, integration.manifest.materials()).await?;
    let function = Function::Execute {
        registration: registrations::document(&bound, &registration.state),
        attachment: attachments::document(&attachment),
        envelope,
        materials,
    };
    let context = told(app, delivery, &run).await?;
    Target::of(app, &organization.name, &integration, &registration, bound).call(app, function, context).await
}

/// What a call may use, by the values of a registration and the manifest as it is now: another version of the integration may
/// have been installed since it was registered.
fn bound(app: &App, registration: &Registration, integration: &Integration) -> Result<Bound, AppError> {
    let whole = registrations::whole(app, registration, integration)?;
    let whole = integration.manifest.registration(&whole).map_err(AppError::Input)?;
    integration.manifest.bind(&whole).map_err(AppError::Input)
}

/// The context of a call. Of a verdict nothing but what the context says stays in memory for as long as the call takes.
async fn told(app: &App, delivery: &Delivery, run: &Run) -> Result<Value, AppError> {
    let verdict = app.repositories.verdict(delivery.org, run.id).await?;
    Ok(context::context(delivery, run, &verdict.ok_or(AppError::NotFound { what: "verdict" })?))
}

/// How an attempt ended.
#[derive(Debug, PartialEq, Eq)]
struct Ended {
    outcome: AttemptOutcome,
    message: String,
    /// The values of the registration do not fit the integration: nothing was sent, and nothing can be.
    misfit: bool,
    /// What the destination asked for.
    after: Option<Duration>,
    /// How long the call took; absent when there was none.
    duration: Option<Duration>,
    status: Option<u16>,
    request_head: Option<String>,
    response_head: Option<String>,
}

impl Ended {
    fn new(outcome: AttemptOutcome, message: impl Into<String>) -> Self {
        let message = message.into();
        Self {
            outcome,
            message,
            misfit: false,
            after: None,
            duration: None,
            status: None,
            request_head: None,
            response_head: None,
        }
    }

    /// What the integration reports. A destination that was refused stays refused, whatever the integration made of it.
    fn of(report: CallReport) -> Self {
        use AttemptOutcome as Outcome;
        let denied = report.requests.iter().find_map(|request| request.denied.clone());
        let mut ended = match (report.outcome, denied) {
            (Ok(answer), _) => Self::new(Outcome::Delivered, said(&answer)),
            (Err(_), Some(reason)) => Self::new(Outcome::Permanent, format!("the destination is refused: {reason}")),
            (Err(failure), None) => {
                let outcome = match &failure {
                    CallFailure::InvalidInput(_) => Outcome::Invalid,
                    CallFailure::Unauthorized { .. } => Outcome::Unauthorized,
                    CallFailure::Retryable { .. } => Outcome::Retryable,
                    CallFailure::Permanent { .. } => Outcome::Permanent,
                    CallFailure::Trap { .. } => Outcome::Trap,
                };
                let mut ended = Self::new(outcome, failure.to_string());
                if let CallFailure::Retryable { after, .. } = failure {
                    ended.after = after;
                }
                ended
            }
        };
        ended.duration = Some(report.duration);
        if let Some(last) = report.requests.into_iter().next_back() {
            ended.status = last.status;
            ended.request_head = Some(last.request_head);
            ended.response_head = last.response_head;
        }
        ended
    }

    /// Nothing was sent. What is gone does not come back; what the server could not do it may be able to do later.
    fn prevented(delivery: &Delivery, error: &AppError) -> Self {
        let outcome = match error {
            AppError::Input(issues) => return Self::misfit(issues),
            AppError::Detached | AppError::NotFound { .. } | AppError::UnknownIntegration { .. } => {
                AttemptOutcome::Permanent
            }
            other => {
                let error = other as &dyn std::error::Error;
                tracing::error!(delivery = %delivery.id, error, "a delivery could not be tried");
                AttemptOutcome::Retryable
            }
        };
        Self::new(outcome, error.to_string())
    }

    fn misfit(issues: &[InputIssue]) -> Self {
        let issues = issues.iter().map(|issue| format!("`{}`: {}", issue.pointer, issue.message));
        let issues = issues.collect::<Vec<_>>().join("; ");
        let message = format!("the registration does not fit the integration as it is installed now: {issues}");
        Self { misfit: true, ..Self::new(AttemptOutcome::Invalid, message) }
    }

    fn attempt(self, at: Timestamp, now: Timestamp) -> Attempt {
        let clean = |text: &str, most| printable(&head(text, most));
        Attempt {
            at,
            outcome: self.outcome,
            status_code: self.status,
            duration_us: self.duration.map_or_else(
                || u64::try_from(now.micros() - at.micros()).unwrap_or(0),
                |duration| u64::try_from(duration.as_micros()).unwrap_or(u64::MAX),
            ),
            message: clean(&self.message, MESSAGE),
            request_head: self.request_head.map(|text| head(&text, HEAD)),
            response_head: self.response_head.map(|text| head(&text, HEAD)),
        }
    }
}

/// What an integration keeps as the evidence of a delivery, in words.
fn said(answer: &Value) -> String {
    match answer.get("message").and_then(Value::as_str) {
        Some(message) => message.to_owned(),
        None if answer.as_object().is_none_or(serde_json::Map::is_empty) => "delivered".to_owned(),
        None => answer.to_string(),
    }
}

/// What becomes of the delivery.
async fn next_step(
    app: &App,
    leased: &LeasedDelivery,
    ended: &Ended,
    now: Timestamp,
) -> Result<NextStep, RepositoryError> {
    Ok(match ended.outcome {
        AttemptOutcome::Delivered => NextStep::Finish(DeliveryState::Delivered),
        // Somebody has to update the registration: what waits for that is not lost.
        AttemptOutcome::Invalid if ended.misfit => NextStep::Hold(printable(&head(&ended.message, MESSAGE))),
        AttemptOutcome::Invalid | AttemptOutcome::Permanent => NextStep::Finish(DeliveryState::Dead),
        AttemptOutcome::Unauthorized => NextStep::Hold(printable(&head(&ended.message, MESSAGE))),
        AttemptOutcome::Trap if broke(app, &leased.delivery).await? + 1 >= BROKEN => {
            NextStep::Finish(DeliveryState::Dead)
        }
        AttemptOutcome::Retryable | AttemptOutcome::Trap => {
            // One that somebody sends again begins anew.
            let tries = leased.tries.saturating_add(1);
            let mut chance = [0; 8];
            app.entropy.fill(&mut chance);
            let since = leased.delivery.due_since.unwrap_or(now);
            let next = next_attempt(now, since, tries, ended.after, u64::from_be_bytes(chance));
            next.map_or(NextStep::Finish(DeliveryState::Dead), NextStep::Retry)
        }
    })
}

/// How often the integration broke over a delivery, since it is being tried.
async fn broke(app: &App, delivery: &Delivery) -> Result<usize, RepositoryError> {
    let since = |attempt: &&Attempt| delivery.due_since.is_none_or(|since| attempt.at >= since);
    let attempts = app.repositories.attempts(delivery.org, delivery.id).await?;
    Ok(attempts.iter().filter(since).filter(|attempt| attempt.outcome == AttemptOutcome::Trap).count())
}

#[cfg(test)]
mod tests {
    use assay_ports::RequestRecord;
    use serde_json::json;

    use super::*;

    fn report(outcome: Result<Value, CallFailure>, denied: Option<&str>) -> CallReport {
        let request = |status, denied: Option<&str>| RequestRecord {
            origin: "https://example.org:443".to_owned(),
            method: "POST".to_owned(),
            status,
            denied: denied.map(ToOwned::to_owned),
            error: None,
            bytes: (1, 2),
            duration: Duration::ZERO,
            request_head: format!("POST / {status:?}"),
            response_head: None,
        };
        CallReport {
            outcome,
            requests: vec![request(Some(200), None), request(Some(503), denied)],
            log: vec![],
            duration: Duration::ZERO,
            cpu: Duration::ZERO,
            memory: 0,
        }
    }

    #[test]
    fn an_attempt_took_as_long_as_its_call() {
        let mut report = report(Ok(Value::Null), None);
        report.duration = Duration::from_micros(77);
        let attempt = Ended::of(report).attempt(Timestamp::from_micros(10), Timestamp::from_micros(999));
        assert_eq!(attempt.duration_us, 77);
        let attempt = Ended::misfit(&[]).attempt(Timestamp::from_micros(10), Timestamp::from_micros(17));
        assert_eq!(attempt.duration_us, 7);
    }

    #[test]
    fn what_an_integration_reports_is_classified() {
        use AttemptOutcome as Outcome;
        let words = || ("c".to_owned(), "m".to_owned());
        let retry = |after| {
            let (code, message) = words();
            Err(CallFailure::Retryable { code, message, after })
        };
        let (code, message) = words();
        let unauthorized = Err(CallFailure::Unauthorized { code, message });
        let (code, message) = words();
        let permanent = Err(CallFailure::Permanent { code, message });
        let trap = Err(CallFailure::Trap { code: "wall", message: "m".to_owned() });
        let soon = Some(Duration::from_secs(7));
        for (outcome, denied, expected, message, after) in [
            (Ok(json!({"message": "taken"})), None, Outcome::Delivered, "taken", None),
            (Ok(json!({"token": 1})), Some("no"), Outcome::Delivered, r#"{"token":1}"#, None),
            (Ok(Value::Null), None, Outcome::Delivered, "delivered", None),
            (retry(soon), None, Outcome::Retryable, "m", soon),
            (retry(None), Some("loopback"), Outcome::Permanent, "the destination is refused: loopback", None),
            (unauthorized, None, Outcome::Unauthorized, "m", None),
            (permanent, None, Outcome::Permanent, "m", None),
            (trap, None, Outcome::Trap, "m", None),
            (Err(CallFailure::InvalidInput(vec![])), None, Outcome::Invalid, "the input is not valid", None),
        ] {
            let ended = Ended::of(report(outcome, denied));
            assert_eq!((ended.outcome, ended.message.as_str(), ended.after), (expected, message, after));
            assert_eq!((ended.status, ended.request_head.as_deref()), (Some(503), Some("POST / Some(503)")));
        }
    }

    #[test]
    fn an_attempt_is_short_and_its_message_is_one_line() {
        let mut ended = Ended::new(AttemptOutcome::Retryable, format!("\u{1b}[2J{}", "x".repeat(5_000)));
        ended.response_head = Some("y".repeat(50_000));
        let attempt = ended.attempt(Timestamp::from_micros(10), Timestamp::from_micros(7));
        assert!(attempt.message.len() < 2 * MESSAGE && !attempt.message.contains('\u{1b}'));
        assert!(attempt.response_head.is_some_and(|head| head.len() < 2 * HEAD));
        assert_eq!(attempt.duration_us, 0);
    }
}
