use std::collections::BTreeMap;

use assay_base::Secret;
use serde_json::{Value, json};

use super::Manifest;
use crate::bound::{Bound, Credential, Endpoint, InputIssue, MailServer, MailTls};
use crate::form::Role;
use crate::network::{EndpointSlot, MailSlot};
use crate::secret::SecretSlot;
use crate::{apply, locator};

impl Manifest {
    /// Checks the whole input of a registration; answers it with the defaults of the schema filled in. What passes can be
    /// bound.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn registration(&self, input: &Value) -> Result<Value, Vec<InputIssue>> {
        let input = self.registration.check(input)?;
        self.bind(&input).map(|_| input)
    }

    /// The same for an attachment.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn attachment(&self, input: &Value) -> Result<Value, Vec<InputIssue>> {
        self.attachment.check(input)
    }

    /// Turns the whole, valid input of a registration into what a call may use.
    ///
    /// # Errors
    /// What a schema cannot say: a URL with another scheme than the manifest's, a secret of the wrong form, a field that
    /// another one needs.
    pub fn bind(&self, input: &Value) -> Result<Bound, Vec<InputIssue>> {
        let mut binder = Binder { manifest: self, input, issues: vec![] };
        let bound = Bound {
            input: binder.input(),
            endpoints: binder.endpoints(),
            credentials: binder.credentials(),
            mail: binder.mail(),
            grants: self.network.grants.clone(),
            limits: self.limits,
        };
        if binder.issues.is_empty() { Ok(bound) } else { Err(binder.issues) }
    }
}

struct Binder<'m> {
    manifest: &'m Manifest,
    input: &'m Value,
    issues: Vec<InputIssue>,
}

impl Binder<'_> {
    /// What the guest sees.
    fn input(&self) -> Value {
        let mut input = self.input.clone();
        let Value::Object(members) = &mut input else { return input };
        for field in &self.manifest.registration.fields {
            let Some(value) = members.get_mut(&field.name) else { continue };
            match &field.role {
                Role::Plain => {}
                Role::Endpoint(slot) => *value = json!({"$endpoint": slot}),
                Role::Secret(secret) => *value = json!({"$secret": secret.slot}),
            }
        }
        input
    }

    fn endpoints(&mut self) -> BTreeMap<String, Endpoint> {
        let slots = self.manifest.network.endpoints.iter();
        slots.filter_map(|(slot, declared)| Some((slot.clone(), self.endpoint(slot, declared)?))).collect()
    }

    fn endpoint(&mut self, slot: &str, declared: &EndpointSlot) -> Option<Endpoint> {
        let fields = &self.manifest.registration.fields;
        let field = fields.iter().find(|field| matches!(&field.role, Role::Endpoint(named) if named == slot));
        let given = field.and_then(|field| Some((field, self.input.get(&field.name)?.as_str()?)));
        let url = if let Some((field, text)) = given {
            self.given(&field.name, text, declared)?
        } else {
            let (_, template) = declared.defaults.iter().find(|(when, _)| when.fits(self.input))?;
            template.fill(slot, self.input).map_err(|issue| self.issues.push(issue)).ok()?
        };
        Some(Endpoint {
            url: Secret::new(url.into()),
            hidden: given.is_some_and(|(field, _)| field.hidden),
            methods: declared.methods.clone(),
            path_prefixes: declared.path_prefixes.clone(),
        })
    }

    fn given(&mut self, name: &str, text: &str, declared: &EndpointSlot) -> Option<url::Url> {
        match locator::read(text) {
            Ok(url) if declared.schemes.iter().any(|scheme| scheme == url.scheme()) => Some(url),
            Ok(_) => self.issue(name, format!("the scheme of the URL must be {}", declared.schemes.join(" or "))),
            Err(fault) => self.issue(name, fault.message().to_owned()),
        }
    }

    fn credentials(&mut self) -> BTreeMap<String, Credential> {
        let fields = self.manifest.registration.fields.iter();
        let secrets = fields.filter_map(|field| match &field.role {
            Role::Secret(secret) => Some((field.name.as_str(), secret)),
            _ => None,
        });
        secrets.filter_map(|(name, secret)| Some((secret.slot.clone(), self.credential(name, secret)?))).collect()
    }

    fn credential(&mut self, name: &str, secret: &SecretSlot) -> Option<Credential> {
        let text = self.input.get(name)?.as_str()?;
        let Some(way) = secret.ways.iter().find(|way| way.when.fits(self.input)) else {
            return self.issue(name, "there is no use for it beside the other values".to_owned());
        };
        let apply = match apply::apply(&way.how, text, self.input) {
            Ok(apply) => apply,
            Err((field, message)) => return self.issue(field.unwrap_or(name), message.to_owned()),
        };
        Some(Credential { secret: Secret::new(text.to_owned()), endpoint: secret.endpoint.clone(), apply })
    }

    fn mail(&mut self) -> BTreeMap<String, MailServer> {
        let slots = self.manifest.network.mail.iter();
        slots.filter_map(|(slot, declared)| Some((slot.clone(), self.mail_server(declared)?))).collect()
    }

    fn mail_server(&mut self, declared: &MailSlot) -> Option<MailServer> {
        let given = declared.user.as_ref().filter(|name| self.input.get(name.as_str()).is_some());
        let password = declared.password.as_ref().and_then(|name| self.input.get(name)?.as_str());
        let (host, from) = (self.line(&declared.host), self.line(&declared.from));
        let (port, tls) = (self.port(&declared.port), self.tls(declared.tls.as_deref()));
        let user = given.map(|name| self.line(name));
        Some(MailServer {
            host: host?,
            port: port?,
            tls: tls?,
            from: from?,
            user: user.map_or(Some(None), |user| user.map(Some))?,
            password: password.map(|password| Secret::new(password.to_owned())),
        })
    }

    /// A text without control characters, which would end a line of SMTP.
    fn line(&mut self, name: &str) -> Option<String> {
        match self.input.get(name).and_then(Value::as_str) {
            None => self.issue(name, format!("`{name}` is missing")),
            Some(text) if text.is_empty() || text.chars().any(|c| c.is_control() || c == '\u{2028}') => {
                self.issue(name, "it must be one line, and not empty".to_owned())
            }
            Some(text) => Some(text.to_owned()),
        }
    }

    /// A number, or a text that is one.
    fn port(&mut self, name: &str) -> Option<u16> {
        let read = match self.input.get(name) {
            Some(Value::String(text)) => text.parse().ok(),
            Some(value) => value.as_u64().and_then(|port| u16::try_from(port).ok()),
            None => None,
        };
        match read {
            Some(port) if port > 0 => Some(port),
            _ => self.issue(name, "a port is a number from 1 to 65535".to_owned()),
        }
    }

    fn tls(&mut self, name: Option<&str>) -> Option<MailTls> {
        let Some(name) = name else { return Some(MailTls::default()) };
        match self.input.get(name).map(|value| value.as_str().unwrap_or_default()) {
            None => Some(MailTls::default()),
            Some("starttls") => Some(MailTls::StartTls),
            Some("tls") => Some(MailTls::Tls),
            Some("none") => Some(MailTls::Plain),
            Some(_) => self.issue(name, "it is `starttls`, `tls` or `none`".to_owned()),
        }
    }

    fn issue<T>(&mut self, field: &str, message: String) -> Option<T> {
        self.issues.push(InputIssue { pointer: format!("/{field}"), message });
        None
    }
}
