//! Organizations: making one, with its authorities and its first token, and listing them.

use assay_base::{OrgId, OrgName, Token, TokenId, TokenName};
use assay_model::{ApiToken, Caller, Organization, Role};
use assay_ports::{Audit, NewToken, Page, PageRequest, RepositoryError};

use crate::{App, AppError};

/// The name of the token that an organization begins with.
const OWNER: &str = "owner";

/// Makes an organization; the answer is its owner's token.
///
/// # Errors
/// [`RepositoryError::Taken`] inside [`AppError::Repository`] when there is one of that name.
pub async fn create(app: &App, caller: &Caller, name: OrgName) -> Result<Token, AppError> {
    let audit = app.audit(caller, "org-create", name.to_string());
    make(app, name, audit).await
}

/// Makes the organization `default` when the server starts for the first time. Nothing when it is there.
///
/// # Errors
/// [`AppError::Repository`] and [`AppError::Authority`].
pub async fn create_first(app: &App, name: OrgName) -> Result<Option<Token>, AppError> {
    if app.repositories.org(&name).await?.is_some() {
        return Ok(None);
    }
    let audit = Audit { at: app.now(), actor: None, action: "org-create", subject: name.to_string() };
    match make(app, name, audit).await {
        Ok(token) => Ok(Some(token)),
        Err(AppError::Repository(RepositoryError::Taken { .. })) => Ok(None),
        Err(error) => Err(error),
    }
}

/// All organizations, by name.
///
/// # Errors
/// [`AppError::Repository`].
pub async fn list(app: &App, page: &PageRequest) -> Result<Page<Organization>, AppError> {
    Ok(app.repositories.orgs(page).await?)
}

async fn make(app: &App, name: OrgName, audit: Audit) -> Result<Token, AppError> {
    let now = app.now();
    let org = Organization { id: OrgId::from_uuid(app.id()), name, created_at: now };
    let authorities = app.authority.create(org.id, &org.name, now)?;
    let token = Token::mint(TokenId::from_uuid(app.id()), &*app.entropy);
    let owner: TokenName = OWNER.parse().map_err(|source| AppError::stored("name of the owner", source))?;
    let first = NewToken {
        hash: token.hash(),
        token: ApiToken {
            id: token.id(),
            org: org.id,
            name: owner,
            role: Role::Owner,
            project: None,
            created_at: now,
            expires_at: None,
            last_used_at: None,
            revoked_at: None,
        },
    };
    app.repositories.create_org(&org, &authorities, &first, &audit).await?;
    Ok(token)
}
