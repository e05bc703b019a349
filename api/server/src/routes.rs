//! The table of endpoints: one line each.

mod attachment;
mod attestation;
mod blob;
mod delivery;
mod document;
mod gate;
pub(crate) mod health;
mod integration;
mod key;
mod organization;
mod registration;
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
        .guarded(Operation::IntegrationList, routes!(integration::list::handle))
        .guarded(Operation::IntegrationDescribe, routes!(integration::describe::handle))
        .guarded(Operation::IntegrationInstall, routes!(integration::install::handle))
        .guarded(Operation::IntegrationRemove, routes!(integration::remove::handle))
        .guarded(Operation::RegistrationList, routes!(registration::list::handle))
        .guarded(Operation::RegistrationDescribe, routes!(registration::describe::handle))
        .guarded(Operation::RegistrationAdd, routes!(registration::add::handle))
        .guarded(Operation::RegistrationUpdate, routes!(registration::update::handle))
        .guarded(Operation::RegistrationTest, routes!(registration::test::handle))
        .guarded(Operation::RegistrationDelete, routes!(registration::delete::handle))
        .guarded(Operation::AttachmentList, routes!(attachment::list::handle))
        .guarded(Operation::AttachmentDescribe, routes!(attachment::describe::handle))
        .guarded(Operation::AttachmentAdd, routes!(attachment::add::handle))
        .guarded(Operation::AttachmentDelete, routes!(attachment::delete::handle))
        .guarded(Operation::AttachmentBackfill, routes!(attachment::backfill::handle))
        .guarded(Operation::DeliveryList, routes!(delivery::list::handle))
        .guarded(Operation::DeliveryDescribe, routes!(delivery::describe::handle))
        .guarded(Operation::DeliveryRedeliver, routes!(delivery::redeliver::handle))
        .guarded(Operation::DeliveryReplay, routes!(delivery::replay::handle))
}

/// `/metrics`, where it is answered beside everything else.
pub(crate) fn metrics(endpoints: Endpoints<'_>) -> Endpoints<'_> {
    endpoints.public("metrics", routes!(health::metrics::handle))
}
