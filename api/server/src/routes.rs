//! The table of endpoints: one line each.

mod attestation;
mod blob;
mod document;
mod gate;
pub(crate) mod health;
mod key;
mod organization;
mod run;
mod signing;
mod token;
mod whoami;
mod workflow;

use assay_app::Operation;
use utoipa_axum::routes;

use crate::router::Endpoints;

/// Every endpoint but `/metrics`.
pub(crate) fn all(endpoints: Endpoints<'_>) -> Endpoints<'_> {
    endpoints
        .public("livez", routes!(health::live::handle))
        .public("readyz", routes!(health::ready::handle))
        .public("openapi", routes!(health::openapi::handle))
        .guarded(Operation::WhoAmI, routes!(whoami::handle))
        .guarded(Operation::OrgList, routes!(organization::list::handle))
        .guarded(Operation::OrgCreate, routes!(organization::create::handle))
        .guarded(Operation::DocumentApply, routes!(document::apply::handle))
        .guarded(Operation::ContractList, routes!(document::contract::list))
        .guarded(Operation::ContractDescribe, routes!(document::contract::describe))
        .guarded(Operation::PolicyList, routes!(document::policy::list))
        .guarded(Operation::PolicyDescribe, routes!(document::policy::describe))
        .guarded(Operation::GateList, routes!(document::gate::list))
        .guarded(Operation::GateDescribe, routes!(document::gate::describe))
        .guarded(Operation::GateCheck, routes!(gate::check::handle))
        .guarded(Operation::WorkflowList, routes!(workflow::list::handle))
        .guarded(Operation::WorkflowBind, routes!(workflow::bind::handle))
        .guarded(Operation::RunList, routes!(run::list::handle))
        .guarded(Operation::RunOpen, routes!(run::open::handle))
        .guarded(Operation::RunDescribe, routes!(run::describe::handle))
        .guarded(Operation::RunFinish, routes!(run::finish::handle))
        .guarded(Operation::CertificateIssue, routes!(signing::certify::handle))
        .guarded(Operation::AttestationPush, routes!(attestation::push::handle))
        .guarded(Operation::AttestationRead, routes!(attestation::read::handle))
        .guarded(Operation::TimestampIssue, routes!(signing::timestamp::handle))
        .guarded(Operation::TrustRoot, routes!(signing::trust_root::handle))
        .guarded(Operation::BlobPut, routes!(blob::put::handle))
        .guarded(Operation::BlobGet, routes!(blob::get::handle))
        .guarded(Operation::TokenList, routes!(token::list::handle))
        .guarded(Operation::TokenCreate, routes!(token::create::handle))
        .guarded(Operation::TokenRevoke, routes!(token::revoke::handle))
        .guarded(Operation::KeyList, routes!(key::list::handle))
        .guarded(Operation::KeyAdd, routes!(key::add::handle))
        .guarded(Operation::KeyRemove, routes!(key::remove::handle))
}

/// `/metrics`, where it is answered beside everything else.
pub(crate) fn metrics(endpoints: Endpoints<'_>) -> Endpoints<'_> {
    endpoints.public("metrics", routes!(health::metrics::handle))
}
