//! Integrations: those that are part of the executable, and those that somebody of an organization installed.

mod call;

use std::collections::BTreeMap;
use std::sync::Arc;

use assay_attest::MessageSignature;
use assay_base::{Digest, IntegrationId, OrgId, closest};
use assay_integration::Manifest;
use assay_model::{Caller, InstalledIntegration, IntegrationSource};
use assay_ports::{BlobError, BuiltinIntegration, Page, PageRequest, Removal, RepositoryError, collect};
use bytes::Bytes;

use crate::{App, AppError, registrations, trust};

pub(crate) use call::{Staged, Target, answered};

/// Most bytes of a component that the store hands back: more than any runtime takes in.
const COMPONENT_BYTES: usize = 64 << 20;

/// An integration that can be registered.
#[derive(Debug, Clone)]
pub struct Integration {
    /// Where it comes from.
    pub source: IntegrationSource,
    /// The digest of its component.
    pub digest: Digest,
    /// Its manifest.
    pub manifest: Arc<Manifest>,
    /// The id of the key that signed it; absent for a built-in one and one that was installed unsigned.
    pub signer: Option<String>,
}

/// A component to install.
#[derive(Debug, Clone)]
pub struct InstallRequest {
    /// Its bytes.
    pub component: Bytes,
    /// Its signature: a Sigstore bundle with a `messageSignature`.
    pub signature: Option<Vec<u8>>,
    /// What to do with one that has none.
    pub unsigned: Unsigned,
}

/// What to do with a component that is not signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unsigned {
    /// It is refused.
    Refuse,
    /// It is taken, and the audit event says so.
    Allow,
}

/// The integrations that the organization can register, by id.
///
/// # Errors
/// [`AppError::Repository`]; [`AppError::Stored`] for a manifest that does not read any more.
pub async fn list(app: &App, caller: &Caller, page: &PageRequest) -> Result<Page<Integration>, AppError> {
    let after: Option<IntegrationId> = match &page.after {
        Some(after) => Some(after.parse().map_err(|_| RepositoryError::Cursor)?),
        None => None,
    };
    let id = |found: &Integration| found.manifest.id().clone();
    let mut all: BTreeMap<_, _> = app.plugins.builtin().iter().map(builtin).map(|b| (id(&b), b)).collect();
    for row in app.repositories.all_installed(caller.org).await? {
        let found = installed(row)?;
        all.insert(id(&found), found);
    }
    let limit = usize::try_from(page.limit).unwrap_or(usize::MAX);
    let mut rest = all.into_iter().filter(|(id, _)| after.as_ref().is_none_or(|after| id > after));
    let items: Vec<_> = rest.by_ref().take(limit).map(|(_, found)| found).collect();
    let next = rest.next().and_then(|_| items.last()).map(|last| last.manifest.id().to_string());
    Ok(Page { items, next })
}

/// An integration.
///
/// # Errors
/// [`AppError::UnknownIntegration`].
pub async fn describe(app: &App, caller: &Caller, id: &IntegrationId) -> Result<Integration, AppError> {
    find(app, caller.org, id).await
}

/// Installs a component, in the place of another one of its id, whose registrations are carried over. It is checked and compiled
/// before anything is stored, and nothing of it runs before.
///
/// # Errors
/// [`AppError::Unsigned`] and [`AppError::Unverified`] for a signature that is missing or not one of a trusted key,
/// [`AppError::Component`] for a component that the sandbox does not take, [`AppError::BuiltinIntegration`] for one with the
/// id of a built-in integration.
pub async fn install(app: &App, caller: &Caller, request: InstallRequest) -> Result<Integration, AppError> {
    let signer = signer(app, caller, &request).await?;
    let component = request.component;
    let taken = app.plugins.install(component.clone()).await?;
    refuse_takeover(app, taken.manifest.id())?;
    let body = futures_util::stream::once(async move { Ok(component) });
    app.blobs.put(caller.org, taken.digest, Box::pin(body)).await?;
    let row = InstalledIntegration {
        org: caller.org,
        id: taken.manifest.id().clone(),
        digest: taken.digest,
        manifest: taken.text,
        signer,
        installed_at: app.now(),
    };
    let signed = row.signer.as_deref().map_or_else(|| "unsigned".to_owned(), |key| format!("signed by {key}"));
    let subject = format!("{} {} {}, {signed}", row.id, taken.manifest.version(), row.digest);
    app.repositories.install(&row, &app.audit(caller, "integration-install", subject)).await?;
    let (digest, signer) = (row.digest, row.signer);
    let installed = Integration { source: IntegrationSource::Installed, digest, manifest: taken.manifest, signer };
    registrations::carry_over(app, caller, &installed).await?;
    app.deliveries_due.notify_one();
    Ok(installed)
}

/// A component under the id of a built-in integration would be handed its registrations, and their secrets with them.
fn refuse_takeover(app: &App, id: &IntegrationId) -> Result<(), AppError> {
    let taken = app.plugins.builtin().iter().any(|builtin| builtin.manifest.id() == id);
    if taken { Err(AppError::BuiltinIntegration { id: id.clone() }) } else { Ok(()) }
}

/// Removes an installed integration.
///
/// # Errors
/// [`AppError::InUse`] while it has registrations, [`AppError::BuiltinIntegration`], [`AppError::UnknownIntegration`].
pub async fn remove(app: &App, caller: &Caller, id: &IntegrationId) -> Result<Integration, AppError> {
    let found = find(app, caller.org, id).await?;
    if found.source == IntegrationSource::Builtin {
        return Err(AppError::BuiltinIntegration { id: id.clone() });
    }
    let audit = app.audit(caller, "integration-remove", format!("{id} {}", found.digest));
    match app.repositories.uninstall(caller.org, id, &audit).await? {
        Removal::Removed => Ok(found),
        Removal::Absent => Err(unknown(app, caller.org, id).await?),
        Removal::InUse => Err(AppError::InUse { what: "integration", by: "registrations" }),
    }
}

/// The integration with that id.
pub(crate) async fn find(app: &App, org: OrgId, id: &IntegrationId) -> Result<Integration, AppError> {
    if let Some(row) = app.repositories.installed(org, id).await? {
        return installed(row);
    }
    match app.plugins.builtin().iter().find(|one| one.manifest.id() == id) {
        Some(one) => Ok(builtin(one)),
        None => Err(unknown(app, org, id).await?),
    }
}

/// Sees to it that the sandbox can call a component: a new machine has the store and not what was compiled elsewhere.
pub(crate) async fn make_ready(app: &App, org: OrgId, component: Digest) -> Result<(), AppError> {
    if app.plugins.knows(component).await {
        return Ok(());
    }
    let reader = app.blobs.get(org, component).await?.ok_or(AppError::NotFound { what: "component" })?;
    let bytes = match collect(reader, component, COMPONENT_BYTES).await {
        Err(BlobError::Digest { .. }) => return Err(AppError::Damaged { digest: component }),
        read => read?,
    };
    app.plugins.install(bytes).await?;
    Ok(())
}

/// The key that signed the component; nothing for one that may come without.
async fn signer(app: &App, caller: &Caller, request: &InstallRequest) -> Result<Option<String>, AppError> {
    let Some(signature) = &request.signature else {
        return match request.unsigned {
            Unsigned::Allow => Ok(None),
            Unsigned::Refuse => Err(AppError::Unsigned),
        };
    };
    let keys = trust::keys(app, caller).await?;
    let key = MessageSignature::parse(signature)?.verify(&request.component, &keys)?;
    Ok(Some(key.key.id().to_string()))
}

fn builtin(one: &BuiltinIntegration) -> Integration {
    let manifest = Arc::clone(&one.manifest);
    Integration { source: IntegrationSource::Builtin, digest: one.digest, manifest, signer: None }
}

fn installed(row: InstalledIntegration) -> Result<Integration, AppError> {
    let manifest = Manifest::parse(&row.manifest).map_err(|e| AppError::stored("manifest", e))?;
    let (source, manifest) = (IntegrationSource::Installed, Arc::new(manifest));
    Ok(Integration { source, digest: row.digest, manifest, signer: row.signer })
}

/// The error for an id that no integration has.
async fn unknown(app: &App, org: OrgId, id: &IntegrationId) -> Result<AppError, AppError> {
    let installed = app.repositories.all_installed(org).await?;
    let builtin = app.plugins.builtin().iter().map(|one| one.manifest.id());
    let near = closest(id.as_str(), installed.iter().map(|row| &row.id).chain(builtin).map(IntegrationId::as_str));
    Ok(AppError::UnknownIntegration { id: id.clone(), near: near.map(ToOwned::to_owned) })
}
