use std::collections::{BTreeMap, BTreeSet};

use crate::bound::Grant;
use crate::error::ManifestError;
use crate::form::{Form, Role};
use crate::locator;
use crate::node::Node;
use crate::secret::{SLOT, When, field, is_slot, plain};
use crate::suffix;
use crate::template::Template;

/// The member `network` of a manifest.
#[derive(Debug, Clone)]
pub(crate) struct Network {
    pub(crate) endpoints: BTreeMap<String, EndpointSlot>,
    pub(crate) grants: Vec<Grant>,
    pub(crate) mail: BTreeMap<String, MailSlot>,
}

/// An endpoint before the values of a registration are known.
#[derive(Debug, Clone)]
pub(crate) struct EndpointSlot {
    pub(crate) schemes: Vec<String>,
    pub(crate) methods: Vec<String>,
    pub(crate) path_prefixes: Vec<String>,
    pub(crate) defaults: Vec<(When, Template)>,
}

/// A mail server before the values of a registration are known: the names of their fields.
#[derive(Debug, Clone)]
pub(crate) struct MailSlot {
    pub(crate) host: String,
    pub(crate) port: String,
    pub(crate) tls: Option<String>,
    pub(crate) from: String,
    pub(crate) user: Option<String>,
    pub(crate) password: Option<String>,
}

impl Network {
    pub(crate) fn read(node: &Node<'_>, form: &Form) -> Result<Self, ManifestError> {
        node.only(&["endpoints", "hosts", "mail"])?;
        let hosts = node.get("hosts").map(|list| list.items()).transpose()?.unwrap_or_default();
        let network = Self {
            endpoints: slots(node.get("endpoints"), |slot| EndpointSlot::read(slot, form))?,
            grants: hosts.iter().map(grant).collect::<Result<_, _>>()?,
            mail: slots(node.get("mail"), |slot| MailSlot::read(slot, form))?,
        };
        if let Some(slot) = network.mail.keys().find(|slot| network.endpoints.contains_key(*slot)) {
            let pointer = format!("{}/{slot}", node.at("mail"));
            return Err(ManifestError::Taken { pointer, slot: slot.clone() });
        }
        network.check_fields(node, form)?;
        Ok(network)
    }

    pub(crate) fn slots(&self) -> impl Iterator<Item = &str> {
        self.endpoints.keys().chain(self.mail.keys()).map(String::as_str)
    }

    /// Every endpoint has one field or a default, and every field of an endpoint has an endpoint.
    fn check_fields(&self, node: &Node<'_>, form: &Form) -> Result<(), ManifestError> {
        let mut taken = BTreeSet::new();
        for field in &form.fields {
            let Role::Endpoint(slot) = &field.role else { continue };
            let pointer = format!("/registration/properties/{}/x-assay-endpoint", field.name);
            if !self.endpoints.contains_key(slot) {
                let place = Node { value: node.value, pointer };
                return Err(place.dangling("the endpoint", slot, self.endpoints.keys().map(String::as_str)));
            }
            if !taken.insert(slot.as_str()) {
                return Err(ManifestError::Taken { pointer, slot: slot.clone() });
            }
        }
        let alone = self.endpoints.iter().find(|(slot, end)| !taken.contains(slot.as_str()) && end.defaults.is_empty());
        alone.map_or(Ok(()), |(slot, _)| {
            Err(ManifestError::Rule {
                pointer: format!("{}/{slot}", node.at("endpoints")),
                rule: "no field says its URL (`x-assay-endpoint`), and it has no default",
            })
        })
    }
}

impl EndpointSlot {
    fn read(node: &Node<'_>, form: &Form) -> Result<Self, ManifestError> {
        node.only(&["schemes", "methods", "path_prefixes", "default"])?;
        let schemes = locator::schemes(node.get("schemes"))?;
        let mut defaults = Vec::new();
        for item in node.get("default").map(|list| list.items()).transpose()?.unwrap_or_default() {
            item.only(&["when", "url"])?;
            let when = When::read(item.get("when").as_ref())?;
            when.check(&item, form)?;
            defaults.push((when, Template::read(&item.need("url")?, &schemes, form)?));
        }
        Ok(Self {
            schemes,
            methods: locator::methods(&node.need("methods")?)?,
            path_prefixes: locator::path_prefixes(node.get("path_prefixes"))?,
            defaults,
        })
    }
}

impl MailSlot {
    fn read(node: &Node<'_>, form: &Form) -> Result<Self, ManifestError> {
        node.only(&["host", "port", "tls", "from", "user", "password"])?;
        let known = |node: Node<'_>| {
            let name = field(&node)?;
            plain(&node, &name, form).map(|_| name)
        };
        let password = node.get("password").map(|node| {
            let name = field(&node)?;
            match form.field(&name).map(|field| &field.role) {
                Some(Role::Secret(_)) => Ok(name),
                Some(_) => Err(node.rule("the password of a mail server is a secret: it needs `x-assay-secret`")),
                None => Err(node.dangling("the field", &name, form.names())),
            }
        });
        Ok(Self {
            host: known(node.need("host")?)?,
            port: known(node.need("port")?)?,
            tls: node.get("tls").map(known).transpose()?,
            from: known(node.need("from")?)?,
            user: node.get("user").map(known).transpose()?,
            password: password.transpose()?,
        })
    }
}

fn slots<T>(
    node: Option<Node<'_>>,
    read: impl Fn(&Node<'_>) -> Result<T, ManifestError>,
) -> Result<BTreeMap<String, T>, ManifestError> {
    let Some(node) = node else { return Ok(BTreeMap::new()) };
    let slot = |(name, slot): (&str, Node<'_>)| {
        if is_slot(name) { Ok((name.to_owned(), read(&slot)?)) } else { Err(slot.rule(SLOT)) }
    };
    node.members()?.into_iter().map(slot).collect()
}

/// An item of `hosts`: an origin, in which `*.` stands for one or more labels before at least two that are written out,
/// and that belong to somebody.
fn grant(node: &Node<'_>) -> Result<Grant, ManifestError> {
    node.only(&["origin", "methods", "path_prefixes"])?;
    let origin = node.need("origin")?;
    let rule = "an origin is `https://host` or `https://host:port`; `*.` stands for labels before at least two others";
    let wrong = || origin.invalid(rule);
    let (scheme, rest) = origin.text()?.split_once("://").ok_or_else(wrong)?;
    let (wild, rest) = rest.strip_prefix("*.").map_or((false, rest), |rest| (true, rest));
    let parsed = locator::read(&format!("{scheme}://{rest}")).map_err(|_| wrong())?;
    let host = parsed.host_str().unwrap_or_default().trim_end_matches('.').to_owned();
    let bare = rest.strip_suffix('/').unwrap_or(rest);
    let nothing_more = parsed.path() == "/" && parsed.query().is_none() && !bare.contains(['/', '?', '*']);
    let port = parsed.port_or_known_default().filter(|_| matches!(scheme, "https" | "http"));
    let named = !wild || (parsed.domain().is_some() && host.split('.').filter(|label| !label.is_empty()).count() >= 2);
    if wild && suffix::is_shared(&host) {
        return Err(origin.invalid("anybody may have a name there: write out the one that is meant"));
    }
    let Some(port) = port.filter(|_| nothing_more && named) else { return Err(wrong()) };
    Ok(Grant {
        scheme: scheme.to_owned(),
        host: if wild { format!("*.{host}") } else { host },
        port,
        methods: locator::methods(&node.need("methods")?)?,
        path_prefixes: match locator::path_prefixes(node.get("path_prefixes"))? {
            prefixes if prefixes.is_empty() => vec!["/".to_owned()],
            prefixes => prefixes,
        },
    })
}
