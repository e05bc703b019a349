//! Tells people about attestations by mail.
//!
//! **Must not know:** the password, and how a mail server is spoken to: the host does both.

use assay_plugin_sdk::mail::{Attachment as File, Email};
use assay_plugin_sdk::prelude::*;

/// Tells people about attestations by mail.
#[derive(Debug)]
pub struct Mail;

/// Which server, and to whom.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Registration {
    /// The address that mails go to.
    #[schemars(email)]
    pub to: String,
    /// The address that mails come from.
    #[schemars(email)]
    pub from: String,
    /// The name or the address of the mail server.
    #[schemars(length(min = 1))]
    pub host: String,
    /// The port of the mail server: usually 587 with `starttls`, 465 with `tls`.
    #[schemars(range(min = 1))]
    pub port: u16,
    /// The user of the login. Without one nobody logs in.
    #[serde(default)]
    #[schemars(length(min = 1))]
    pub user: Option<String>,
    /// The password of the login.
    #[serde(default)]
    #[schemars(extend("x-assay-secret" = {"slot": "login", "endpoint": "mail", "as": {"mail": {}}}))]
    pub password: Option<Secret>,
    /// How the connection is protected.
    #[serde(default)]
    pub tls: Tls,
}

/// How the connection to a mail server is protected.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Tls {
    /// TLS is demanded on a connection that begins without.
    #[default]
    Starttls,
    /// TLS from the first byte.
    Tls,
    /// Nothing: everybody on the way can read mails and password.
    None,
}

/// Who else.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Attachment {
    /// A further address that mails go to.
    #[serde(default)]
    #[schemars(email)]
    cc: Option<String>,
}

/// The mail server's name in the manifest.
const SERVER: &str = "mail";
/// What a Sigstore bundle is (the specification of the bundle format, version 0.3).
const BUNDLE: &str = "application/vnd.dev.sigstore.bundle.v0.3+json";

impl Integration for Mail {
    const MANIFEST: Manifest = Manifest::new("smtp", "1.0.0", "Mail")
        .description("Tells people about attestations by mail, with the attestation as a file.")
        .attestations()
        .mail(&[MailRule {
            slot: SERVER,
            host: "/host",
            port: "/port",
            tls: Some("/tls"),
            from: "/from",
            user: Some("/user"),
            password: Some("/password"),
        }]);
    type Registration = Registration;
    type Attachment = Attachment;

    fn register(context: &Context, registration: Registration) -> Result<Value, Error> {
        match (&registration.user, &registration.password) {
            (Some(_), None) => return Err(Error::invalid("/password", "a login needs a password")),
            (None, Some(_)) => return Err(Error::invalid("/user", "a login needs a user")),
            _ => {}
        }
        let name = &context.registration.name;
        let text = format!("This is a test: `{name}` of {} will send attestations here.\n", context.organization);
        let subject = format!("Assay: test of {name}");
        let answer = Email { to: vec![registration.to], subject, text: Some(text), ..Email::default() }.send(SERVER)?;
        Ok(json!({ "answer": answer }))
    }

    fn execute(task: Task<Self>) -> Result<Value, Error> {
        let (workflow, run) = (&task.delivery.workflow, &task.delivery.run);
        let file = File {
            filename: "attestation.sigstore.json".to_owned(),
            content_type: BUNDLE.to_owned(),
            content: &task.envelope.blob,
        };
        let mail = Email {
            to: vec![task.registration.configuration.to.clone()],
            cc: task.attachment.configuration.cc.iter().cloned().collect(),
            subject: format!("{}/{}: {}", workflow.project, workflow.name, run.verdict),
            text: Some(summary(&task.delivery)),
            html: None,
            attachments: vec![file],
        };
        Ok(json!({ "answer": mail.send(SERVER)? }))
    }
}

assay_plugin_sdk::export!(Mail);

#[cfg(test)]
mod tests {
    use assay_plugin_sdk::mail::MailError;
    use assay_plugin_sdk::testing::MockHost;

    use super::*;

    fn fields() -> Value {
        json!({ "to": "security@example.org", "from": "assay@example.org", "host": "mail.example.org", "port": 587 })
    }

    fn host() -> MockHost<Mail> {
        MockHost::new().registration(fields())
    }

    #[test]
    fn a_registration_sends_a_test() {
        let host = host();
        assert_eq!(host.register(), Ok(json!({ "answer": "250 queued" })));
        let mail = &host.mails()[0];
        assert_eq!((mail.slot.as_str(), &mail.to[..]), ("mail", &["security@example.org".to_owned()][..]));
        assert!(mail.subject.contains("test"), "{mail:?}");
    }

    #[test]
    fn a_login_is_whole_or_not_there() {
        for (field, pointer) in [("user", "/password"), ("password", "/user")] {
            let mut fields = fields();
            fields[field] = json!("x");
            let host = host().registration(fields);
            let Err(Error::InvalidInput(issues)) = host.register() else { panic!("{field}") };
            assert_eq!(issues[0].pointer, pointer);
            assert_eq!(host.mails().len(), 0);
        }
        let mut fields = fields();
        (fields["user"], fields["password"]) = (json!("u"), json!("p"));
        assert!(host().registration(fields).register().is_ok());
    }

    #[test]
    fn attestations_are_sent_with_the_file_and_to_everybody() {
        let host = host().attachment(json!({ "cc": "lead@example.org" }));
        host.execute().unwrap();
        let mail = &host.mails()[0];
        assert_eq!(
            (&mail.to[..], &mail.cc[..]),
            (&["security@example.org".to_owned()][..], &["lead@example.org".to_owned()][..])
        );
        assert_eq!(mail.subject, "payments-api/release-build: compliant");
        assert!(mail.text.as_ref().unwrap().contains("release-build"));
        let (name, content) = &mail.attachments[0];
        assert_eq!(name, "attestation.sigstore.json");
        assert!(String::from_utf8_lossy(content).contains("dsseEnvelope"));
    }

    #[test]
    fn faults_of_the_mail_server() {
        for (fault, code) in [
            (MailError::Denied("private".to_owned()), "egress-denied"),
            (MailError::Transient("451 later".to_owned()), "mail-transient"),
            (MailError::Unauthorized("535 no".to_owned()), "mail-unauthorized"),
            (MailError::Rejected("550 no".to_owned()), "mail-rejected"),
        ] {
            let host = host();
            host.mail_answer(Err(fault.clone())).mail_answer(Err(fault.clone()));
            assert_eq!(host.register(), Err(fault.clone().into()));
            let error = host.execute().unwrap_err();
            assert_eq!((error.code(), &error), (code, &fault.into()));
        }
    }

    #[test]
    fn fields_that_nobody_knows() {
        let mut fields = fields();
        fields["colour"] = json!("blue");
        assert!(matches!(host().registration(fields).register(), Err(Error::InvalidInput(_))));
    }
}
