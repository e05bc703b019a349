//! Organizations: making one, with its authorities and its first token, and listing them.

use assay_base::{OrgId, OrgName, Token, TokenId, TokenName};
use assay_model::{ApiToken, Caller, Organization, Role};
use assay_ports::{Audit, AuthorityRecord, NewToken, Page, PageRequest};

use crate::{App, AppError};

/// The name of the token that an organization begins with.
const OWNER: &str = "owner";

/// Makes an organization; the answer is its owner's token.
///
/// # Errors
/// [`RepositoryError::Taken`](assay_ports::RepositoryError::Taken) inside [`AppError::Repository`] when there is one of that name.
pub async fn create(app: &App, caller: &Caller, name: OrgName) -> Result<Token, AppError> {
    let audit = app.audit(caller, "org-create", name.to_string());
    let draft = draft(app, name)?;
    commit(app, &draft, &audit).await?;
    Ok(draft.token)
}

/// Makes the organization `default` when the server starts for the first time. Nothing when it is there.
///
/// `keep` gets the owner's token before anything is committed: a server that dies in between begins anew, and none is left
/// with an owner whose token nobody has.
///
/// # Errors
/// Those of `keep`; [`AppError::Repository`] and [`AppError::Authority`].
pub async fn create_first<E: From<AppError>>(
    app: &App,
    name: OrgName,
    keep: impl FnOnce(&Token) -> Result<(), E>,
) -> Result<(), E> {
    if app.repositories.org(&name).await.map_err(AppError::from)?.is_some() {
        return Ok(());
    }
    let audit = Audit { at: app.now(), actor: None, action: "org-create", subject: name.to_string() };
    let draft = draft(app, name)?;
    keep(&draft.token)?;
    Ok(commit(app, &draft, &audit).await?)
}

/// All organizations, by name.
///
/// # Errors
/// [`AppError::Repository`].
pub async fn list(app: &App, page: &PageRequest) -> Result<Page<Organization>, AppError> {
    Ok(app.repositories.orgs(page).await?)
}

/// An organization that is not stored yet.
struct Draft {
    org: Organization,
    authorities: Vec<AuthorityRecord>,
    owner: NewToken,
    token: Token,
}

fn draft(app: &App, name: OrgName) -> Result<Draft, AppError> {
    let now = app.now();
    let org = Organization { id: OrgId::from_uuid(app.id()), name, created_at: now };
    let authorities = app.authority.create(org.id, &org.name, now)?;
    let token = Token::mint(TokenId::from_uuid(app.id()), &*app.entropy);
    let name: TokenName = OWNER.parse().map_err(|source| AppError::stored("name of the owner", source))?;
    let owner = NewToken {
        hash: token.hash(),
        token: ApiToken {
            id: token.id(),
            org: org.id,
            name,
            role: Role::Owner,
            project: None,
            created_at: now,
            expires_at: None,
            last_used_at: None,
            revoked_at: None,
        },
    };
    Ok(Draft { org, authorities, owner, token })
}

async fn commit(app: &App, draft: &Draft, audit: &Audit) -> Result<(), AppError> {
    Ok(app.repositories.create_org(&draft.org, &draft.authorities, &draft.owner, audit).await?)
}
