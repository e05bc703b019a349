use std::sync::Arc;

use assay_base::{Digest, Timestamp};
use assay_integration::{Bound, Manifest};
use assay_ports::{CallFailure, CallReport, Evidence, Function, Installable, MemoryState, PluginError};
use serde_json::{Value, json};

use crate::documents::{delivery_context, registration_context};
use crate::error::said;
use crate::evidence::{sample_envelope, sample_materials};
use crate::sample::{self, Inputs};
use crate::stage::{Mood, Stage};
use crate::workbench::{Trial, Workbench};

/// What is wrong with a point, or what was seen.
pub(super) type Outcome = Result<Result<String, Vec<String>>, PluginError>;

/// A component that is registered and attached on the stage.
pub(super) struct Actor<'a> {
    bench: &'a Workbench,
    pub(super) stage: &'a Arc<Stage>,
    pub(super) manifest: &'a Manifest,
    component: Digest,
    now: Timestamp,
    pub(super) inputs: Inputs,
    /// With as many fields as fit.
    pub(super) bound: Bound,
    /// What it answered then.
    pub(super) state: Value,
    attachment: Value,
}

impl<'a> Actor<'a> {
    /// Registers it and attaches it. The reasons are those why that did not go.
    pub(super) async fn new(
        bench: &'a Workbench,
        stage: &'a Arc<Stage>,
        installed: &'a Installable,
        registration: &Value,
        attachment: &Value,
        now: Timestamp,
    ) -> Result<Result<Self, Vec<String>>, PluginError> {
        let manifest = &*installed.manifest;
        let made = sample::registrations(manifest, registration)
            .and_then(|inputs| Ok((inputs, sample::attachments(manifest, attachment)?)));
        let (inputs, attachments) = match made {
            Ok(made) => made,
            Err(issues) => return Ok(Err(vec![format!("no valid input can be made: {}", said(&issues))])),
        };
        let Some(bound) = inputs.valid.iter().find_map(|input| manifest.bind(input).ok()) else {
            return Ok(Err(vec!["no valid input can be bound".to_owned()]));
        };
        let component = installed.digest;
        let (state, attached) = (json!({}), json!({}));
        let mut actor = Self { bench, stage, manifest, component, now, inputs, bound, state, attachment: attached };
        if let Err(reason) = actor.settle().await? {
            return Ok(Err(vec![reason]));
        }
        if let Err(reason) = actor.attach(&attachments.valid).await? {
            return Ok(Err(vec![reason]));
        }
        Ok(Ok(actor))
    }

    /// Registers with the fullest input that the guest takes: it may have rules that a schema does not say.
    async fn settle(&mut self) -> Result<Result<(), String>, PluginError> {
        let mut refused = None;
        for input in self.inputs.valid.clone() {
            let Ok(bound) = self.manifest.bind(&input) else { continue };
            match self.register(&bound).await?.outcome {
                Ok(state) => {
                    (self.bound, self.state) = (bound, state);
                    return Ok(Ok(()));
                }
                Err(failure) => {
                    refused.get_or_insert(failure);
                }
            }
        }
        let why = refused.as_ref().map(kind).unwrap_or_default();
        Ok(Err(format!("every valid registration is refused, the first one with {why}")))
    }

    /// Attaches with the fullest options that the guest takes.
    async fn attach(&mut self, inputs: &[Value]) -> Result<Result<(), String>, PluginError> {
        let mut refused = None;
        for options in inputs {
            let function = Function::Attach { registration: self.registration(), input: options.clone() };
            match self.call(function, self.context(), &self.bound).await?.outcome {
                Ok(state) => {
                    self.attachment = json!({"configuration": options, "state": state});
                    return Ok(Ok(()));
                }
                Err(failure) => {
                    refused.get_or_insert(failure);
                }
            }
        }
        let why = refused.as_ref().map(kind).unwrap_or_default();
        Ok(Err(format!("every valid attachment is refused, the first one with {why}")))
    }

    pub(super) async fn register(&self, bound: &Bound) -> Result<CallReport, PluginError> {
        self.call(Function::Register, self.context(), bound).await
    }

    /// A delivery, with small materials.
    pub(super) async fn execute(&self, attempt: u32) -> Result<CallReport, PluginError> {
        self.deliver(attempt, &self.bound, sample_materials(self.manifest.materials())).await
    }

    pub(super) async fn deliver(
        &self,
        attempt: u32,
        bound: &Bound,
        materials: Vec<Evidence>,
    ) -> Result<CallReport, PluginError> {
        let function = Function::Execute {
            registration: self.registration(),
            attachment: self.attachment.clone(),
            envelope: sample_envelope(),
            materials,
        };
        self.call(function, delivery_context(self.manifest.id().as_str(), self.now, attempt), bound).await
    }

    pub(super) async fn check(&self) -> Result<CallReport, PluginError> {
        self.call(Function::Check { registration: self.registration() }, self.context(), &self.bound).await
    }

    async fn call(&self, function: Function, context: Value, bound: &Bound) -> Result<CallReport, PluginError> {
        let trial = Trial { component: self.component, function, context, bound: bound.clone() };
        self.bench.call(trial, Arc::new(MemoryState::default())).await
    }

    /// The stage is good again, and has seen nothing.
    pub(super) fn again(&self, mood: Mood) {
        self.stage.become_(mood);
    }

    fn context(&self) -> Value {
        registration_context(self.manifest.id().as_str(), self.now)
    }

    fn registration(&self) -> Value {
        json!({"configuration": self.bound.input, "state": self.state})
    }
}

/// The kind of a failure, with what it says.
pub(super) fn kind(failure: &CallFailure) -> String {
    format!("{}: {failure}", word(failure))
}

/// The kind of a failure in a word.
pub(super) const fn word(failure: &CallFailure) -> &'static str {
    match failure {
        CallFailure::InvalidInput(_) => "invalid-input",
        CallFailure::Unauthorized { .. } => "unauthorized",
        CallFailure::Retryable { .. } => "retryable",
        CallFailure::Permanent { .. } => "permanent",
        CallFailure::Trap { .. } => "trap",
    }
}

/// Right when nothing is wrong.
pub(super) fn verdict(wrong: Vec<String>, right: impl Into<String>) -> Result<String, Vec<String>> {
    if wrong.is_empty() { Ok(right.into()) } else { Err(wrong) }
}
