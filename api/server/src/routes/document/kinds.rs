//! The list of each kind of document, and one of them by name.

use assay_app::App;
use assay_model::DocumentKind;
use assay_wire::{DocumentDescription, DocumentItem, List, Paging};
use axum::Json;
use axum::extract::State;

use crate::extract::{GatePath, NamePath, Params, Query, Who};
use crate::problem::Fault;
use crate::routes::document::{self, Revision};

/// The endpoints `list` and `describe` of one kind, in a module of their own. `$of.$name` is the name in the path.
macro_rules! endpoints {
    (
        $module:ident, $kind:ident, $of:ident.$name:ident,
        $(#[$($all_about:tt)*])* $all_path:literal => $all:literal,
        $(#[$($one_about:tt)*])* $one_path:literal => $one:literal,
    ) => {
        pub(in crate::routes) mod $module {
            use super::*;

            $(#[$($all_about)*])*
            #[utoipa::path(
                get,
                path = $all_path,
                params(Paging),
                responses((status = 200, description = $all, body = List<DocumentItem>))
            )]
            pub(crate) async fn list(
                State(app): State<App>,
                Who(caller): Who,
                Query(query): Query<Paging>,
            ) -> Result<Json<List<DocumentItem>>, Fault> {
                document::list(&app, &caller, DocumentKind::$kind, query).await
            }

            $(#[$($one_about)*])*
            #[utoipa::path(
                get,
                path = $one_path,
                params(Revision),
                responses((status = 200, description = $one, body = DocumentDescription))
            )]
            pub(crate) async fn describe(
                State(app): State<App>,
                Who(caller): Who,
                Params(path): Params<$of>,
                Query(query): Query<Revision>,
            ) -> Result<Json<DocumentDescription>, Fault> {
                document::describe(&app, &caller, DocumentKind::$kind, &path.$name, &query).await
            }
        }
    };
}

endpoints! {
    contract, Contract, NamePath.name,
    /// The contracts, by name, each in its newest revision.
    "/v1/orgs/{org}/contracts" => "The contracts.",
    /// A contract as it was written, in its newest revision or another one.
    "/v1/orgs/{org}/contracts/{name}" => "The contract.",
}

endpoints! {
    policy, Policy, NamePath.name,
    /// The policies, by name, each in its newest revision.
    "/v1/orgs/{org}/policies" => "The policies.",
    /// A policy as it was written, in its newest revision or another one.
    "/v1/orgs/{org}/policies/{name}" => "The policy.",
}

endpoints! {
    gate, Gate, GatePath.gate,
    /// The gates, by name, each in its newest revision.
    "/v1/orgs/{org}/gates" => "The gates.",
    /// A gate as it was written, in its newest revision or another one.
    "/v1/orgs/{org}/gates/{gate}" => "The gate.",
}
