use assay_base::{OrgId, RegistrationId, Secret};
use assay_model::Registration;
use serde_json::{Map, Value};

use crate::integrations::Integration;
use crate::{App, AppError};

/// What may be shown of an input, and its secrets sealed for the registration.
pub(crate) fn seal(
    app: &App,
    org: OrgId,
    id: RegistrationId,
    integration: &Integration,
    input: &Value,
) -> Result<(Value, Vec<u8>), AppError> {
    let (shown, secrets) = integration.manifest.split(input);
    let text = serde_json::to_vec(&secrets).map_err(|e| AppError::stored("secrets", e))?;
    let sealed = app.vault.seal(org, &row(id), &Secret::new(text))?;
    Ok((shown, sealed))
}

/// The whole input of a registration, secrets included.
pub(crate) fn whole(app: &App, registration: &Registration, integration: &Integration) -> Result<Value, AppError> {
    let text = app.vault.open(registration.org, &row(registration.id), &registration.sealed)?;
    let secrets: Map<String, Value> =
        serde_json::from_slice(text.expose()).map_err(|e| AppError::stored("secrets", e))?;
    Ok(integration.manifest.join(&registration.configuration, &secrets))
}

/// What a sealed secret is bound to beside its organization.
fn row(id: RegistrationId) -> String {
    format!("registration/{id}")
}
