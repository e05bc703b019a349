use schemars::JsonSchema;
use serde_json::{Map, Value, json};

use crate::schema::schema_of;

/// What an integration declares, without its two schemas. Built as a constant:
///
/// ```
/// use assay_plugin_sdk::{EndpointRule, Limits, Manifest};
///
/// const MANIFEST: Manifest = Manifest::new("tracker", env!("CARGO_PKG_VERSION"), "Tracker")
///     .description("Uploads SBOMs to the tracker.")
///     .materials(&["SBOM_CYCLONEDX_JSON"])
///     .endpoints(&[EndpointRule::new("api").methods(&["GET", "POST"]).paths(&["/api/"])])
///     .limits(Limits::new().wall_ms(30_000));
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Manifest {
    id: &'static str,
    version: &'static str,
    title: &'static str,
    description: Option<&'static str>,
    min_host: Option<&'static str>,
    attestations: bool,
    materials: &'static [&'static str],
    endpoints: &'static [EndpointRule],
    hosts: &'static [HostRule],
    mail: &'static [MailRule],
    limits: Limits,
}

/// Where requests to an endpoint of a registration may go, below the URL that the registration gives.
#[derive(Debug, Clone, Copy)]
pub struct EndpointRule {
    slot: &'static str,
    schemes: &'static [&'static str],
    methods: &'static [&'static str],
    paths: &'static [&'static str],
    defaults: &'static [DefaultUrl],
}

/// The URL of an endpoint whose field was not given.
#[derive(Debug, Clone, Copy)]
pub struct DefaultUrl {
    /// A field and the value that it must have.
    pub when: Option<(&'static str, &'static str)>,
    /// The URL; `{field}` stands for the value of a field.
    pub url: &'static str,
}

/// A destination that is always the same.
#[derive(Debug, Clone, Copy)]
pub struct HostRule {
    /// Scheme, host, and a port unless it is the scheme's own: `https://api.example.org`, `https://*.example.org:8443`.
    pub origin: &'static str,
    /// Upper-case methods.
    pub methods: &'static [&'static str],
    /// What a path may begin with.
    pub paths: &'static [&'static str],
}

/// A mail server: JSON pointers to the fields of the registration that describe it.
#[derive(Debug, Clone, Copy)]
pub struct MailRule {
    /// The name that [`Email::send`](crate::mail::Email::send) uses.
    pub slot: &'static str,
    /// Host name or address.
    pub host: &'static str,
    /// Port.
    pub port: &'static str,
    /// `starttls`, `tls` or `none`.
    pub tls: Option<&'static str>,
    /// The sender's address.
    pub from: &'static str,
    /// The login's user.
    pub user: Option<&'static str>,
    /// The login's password.
    pub password: Option<&'static str>,
}

/// What a call may use; the host's own limits where nothing is asked for.
#[derive(Debug, Clone, Copy, Default)]
pub struct Limits {
    memory_mb: Option<u32>,
    cpu_ms: Option<u32>,
    wall_ms: Option<u32>,
    requests: Option<u32>,
}

impl Manifest {
    /// An integration with an id (lower-case words with hyphens), a version (semver) and the title that users read.
    pub const fn new(id: &'static str, version: &'static str, title: &'static str) -> Self {
        Self {
            id,
            version,
            title,
            description: None,
            min_host: None,
            attestations: false,
            materials: &[],
            endpoints: &[],
            hosts: &[],
            mail: &[],
            limits: Limits::new(),
        }
    }

    /// What it does, in a sentence or two.
    #[must_use]
    pub const fn description(mut self, text: &'static str) -> Self {
        self.description = Some(text);
        self
    }

    /// The oldest host that it works with, for example `0.1`.
    #[must_use]
    pub const fn min_host(mut self, version: &'static str) -> Self {
        self.min_host = Some(version);
        self
    }

    /// It wants every attestation, also one without a material that it subscribes to.
    #[must_use]
    pub const fn attestations(mut self) -> Self {
        self.attestations = true;
        self
    }

    /// The kinds of material that it wants.
    #[must_use]
    pub const fn materials(mut self, kinds: &'static [&'static str]) -> Self {
        self.materials = kinds;
        self
    }

    /// The endpoints whose URLs registrations give.
    #[must_use]
    pub const fn endpoints(mut self, endpoints: &'static [EndpointRule]) -> Self {
        self.endpoints = endpoints;
        self
    }

    /// Destinations that are always the same.
    #[must_use]
    pub const fn hosts(mut self, hosts: &'static [HostRule]) -> Self {
        self.hosts = hosts;
        self
    }

    /// Mail servers.
    #[must_use]
    pub const fn mail(mut self, servers: &'static [MailRule]) -> Self {
        self.mail = servers;
        self
    }

    /// What a call may use.
    #[must_use]
    pub const fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// The manifest as a document (`assay.dev/plugin/v1`), with the schemas of the two types.
    pub fn document<Registration: JsonSchema, Attachment: JsonSchema>(&self) -> Value {
        let mut document = json!({
            "schema": "assay.dev/plugin/v1",
            "id": self.id,
            "version": self.version,
            "api": "assay:integration@0.1",
            "title": self.title,
            "subscribes": {"attestations": self.attestations, "materials": self.materials},
            "registration": schema_of::<Registration>(),
            "attachment": schema_of::<Attachment>(),
            "network": self.network(),
            "limits": self.limits.document(),
        });
        for (key, value) in [("description", self.description), ("min_host", self.min_host)] {
            if let Some(value) = value {
                document[key] = value.into();
            }
        }
        document
    }

    fn network(&self) -> Value {
        let endpoints: Map<_, _> = self.endpoints.iter().map(|rule| (rule.slot.to_owned(), rule.document())).collect();
        let mail: Map<_, _> = self.mail.iter().map(|rule| (rule.slot.to_owned(), rule.document())).collect();
        let hosts: Vec<_> = self.hosts.iter().map(HostRule::document).collect();
        json!({"endpoints": endpoints, "hosts": hosts, "mail": mail})
    }
}

impl EndpointRule {
    /// An endpoint with this name. Nothing is allowed yet but the schemes `https` and `http`.
    pub const fn new(slot: &'static str) -> Self {
        Self { slot, schemes: &["https", "http"], methods: &[], paths: &[], defaults: &[] }
    }

    /// `https`, `http`.
    #[must_use]
    pub const fn schemes(mut self, schemes: &'static [&'static str]) -> Self {
        self.schemes = schemes;
        self
    }

    /// Upper-case methods.
    #[must_use]
    pub const fn methods(mut self, methods: &'static [&'static str]) -> Self {
        self.methods = methods;
        self
    }

    /// What may follow the endpoint's own URL begins with one of these; without any, nothing may. `/` is anything.
    #[must_use]
    pub const fn paths(mut self, prefixes: &'static [&'static str]) -> Self {
        self.paths = prefixes;
        self
    }

    /// The URL when the field is not given: the first that fits.
    #[must_use]
    pub const fn defaults(mut self, urls: &'static [DefaultUrl]) -> Self {
        self.defaults = urls;
        self
    }

    fn document(&self) -> Value {
        let mut rule = json!({"schemes": self.schemes, "methods": self.methods, "path_prefixes": self.paths});
        if !self.defaults.is_empty() {
            rule["default"] = self.defaults.iter().map(DefaultUrl::document).collect();
        }
        rule
    }
}

impl DefaultUrl {
    fn document(&self) -> Value {
        match self.when {
            Some((field, value)) => json!({"when": {field: value}, "url": self.url}),
            None => json!({"url": self.url}),
        }
    }
}

impl HostRule {
    fn document(&self) -> Value {
        json!({"origin": self.origin, "methods": self.methods, "path_prefixes": self.paths})
    }
}

impl MailRule {
    fn document(&self) -> Value {
        let mut rule = json!({"host": self.host, "port": self.port, "from": self.from});
        for (key, pointer) in [("tls", self.tls), ("user", self.user), ("password", self.password)] {
            if let Some(pointer) = pointer {
                rule[key] = pointer.into();
            }
        }
        rule
    }
}

impl Limits {
    /// The host's own.
    pub const fn new() -> Self {
        Self { memory_mb: None, cpu_ms: None, wall_ms: None, requests: None }
    }

    /// Memory, in MiB; 32 unless said, at most 256.
    #[must_use]
    pub const fn memory_mb(mut self, mebibytes: u32) -> Self {
        self.memory_mb = Some(mebibytes);
        self
    }

    /// Time on the processor, in milliseconds; 500 unless said, at most 10,000.
    #[must_use]
    pub const fn cpu_ms(mut self, milliseconds: u32) -> Self {
        self.cpu_ms = Some(milliseconds);
        self
    }

    /// Time on the wall, in milliseconds; 60,000 unless said, at most 300,000.
    #[must_use]
    pub const fn wall_ms(mut self, milliseconds: u32) -> Self {
        self.wall_ms = Some(milliseconds);
        self
    }

    /// Requests and mails; 50 unless said, at most 2,000.
    #[must_use]
    pub const fn requests(mut self, count: u32) -> Self {
        self.requests = Some(count);
        self
    }

    fn document(&self) -> Value {
        let limits = [
            ("memory_mb", self.memory_mb),
            ("cpu_ms", self.cpu_ms),
            ("wall_ms", self.wall_ms),
            ("requests", self.requests),
        ];
        let asked = limits.into_iter().filter_map(|(key, limit)| limit.map(|limit| (key.to_owned(), limit.into())));
        Value::Object(asked.collect())
    }
}
