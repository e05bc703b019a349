use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use assay_attest::{Bundle, Statement};
use assay_base::{Timestamp, text};
use assay_contract::Contract;
use assay_model::{Evaluation, EvaluationError, Phase, Run, RunVerdict, Violation};
use assay_ports::{DeliveryFilter, Job, PageRequest};

use super::descriptor::{descriptor, values};
use super::{evidence, pinned_contract};
use crate::bind::{self, BoundMaterial};
use crate::judge::{Judge, PolicySet, Subject, record};
use crate::{App, AppError};

/// How long a job belongs to whoever took it: longer than the longest evaluation.
pub(crate) const LEASE: Duration = Duration::from_mins(10);

/// Most text of violations that a verdict keeps, in bytes. What is beyond is counted: a policy that finds a million things
/// has said enough with the first ones.
const VIOLATIONS_BYTES: usize = 16 << 20;

/// Most characters of the first violation of a policy for which the verdict has no room any more.
const SHORT: usize = 1000;

/// Takes the violations of an evaluation out of the room that its verdict has; something of the first one always stays.
fn bound_violations(evaluation: &mut Evaluation, room: &mut usize) {
    let fits = evaluation.violations.iter().position(|violation| {
        let fields = violation.fields.iter().map(|(key, value)| key.len() + value.to_string().len());
        let size = violation.message.len() + fields.sum::<usize>() + 64;
        let full = size > *room;
        *room = room.saturating_sub(size);
        full
    });
    let Some(fits) = fits else { return };
    let plain = |message| Violation { message, fields: serde_json::Map::new() };
    if let Some(first) = evaluation.violations.first_mut().filter(|_| fits == 0) {
        *first = plain(text::head(&first.message, SHORT));
    }
    let more = evaluation.violations.len() - fits.max(1);
    evaluation.violations.truncate(fits.max(1));
    if more > 0 {
        evaluation.violations.push(plain(format!("… and {more} more violations, which the verdict does not keep")));
    }
}

/// Judges a stored attestation and writes its verdict. Everything is read from the store: the verdict is a function of
/// stored bytes, the pinned contract and policies, and the instant of the push.
pub(crate) async fn evaluate(app: &App, job: Job) -> Result<Option<RunVerdict>, AppError> {
    let absent = AppError::NotFound { what: "run" };
    let run = app.repositories.run(job.org, job.run).await?.ok_or(absent)?;
    let (bundle, _) =
        app.repositories.bundle(job.org, job.run).await?.ok_or(AppError::NotFound { what: "attestation" })?;
    let statement = Bundle::parse(bundle).map_err(|e| AppError::stored("bundle", e))?.statement().claim().clone();
    let case = Case::load(app, run, statement).await?;
    let verdict = case.judge(app).await?;
    let kept = app.repositories.judge(job.org, job.run, &verdict, job.lease, app.now()).await?;
    if !kept {
        return Ok(app.repositories.verdict(job.org, job.run).await?);
    }
    wake(app, job).await;
    Ok(Some(verdict))
}

/// Wakes whoever sends deliveries, unless the run has none: then nobody has to look.
async fn wake(app: &App, job: Job) {
    let filter = DeliveryFilter { run: Some(job.run), ..DeliveryFilter::default() };
    let first = PageRequest { limit: 1, after: None };
    let found = app.repositories.deliveries(job.org, &filter, &first).await;
    if found.map_or(true, |page| !page.items.is_empty()) {
        app.deliveries_due.notify_one();
    }
}

/// Everything that a verdict rests on.
struct Case {
    run: Run,
    statement: Statement,
    contract: Contract,
    policies: PolicySet,
    /// The materials, each with what the server found out about it when it was pushed.
    materials: Vec<(BoundMaterial, BTreeMap<String, String>)>,
    instant: Timestamp,
}

impl Case {
    async fn load(app: &App, run: Run, statement: Statement) -> Result<Self, AppError> {
        let contract = pinned_contract(app, &run).await?;
        let mut texts = vec![];
        for pin in &run.pins {
            let text = app.repositories.policy_text(run.org, pin.digest).await?;
            texts.push((pin.reference.clone(), text.ok_or(AppError::NotFound { what: "policy" })?));
        }
        let pairs = texts.iter().map(|(reference, text)| (reference.as_str(), text.as_str()));
        let policies = PolicySet::parse(pairs).map_err(|e| AppError::stored("policy", e))?;
        let stored = app.repositories.materials(run.org, run.id).await?;
        let bound = bind::materials(&contract, &statement)?;
        let materials = bound.into_iter().zip(stored.into_iter().map(|material| material.annotations)).collect();
        let instant = run.finished_at.unwrap_or(run.created_at);
        Ok(Self { run, statement, contract, policies, materials, instant })
    }

    async fn judge(self, app: &App) -> Result<RunVerdict, AppError> {
        let case = Arc::new(self);
        let mut evaluations = vec![];
        let mut room = VIOLATIONS_BYTES;
        for (material, annotations) in &case.materials {
            if case.judge_with(app).looks_at(material.kind, &material.name) {
                let mut more = case.material(app, material, annotations).await?;
                for evaluation in &mut more {
                    bound_violations(evaluation, &mut room);
                }
                evaluations.extend(more);
            }
        }
        let init = case.opening()?;
        let pushed = case.pushed(&evaluations)?;
        let mut whole = case.in_sandbox(app, move |judge| judge.opening(&init).evaluations).await?;
        whole.extend(case.in_sandbox(app, move |judge| judge.attestation(Phase::Push, &pushed).evaluations).await?);
        for evaluation in &mut whole {
            bound_violations(evaluation, &mut room);
        }
        evaluations.extend(whole);
        let names: Vec<_> = case.materials.iter().map(|(m, _)| (m.kind, m.name.clone())).collect();
        let judge = case.judge_with(app);
        Ok(RunVerdict::new(evaluations, judge.unmatched(&names), case.instant, app.evaluator.digest()))
    }

    async fn material(
        self: &Arc<Self>,
        app: &App,
        material: &BoundMaterial,
        annotations: &BTreeMap<String, String>,
    ) -> Result<Vec<Evaluation>, AppError> {
        let input = match evidence::input(app, self.run.org, material).await {
            Ok(input) => input,
            Err(AppError::Material { diagnostic, .. }) => {
                return Ok(self.unreadable(app, material, diagnostic.code, diagnostic.to_string()));
            }
            Err(error @ AppError::Damaged { .. }) => {
                return Ok(self.unreadable(app, material, "evidence-damaged", error.to_string()));
            }
            Err(error) => return Err(error),
        };
        let (name, kind) = (material.name.clone(), material.kind);
        let descriptor = descriptor(material, annotations);
        let subject = Subject { name, kind, descriptor, input };
        self.in_sandbox(app, move |judge| judge.material(&subject, &[]).evaluations).await
    }

    fn unreadable(&self, app: &App, material: &BoundMaterial, code: &str, message: String) -> Vec<Evaluation> {
        let error = EvaluationError { code: code.to_owned(), message };
        self.judge_with(app).unreadable(material.kind, &material.name, &error)
    }

    fn judge_with<'a>(&'a self, app: &'a App) -> Judge<'a> {
        Judge {
            evaluator: &*app.evaluator,
            contract: &self.contract,
            policies: &self.policies,
            project: self.run.project.as_str(),
            version: self.run.version.as_deref(),
            instant: self.instant,
            default_enforcement: app.settings.default_enforcement,
        }
    }

    /// Runs `work` on a thread that may be kept busy, when it is this case's turn.
    async fn in_sandbox<T: Send + 'static>(
        self: &Arc<Self>,
        app: &App,
        work: impl FnOnce(Judge<'_>) -> T + Send + 'static,
    ) -> Result<T, AppError> {
        let turn = Arc::clone(&app.evaluations).acquire_owned().await;
        let turn = turn.map_err(|e| AppError::Interrupted(Box::new(e)))?;
        let (case, app) = (Arc::clone(self), app.clone());
        let task = tokio::task::spawn_blocking(move || {
            let answer = work(case.judge_with(&app));
            drop(turn);
            answer
        });
        task.await.map_err(|e| AppError::Interrupted(Box::new(e)))
    }

    /// The statement as it was when the run was opened: without evidence.
    fn opening(&self) -> Result<serde_json::Value, AppError> {
        let mut statement = self.statement.clone();
        statement.predicate.materials.clear();
        statement.predicate.metadata.finished_at = None;
        statement.subject.retain(|s| s.name == "git.head" || s.name.starts_with("chainloop.workflow."));
        record(&mut statement.predicate, &[]);
        statement.to_json().map_err(|e| AppError::stored("statement", e))
    }

    /// The statement as policies of the push see it: with this server's own judgement of the materials.
    fn pushed(&self, evaluations: &[Evaluation]) -> Result<serde_json::Value, AppError> {
        let mut statement = self.statement.clone();
        for (said, (_, annotations)) in statement.predicate.materials.iter_mut().zip(&self.materials) {
            said.annotations = values(annotations);
        }
        record(&mut statement.predicate, evaluations);
        statement.to_json().map_err(|e| AppError::stored("statement", e))
    }
}

#[cfg(test)]
mod tests {
    use assay_base::MaterialKind;
    use assay_model::{Enforcement, EvaluationStatus};
    use serde_json::{Map, json};

    use super::*;

    fn violated(messages: &[usize]) -> Evaluation {
        let violation = |size: &usize| Violation { message: "x".repeat(*size), fields: Map::new() };
        Evaluation {
            policy: "p".parse().unwrap(),
            policy_digest: None,
            kind: MaterialKind::Sarif,
            material: None,
            phase: None,
            enforcement: Enforcement::Enforce,
            status: EvaluationStatus::Violated,
            violations: messages.iter().map(violation).collect(),
            skip_reasons: vec![],
            error: None,
            duration_us: 0,
        }
    }

    #[test]
    fn what_does_not_fit_is_counted_and_every_policy_is_heard() {
        // Sizes of messages, the room, and the sizes that stay; the last number says how many more there were.
        let cases: [(&[usize], usize, &[usize], usize); 6] = [
            (&[], 0, &[], 0),
            (&[10, 10], 1000, &[10, 10], 0),
            (&[10, 10, 10], 160, &[10, 10], 1),
            (&[10, 10], 0, &[10], 1),
            (&[5000], 100, &[1003], 0),
            (&[10, 5000, 10, 10], 1000, &[10], 3),
        ];
        for (messages, mut room, kept, more) in cases {
            let mut evaluation = violated(messages);
            bound_violations(&mut evaluation, &mut room);
            let told = (more > 0).then(|| evaluation.violations.pop().unwrap().message);
            let sizes: Vec<_> = evaluation.violations.iter().map(|violation| violation.message.len()).collect();
            assert_eq!(sizes, kept, "{messages:?}");
            let wanted = (more > 0).then(|| format!("… and {more} more violations, which the verdict does not keep"));
            assert_eq!(told, wanted, "{messages:?}");
            assert_eq!(evaluation.status, EvaluationStatus::Violated);
        }
    }

    #[test]
    fn fields_count_too_and_one_verdict_has_one_room() {
        let mut room = 1000;
        let mut first = violated(&[10]);
        first.violations[0].fields.insert("trace".to_owned(), json!("x".repeat(900)));
        bound_violations(&mut first, &mut room);
        assert!(first.violations.len() == 1 && first.violations[0].fields.len() == 1);
        let mut second = first.clone();
        bound_violations(&mut second, &mut room);
        assert!(second.violations.len() == 1 && second.violations[0].fields.is_empty());
    }
}
