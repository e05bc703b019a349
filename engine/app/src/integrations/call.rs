use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use assay_base::{OrgId, OrgName, RegistrationId, RegistrationName};
use assay_integration::Bound;
use assay_model::Registration;
use assay_ports::{CallFailure, CallReport, Function, PluginCall, PluginState, Repositories};
use async_trait::async_trait;
use serde_json::{Map, Value, json};

use super::{Integration, make_ready};
use crate::{App, AppError};

/// The form of the context document.
const CONTEXT_SCHEMA: &str = "assay.dev/context/v1";
/// How long an integration may take while somebody waits for the answer.
const WHILE_WAITING: Duration = Duration::from_secs(30);
/// Most keys of a registration's small values.
const STATE_KEYS: usize = 64;

/// A registration as the target of a call: everything that belongs to it and to nobody else.
pub(crate) struct Target<'a> {
    /// Whose it is.
    pub(crate) org: OrgId,
    /// The organization's name.
    pub(crate) org_name: &'a OrgName,
    /// The integration.
    pub(crate) integration: &'a Integration,
    /// The registration.
    pub(crate) id: RegistrationId,
    /// Its name.
    pub(crate) name: &'a RegistrationName,
    /// What the call may use; the secrets are in here and nowhere else.
    pub(crate) bound: Bound,
    /// Its small values.
    pub(crate) state: Arc<dyn PluginState>,
}

impl<'a> Target<'a> {
    /// A registration that is stored.
    pub(crate) fn of(
        app: &App,
        org_name: &'a OrgName,
        integration: &'a Integration,
        registration: &'a Registration,
        bound: Bound,
    ) -> Self {
        let state = Arc::new(Kept::new(app, registration.org, registration.id));
        let (org, id, name) = (registration.org, registration.id, &registration.name);
        Self { org, org_name, integration, id, name, bound, state }
    }

    /// The same for a call that somebody waits for.
    #[must_use]
    pub(crate) fn while_waiting(mut self) -> Self {
        self.bound.limits.wall = self.bound.limits.wall.min(WHILE_WAITING);
        self
    }

    /// Calls the component. `more` is what the context says beside organization, time and registration.
    pub(crate) async fn call(self, app: &App, function: Function, more: Value) -> Result<CallReport, AppError> {
        let component = self.integration.digest;
        make_ready(app, self.org, component).await?;
        let context = self.context(app, more);
        let call = PluginCall {
            component,
            function,
            context,
            bound: self.bound,
            pool: self.id.to_string(),
            state: self.state,
        };
        Ok(app.plugins.call(call).await?)
    }

    fn context(&self, app: &App, more: Value) -> Value {
        let mut context = Map::from_iter([
            ("schema".to_owned(), json!(CONTEXT_SCHEMA)),
            ("organization".to_owned(), json!(self.org_name)),
            ("now".to_owned(), json!(app.now())),
            ("registration".to_owned(), json!({"name": self.name, "integration": self.integration.manifest.id()})),
        ]);
        if let Value::Object(more) = more {
            context.extend(more);
        }
        Value::Object(context)
    }
}

/// What an integration answered to somebody who waits. A destination that was refused is told as that, whatever the
/// integration made of it.
pub(crate) fn answered(report: CallReport) -> Result<Value, AppError> {
    let denied = report.requests.iter().find_map(|request| request.denied.clone());
    match (report.outcome, denied) {
        (Ok(answer), _) => Ok(answer),
        (Err(_), Some(reason)) => Err(AppError::EgressRefused { reason }),
        (Err(CallFailure::InvalidInput(issues)), None) => Err(AppError::Input(issues)),
        (Err(failure), None) => Err(AppError::Integration(failure)),
    }
}

/// The small values of a registration that is stored.
struct Kept {
    repositories: Arc<dyn Repositories>,
    org: OrgId,
    id: RegistrationId,
}

impl Kept {
    fn new(app: &App, org: OrgId, id: RegistrationId) -> Self {
        Self { repositories: Arc::clone(&app.repositories), org, id }
    }
}

#[async_trait]
impl PluginState for Kept {
    async fn get(&self, key: &str) -> Result<Option<String>, String> {
        self.repositories.state_get(self.org, self.id, key).await.map_err(|e| e.to_string())
    }

    async fn set(&self, key: &str, value: Option<&str>) -> Result<(), String> {
        match self.repositories.state_set(self.org, self.id, key, value).await {
            Ok(true) => Ok(()),
            Ok(false) => Err(full()),
            Err(error) => Err(error.to_string()),
        }
    }
}

/// The small values of a registration that is not stored yet, or not any more.
#[derive(Default)]
pub(crate) struct Staged(Mutex<BTreeMap<String, String>>);

impl Staged {
    /// Values that were stored.
    pub(crate) fn of(values: Vec<(String, String)>) -> Self {
        Self(Mutex::new(values.into_iter().collect()))
    }

    /// What was set.
    pub(crate) fn values(&self) -> Vec<(String, String)> {
        let values = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        values.iter().map(|(key, value)| (key.clone(), value.clone())).collect()
    }
}

#[async_trait]
impl PluginState for Staged {
    async fn get(&self, key: &str) -> Result<Option<String>, String> {
        Ok(self.0.lock().unwrap_or_else(PoisonError::into_inner).get(key).cloned())
    }

    async fn set(&self, key: &str, value: Option<&str>) -> Result<(), String> {
        let mut values = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match value {
            Some(_) if values.len() >= STATE_KEYS && !values.contains_key(key) => return Err(full()),
            Some(value) => values.insert(key.to_owned(), value.to_owned()),
            None => values.remove(key),
        };
        Ok(())
    }
}

fn full() -> String {
    format!("a registration keeps at most {STATE_KEYS} values")
}
