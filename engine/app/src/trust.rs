//! Whose signatures count: the organization's own authorities, and the public keys that its owner trusts.

use assay_attest::{Authority, PublicKey, TrustRoot, TrustRules, TrustedKey};
use assay_base::{Diagnostic, Place, TokenName, TrustKeyId};
use assay_model::{Caller, TrustKey};
use assay_ports::{AuthorityKind, AuthorityRecord};

use crate::{App, AppError};

/// The organization's trust root: what somebody needs to verify its certificates and timestamps offline.
///
/// # Errors
/// [`AppError::Stored`] when an authority does not read.
pub async fn root(app: &App, caller: &Caller) -> Result<TrustRoot, AppError> {
    let mut root = TrustRoot::default();
    for record in app.repositories.authorities(caller.org).await? {
        let kind = record.kind;
        let authority = authority(app, record)?;
        match kind {
            AuthorityKind::Certificate => root.certificate_authorities.push(authority),
            AuthorityKind::Timestamp => root.timestamp_authorities.push(authority),
        }
    }
    Ok(root)
}

/// The rules by which pushes of the organization are verified.
///
/// # Errors
/// [`AppError::Stored`] when an authority or a key does not read.
pub async fn rules(app: &App, caller: &Caller) -> Result<TrustRules, AppError> {
    let root = root(app, caller).await?;
    let keys = keys(app, caller).await?;
    TrustRules::new(root, keys).map_err(|e| AppError::stored("trust root", e))
}

/// The keys that the organization trusts, ready to verify with.
pub(crate) async fn keys(app: &App, caller: &Caller) -> Result<Vec<TrustedKey>, AppError> {
    app.repositories.keys(caller.org).await?.into_iter().map(trusted).collect()
}

/// Trusts a public key, given as PEM.
///
/// # Errors
/// [`AppError::Invalid`] for what is no key, [`AppError::KeyKnown`] and [`AppError::Repository`] when it or its name is
/// there already.
pub async fn add(app: &App, caller: &Caller, name: Option<TokenName>, pem: &str) -> Result<TrustKey, AppError> {
    let key = PublicKey::from_pem(pem).map_err(|error| {
        let hint = "give a PEM file that begins with `-----BEGIN PUBLIC KEY-----`, ECDSA P-256 or Ed25519";
        AppError::Invalid(
            Diagnostic::new("public-key", format!("this is not a public key: {error}"))
                .at(Place::pointer("/public_key"))
                .hint(hint),
        )
    })?;
    let key_id = key.id().to_string();
    if let Some(known) = list(app, caller).await?.into_iter().find(|known| known.key_id == key_id) {
        return Err(AppError::KeyKnown { name: known.name });
    }
    let short = || key_id.rsplit(':').next().unwrap_or_default().chars().take(12).collect::<String>();
    let name = match name {
        Some(name) => name,
        None => short().parse().map_err(|e| AppError::stored("key id", e))?,
    };
    let stored = TrustKey {
        id: TrustKeyId::from_uuid(app.id()),
        org: caller.org,
        name,
        key_id,
        algorithm: key.algorithm().as_str().to_owned(),
        public_key: key.der().to_vec(),
        created_at: app.now(),
    };
    let audit = app.audit(caller, "key-add", format!("{} {}", stored.name, stored.key_id));
    app.repositories.add_key(&stored, &audit).await?;
    Ok(stored)
}

/// The trusted keys, by name.
///
/// # Errors
/// [`AppError::Repository`].
pub async fn list(app: &App, caller: &Caller) -> Result<Vec<TrustKey>, AppError> {
    Ok(app.repositories.keys(caller.org).await?)
}

/// Ends the trust in a key; what it signed before stays stored.
///
/// # Errors
/// [`AppError::NotFound`] when there is none of that name.
pub async fn remove(app: &App, caller: &Caller, name: &TokenName) -> Result<TrustKey, AppError> {
    let absent = || AppError::NotFound { what: "key" };
    let key = list(app, caller).await?.into_iter().find(|key| key.name == *name).ok_or_else(absent)?;
    let audit = app.audit(caller, "key-remove", name.to_string());
    if app.repositories.remove_key(caller.org, name, &audit).await? { Ok(key) } else { Err(absent()) }
}

fn authority(app: &App, record: AuthorityRecord) -> Result<Authority, AppError> {
    Authority::new(app.settings.public_url.clone(), record.chain, record.valid_from, record.valid_to)
        .map_err(|e| AppError::stored("authority", e))
}

fn trusted(key: TrustKey) -> Result<TrustedKey, AppError> {
    let public = PublicKey::from_der(&key.public_key).map_err(|e| AppError::stored("trusted key", e))?;
    Ok(TrustedKey { name: Some(key.name), key: public })
}
