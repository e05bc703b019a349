use assay_app::AppError;
use assay_model::Caller;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use crate::problem::Fault;

/// Who is asking: what the guard has put there.
#[derive(Debug)]
pub(crate) struct Who(pub(crate) Caller);

impl<S: Send + Sync> FromRequestParts<S> for Who {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Fault> {
        // Without a guard in front nobody is anybody: a forgotten one closes the endpoint instead of opening it.
        parts.extensions.remove().map(Self).ok_or_else(|| AppError::Unauthenticated.into())
    }
}
