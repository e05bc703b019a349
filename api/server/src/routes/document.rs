//! Contracts, policies and gates are kept alike: what their endpoints share.

pub(super) mod apply;
mod kinds;

pub(super) use kinds::{contract, gate, policy};

use assay_app::{App, documents};
use assay_base::DocumentName;
use assay_model::{Caller, DocumentKind};
use assay_wire::{DocumentDescription, DocumentItem, List, Paging};
use axum::Json;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::convert;
use crate::extract::page;
use crate::problem::Fault;

/// Which revision of a document.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Revision {
    /// Another one than the newest.
    pub(super) revision: Option<u32>,
}

pub(super) async fn list(
    app: &App,
    caller: &Caller,
    kind: DocumentKind,
    query: Paging,
) -> Result<Json<List<DocumentItem>>, Fault> {
    let found = documents::list(app, caller, kind, &page(query.limit, query.next)?).await?;
    Ok(Json(convert::list(found, convert::document_item)))
}

pub(super) async fn describe(
    app: &App,
    caller: &Caller,
    kind: DocumentKind,
    name: &DocumentName,
    query: &Revision,
) -> Result<Json<DocumentDescription>, Fault> {
    let found = documents::describe(app, caller, kind, name, query.revision).await?;
    Ok(Json(convert::document(&found)))
}
