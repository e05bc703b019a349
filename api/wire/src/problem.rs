use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::Exit;

/// The base of the `type` URIs of problems.
pub const PROBLEM_BASE: &str = "https://assay.dev/problems/";

/// An error as it travels: `application/problem+json` (RFC 9457) with a stable code and the place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Problem {
    /// [`PROBLEM_BASE`] and the name of a [`ProblemKind`].
    #[serde(rename = "type")]
    pub kind: String,
    /// The title of the kind.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What is wrong, in a sentence.
    pub detail: String,
    /// Stable code, kebab-case.
    pub code: String,
    /// JSON Pointer into what was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pointer: Option<String>,
    /// Line, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// Column, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<u32>,
    /// The way out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// What the server's log calls this request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}

macro_rules! problems {
    ($($(#[$doc:meta])* $name:ident $text:literal $status:literal $exit:ident $title:literal;)+) => {
        /// Every type of problem that the server answers with: URI, status, and the exit code that it becomes.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum ProblemKind { $($(#[$doc])* $name,)+ }

        impl ProblemKind {
            /// Every kind.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// The last segment of its URI, and the code of a problem that has no more special one.
            pub const fn as_str(self) -> &'static str { match self { $(Self::$name => $text,)+ } }

            /// The HTTP status.
            pub const fn status(self) -> u16 { match self { $(Self::$name => $status,)+ } }

            /// The title.
            pub const fn title(self) -> &'static str { match self { $(Self::$name => $title,)+ } }

            /// The exit code of a command that ran into it.
            pub const fn exit(self) -> Exit { match self { $(Self::$name => Exit::$exit,)+ } }
        }
    };
}

problems! {
    /// The request itself is malformed.
    InvalidRequest "invalid-request" 400 Invalid "The request is malformed";
    /// No token, or one that is none.
    Unauthenticated "unauthenticated" 401 Forbidden "A valid token is needed";
    /// The token has not the right.
    Forbidden "forbidden" 403 Forbidden "The token does not have the right";
    /// It is not there, or not for this token.
    NotFound "not-found" 404 Forbidden "There is no such thing here";
    /// The method is not one of the resource.
    MethodNotAllowed "method-not-allowed" 405 Invalid "The resource does not have this method";
    /// It is there already, in another form, or changed underneath.
    Conflict "conflict" 409 Conflict "The request conflicts with what is there";
    /// More bytes than a limit allows.
    TooLarge "too-large" 413 Invalid "The request is larger than a limit allows";
    /// The body is of a type that is not read here.
    UnsupportedMediaType "unsupported-media-type" 415 Invalid "The body is not of a type that is read here";
    /// A contract, policy or gate is not valid.
    InvalidDocument "invalid-document" 422 Invalid "The document is not valid";
    /// A material is not what it is called.
    InvalidMaterial "material-invalid" 422 Invalid "The evidence is not what it is called";
    /// The contract is not satisfied.
    Incomplete "contract-incomplete" 422 Incomplete "The contract is not satisfied";
    /// A signature, digest or identity does not verify.
    Unverified "unverified" 422 Unverified "The attestation does not verify";
    /// The statement is not one of this run.
    Unbound "unbound" 422 Unverified "The attestation does not belong to the run";
    /// The bytes are not what their digest says.
    DigestMismatch "digest-mismatch" 422 Unverified "The bytes do not have the digest";
    /// There is no integration of that id.
    IntegrationUnknown "integration-unknown" 404 Invalid "There is no such integration";
    /// A component is none, wants what it cannot have, or is too large.
    InvalidComponent "component-invalid" 422 Invalid "The component is not taken";
    /// A value of a registration or attachment is not what the form asks for.
    InvalidInput "invalid-input" 422 Invalid "The input is not valid";
    /// The destination is one that nobody may reach, or not like this.
    EgressRefused "egress-refused" 422 Invalid "The destination is refused";
    /// The destination refuses the credential of a registration.
    RegistrationUnauthorized "registration-unauthorized" 422 Unverified "The destination refuses the credential";
    /// The destination of a registration or attachment could not be tried with success.
    RegistrationFailed "registration-failed" 422 Unexpected "The destination does not answer as it must";
    /// Too many requests in a short time.
    TooManyRequests "too-many-requests" 429 Network "Too many requests";
    /// A fault of the server.
    Internal "internal" 500 Unexpected "The server failed";
    /// Stored bytes are not what their digest says any more.
    Damaged "damaged" 500 Unverified "The stored bytes are damaged";
    /// The server cannot answer now.
    Unavailable "unavailable" 503 Network "The server cannot answer now";
}

impl ProblemKind {
    /// The kind that a `type` URI names.
    pub fn from_uri(uri: &str) -> Option<Self> {
        let name = uri.strip_prefix(PROBLEM_BASE)?;
        Self::ALL.iter().copied().find(|kind| kind.as_str() == name)
    }

    /// A problem of this kind with the kind's own code.
    pub fn problem(self, detail: impl Into<String>) -> Problem {
        Problem {
            kind: format!("{PROBLEM_BASE}{}", self.as_str()),
            title: self.title().to_owned(),
            status: self.status(),
            detail: detail.into(),
            code: self.as_str().to_owned(),
            pointer: None,
            line: None,
            column: None,
            hint: None,
            request_id: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_found_by_its_uri() {
        for kind in ProblemKind::ALL {
            assert_eq!(ProblemKind::from_uri(&kind.problem("x").kind), Some(*kind));
        }
        assert_eq!(ProblemKind::from_uri("about:blank"), None);
    }
}
