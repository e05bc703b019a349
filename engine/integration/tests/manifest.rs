//! Manifests as authors write them, and inputs as users and attackers give them. The cases are in `data`.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use assay_integration::{Apply, InputIssue, MailTls, Manifest};
use serde_json::{Value, json};

const EVERYTHING: &str = include_str!("data/everything.json");

fn everything() -> Manifest {
    Manifest::parse(EVERYTHING).unwrap()
}

fn cases(text: &str) -> Vec<Value> {
    serde_json::from_str(text).unwrap()
}

/// Sets the value at a pointer, or removes it when it is null.
fn set(document: &mut Value, pointer: &str, value: &Value) {
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    let parent = document.pointer_mut(parent).unwrap_or_else(|| panic!("{pointer}"));
    let name = name.replace("~1", "/");
    match parent {
        Value::Array(items) => items[name.parse::<usize>().unwrap()] = value.clone(),
        Value::Object(members) if value.is_null() => drop(members.remove(&name)),
        Value::Object(members) => drop(members.insert(name, value.clone())),
        _ => panic!("{pointer}"),
    }
}

#[test]
fn a_manifest_is_read() {
    let manifest = everything();
    assert_eq!(manifest.id().as_str(), "everything");
    assert_eq!((manifest.version(), manifest.title()), ("1.0.0-rc.1+build.7", "Everything"));
    assert_eq!(manifest.limits().memory, 64 << 20);
    assert!(manifest.subscribes_to_attestations());
    assert_eq!(manifest.materials().len(), 2);
    let secrets: Vec<_> = manifest.secret_fields().collect();
    assert_eq!(secrets, ["api_key", "basic", "bearer", "credentials", "hmac", "password", "query", "secret", "slack"]);
    assert_eq!(manifest.network()["hosts"][0]["origin"], "https://*.example.org:8443");
}

#[test]
fn limits_have_defaults() {
    let mut document: Value = serde_json::from_str(EVERYTHING).unwrap();
    set(&mut document, "/limits", &Value::Null);
    let limits = Manifest::parse(&document.to_string()).unwrap().limits();
    assert_eq!((limits.memory, limits.requests), (32 << 20, 50));
    assert_eq!((limits.cpu.as_millis(), limits.wall.as_millis()), (500, 60_000));
}

#[test]
fn manifests_that_are_refused() {
    for case in cases(include_str!("data/refused.json")) {
        let name = case["case"].as_str().unwrap();
        let mut document: Value = serde_json::from_str(EVERYTHING).unwrap();
        for (pointer, value) in case["set"].as_object().unwrap() {
            set(&mut document, pointer, value);
        }
        let error = Manifest::parse(&document.to_string()).expect_err(name);
        assert_eq!(error.pointer(), case["pointer"].as_str().unwrap(), "{name}: {error}");
        assert!(error.to_string().contains(case["says"].as_str().unwrap_or_default()), "{name}: {error}");
        assert!(!error.to_string().chars().any(char::is_control), "{name}: {error}");
    }
}

#[test]
fn forms_are_small() {
    let with = |form: &str, add: Value| {
        let mut document: Value = serde_json::from_str(EVERYTHING).unwrap();
        document[form]["properties"].as_object_mut().unwrap().extend(add.as_object().unwrap().clone());
        Manifest::parse(&document.to_string()).map(drop).map_err(|error| error.pointer().to_owned())
    };
    let fields = |count: usize, field: Value| -> Value {
        (0..count).map(|i| (format!("x{i}"), field.clone())).collect::<serde_json::Map<_, _>>().into()
    };
    // As long as the name of a bucket.
    let pattern = "^[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]$";
    let (plain, patterned) = (json!({"type": "string"}), json!({"type": "string", "pattern": pattern}));
    assert_eq!(with("attachment", fields(60, plain.clone())), Ok(()));
    assert_eq!(with("attachment", fields(61, plain.clone())), Err("/attachment/properties".to_owned()));
    assert_eq!(with("registration", fields(64, plain)), Err("/registration/properties".to_owned()));
    assert_eq!(with("attachment", fields(32, patterned.clone())), Ok(()));
    assert_eq!(with("attachment", fields(33, patterned.clone())), Err("/attachment".to_owned()));
    assert_eq!(with("registration", fields(33, patterned)), Err("/registration".to_owned()));
    // Conditions have patterns, too, in values and in names.
    let mut document: Value = serde_json::from_str(EVERYTHING).unwrap();
    let names: serde_json::Map<_, _> = (0..33).map(|i| (format!("^x{i}"), json!(true))).collect();
    for condition in [
        json!({"properties": {"projectID": {"allOf": vec![json!({"pattern": "x"}); 33]}}}),
        json!({"not": {"patternProperties": names}}),
    ] {
        document["attachment"]["if"] = condition;
        assert_eq!(Manifest::parse(&document.to_string()).unwrap_err().pointer(), "/attachment");
    }
}

#[test]
fn a_wildcard_is_over_names_of_one_owner() {
    for origin in ["https://*.example.co.uk", "https://*.amazonaws.com", "https://*.me.github.io", "https://github.io"]
    {
        let mut document: Value = serde_json::from_str(EVERYTHING).unwrap();
        set(&mut document, "/network/hosts/0/origin", &json!(origin));
        assert!(Manifest::parse(&document.to_string()).is_ok(), "{origin}");
    }
}

#[test]
fn what_is_no_manifest_at_all() {
    for (text, pointer) in [("", ""), ("[]", ""), (r#"{"id":"a","id":"b"}"#, "/id"), ("{", "")] {
        assert_eq!(Manifest::parse(text).unwrap_err().pointer(), pointer, "{text}");
    }
    assert!(Manifest::parse(&" ".repeat(Manifest::BYTES + 1)).unwrap_err().to_string().contains("at most"));
}

fn check(cases: Vec<Value>, read: impl Fn(&Value) -> Result<Value, Vec<InputIssue>>) {
    for case in cases {
        let (name, expected) = (case["case"].as_str().unwrap(), case["issues"].as_array().cloned().unwrap_or_default());
        let issues = read(&case["input"]).err().unwrap_or_default();
        let mut pointers: Vec<_> = issues.iter().map(|issue| issue.pointer.as_str()).collect();
        pointers.sort_unstable();
        assert_eq!(pointers, expected, "{name}: {issues:?}");
        let says = case["says"].as_str().unwrap_or_default();
        assert!(issues.iter().all(|issue| issue.message.contains(says)), "{name}: {issues:?}");
    }
}

#[test]
fn inputs_of_registrations() {
    let manifest = everything();
    check(cases(include_str!("data/inputs.json")), |input| manifest.registration(input));
}

#[test]
fn inputs_of_attachments() {
    let manifest = everything();
    check(cases(include_str!("data/attachments.json")), |input| manifest.attachment(input));
    assert_eq!(manifest.attachment(&json!({"projectID": "x"})), Ok(json!({"projectID": "x", "send_sbom": false})));
}

/// What is wrong with a secret is said without the secret.
#[test]
fn issues_do_not_repeat_secrets() {
    let manifest = everything();
    let inputs = [
        json!({"url": "https://canary:canary@example.org/"}),
        json!({"url": "https://example.org/canary\\"}),
        json!({"url": "https://example.org/", "slack": "canary"}),
        json!({"url": "https://example.org/", "slack": "http://example.org/canary"}),
        json!({"url": "https://example.org/", "secret": "canary"}),
        json!({"url": "https://example.org/", "secret": ["canary"]}),
        json!({"url": "https://example.org/", "provider": "s3", "region": "x", "credentials": "canary"}),
        json!({"url": "https://example.org/", "api_key": "canary\n"}),
    ];
    for input in inputs {
        let issues = manifest.registration(&input).expect_err(&input.to_string());
        assert!(!format!("{issues:?}").contains("canary"), "{issues:?}");
    }
}

fn full() -> Value {
    json!({
        "url": "HTTP://Hooks.Example.org:80/in?a=1", "secret": "whsec_MDEy", "provider": "s3", "region": "eu-central-1",
        "credentials": r#"{"access_key_id":"AK","secret_access_key":"SK"}"#, "slack": "https://hooks.slack.com/services/T0",
        "host": "mail.example.org", "port": 25, "tls": "none", "from": "a@example.org", "user": "u", "password": "p",
        "api_key": "k", "bearer": "b", "basic": "c", "query": "q", "hmac": "h"
    })
}

#[test]
fn shown_and_secret_are_parted_and_joined() {
    let manifest = everything();
    let (shown, secrets) = manifest.split(&full());
    for name in manifest.secret_fields() {
        assert_eq!(shown[name], json!({"$secret": "set"}), "{name}");
    }
    assert_eq!(shown["url"], full()["url"]);
    assert_eq!(secrets.len(), manifest.secret_fields().count());
    assert_eq!(manifest.join(&shown, &secrets), full());
    let mut fewer = secrets.clone();
    fewer.remove("hmac");
    let joined = manifest.join(&shown, &fewer);
    assert!(joined.get("hmac").is_none(), "what is lost is not there, and is not the text of a placeholder");
    let least = json!({"url": "https://example.org/"});
    let (shown, secrets) = manifest.split(&least);
    assert_eq!((&shown, secrets.len()), (&least, 0));
}

#[test]
fn a_registration_is_bound() {
    let bound = everything().bind(&full()).unwrap();
    let url = |slot: &str| bound.endpoints[slot].url.expose().as_str();
    assert_eq!(url("hook"), "http://hooks.example.org/in?a=1", "what is matched is what is sent");
    assert_eq!(url("store"), "https://s3.eu-central-1.amazonaws.com/");
    assert!(bound.endpoints["slack"].hidden && !bound.endpoints["hook"].hidden);
    assert_eq!(bound.endpoints["store"].path_prefixes, ["/"]);
    assert_eq!(bound.input["url"], json!({"$endpoint": "hook"}));
    assert_eq!(bound.input["secret"], json!({"$secret": "signer"}));
    assert_eq!(bound.input["host"], "mail.example.org");
    let secrets = ["whsec_MDEy", "AK", "SK", "hooks.slack.com", "Hooks.Example"];
    assert!(!secrets.iter().any(|secret| bound.input.to_string().contains(secret)), "{}", bound.input);
    let grant = &bound.grants[0];
    assert_eq!((grant.host.as_str(), grant.port, grant.path_prefixes.len()), ("*.example.org", 8443, 1));
    assert_eq!(bound.grants[1].path_prefixes, ["/"]);
    let mail = &bound.mail["mail"];
    assert_eq!((mail.host.as_str(), mail.port, mail.tls), ("mail.example.org", 25, MailTls::Plain));
    assert_eq!(mail.user.as_deref(), Some("u"));
    assert!(mail.password.as_ref().is_some_and(|password| password.expose() == "p"));
}

#[test]
fn credentials_are_bound_to_one_place_and_one_way() {
    let bound = everything().bind(&full()).unwrap();
    let expected = [
        ("signer", "hook", Apply::StandardWebhooks),
        ("store-key", "store", Apply::SigV4 { service: "s3".to_owned(), region: "eu-central-1".to_owned() }),
        ("mail-password", "mail", Apply::Mail),
        ("api-key", "hook", Apply::Header("X-Api-Key".to_owned())),
        ("token", "hook", Apply::Bearer),
        ("basic", "hook", Apply::Basic { user: "u".to_owned() }),
        ("query", "hook", Apply::Query("token".to_owned())),
        ("hmac", "hook", Apply::HmacSha256 { header: "X-Hub-Signature-256".to_owned() }),
    ];
    assert_eq!(bound.credentials.len(), expected.len());
    for (slot, endpoint, apply) in expected {
        let credential = &bound.credentials[slot];
        assert_eq!((credential.endpoint.as_str(), &credential.apply), (endpoint, &apply), "{slot}");
    }
}

#[test]
fn what_is_not_given_is_not_bound() {
    let manifest = everything();
    let input =
        manifest.registration(&json!({"url": "https://example.org/", "provider": "s3", "region": "x"})).unwrap();
    let bound = manifest.bind(&input).unwrap();
    assert!(bound.credentials.is_empty());
    assert_eq!(bound.endpoints.keys().collect::<Vec<_>>(), ["hook", "store"]);
    assert_eq!((bound.mail["mail"].tls, bound.mail["mail"].port), (MailTls::StartTls, 587));
    assert!(bound.mail["mail"].password.is_none() && bound.mail["mail"].user.is_none());
}
