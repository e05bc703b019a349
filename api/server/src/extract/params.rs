use assay_base::{Digest, DocumentName, ProjectName, RunId, WorkflowName};
use assay_wire::ProblemKind;
use axum::extract::rejection::PathRejection;
use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::problem::Fault;

/// The parameters of the path. What does not have the form of a name, id or digest names nothing: it is not found.
#[derive(Debug)]
pub(crate) struct Params<T>(pub(crate) T);

/// `{run_id}`.
#[derive(Debug, Deserialize)]
pub(crate) struct RunPath {
    pub(crate) run_id: RunId,
}

/// `{digest}`.
#[derive(Debug, Deserialize)]
pub(crate) struct BlobPath {
    pub(crate) digest: Digest,
}

/// `{name}`: of a document unless another type is given.
#[derive(Debug, Deserialize)]
pub(crate) struct NamePath<T = DocumentName> {
    pub(crate) name: T,
}

/// `{id}`.
#[derive(Debug, Deserialize)]
pub(crate) struct IdPath<T> {
    pub(crate) id: T,
}

/// `{gate}`.
#[derive(Debug, Deserialize)]
pub(crate) struct GatePath {
    pub(crate) gate: DocumentName,
}

/// `{project}` and `{workflow}`.
#[derive(Debug, Deserialize)]
pub(crate) struct WorkflowPath {
    pub(crate) project: ProjectName,
    pub(crate) workflow: WorkflowName,
}

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Params<T> {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Fault> {
        match Path::<T>::from_request_parts(parts, state).await {
            Ok(Path(params)) => Ok(Self(params)),
            Err(rejection) => Err(unnamed(&rejection)),
        }
    }
}

fn unnamed(rejection: &PathRejection) -> Fault {
    let kind = ProblemKind::NotFound;
    let why = match rejection {
        PathRejection::FailedToDeserializePathParams(error) => error.kind().to_string(),
        _ => "the path is not text".to_owned(),
    };
    Fault::new(kind, kind.as_str(), format!("the path names nothing that could be here: {why}"))
}
