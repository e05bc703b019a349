use assay_base::Token;
use assay_model::{Caller, Role};

use crate::{App, AppError};

/// How far an operation reaches: what a token that is limited to one project may not touch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// It is about objects of projects, which the use case compares with the token's project.
    Project,
    /// It is about the whole organization.
    Organization,
    /// It is about the server: for the organization `default` only.
    Server,
}

/// The organization that holds the server.
const SERVER_ORG: &str = "default";

macro_rules! operations {
    ($($name:ident $text:literal $role:ident $reach:ident;)+) => {
        /// Every operation of the API. The table below is the only place that says who may do what; the name of an
        /// operation is its `operationId` in the `OpenAPI` document.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[expect(missing_docs, reason = "the rows of the table are the documentation")]
        pub enum Operation { $($name,)+ }

        impl Operation {
            /// Every operation.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// Its name.
            pub const fn as_str(self) -> &'static str { match self { $(Self::$name => $text,)+ } }

            /// The least role that may.
            pub const fn role(self) -> Role { match self { $(Self::$name => Role::$role,)+ } }

            /// How far it reaches.
            pub const fn reach(self) -> Reach { match self { $(Self::$name => Reach::$reach,)+ } }
        }
    };
}

operations! {
    WhoAmI            "whoami"             Viewer      Project;
    OrgList           "org-list"           Owner       Server;
    OrgCreate         "org-create"         Owner       Server;
    DocumentApply     "document-apply"     Admin       Organization;
    ContractList      "contract-list"      Viewer      Project;
    ContractDescribe  "contract-describe"  Viewer      Project;
    PolicyList        "policy-list"        Viewer      Project;
    PolicyDescribe    "policy-describe"    Viewer      Project;
    GateList          "gate-list"          Viewer      Project;
    GateDescribe      "gate-describe"      Viewer      Project;
    GateCheck         "gate-check"         Viewer      Project;
    WorkflowList      "workflow-list"      Viewer      Project;
    WorkflowBind      "workflow-bind"      Admin       Project;
    RunList           "run-list"           Viewer      Project;
    RunOpen           "run-open"           Contributor Project;
    RunDescribe       "run-describe"       Viewer      Project;
    RunFinish         "run-finish"         Contributor Project;
    CertificateIssue  "certificate-issue"  Contributor Project;
    AttestationPush   "attestation-push"   Contributor Project;
    AttestationRead   "attestation-read"   Viewer      Project;
    TimestampIssue    "timestamp-issue"    Contributor Project;
    TrustRoot         "trust-root"         Viewer      Project;
    BlobPut           "blob-put"           Contributor Project;
    BlobGet           "blob-get"           Contributor Project;
    TokenList         "token-list"         Owner       Organization;
    TokenCreate       "token-create"       Owner       Organization;
    TokenRevoke       "token-revoke"       Owner       Organization;
    KeyList           "key-list"           Viewer      Project;
    KeyAdd            "key-add"            Owner       Organization;
    KeyRemove         "key-remove"         Owner       Organization;
    IntegrationList       "integration-list"       Viewer Project;
    IntegrationDescribe   "integration-describe"   Viewer Project;
    IntegrationInstall    "integration-install"    Admin  Organization;
    IntegrationRemove     "integration-remove"     Admin  Organization;
    RegistrationList      "registration-list"      Viewer Project;
    RegistrationDescribe  "registration-describe"  Viewer Project;
    RegistrationAdd       "registration-add"       Admin  Organization;
    RegistrationUpdate    "registration-update"    Admin  Organization;
    RegistrationTest      "registration-test"      Admin  Organization;
    RegistrationDelete    "registration-delete"    Admin  Organization;
    AttachmentList        "attachment-list"        Viewer Project;
    AttachmentDescribe    "attachment-describe"    Viewer Project;
    AttachmentAdd         "attachment-add"         Admin  Project;
    AttachmentDelete      "attachment-delete"      Admin  Project;
    AttachmentBackfill    "attachment-backfill"    Admin  Project;
    DeliveryList          "delivery-list"          Viewer Project;
    DeliveryDescribe      "delivery-describe"      Viewer Project;
    DeliveryRedeliver     "delivery-redeliver"     Admin  Project;
    DeliveryReplay        "delivery-replay"        Admin  Project;
}

/// Finds out who is asking.
///
/// # Errors
/// [`AppError::Unauthenticated`] for anything but the text of a live token; the reason is not told.
pub async fn authenticate(app: &App, text: &str) -> Result<Caller, AppError> {
    let token: Token = text.parse().map_err(|_| AppError::Unauthenticated)?;
    let (stored, org_name) = app.repositories.token(token.id()).await?.ok_or(AppError::Unauthenticated)?;
    let now = app.now();
    if !stored.hash.matches(&token) || !stored.token.is_live(now) {
        return Err(AppError::Unauthenticated);
    }
    app.repositories.touch_token(token.id(), now).await?;
    let token = stored.token;
    Ok(Caller {
        org: token.org,
        org_name,
        token: token.id,
        subject: token.name,
        role: token.role,
        project: token.project,
    })
}

/// Decides whether `caller` may do `operation`. `org` is the organization that the request names; a foreign one answers
/// as an absent one, before anything else is looked at.
///
/// # Errors
/// [`AppError::NotFound`], [`AppError::Forbidden`] or [`AppError::ProjectOnly`].
pub fn authorize(caller: &Caller, org: Option<&str>, operation: Operation) -> Result<(), AppError> {
    if org.is_some_and(|name| name != caller.org_name.as_str()) {
        return Err(AppError::NotFound { what: "organization" });
    }
    let serves = operation.reach() != Reach::Server || caller.org_name.as_str() == SERVER_ORG;
    if caller.role < operation.role() || !serves {
        return Err(AppError::Forbidden { operation: operation.as_str(), needs: operation.role().as_str() });
    }
    if operation.reach() != Reach::Project && caller.project.is_some() {
        return Err(AppError::ProjectOnly { operation: operation.as_str() });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use assay_base::{OrgId, TokenId};
    use uuid::Uuid;

    use super::*;

    fn caller(org: &str, role: Role, project: Option<&str>) -> Caller {
        Caller {
            org: OrgId::from_uuid(Uuid::from_u128(1)),
            org_name: org.parse().unwrap(),
            token: TokenId::from_uuid(Uuid::from_u128(2)),
            subject: "t".parse().unwrap(),
            role,
            project: project.map(|p| p.parse().unwrap()),
        }
    }

    #[test]
    fn the_table_holds_for_every_role_and_organization() {
        for operation in Operation::ALL.iter().copied() {
            for role in Role::ALL {
                let own = authorize(&caller("default", role, None), Some("default"), operation);
                assert_eq!(own.is_ok(), role >= operation.role(), "{operation:?} as {role}");
                for foreign in ["acme", "nobody"] {
                    let answer = authorize(&caller("default", role, None), Some(foreign), operation);
                    assert!(
                        matches!(answer, Err(AppError::NotFound { what: "organization" })),
                        "{operation:?} as {role}"
                    );
                }
            }
        }
    }

    #[test]
    fn only_the_owner_of_default_holds_the_server() {
        for operation in [Operation::OrgList, Operation::OrgCreate] {
            assert!(authorize(&caller("default", Role::Owner, None), None, operation).is_ok());
            assert!(authorize(&caller("acme", Role::Owner, None), None, operation).is_err());
        }
    }

    #[test]
    fn a_token_of_one_project_does_nothing_about_the_whole_organization() {
        for operation in Operation::ALL.iter().copied().filter(|o| o.reach() != Reach::Project) {
            let bounded = caller("default", Role::Owner, Some("demo"));
            assert!(matches!(authorize(&bounded, Some("default"), operation), Err(AppError::ProjectOnly { .. })));
        }
    }
}
