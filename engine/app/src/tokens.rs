//! API tokens.

use std::ops::RangeInclusive;
use std::time::Duration;

use assay_base::{Diagnostic, Place, ProjectName, Token, TokenId, TokenName, limits};
use assay_model::{ApiToken, Caller, Role};
use assay_ports::{NewToken, Page, PageRequest};

use crate::{App, AppError};

/// How long a token may live that does not live for ever.
const LIFETIMES: RangeInclusive<Duration> = Duration::from_secs(1)..=Duration::from_hours(24 * 3660);

/// What a new token is to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenRequest {
    /// Its name.
    pub name: TokenName,
    /// What it may do.
    pub role: Role,
    /// The one project that it is limited to.
    pub project: Option<ProjectName>,
    /// How long it lives.
    pub lives: Option<Duration>,
}

/// Makes a token. Its text is in the answer and nowhere else.
///
/// # Errors
/// [`AppError::Repository`] when a live token has its name, [`AppError::Invalid`] for a lifetime that is none.
pub async fn create(app: &App, caller: &Caller, request: TokenRequest) -> Result<(Token, ApiToken), AppError> {
    if request.lives.is_some_and(|lives| !LIFETIMES.contains(&lives)) {
        let message = "a token lives for a second at least and ten years at most";
        return Err(AppError::Invalid(
            Diagnostic::new("token-lifetime", message).at(Place::pointer("/expires_in_seconds")),
        ));
    }
    let now = app.now();
    let token = Token::mint(TokenId::from_uuid(app.id()), &*app.entropy);
    let stored = NewToken {
        hash: token.hash(),
        token: ApiToken {
            id: token.id(),
            org: caller.org,
            name: request.name,
            role: request.role,
            project: request.project,
            created_at: now,
            expires_at: request.lives.map(|lives| now.after(lives)),
            last_used_at: None,
            revoked_at: None,
        },
    };
    let audit = app.audit(caller, "token-create", format!("{} ({})", stored.token.name, stored.token.role));
    app.repositories.create_token(&stored, &audit).await?;
    Ok((token, stored.token))
}

/// The tokens that are not revoked, by name.
///
/// # Errors
/// [`AppError::Repository`].
pub async fn list(app: &App, caller: &Caller, page: &PageRequest) -> Result<Page<ApiToken>, AppError> {
    Ok(app.repositories.tokens(caller.org, page).await?)
}

/// Revokes the token of that name, at once.
///
/// # Errors
/// [`AppError::NotFound`] when there is none, [`AppError::LastOwner`] when nobody could make tokens afterwards.
pub async fn revoke(app: &App, caller: &Caller, name: &TokenName) -> Result<(), AppError> {
    if leaves_no_owner(app, caller, name).await? {
        return Err(AppError::LastOwner);
    }
    let audit = app.audit(caller, "token-revoke", name.to_string());
    if app.repositories.revoke_token(caller.org, name, &audit).await? {
        Ok(())
    } else {
        Err(AppError::NotFound { what: "token" })
    }
}

/// Whether the token of that name is the last one of an owner that lasts: of the whole organization, without an end.
async fn leaves_no_owner(app: &App, caller: &Caller, name: &TokenName) -> Result<bool, AppError> {
    let lasts = |t: &&ApiToken| t.role == Role::Owner && t.project.is_none() && t.expires_at.is_none();
    let mut page = PageRequest { limit: limits::PAGE, after: None };
    let mut is_owner = false;
    loop {
        let tokens = app.repositories.tokens(caller.org, &page).await?;
        for owner in tokens.items.iter().filter(lasts) {
            if owner.name != *name {
                return Ok(false);
            }
            is_owner = true;
        }
        match tokens.next {
            Some(next) => page.after = Some(next),
            None => return Ok(is_owner),
        }
    }
}
