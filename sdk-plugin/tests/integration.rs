//! From documents to types and back: manifests, schemas, calls, evidence.

use assay_plugin_sdk::mail::{Email, MailError};
use assay_plugin_sdk::prelude::*;
use assay_plugin_sdk::testing::{Material, MockHost};

struct Courier;

/// Where it goes.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Registration {
    /// The URL of the depot.
    #[schemars(extend("x-assay-endpoint" = "depot"))]
    url: Endpoint,
    /// The pass.
    #[schemars(extend("x-assay-secret" = {"slot": "pass", "endpoint": "depot", "as": {"bearer": {}}}))]
    pass: Option<Secret>,
    /// Who signs.
    #[schemars(email)]
    signer: Option<String>,
    /// How often.
    #[serde(default = "twice")]
    #[schemars(range(min = 1, max = 9))]
    times: u16,
    /// How fast.
    #[serde(default)]
    speed: Speed,
}

const fn twice() -> u16 {
    2
}

#[derive(Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Speed {
    /// By bicycle.
    #[default]
    Slow,
    /// By train.
    VeryFast,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Attachment {
    /// A mark on the parcel.
    mark: Option<String>,
}

impl Integration for Courier {
    const MANIFEST: Manifest = Manifest::new("courier", "1.2.3", "Courier")
        .description("Carries.")
        .min_host("0.1")
        .attestations()
        .materials(&["SARIF"])
        .endpoints(&[EndpointRule::new("depot")
            .methods(&["POST"])
            .paths(&["/in/"])
            .defaults(&[DefaultUrl { when: Some(("speed", "slow")), url: "https://slow.example.org" }])])
        .hosts(&[HostRule { origin: "https://maps.example.org", methods: &["GET"], paths: &["/"] }])
        .mail(&[MailRule {
            slot: "post",
            host: "/host",
            port: "/port",
            tls: None,
            from: "/from",
            user: Some("/user"),
            password: None,
        }])
        .limits(Limits::new().memory_mb(16).requests(3));
    type Registration = Registration;
    type Attachment = Attachment;

    fn register(_: &Context, registration: Registration) -> Result<Value, Error> {
        Ok(
            json!({"times": registration.times, "speed": registration.speed, "pass": registration.pass.is_some(), "signer": registration.signer}),
        )
    }

    fn execute(task: Task<Self>) -> Result<Value, Error> {
        let registration = &task.registration.configuration;
        let parts = task.attestation()?;
        let [material] = task.materials.as_slice() else { return Err(Error::permanent("materials", "not one")) };
        let form = Multipart::new()
            .text("mark", task.attachment.configuration.mark.as_deref().unwrap_or("none"))
            .json("parts", &json!(parts.parts()?))
            .blob("evidence", &material.metadata.name, &material.metadata.media_type, &material.blob);
        let request = Request::post(&registration.url).path("/in/").segment(material.metadata.hex()).multipart(form);
        request.auth_if(registration.pass.as_ref()).send()?.ok(&task.context)?;
        state::set("last", &task.delivery.id)?;
        log::write(log::Level::Info, "carried", &[("kind", &material.metadata.kind)]);
        let mail =
            Email { to: vec!["a@example.org".to_owned()], text: Some(summary(&task.delivery)), ..Email::default() };
        Ok(json!({"mail": mail.send("post")?}))
    }
}

assay_plugin_sdk::export!(Courier);

fn host() -> MockHost<Courier> {
    MockHost::new().registration(json!({"url": "https://depot.example.org", "pass": "hush"}))
}

#[test]
fn the_manifest_is_made_of_the_constant_and_the_types() {
    let manifest = MockHost::<Courier>::manifest().unwrap();
    let expected: Value = serde_json::from_str(include_str!("data/manifest.json")).unwrap();
    assert_eq!(manifest, expected, "{manifest:#}");
}

#[test]
fn secrets_stay_with_the_host_and_defaults_are_there() {
    assert_eq!(host().register(), Ok(json!({"times": 2, "speed": "slow", "pass": true, "signer": null})));
    let fast = MockHost::<Courier>::new().registration(json!({"url": "https://x", "speed": "very-fast", "times": 3}));
    assert_eq!(fast.register(), Ok(json!({"times": 3, "speed": "very-fast", "pass": false, "signer": null})));
    let wrong = MockHost::<Courier>::new().registration(json!({"url": "https://x", "colour": "red"}));
    assert_eq!(wrong.register().unwrap_err().code(), "invalid-input");
}

#[test]
fn evidence_is_delivered() {
    let host = host().attachment(json!({"mark": "fragile"})).material(Material::new("scan", "SARIF", "{}"));
    assert_eq!(host.execute(), Ok(json!({"mail": "250 queued"})));
    let sent = &host.requests()[0];
    assert_eq!((sent.endpoint(), sent.auth.as_slice()), (Some("depot"), ["pass".to_owned()].as_slice()));
    assert!(sent.path().starts_with("/in/") && sent.path().len() == 4 + 1 + 64, "{}", sent.path());
    assert_eq!(sent.part("mark").unwrap().text(), "fragile");
    assert_eq!(sent.part("evidence").unwrap().text(), "{}");
    let parts: Value = serde_json::from_str(&sent.part("parts").unwrap().text()).unwrap();
    assert_eq!(parts["Hash"], format!("sha256:{}", "cd".repeat(32)));
    assert_eq!(parts["Predicate"], parts["Statement"]["predicate"]);
    assert_eq!(parts["Envelope"]["payloadType"], "application/vnd.in-toto+json");
    assert_eq!(host.value("last").as_deref(), Some("01936f5e-0000-7000-8000-000000000001"));
    assert_eq!(host.lines()[0].fields, [("kind".to_owned(), "SARIF".to_owned())]);
    let mail = &host.mails()[0];
    assert!(
        mail.slot == "post" && mail.text.as_ref().unwrap().contains("payments-api 1.4.2 / release-build: compliant")
    );
}

#[test]
fn the_refusals_of_a_mail_server() {
    let cases = [
        (MailError::Denied("x".to_owned()), "egress-denied"),
        (MailError::Transient("x".to_owned()), "mail-transient"),
        (MailError::Unauthorized("x".to_owned()), "mail-unauthorized"),
        (MailError::Rejected("x".to_owned()), "mail-rejected"),
    ];
    for (refusal, code) in cases {
        let host = host().material(Material::new("scan", "SARIF", "{}"));
        host.mail_answer(Err(refusal));
        assert_eq!(host.execute().unwrap_err().code(), code);
    }
}

#[test]
fn what_is_no_attestation_is_never_tried_again() {
    let statements = [b"".as_slice(), b"{}", b"[1]", b"{\"dsseEnvelope\":{\"payload\":\"!\"}}", &[0xff]];
    for bytes in statements {
        let error = host().bundle(bytes).material(Material::new("scan", "SARIF", "{}")).execute().unwrap_err();
        assert!(matches!(error, Error::Permanent(_)), "{bytes:?}: {error:?}");
    }
}

#[test]
fn the_lifecycle_has_defaults() {
    let host = host().registration_state(json!({"id": 7}));
    assert_eq!(host.attach(), Ok(json!({})));
    assert_eq!(host.check(), host.register());
    assert_eq!((host.detach(), host.deregister()), (Ok(()), Ok(())));
    assert_eq!(host.migrate("1.0.0"), Ok(json!({"id": 7})));
}

#[test]
fn a_summary_names_what_was_not_passed() {
    let evaluation = |policy: &str, status: &str, violations: u32| json!({"policy": policy, "material": "sbom", "status": status, "enforcement": "enforce", "violations": violations});
    let evaluations = [evaluation("a", "passed", 0), evaluation("b", "violated", 2), evaluation("c", "skipped", 0)];
    let run = json!({"run": {"verdict": "non_compliant", "runner_url": null, "evaluations": evaluations}});
    let host = host().context(run).material(Material::new("scan", "SARIF", "{}"));
    host.execute().unwrap();
    let text = host.mails()[0].text.clone().unwrap();
    assert!(text.starts_with("payments-api 1.4.2 / release-build: not compliant\n"), "{text}");
    assert!(text.ends_with("Policies: 1 of 3 passed\n- b on sbom: violated (2 violations)\n"), "{text}");
    assert!(!text.contains("Runner page"), "{text}");
}
