use std::sync::OnceLock;

use assay_base::Digest;
use assay_ports::{EvaluationRequest, Evaluator, ScriptError, ScriptRun};
use assay_sandbox::{Artifact, GuestStack, Program, Sandbox, SandboxError, on_guest_stack};

use crate::session::{self, Session};
use crate::wire::Answer;
use crate::{Limits, failure};

/// The guest's machine code.
const GUEST: Artifact = assay_sandbox::embedded_artifact!("guest.cwasm");
/// SHA-256 of the guest's module, of which the machine code is made.
const GUEST_DIGEST: [u8; 32] = *include_bytes!(concat!(env!("OUT_DIR"), "/guest.sha256"));

/// Runs Rego in WebAssembly. One serves a whole process; it is cheap to make, and loads the guest when it is first used.
///
/// Each evaluation has an instance of its own, so any number may run at once, and its memory is given back afterwards.
#[derive(Debug)]
pub struct RegoEvaluator {
    limits: Limits,
    program: OnceLock<Result<Program, SandboxError>>,
}

impl RegoEvaluator {
    /// An evaluator with these limits.
    pub const fn new(limits: Limits) -> Self {
        Self { limits, program: OnceLock::new() }
    }

    fn program(&self) -> Result<&Program, ScriptError> {
        let load = || Sandbox::new()?.load(GUEST);
        self.program.get_or_init(load).as_ref().map_err(failure::unavailable)
    }

    fn try_evaluate(&self, request: &EvaluationRequest) -> Result<Vec<ScriptRun>, ScriptError> {
        let program = self.program()?;
        let work = |stack: &GuestStack| Session::new(program, &self.limits, request, stack).run();
        on_guest_stack(work).map_err(|error| failure::unavailable(&error))
    }

    fn compile(&self, program: &Program, source: &str, stack: &GuestStack) -> Result<(), ScriptError> {
        let answer = program
            .instantiate(stack, self.limits.memory(0))
            .and_then(|mut guest| guest.call("check", source.as_bytes(), self.limits.script(), session::SHORT_ANSWER));
        Answer::parse(&answer.map_err(|trap| failure::trap(&trap))?)?.done()
    }
}

impl Default for RegoEvaluator {
    fn default() -> Self {
        Self::new(Limits::default())
    }
}

impl Evaluator for RegoEvaluator {
    fn digest(&self) -> Digest {
        Digest::from_bytes(GUEST_DIGEST)
    }

    fn evaluate(&self, request: &EvaluationRequest) -> Vec<ScriptRun> {
        self.try_evaluate(request)
            .unwrap_or_else(|error| request.scripts.iter().map(|_| session::failed(error.clone())).collect())
    }

    fn check(&self, source: &str) -> Result<(), ScriptError> {
        let program = self.program()?;
        on_guest_stack(|stack| self.compile(program, source, stack)).map_err(|error| failure::unavailable(&error))?
    }
}
