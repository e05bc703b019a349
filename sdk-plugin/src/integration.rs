use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::{Attestation, Context, Delivery, Error, Evidence, Manifest};

/// What an integration declares and does. Every call is a fresh instance: nothing stays but what is answered.
///
/// The answers are JSON objects of at most 256 KiB; secrets are not in them, because they are never in the guest.
pub trait Integration: Sized + 'static {
    /// What it declares, without its schemas: those are made of the two types.
    const MANIFEST: Manifest;

    /// The fields of a registration. A flat struct of texts, numbers, booleans and enums with
    /// `#[serde(deny_unknown_fields)]`; doc comments are what users read about the fields.
    ///
    /// | attribute of a field | meaning |
    /// |---|---|
    /// | `#[schemars(extend("x-assay-endpoint" = "SLOT"))]` on an [`Endpoint`](crate::Endpoint) | the URL of that endpoint; with `"writeOnly" = true` the URL is a secret |
    /// | `#[schemars(extend("x-assay-secret" = {"slot": …, "endpoint": …, "as": …}))]` on a [`Secret`](crate::Secret) | a credential and how the host applies it |
    /// | `#[schemars(email)]`, `#[schemars(length(min = 1))]`, `#[schemars(regex(pattern = "…"))]`, `#[serde(default)]` | checked or filled in by the host before a call |
    type Registration: DeserializeOwned + JsonSchema;

    /// The fields of an attachment, likewise; it has no secrets.
    type Attachment: DeserializeOwned + JsonSchema;

    /// Tries the destination. The answer is remembered as the state of the registration.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] is shown beside the fields; any other means that there will be no registration.
    fn register(context: &Context, registration: Self::Registration) -> Result<Value, Error>;

    /// Checks the options of an attachment. The answer is remembered as its state. Does nothing unless it is written.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] is shown beside the fields; any other means that there will be no attachment.
    fn attach(
        context: &Context,
        registration: Configured<Self::Registration>,
        attachment: Self::Attachment,
    ) -> Result<Value, Error> {
        let _ = (context, registration, attachment);
        Ok(json!({}))
    }

    /// Delivers. The answer is kept as the evidence of the delivery. It may be called again for a delivery that was made:
    /// hand [`Delivery::id`] on, so that the destination can tell.
    ///
    /// # Errors
    /// The kind of the [`Error`] decides what happens next.
    fn execute(task: Task<Self>) -> Result<Value, Error>;

    /// Looks whether a registration still works; without a function of its own it is registered again.
    ///
    /// # Errors
    /// The kind of the [`Error`] is shown.
    fn check(context: &Context, registration: Configured<Self::Registration>) -> Result<Value, Error> {
        Self::register(context, registration.configuration)
    }

    /// An attachment goes.
    ///
    /// # Errors
    /// Shown as a warning; the attachment goes anyway.
    fn detach(
        context: &Context,
        registration: Configured<Self::Registration>,
        attachment: Configured<Self::Attachment>,
    ) -> Result<(), Error> {
        let _ = (context, registration, attachment);
        Ok(())
    }

    /// A registration goes.
    ///
    /// # Errors
    /// Shown as a warning; the registration goes anyway.
    fn deregister(context: &Context, registration: Configured<Self::Registration>) -> Result<(), Error> {
        let _ = (context, registration);
        Ok(())
    }

    /// Carries the state of a registration over from another version of the integration, when this one is installed.
    ///
    /// # Errors
    /// The registration is unhealthy, and its deliveries wait until somebody updates it.
    fn migrate(from_version: &str, state: Value) -> Result<Value, Error> {
        let _ = from_version;
        Ok(state)
    }
}

/// What was configured, and what `register` or `attach` answered then.
#[derive(Debug, Clone, serde::Deserialize)]
pub struct Configured<T> {
    /// The fields.
    pub configuration: T,
    /// The answer.
    #[serde(default)]
    pub state: Value,
}

/// One attestation to be delivered.
#[derive(Debug)]
pub struct Task<I: Integration> {
    /// What every call knows.
    pub context: Context,
    /// Which delivery, of which run.
    pub delivery: Delivery,
    /// The registration.
    pub registration: Configured<I::Registration>,
    /// The attachment.
    pub attachment: Configured<I::Attachment>,
    /// The attestation: a Sigstore bundle.
    pub envelope: Evidence,
    /// The materials that the manifest subscribes to.
    pub materials: Vec<Evidence>,
}

impl<I: Integration> Task<I> {
    /// Reads the attestation. It takes its size in memory; whoever only sends it on uses [`Self::envelope`].
    ///
    /// # Errors
    /// [`Error::Permanent`] when the bytes are no bundle, [`Error::Retryable`] when the host cannot read them now.
    pub fn attestation(&self) -> Result<Attestation, Error> {
        Attestation::read(&self.envelope)
    }
}
