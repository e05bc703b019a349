use std::collections::BTreeMap;
use std::time::Duration;

use assay_base::Secret;
use serde_json::Value;

/// What is wrong with one field of an input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputIssue {
    /// JSON pointer (RFC 6901) of the field in the input.
    pub pointer: String,
    /// Why, and what would be right.
    pub message: String,
}

/// A manifest and the values of one registration: everything that a call of the guest may use.
#[derive(Debug, Clone)]
pub struct Bound {
    /// What the guest sees of the registration: secrets are `{"$secret":"slot"}`, endpoints `{"$endpoint":"slot"}`.
    pub input: Value,
    /// The endpoints, by slot.
    pub endpoints: BTreeMap<String, Endpoint>,
    /// The credentials, by slot; a secret that was not given has none.
    pub credentials: BTreeMap<String, Credential>,
    /// The mail servers, by slot.
    pub mail: BTreeMap<String, MailServer>,
    /// Further destinations, which the manifest names (`network.hosts`).
    pub grants: Vec<Grant>,
    /// What a call may use.
    pub limits: Limits,
}

/// A destination that the registration names, as the URL of one of its fields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// Its URL: absolute, without user information and fragment. A secret, because of hooks that are their own password.
    pub url: Secret<String>,
    /// Whether the URL itself must not be shown.
    pub hidden: bool,
    /// Upper-case methods that requests may have.
    pub methods: Vec<String>,
    /// What the path after the endpoint's own may begin with; empty means nothing but the URL itself, `/` means anything.
    pub path_prefixes: Vec<String>,
}

/// A destination that the manifest names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// `https` or `http`.
    pub scheme: String,
    /// A host name; `*.example.org` stands for one or more labels before it.
    pub host: String,
    /// The port.
    pub port: u16,
    /// Upper-case methods.
    pub methods: Vec<String>,
    /// What the path may begin with.
    pub path_prefixes: Vec<String>,
}

/// A secret, where it may go, and how it is put into a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credential {
    /// The secret's text.
    pub secret: Secret<String>,
    /// The endpoint (or mail server) slot that it is bound to: it is put into no other request.
    pub endpoint: String,
    /// How it is applied.
    pub apply: Apply,
}

/// How a secret is put into a request; always by the host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Apply {
    /// As the value of this header.
    Header(String),
    /// `Authorization: Bearer …` (RFC 6750).
    Bearer,
    /// `Authorization: Basic …` (RFC 7617) with this user.
    Basic {
        /// The user's name.
        user: String,
    },
    /// As this parameter of the query.
    Query(String),
    /// As the password of the mail server.
    Mail,
    /// Signs `id.timestamp.body` (Standard Webhooks 1.0.0) into `webhook-signature`; the secret is `whsec_` and base64.
    StandardWebhooks,
    /// HMAC-SHA-256 of the body, `sha256=<hex>`, into this header.
    HmacSha256 {
        /// The header.
        header: String,
    },
    /// AWS Signature Version 4. The secret is JSON: `access_key_id`, `secret_access_key`, optionally `session_token`.
    SigV4 {
        /// For example `s3`.
        service: String,
        /// For example `eu-central-1`.
        region: String,
    },
    /// An OAuth 2 access token for a Google service account (RFC 7523). The secret is the account's JSON key file.
    GcpServiceAccount {
        /// The scope that is asked for.
        scope: String,
    },
}

/// A mail server and the sender, from the fields of a registration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailServer {
    /// Host name or address.
    pub host: String,
    /// Port.
    pub port: u16,
    /// Encryption.
    pub tls: MailTls,
    /// The sender's address.
    pub from: String,
    /// The login's user; without one nobody logs in.
    pub user: Option<String>,
    /// The login's password.
    pub password: Option<Secret<String>>,
}

/// How the connection to a mail server is protected.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum MailTls {
    /// `STARTTLS` is demanded before anything else (RFC 3207).
    #[default]
    StartTls,
    /// TLS from the first byte (RFC 8314).
    Tls,
    /// None.
    Plain,
}

/// What one call of a guest may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// All its memories together, in bytes; at most 256 MiB, 32 MiB unless the manifest asks for more.
    pub memory: usize,
    /// Time on the processor; 500 ms unless the manifest says otherwise, at most 10 s.
    pub cpu: Duration,
    /// Time on the wall; 60 s unless the manifest says otherwise, at most 5 min.
    pub wall: Duration,
    /// Requests and mails; 50 unless the manifest says otherwise, at most 2,000.
    pub requests: u32,
}
