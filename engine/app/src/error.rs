use assay_attest::AttestError;
use assay_base::{Diagnostic, Digest, IntegrationId, TokenName};
use assay_integration::InputIssue;
use assay_model::RunState;
use assay_ports::{AuthorityError, BlobError, CallFailure, PluginError, RepositoryError, VaultError};

use crate::Missing;

/// Why a use case did not do what it was asked. `api/server` turns each into a problem.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// No token, or one that is none.
    #[error("the token is missing, wrong, revoked or expired")]
    Unauthenticated,
    /// The caller may see it, and may not do that.
    #[error("`{operation}` needs the role `{needs}`")]
    Forbidden {
        /// The operation.
        operation: &'static str,
        /// The least role that may.
        needs: &'static str,
    },
    /// The token is limited to one project, the operation is about all.
    #[error("`{operation}` is not for a token that is limited to one project")]
    ProjectOnly {
        /// The operation.
        operation: &'static str,
    },
    /// It is not there, or not for this caller: nobody can tell which.
    #[error("there is no such {what}")]
    NotFound {
        /// The noun.
        what: &'static str,
    },
    /// A parameter of the request is wrong.
    #[error("{0}")]
    Invalid(Diagnostic),
    /// A document is not valid, or does not fit what is stored.
    #[error("{}", first(.diagnostics, "the document is not valid"))]
    Document {
        /// The file that it came from.
        label: Option<String>,
        /// What is wrong, at least one thing.
        diagnostics: Vec<Diagnostic>,
    },
    /// A material is not what it is called.
    #[error("material `{material}`: {diagnostic}")]
    Material {
        /// The material.
        material: String,
        /// What is wrong.
        diagnostic: Box<Diagnostic>,
    },
    /// The contract is not satisfied.
    #[error("the contract is not satisfied: {}", join(.0))]
    Incomplete(Vec<Missing>),
    /// The bundle does not verify.
    #[error("the attestation does not verify")]
    Unverified(#[from] AttestError),
    /// The statement is not one of this run.
    #[error("{0}")]
    Unbound(Diagnostic),
    /// The run is over.
    #[error("the run is {} already", .0.as_str())]
    RunOver(RunState),
    /// The run has another attestation.
    #[error("the run was pushed already with other content")]
    OtherContent,
    /// Nobody could make tokens any more.
    #[error("this is the last token of an owner that does not expire")]
    LastOwner,
    /// The key is trusted under another name.
    #[error("the key is trusted already, as `{name}`")]
    KeyKnown {
        /// That name.
        name: TokenName,
    },
    /// The workflow is bound to another contract.
    #[error("workflow `{project}/{workflow}` is bound to {bound}, not to `{asked}`")]
    Bound {
        /// The project.
        project: String,
        /// The workflow.
        workflow: String,
        /// What it is bound to, in words.
        bound: String,
        /// What was asked for.
        asked: String,
    },
    /// There is no integration of that id.
    #[error("there is no integration `{id}`")]
    UnknownIntegration {
        /// What was asked for.
        id: IntegrationId,
        /// What was probably meant.
        near: Option<String>,
    },
    /// The integration is part of the executable.
    #[error("`{id}` is part of the server: it is neither removed nor replaced")]
    BuiltinIntegration {
        /// Its id.
        id: IntegrationId,
    },
    /// The component is not signed.
    #[error("the component comes without a signature")]
    Unsigned,
    /// The sandbox does not take the component, or failed.
    #[error("the component is not taken")]
    Component(#[from] PluginError),
    /// Something depends on it.
    #[error("the {what} is in use: it has {by}")]
    InUse {
        /// The noun.
        what: &'static str,
        /// What it has.
        by: &'static str,
    },
    /// Somebody else changed it since it was read.
    #[error("the {what} was changed by somebody else meanwhile")]
    Changed {
        /// The noun.
        what: &'static str,
    },
    /// Fields of a registration or an attachment are wrong.
    #[error("{}", .0.first().map_or("the input is not valid", |issue| issue.message.as_str()))]
    Input(Vec<InputIssue>),
    /// Nobody may go to that destination, or not like this.
    #[error("the destination is refused: {reason}")]
    EgressRefused {
        /// Why.
        reason: String,
    },
    /// An integration could not do what it was asked while somebody waited.
    #[error("the integration says: {0}")]
    Integration(CallFailure),
    /// The attachment of a delivery is gone.
    #[error("the attachment of this delivery is gone")]
    Detached,
    /// A secret was not sealed or opened.
    #[error("a secret was not sealed or opened")]
    Vault(#[from] VaultError),
    /// The blob store refused or failed.
    #[error("the blob was not stored or read")]
    Blob(#[from] BlobError),
    /// The stored bytes are not what their digest says any more.
    #[error("the stored bytes of {digest} are damaged")]
    Damaged {
        /// The address.
        digest: Digest,
    },
    /// The repositories refused or failed.
    #[error("the request was not recorded")]
    Repository(#[from] RepositoryError),
    /// An authority refused or failed.
    #[error("nothing was signed")]
    Authority(#[from] AuthorityError),
    /// A document of the store does not read any more: it was written by another version, or damaged.
    #[error("the stored {what} cannot be read")]
    Stored {
        /// What it is.
        what: &'static str,
        /// Why it does not read.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A task of the server ended before its time.
    #[error("the evaluation was interrupted")]
    Interrupted(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl AppError {
    /// Something stored that does not read.
    pub(crate) fn stored(what: &'static str, source: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self::Stored { what, source: Box::new(source) }
    }
}

fn first(diagnostics: &[Diagnostic], otherwise: &str) -> String {
    diagnostics.first().map_or_else(|| otherwise.to_owned(), ToString::to_string)
}

fn join(missing: &[Missing]) -> String {
    missing.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}
