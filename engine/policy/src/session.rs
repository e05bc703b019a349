use std::time::Instant;

use assay_ports::{EvaluationRequest, Script, ScriptError, ScriptOutcome, ScriptResult, ScriptRun};
use assay_sandbox::{Guest, GuestStack, Program, Trap};
use serde_json::Value;

use crate::wire::{Answer, Request};
use crate::{Limits, failure, result};

/// Longest answer of the guest to what is not an evaluation: an error at most.
pub(crate) const SHORT_ANSWER: usize = 64 << 10;

/// One evaluation: a document and the instance that holds it, which is made anew after a trap.
pub(crate) struct Session<'a> {
    program: &'a Program,
    limits: &'a Limits,
    request: &'a EvaluationRequest,
    stack: &'a GuestStack,
    idle: Option<Instance<'a>>,
    /// Why the document cannot be loaded; it will not get better.
    refused: Option<ScriptError>,
}

/// An instance that has parsed the document.
struct Instance<'a> {
    guest: Guest<'a>,
    /// Scripts ran in it before.
    used: bool,
}

impl<'a> Session<'a> {
    pub(crate) fn new(
        program: &'a Program,
        limits: &'a Limits,
        request: &'a EvaluationRequest,
        stack: &'a GuestStack,
    ) -> Self {
        Self { program, limits, request, stack, idle: None, refused: None }
    }

    /// Runs every script.
    pub(crate) fn run(mut self) -> Vec<ScriptRun> {
        self.request.scripts.iter().map(|script| self.script(script)).collect()
    }

    fn script(&mut self, script: &Script) -> ScriptRun {
        let instance = match self.instance() {
            Ok(instance) => instance,
            Err(error) => return failed(error),
        };
        let started = Instant::now();
        let outcome = match self.judge(instance, script) {
            Ok(result) => ScriptOutcome::Answered(result),
            Err(error) => ScriptOutcome::Failed(error),
        };
        ScriptRun { outcome, duration_us: u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX) }
    }

    /// A script whose memory does not suffice behind others is tried once more in a fresh instance: what it answers must
    /// not depend on its neighbours.
    fn judge(&mut self, instance: Instance<'a>, script: &Script) -> Result<ScriptResult, ScriptError> {
        let message = message(script, self.request)?;
        let used = instance.used;
        let answered = match self.attempt(instance, &message) {
            Err(Trap::Memory(_)) if used => {
                let fresh = self.instance()?;
                self.attempt(fresh, &message)
            }
            answered => answered,
        };
        let bytes = answered.map_err(|trap| failure::trap(&trap))?;
        result::parse(Answer::parse(&bytes)?.result()?)
    }

    fn attempt(&mut self, mut instance: Instance<'a>, message: &[u8]) -> Result<Vec<u8>, Trap> {
        let bytes = instance.guest.call("evaluate", message, self.limits.script(), self.limits.answer)?;
        self.idle = Some(Instance { used: true, ..instance });
        Ok(bytes)
    }

    fn instance(&mut self) -> Result<Instance<'a>, ScriptError> {
        if let Some(error) = &self.refused {
            return Err(error.clone());
        }
        match self.idle.take() {
            Some(instance) => Ok(instance),
            None => self.load().inspect_err(|error| self.refused = Some(error.clone())),
        }
    }

    fn load(&self) -> Result<Instance<'a>, ScriptError> {
        let document = &self.request.document;
        let budget = self.limits.document(document.len());
        let parse = |mut guest: Guest<'a>| {
            guest.call("load_document", document, budget, SHORT_ANSWER).map(|answer| (answer, guest))
        };
        let loaded = self.program.instantiate(self.stack, self.limits.memory(document.len())).and_then(parse);
        let (answer, guest) = loaded.map_err(|trap| {
            let error = failure::trap(&trap);
            ScriptError { message: format!("the document cannot be loaded: {}", error.message), ..error }
        })?;
        Answer::parse(&answer)?.done()?;
        Ok(Instance { guest, used: false })
    }
}

/// A script that did not run.
pub(crate) fn failed(error: ScriptError) -> ScriptRun {
    ScriptRun { outcome: ScriptOutcome::Failed(error), duration_us: 0 }
}

fn message(script: &Script, request: &EvaluationRequest) -> Result<Vec<u8>, ScriptError> {
    let metadata = Some(&request.metadata).filter(|metadata| !matches!(metadata, Value::Null));
    let message =
        Request { source: &script.source, args: script.args.as_ref(), metadata, instant_ns: request.instant.nanos() };
    serde_json::to_vec(&message).map_err(|error| failure::unreadable(&error))
}
