use std::collections::BTreeSet;

use serde_json::Value;

use crate::error::ManifestError;
use crate::form::{Form, FormField, Role};
use crate::locator;
use crate::network::Network;
use crate::node::Node;

/// The annotation `x-assay-secret`: where a secret may go and how it is put into a request.
#[derive(Debug, Clone)]
pub(crate) struct SecretSlot {
    pub(crate) slot: String,
    /// A slot of an endpoint or of a mail server.
    pub(crate) endpoint: String,
    /// The first that fits counts.
    pub(crate) ways: Vec<Way>,
}

/// One way to use a secret, and when it is the one.
#[derive(Debug, Clone)]
pub(crate) struct Way {
    pub(crate) when: When,
    pub(crate) how: How,
}

/// Fields that must have these values; none means always.
#[derive(Debug, Clone, Default)]
pub(crate) struct When(Vec<(String, Value)>);

/// [`crate::Apply`] before the values of a registration are known: what depends on one names the field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum How {
    Header(String),
    Bearer,
    Basic { user: String },
    Query(String),
    Mail,
    StandardWebhooks,
    HmacSha256 { header: String },
    SigV4 { service: String, region: String },
    GcpServiceAccount { scope: String },
}

impl SecretSlot {
    pub(crate) fn read(node: &Node<'_>) -> Result<Self, ManifestError> {
        node.only(&["slot", "endpoint", "as"])?;
        let ways = node.need("as")?;
        let ways = if ways.value.is_array() { ways.items()? } else { vec![ways] };
        if ways.is_empty() {
            return Err(node.rule("a secret that is put nowhere is not asked for"));
        }
        Ok(Self {
            slot: slot(&node.need("slot")?)?,
            endpoint: node.need("endpoint")?.text()?.to_owned(),
            ways: ways.iter().map(Way::read).collect::<Result<_, _>>()?,
        })
    }
}

impl When {
    pub(crate) fn read(node: Option<&Node<'_>>) -> Result<Self, ManifestError> {
        let Some(node) = node else { return Ok(Self::default()) };
        Ok(Self(node.members()?.into_iter().map(|(name, value)| (name.to_owned(), value.value.clone())).collect()))
    }

    pub(crate) fn fits(&self, input: &Value) -> bool {
        self.0.iter().all(|(name, value)| input.get(name) == Some(value))
    }

    /// Every field that it looks at is there, and is no secret.
    pub(crate) fn check(&self, node: &Node<'_>, form: &Form) -> Result<(), ManifestError> {
        self.0.iter().try_for_each(|(name, _)| plain(node, name, form).map(|_| ()))
    }
}

impl Way {
    fn read(node: &Node<'_>) -> Result<Self, ManifestError> {
        node.only(&[
            "when",
            "header",
            "bearer",
            "basic",
            "query",
            "mail",
            "standard-webhooks",
            "hmac-sha256",
            "sigv4",
            "gcp-service-account",
        ])?;
        let ways: Vec<_> = node.members()?.into_iter().filter(|(key, _)| *key != "when").collect();
        let [(key, value)] = &ways[..] else { return Err(node.rule("it says one way to use the secret")) };
        Ok(Self { when: When::read(node.get("when").as_ref())?, how: How::read(key, value)? })
    }
}

impl How {
    fn read(key: &str, node: &Node<'_>) -> Result<Self, ManifestError> {
        let member = |name: &str| node.need(name).and_then(|node| node.text().map(ToOwned::to_owned));
        match key {
            "header" => Ok(Self::Header(header(node)?)),
            "query" => Ok(Self::Query(parameter(node)?)),
            "basic" => {
                node.only(&["user"])?;
                Ok(Self::Basic { user: field(&node.need("user")?)? })
            }
            "hmac-sha256" => {
                node.only(&["header"])?;
                Ok(Self::HmacSha256 { header: header(&node.need("header")?)? })
            }
            "sigv4" => {
                node.only(&["service", "region"])?;
                Ok(Self::SigV4 { service: member("service")?, region: field(&node.need("region")?)? })
            }
            "gcp-service-account" => {
                node.only(&["scope"])?;
                Ok(Self::GcpServiceAccount { scope: member("scope")? })
            }
            _ => {
                node.only(&[])?;
                Ok(match key {
                    "bearer" => Self::Bearer,
                    "mail" => Self::Mail,
                    _ => Self::StandardWebhooks,
                })
            }
        }
    }

    fn looks_at(&self) -> Option<&str> {
        match self {
            Self::Basic { user: field } | Self::SigV4 { region: field, .. } => Some(field),
            _ => None,
        }
    }
}

/// Every secret of the registration goes to a slot that exists, by ways that this slot knows.
pub(crate) fn check(schema: &Node<'_>, form: &Form, network: &Network) -> Result<(), ManifestError> {
    let mut slots = BTreeSet::new();
    for field in &form.fields {
        let Role::Secret(secret) = &field.role else { continue };
        let node = schema.need("properties")?.need(&field.name)?.need("x-assay-secret")?;
        if !slots.insert(secret.slot.as_str()) {
            return Err(ManifestError::Taken { pointer: node.at("slot"), slot: secret.slot.clone() });
        }
        one(&node, secret, field, form, network)?;
    }
    Ok(())
}

fn one(
    node: &Node<'_>,
    secret: &SecretSlot,
    field: &FormField,
    form: &Form,
    network: &Network,
) -> Result<(), ManifestError> {
    let mail = network.mail.get(&secret.endpoint);
    if mail.is_none() && !network.endpoints.contains_key(&secret.endpoint) {
        return Err(node.need("endpoint")?.dangling("the endpoint", &secret.endpoint, network.slots()));
    }
    for way in &secret.ways {
        way.when.check(node, form)?;
        if (way.how == How::Mail) != mail.is_some() {
            return Err(node.rule("`mail` is how the password of a mail server is used, and nothing else"));
        }
        if let Some(name) = way.how.looks_at() {
            plain(node, name, form)?;
        }
    }
    if mail.is_some_and(|mail| mail.password.as_deref() != Some(field.name.as_str())) {
        return Err(node.rule("the mail server names another field as its password"));
    }
    Ok(())
}

/// The field `name`, which the host looks at: it must not be a secret or an endpoint.
pub(crate) fn plain<'f>(node: &Node<'_>, name: &str, form: &'f Form) -> Result<&'f FormField, ManifestError> {
    match form.field(name) {
        None => Err(node.dangling("the field", name, form.names())),
        Some(field) if matches!(field.role, Role::Plain) => Ok(field),
        Some(_) => Err(node.rule("a host decides nothing by the value of a secret or of an endpoint")),
    }
}

/// The name of a slot: it stands in documents for guests and in the database.
pub(crate) fn slot(node: &Node<'_>) -> Result<String, ManifestError> {
    let text = node.text()?;
    if is_slot(text) { Ok(text.to_owned()) } else { Err(node.invalid(SLOT)) }
}

pub(crate) const SLOT: &str = "a slot is at most 64 lower-case letters, digits, `-` and `_`";

pub(crate) fn is_slot(text: &str) -> bool {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_';
    !text.is_empty() && text.len() <= 64 && text.bytes().all(plain)
}

/// A JSON pointer to a field of the registration: `/name`.
pub(crate) fn field(node: &Node<'_>) -> Result<String, ManifestError> {
    match node.text()?.strip_prefix('/') {
        Some(name) if !name.is_empty() && !name.contains(['/', '~']) => Ok(name.to_owned()),
        _ => Err(node.invalid("it is a JSON pointer to a field of the registration, for example `/user`")),
    }
}

fn header(node: &Node<'_>) -> Result<String, ManifestError> {
    let text = node.text()?;
    if locator::is_token(text) && !locator::is_header_of_the_host(text) {
        return Ok(text.to_owned());
    }
    Err(node.invalid("it is the name of a header that the host does not set itself"))
}

fn parameter(node: &Node<'_>) -> Result<String, ManifestError> {
    let text = node.text()?;
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_.~".contains(&b);
    if !text.is_empty() && text.bytes().all(plain) {
        return Ok(text.to_owned());
    }
    Err(node.invalid("it is the name of a parameter: letters, digits, `-`, `_`, `.` and `~`"))
}
