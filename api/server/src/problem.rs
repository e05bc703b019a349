//! Where errors meet HTTP: the one table that says which problem a use case's error is.

use std::error::Error;
use std::sync::Arc;

use assay_app::{AppError, Missing};
use assay_attest::AttestError;
use assay_base::text::{head, printable};
use assay_base::{Diagnostic, limits};
use assay_integration::InputIssue;
use assay_ports::{AuthorityError, BlobError, CallFailure, PluginError, RepositoryError};
use assay_wire::{Problem, ProblemKind};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

/// Longest detail, in bytes: a report of many mistakes stays readable.
const DETAIL: usize = 4_000;

/// The type of a problem's body (RFC 9457, section 3).
pub(crate) const PROBLEM_JSON: &str = "application/problem+json";

/// A request that is refused or failed. The outermost layer writes it out, because it knows the id of the request.
#[derive(Debug, Clone)]
pub(crate) struct Fault {
    /// What the client is told.
    pub(crate) problem: Box<Problem>,
    /// What the log is told, for faults of the server.
    pub(crate) cause: Option<Arc<AppError>>,
}

impl Fault {
    /// A fault of the request.
    pub(crate) fn new(kind: ProblemKind, code: &str, detail: impl Into<String>) -> Self {
        let mut problem = kind.problem(detail);
        code.clone_into(&mut problem.code);
        Self { problem: Box::new(problem), cause: None }
    }

    /// What a diagnostic says.
    pub(crate) fn diagnosed(kind: ProblemKind, diagnostic: &Diagnostic) -> Self {
        Self { problem: Box::new(diagnosed(kind, diagnostic)), cause: None }
    }

    /// The same at a place of the body.
    #[must_use]
    pub(crate) fn at(mut self, pointer: impl Into<String>) -> Self {
        self.problem.pointer = Some(pointer.into());
        self
    }

    /// The same with a way out.
    #[must_use]
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.problem.hint = Some(hint.into());
        self
    }
}

impl From<AppError> for Fault {
    fn from(error: AppError) -> Self {
        let mut problem = Box::new(problem(&error));
        problem.detail = printable(&head(&problem.detail, DETAIL));
        let cause = (problem.status >= 500).then(|| Arc::new(error));
        Self { problem, cause }
    }
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = status.into_response();
        if status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response.extensions_mut().insert(self);
        response
    }
}

/// Which problem an error is. Every kind of error has its line; a new one does not compile without.
pub(crate) fn problem(error: &AppError) -> Problem {
    use ProblemKind as Kind;
    match error {
        AppError::Unauthenticated => Kind::Unauthenticated.problem(error.to_string()),
        AppError::Forbidden { .. } => Kind::Forbidden.problem(error.to_string()),
        AppError::ProjectOnly { .. } => coded(Kind::Forbidden, "project-only", error),
        AppError::NotFound { .. } => Kind::NotFound.problem(error.to_string()),
        AppError::Invalid(diagnostic) => diagnosed(Kind::InvalidRequest, diagnostic),
        AppError::Document { label, diagnostics } => document(label.as_deref(), diagnostics),
        AppError::Material { material, diagnostic } => evidence(material, diagnostic),
        AppError::Incomplete(missing) => incomplete(missing),
        AppError::Unverified(source) => unverified(source),
        AppError::Unbound(diagnostic) => diagnosed(Kind::Unbound, diagnostic),
        AppError::RunOver(_) => coded(Kind::Conflict, "run-over", error),
        AppError::OtherContent => coded(Kind::Conflict, "other-content", error),
        AppError::LastOwner => hinted(coded(Kind::Conflict, "last-owner", error), "make another owner's token first"),
        AppError::KeyKnown { .. } => coded(Kind::Conflict, "key-known", error),
        AppError::Bound { .. } => bound(error),
        AppError::UnknownIntegration { near, .. } => unknown_integration(near.as_deref(), error),
        AppError::BuiltinIntegration { .. } => coded(Kind::Conflict, "integration-builtin", error),
        AppError::Unsigned => hinted(
            coded(Kind::Unverified, "component-unsigned", error),
            "sign it with `assay plugin sign`, or say `--allow-unsigned`",
        ),
        AppError::Component(source) => component(source),
        AppError::InUse { .. } => coded(Kind::Conflict, "in-use", error),
        AppError::Changed { .. } => changed(error),
        AppError::Input(issues) => input(issues),
        AppError::EgressRefused { .. } => hinted(
            Kind::EgressRefused.problem(error.to_string()),
            "the operator permits one with `serve --egress-allow`",
        ),
        AppError::Integration(failure) => integration(failure, error),
        AppError::Detached => coded(Kind::Conflict, "detached", error),
        AppError::Blob(source) => blob(source),
        AppError::Damaged { .. } => Kind::Damaged.problem(error.to_string()),
        AppError::Repository(source) => repository(source),
        AppError::Authority(source) => authority(source),
        AppError::Vault(_) | AppError::Stored { .. } | AppError::Interrupted(_) => internal(),
    }
}

fn hinted(mut problem: Problem, hint: &str) -> Problem {
    problem.hint = Some(hint.to_owned());
    problem
}

/// What a client is told of a fault of the server: where to look, and nothing of the inside.
fn internal() -> Problem {
    ProblemKind::Internal.problem("the server failed; its log says why, under the id of this request")
}

fn coded(kind: ProblemKind, code: &str, error: &dyn Error) -> Problem {
    let mut problem = kind.problem(error.to_string());
    code.clone_into(&mut problem.code);
    problem
}

fn diagnosed(kind: ProblemKind, diagnostic: &Diagnostic) -> Problem {
    let mut problem = kind.problem(&diagnostic.message);
    diagnostic.code.clone_into(&mut problem.code);
    problem.pointer.clone_from(&diagnostic.place.pointer);
    (problem.line, problem.column) = (diagnostic.place.line, diagnostic.place.column);
    problem.hint.clone_from(&diagnostic.hint);
    problem
}

fn document(label: Option<&str>, diagnostics: &[Diagnostic]) -> Problem {
    let Some((first, others)) = diagnostics.split_first() else {
        return ProblemKind::InvalidDocument.problem("the document is not valid");
    };
    let mut problem = diagnosed(ProblemKind::InvalidDocument, first);
    if let Some(label) = label {
        problem.detail = format!("{label}: {}", problem.detail);
    }
    problem.detail = match others.len() {
        0 => problem.detail,
        1 => format!("{} (and one more mistake)", problem.detail),
        more => format!("{} (and {more} more mistakes)", problem.detail),
    };
    problem
}

fn evidence(material: &str, diagnostic: &Diagnostic) -> Problem {
    let mut problem = diagnosed(ProblemKind::InvalidMaterial, diagnostic);
    problem.detail = format!("material `{material}`: {}", problem.detail);
    if !diagnostic.code.starts_with("material") {
        ProblemKind::InvalidMaterial.as_str().clone_into(&mut problem.code);
    }
    problem
}

fn incomplete(missing: &[Missing]) -> Problem {
    let all: Vec<_> = missing.iter().map(ToString::to_string).collect();
    ProblemKind::Incomplete.problem(format!("the contract is not satisfied: {}", all.join("; ")))
}

/// The bytes are the caller's own, so the whole chain of reasons is told.
fn unverified(error: &AttestError) -> Problem {
    let mut problem = match error {
        AttestError::BundleSize(_) => ProblemKind::TooLarge.problem(error.to_string()),
        AttestError::Encode(_) => return internal(),
        _ => ProblemKind::Unverified.problem(chain(error)),
    };
    error.code().clone_into(&mut problem.code);
    problem
}

fn bound(error: &AppError) -> Problem {
    let mut problem = coded(ProblemKind::Conflict, "workflow-bound", error);
    problem.hint =
        Some("leave the contract out, or bind the workflow with `assay workflow update --contract`".to_owned());
    problem
}

fn unknown_integration(near: Option<&str>, error: &AppError) -> Problem {
    let mut problem = ProblemKind::IntegrationUnknown.problem(error.to_string());
    problem.hint = Some(match near {
        Some(near) => format!("did you mean `{near}`?"),
        None => "`assay integration available ls` shows what there is".to_owned(),
    });
    problem
}

fn component(error: &PluginError) -> Problem {
    match error {
        PluginError::Size { .. } => coded(ProblemKind::TooLarge, "component-size", error),
        PluginError::Refused { code, .. } => coded(ProblemKind::InvalidComponent, code, error),
        PluginError::Unknown(_) | PluginError::Host(_) => internal(),
    }
}

fn input(issues: &[InputIssue]) -> Problem {
    let Some((first, others)) = issues.split_first() else {
        return ProblemKind::InvalidInput.problem("the input is not valid");
    };
    let mut problem = ProblemKind::InvalidInput.problem(match others {
        [] => first.message.clone(),
        [second] => format!("{} (and `{}`: {})", first.message, second.pointer, second.message),
        more => format!("{} (and {} more mistakes)", first.message, more.len()),
    });
    problem.pointer = Some(first.pointer.clone());
    problem
}

fn integration(failure: &CallFailure, error: &AppError) -> Problem {
    match failure {
        CallFailure::InvalidInput(issues) => input(issues),
        CallFailure::Unauthorized { .. } => ProblemKind::RegistrationUnauthorized.problem(error.to_string()),
        CallFailure::Retryable { .. } | CallFailure::Permanent { .. } | CallFailure::Trap { .. } => {
            ProblemKind::RegistrationFailed.problem(error.to_string())
        }
    }
}

fn changed(error: &AppError) -> Problem {
    let mut problem = coded(ProblemKind::Conflict, "changed", error);
    problem.hint = Some("look at it as it is now, and change it again".to_owned());
    problem
}

fn blob(error: &BlobError) -> Problem {
    match error {
        BlobError::Digest { .. } => ProblemKind::DigestMismatch.problem(error.to_string()),
        BlobError::Size { limit } => coded(ProblemKind::TooLarge, "blob-size", &BlobError::Size { limit: *limit }),
        BlobError::Io(source) if source.get_ref().is_some_and(<dyn Error + Send + Sync>::is::<ClientGone>) => {
            coded(ProblemKind::InvalidRequest, "body-broken", &ClientGone)
        }
        BlobError::Io(_) => internal(),
    }
}

fn repository(error: &RepositoryError) -> Problem {
    match error {
        RepositoryError::Taken { .. } => coded(ProblemKind::Conflict, "taken", error),
        RepositoryError::Bound => coded(ProblemKind::Conflict, "workflow-bound", error),
        RepositoryError::Cursor => {
            let mut problem = coded(ProblemKind::InvalidRequest, "cursor", error);
            problem.hint = Some("begin with the first page, without `next`".to_owned());
            problem
        }
        RepositoryError::Corrupt { .. } | RepositoryError::Other(_) => internal(),
    }
}

fn authority(error: &AuthorityError) -> Problem {
    match error {
        AuthorityError::Possession => coded(ProblemKind::Unverified, "possession", error),
        AuthorityError::Sealed | AuthorityError::Other(_) => internal(),
    }
}

/// The error and its sources in one line. Libraries repeat the inner error in the outer one: it is told once.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(source) = next {
        let part = source.to_string();
        if !text.contains(&part) {
            text = format!("{text}: {part}");
        }
        next = source.source();
    }
    text
}

/// A body that ended before its end.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("the body of the request ended before its end")]
pub(crate) struct ClientGone;

/// The fault of a bundle that is larger than its limit.
pub(crate) const BUNDLE_LIMIT: (&str, usize) = ("bundle-size", limits::BUNDLE_BYTES);

#[cfg(test)]
mod tests {
    use std::io;

    use assay_base::{Digest, Place};
    use assay_model::RunState;
    use assay_ports::VaultError;

    use super::*;

    fn boxed() -> Box<dyn Error + Send + Sync> {
        Box::new(io::Error::other("secret of the inside"))
    }

    fn cases() -> Vec<(AppError, u16, &'static str)> {
        let diagnostic = |code| Diagnostic::new(code, "it is wrong").at(Place::pointer("/a")).hint("mend it");
        let digest = Digest::of(b"");
        vec![
            (AppError::Unauthenticated, 401, "unauthenticated"),
            (AppError::Forbidden { operation: "o", needs: "owner" }, 403, "forbidden"),
            (AppError::ProjectOnly { operation: "o" }, 403, "project-only"),
            (AppError::NotFound { what: "run" }, 404, "not-found"),
            (AppError::Invalid(diagnostic("version")), 400, "version"),
            (AppError::Document { label: None, diagnostics: vec![diagnostic("yaml")] }, 422, "yaml"),
            (
                AppError::Material { material: "m".into(), diagnostic: Box::new(diagnostic("material-absent")) },
                422,
                "material-absent",
            ),
            (
                AppError::Material { material: "m".into(), diagnostic: Box::new(diagnostic("json-syntax")) },
                422,
                "material-invalid",
            ),
            (AppError::Incomplete(vec![Missing::Annotation { name: "a".into() }]), 422, "contract-incomplete"),
            (AppError::Unverified(AttestError::SignatureInvalid), 422, "signature-invalid"),
            (AppError::Unverified(AttestError::MediaType("x".into())), 422, "bundle-media-type"),
            (AppError::Unverified(AttestError::BundleSize(1 << 30)), 413, "bundle-size"),
            (AppError::Unbound(diagnostic("statement-binding")), 422, "statement-binding"),
            (AppError::RunOver(RunState::Cancelled), 409, "run-over"),
            (AppError::OtherContent, 409, "other-content"),
            (
                AppError::Bound { project: "p".into(), workflow: "w".into(), bound: "`c`".into(), asked: "d".into() },
                409,
                "workflow-bound",
            ),
            (AppError::Blob(BlobError::Digest { expected: digest, actual: digest }), 422, "digest-mismatch"),
            (AppError::Blob(BlobError::Size { limit: 1 }), 413, "blob-size"),
            (AppError::Damaged { digest }, 500, "damaged"),
            (AppError::LastOwner, 409, "last-owner"),
            (AppError::KeyKnown { name: "k".parse().unwrap() }, 409, "key-known"),
            (AppError::Blob(BlobError::Io(io::Error::other(ClientGone))), 400, "body-broken"),
            (AppError::Blob(BlobError::Io(io::Error::other("secret of the inside"))), 500, "internal"),
            (AppError::Repository(RepositoryError::Taken { what: "token" }), 409, "taken"),
            (AppError::Repository(RepositoryError::Cursor), 400, "cursor"),
            (AppError::Repository(RepositoryError::Bound), 409, "workflow-bound"),
            (AppError::Repository(RepositoryError::Other(boxed())), 500, "internal"),
            (AppError::Authority(AuthorityError::Possession), 422, "possession"),
            (AppError::Authority(AuthorityError::Sealed), 500, "internal"),
            (AppError::Stored { what: "bundle", source: boxed() }, 500, "internal"),
            (AppError::Interrupted(boxed()), 500, "internal"),
        ]
    }

    fn cases_of_integrations() -> Vec<(AppError, u16, &'static str)> {
        let digest = Digest::of(b"");
        vec![
            (AppError::UnknownIntegration { id: "x".parse().unwrap(), near: None }, 404, "integration-unknown"),
            (AppError::BuiltinIntegration { id: "x".parse().unwrap() }, 409, "integration-builtin"),
            (AppError::Unsigned, 422, "component-unsigned"),
            (AppError::Component(PluginError::Size { size: 2, limit: 1 }), 413, "component-size"),
            (
                AppError::Component(PluginError::Refused { code: "component-imports", reason: "r".into() }),
                422,
                "component-imports",
            ),
            (AppError::Component(PluginError::Unknown(digest)), 500, "internal"),
            (AppError::Component(PluginError::Host(boxed())), 500, "internal"),
            (AppError::InUse { what: "registration", by: "attachments" }, 409, "in-use"),
            (
                AppError::Input(vec![InputIssue { pointer: "/url".into(), message: "it is missing".into() }]),
                422,
                "invalid-input",
            ),
            (AppError::EgressRefused { reason: "loopback".into() }, 422, "egress-refused"),
            (AppError::Integration(CallFailure::InvalidInput(vec![])), 422, "invalid-input"),
            (
                AppError::Integration(CallFailure::Unauthorized { code: "c".into(), message: "m".into() }),
                422,
                "registration-unauthorized",
            ),
            (
                AppError::Integration(CallFailure::Trap { code: "wall", message: "m".into() }),
                422,
                "registration-failed",
            ),
            (AppError::Detached, 409, "detached"),
            (AppError::Changed { what: "registration" }, 409, "changed"),
            (AppError::Vault(VaultError::Sealed), 500, "internal"),
        ]
    }

    #[test]
    fn every_error_has_its_status_and_code_and_no_inside_is_told() {
        for (error, status, code) in cases().into_iter().chain(cases_of_integrations()) {
            let fault = Fault::from(error);
            assert_eq!((fault.problem.status, fault.problem.code.as_str()), (status, code));
            assert_eq!(fault.cause.is_some(), status == 500, "{code}");
            assert!(!fault.problem.detail.contains("secret"), "{code}: {}", fault.problem.detail);
            let kind = ProblemKind::from_uri(&fault.problem.kind).unwrap();
            assert_eq!((kind.status(), kind.title()), (status, fault.problem.title.as_str()));
        }
    }

    #[test]
    fn a_document_names_its_file_its_place_and_how_many_mistakes_there_are() {
        let first =
            Diagnostic::new("unknown-field", "`spce` is unknown").at(Place::line(3, 1)).hint("did you mean `spec`?");
        let diagnostics = vec![first, Diagnostic::new("b", "b"), Diagnostic::new("c", "c")];
        let problem = problem(&AppError::Document { label: Some("contract.yaml".into()), diagnostics });
        assert_eq!(problem.detail, "contract.yaml: `spce` is unknown (and 2 more mistakes)");
        assert_eq!((problem.line, problem.column), (Some(3), Some(1)));
        assert_eq!(problem.hint.as_deref(), Some("did you mean `spec`?"));
    }

    #[test]
    fn a_detail_is_short_and_has_no_control_characters() {
        let message = format!("\u{1b}[2J{}", "x".repeat(100_000));
        let fault = Fault::from(AppError::Invalid(Diagnostic::new("a", message)));
        assert!(fault.problem.detail.len() < 2 * DETAIL && !fault.problem.detail.contains('\u{1b}'));
    }
}
