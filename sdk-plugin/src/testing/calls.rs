use std::marker::PhantomData;
use std::rc::Rc;

use serde_json::{Map, Value, json};

use super::{Answer, Line, Material, Recorder, Sent, SentMail, bundle, context, delivery, documents, within};
use crate::entry::{Exported, RawTask};
use crate::mail::MailError;
use crate::{Error, Integration};

/// A host with one registration of an integration, and one attestation to deliver.
///
/// Registration and attachment are given as a user gives them; secrets and URLs of endpoints are put aside before the
/// integration sees them, and defaults are filled in, as the real host does. It checks nothing else of the schemas.
#[derive(Debug)]
pub struct MockHost<I> {
    registration: Value,
    registration_state: Value,
    attachment: Value,
    attachment_state: Value,
    context: Value,
    envelope: Material,
    materials: Vec<Material>,
    recorder: Rc<Recorder>,
    integration: PhantomData<I>,
}

impl<I: Integration> Default for MockHost<I> {
    fn default() -> Self {
        Self::new()
    }
}

impl<I: Integration> MockHost<I> {
    /// A host that answers everything with 200 and an empty body.
    pub fn new() -> Self {
        let id = Self::manifest_value()["id"].as_str().unwrap_or_default().to_owned();
        let mut all = context(&id);
        merge(&mut all, delivery());
        Self {
            registration: json!({}),
            registration_state: json!({}),
            attachment: json!({}),
            attachment_state: json!({}),
            context: all,
            envelope: envelope(bundle(&documents::statement())),
            materials: vec![],
            recorder: Rc::default(),
            integration: PhantomData,
        }
    }

    /// The fields of the registration.
    #[must_use]
    pub fn registration(mut self, fields: Value) -> Self {
        self.registration = fields;
        self
    }

    /// What `register` answered.
    #[must_use]
    pub fn registration_state(mut self, state: Value) -> Self {
        self.registration_state = state;
        self
    }

    /// The fields of the attachment.
    #[must_use]
    pub fn attachment(mut self, fields: Value) -> Self {
        self.attachment = fields;
        self
    }

    /// What `attach` answered.
    #[must_use]
    pub fn attachment_state(mut self, state: Value) -> Self {
        self.attachment_state = state;
        self
    }

    /// Members of the context that are to be others, however deep: `json!({"run": {"verdict": "non_compliant"}})`.
    #[must_use]
    pub fn context(mut self, members: Value) -> Self {
        merge(&mut self.context, members);
        self
    }

    /// The statement of the attestation.
    #[must_use]
    pub fn statement(self, statement: &Value) -> Self {
        self.bundle(bundle(statement))
    }

    /// The bytes of the attestation.
    #[must_use]
    pub fn bundle(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.envelope = envelope(bytes.into());
        self
    }

    /// One more material.
    #[must_use]
    pub fn material(mut self, material: Material) -> Self {
        self.materials.push(material);
        self
    }

    /// What the next request is answered; may be said several times.
    pub fn answer(&self, answer: Answer) -> &Self {
        self.recorder.answers.borrow_mut().push_back(answer);
        self
    }

    /// What requests are answered that have no answer of their own.
    #[must_use]
    pub fn answering(self, answering: impl Fn(&Sent) -> Answer + 'static) -> Self {
        *self.recorder.answering.borrow_mut() = Some(Box::new(answering));
        self
    }

    /// What the next mail is answered; may be said several times.
    pub fn mail_answer(&self, answer: Result<&str, MailError>) -> &Self {
        self.recorder.mail_answers.borrow_mut().push_back(answer.map(str::to_owned));
        self
    }

    /// Sets a value of the registration's state.
    pub fn set_value(&self, key: &str, value: &str) -> &Self {
        self.recorder.values.borrow_mut().insert(key.to_owned(), value.to_owned());
        self
    }

    /// The manifest, as `describe` answers it.
    ///
    /// # Errors
    /// It is no JSON, which cannot be.
    pub fn manifest() -> Result<Value, serde_json::Error> {
        serde_json::from_str(&Exported::<I>::describe())
    }

    /// Calls `register` with the fields of the registration.
    ///
    /// # Errors
    /// The integration's.
    pub fn register(&self) -> Result<Value, Error> {
        let input = self.bound();
        answered(self.call(|context| Exported::<I>::register(context, &input.to_string())))
    }

    /// Calls `attach` with the fields of the attachment.
    ///
    /// # Errors
    /// The integration's.
    pub fn attach(&self) -> Result<Value, Error> {
        let (registration, input) = (self.configured(), self.attachment_fields());
        answered(self.call(|context| Exported::<I>::attach(context, &registration, &input.to_string())))
    }

    /// Calls `execute` with attestation and materials.
    ///
    /// # Errors
    /// The integration's.
    pub fn execute(&self) -> Result<Value, Error> {
        let task = RawTask {
            context: self.context.to_string(),
            registration: self.configured(),
            attachment: self.attached(),
            envelope: self.envelope.clone().digest(self.attestation_digest()).blob(),
            materials: self.materials.iter().map(Material::blob).collect(),
        };
        answered(within(&self.recorder, || Exported::<I>::execute(task)))
    }

    /// Calls `check`.
    ///
    /// # Errors
    /// The integration's.
    pub fn check(&self) -> Result<Value, Error> {
        let registration = self.configured();
        answered(self.call(|context| Exported::<I>::check(context, &registration)))
    }

    /// Calls `detach`.
    ///
    /// # Errors
    /// The integration's.
    pub fn detach(&self) -> Result<(), Error> {
        let (registration, attachment) = (self.configured(), self.attached());
        self.call(|context| Exported::<I>::detach(context, &registration, &attachment))
    }

    /// Calls `deregister`.
    ///
    /// # Errors
    /// The integration's.
    pub fn deregister(&self) -> Result<(), Error> {
        let registration = self.configured();
        self.call(|context| Exported::<I>::deregister(context, &registration))
    }

    /// Calls `migrate` with the registration's state.
    ///
    /// # Errors
    /// The integration's.
    pub fn migrate(&self, from_version: &str) -> Result<Value, Error> {
        let state = self.registration_state.to_string();
        answered(within(&self.recorder, || Exported::<I>::migrate(from_version, &state)))
    }

    /// The requests, in order.
    pub fn requests(&self) -> Vec<Sent> {
        self.recorder.requests.borrow().clone()
    }

    /// The mails, in order.
    pub fn mails(&self) -> Vec<SentMail> {
        self.recorder.mails.borrow().clone()
    }

    /// The lines of the log, in order.
    pub fn lines(&self) -> Vec<Line> {
        self.recorder.lines.borrow().clone()
    }

    /// A value of the registration's state.
    pub fn value(&self, key: &str) -> Option<String> {
        self.recorder.state_get(key)
    }

    fn call<T>(&self, call: impl FnOnce(&str) -> T) -> T {
        let context = self.context.to_string();
        within(&self.recorder, || call(&context))
    }

    fn configured(&self) -> String {
        json!({"configuration": self.bound(), "state": self.registration_state}).to_string()
    }

    fn attached(&self) -> String {
        json!({"configuration": self.attachment_fields(), "state": self.attachment_state}).to_string()
    }

    fn attachment_fields(&self) -> Value {
        with_defaults(&self.attachment, &Self::manifest_value()["attachment"])
    }

    fn attestation_digest(&self) -> &str {
        self.context["run"]["attestation_digest"].as_str().unwrap_or_default()
    }

    fn manifest_value() -> Value {
        Self::manifest().unwrap_or_default()
    }

    /// The registration as the integration sees it: no secrets, no URLs.
    fn bound(&self) -> Value {
        let schema = &Self::manifest_value()["registration"];
        let mut fields = with_defaults(&self.registration, schema);
        let Some(members) = fields.as_object_mut() else { return fields };
        for (name, value) in members {
            let field = &schema["properties"][name];
            if let Some(slot) = field["x-assay-endpoint"].as_str() {
                *value = json!({"$endpoint": slot});
            } else if let Some(slot) = field["x-assay-secret"]["slot"].as_str() {
                *value = json!({"$secret": slot});
            }
        }
        fields
    }
}

fn envelope(bytes: Vec<u8>) -> Material {
    Material::new("attestation", "ATTESTATION", bytes).media_type("application/vnd.dev.sigstore.bundle.v0.3+json")
}

fn answered(text: Result<String, Error>) -> Result<Value, Error> {
    text.map(|text| serde_json::from_str(&text).unwrap_or_default())
}

fn with_defaults(fields: &Value, schema: &Value) -> Value {
    let mut fields = fields.clone();
    let empty = Map::new();
    let properties = schema["properties"].as_object().unwrap_or(&empty);
    for (name, property) in properties {
        if let (Some(default), Some(members)) = (property.get("default"), fields.as_object_mut()) {
            members.entry(name).or_insert_with(|| default.clone());
        }
    }
    fields
}

/// Objects member by member, anything else as a whole.
fn merge(into: &mut Value, from: Value) {
    match (into, from) {
        (Value::Object(into), Value::Object(from)) => {
            for (name, value) in from {
                merge(into.entry(name).or_insert(Value::Null), value);
            }
        }
        (into, from) => *into = from,
    }
}
