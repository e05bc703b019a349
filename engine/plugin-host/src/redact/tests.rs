use std::collections::BTreeMap;
use std::time::Duration;

use assay_base::Secret;
use assay_integration::{Credential, Endpoint, Limits};
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use serde_json::json;

use super::*;

const KEY: &str = "pa$$/w\"örd?k&y+7";

fn bound(credentials: &[(Apply, &str)], hidden: Option<&str>) -> Bound {
    let credential = |(i, (apply, secret)): (usize, &(Apply, &str))| {
        let secret = Secret::new((*secret).to_owned());
        (i.to_string(), Credential { secret, endpoint: "api".to_owned(), apply: apply.clone() })
    };
    let endpoint = |url: &str| Endpoint {
        url: Secret::new(url.to_owned()),
        hidden: true,
        methods: vec!["POST".to_owned()],
        path_prefixes: vec![],
    };
    Bound {
        input: Value::Null,
        endpoints: hidden.map(|url| ("hook".to_owned(), endpoint(url))).into_iter().collect(),
        credentials: credentials.iter().enumerate().map(credential).collect(),
        mail: BTreeMap::new(),
        grants: vec![],
        limits: Limits { memory: 0, cpu: Duration::ZERO, wall: Duration::ZERO, requests: 0 },
    }
}

#[test]
fn no_form_of_a_secret_comes_back() {
    let redactor = Redactor::new(&bound(&[(Apply::Bearer, KEY)], None));
    let bytes = KEY.as_bytes();
    let mut echoes = vec![
        KEY.to_owned(),
        hex::encode(bytes),
        hex::encode_upper(bytes),
        url::form_urlencoded::byte_serialize(bytes).collect(),
        serde_json::to_string(KEY).unwrap(),
        "pa$$\\/w\\\"\\u00f6rd?k&y+7".to_owned(),
        "pa$$/w\\\"örd?k\\u0026y+7".to_owned(),
        "pa%24%24%2fw%22%c3%b6rd%3fk%26y%2b7".to_owned(),
        // As Python quotes a path.
        "pa%24%24/w%22%C3%B6rd%3Fk%26y%2B7".to_owned(),
    ];
    for before in ["", "u", "us", "use", "user", "user:"] {
        for after in ["", "x", "xy", "xyz"] {
            let together = format!("{before}{KEY}{after}");
            echoes.push(STANDARD.encode(&together));
            echoes.push(URL_SAFE.encode(&together));
        }
    }
    for echo in echoes {
        let large = redactor.text(format!("{}{echo}", " ".repeat(SMALL)));
        assert!(large.contains(SECRET), "{echo}");
        let struck = redactor.text(format!("you sent <{echo}>!"));
        assert!(struck.contains(SECRET), "{echo}: {struck}");
        assert!(struck.starts_with("you sent <") && struck.ends_with(">!"), "{struck}");
        let left = struck.replace(SECRET, "").len() - "you sent <>!".len();
        assert!(left <= 24, "{echo}: too much is left in {struck}");
    }
}

#[test]
fn documents_are_filtered_behind_their_escapes() {
    let redactor = Redactor::new(&bound(&[(Apply::Bearer, KEY), (Apply::Query("pin".to_owned()), "31415926")], None));
    let value: Value =
        serde_json::from_str(r#"{"a":["pa$$\/w\"\u00f6rd?k\u0026y+7"],"n":31415926,"ok":true}"#).unwrap();
    assert_eq!(redactor.value(value), json!({"a": [SECRET], "n": SECRET, "ok": true}));
    assert_eq!(redactor.value(json!({ (KEY): 1 })), json!({ (SECRET): 1 }));
}

#[test]
fn a_hidden_url_is_a_secret_whole_and_in_parts() {
    let redactor = Redactor::new(&bound(&[], Some("https://hooks.example.org/services/T0/B0/XyZ?key=abcdef")));
    let cases = [
        ("no /services/T0/B0/XyZ here", "no [secret] here"),
        ("https://hooks.example.org/services/T0/B0/XyZ?key=abcdef", "[secret]"),
        ("services/T0/B0/XyZ", "[secret]"),
        ("abcdef is it", "[secret] is it"),
        ("https://hooks.example.org/", "https://hooks.example.org/"),
    ];
    for (text, expected) in cases {
        assert_eq!(redactor.text(text.to_owned()), expected);
    }
}

#[test]
fn what_is_derived_from_a_secret_is_one_too() {
    let raw = b"0123456789abcdef01234567";
    let webhooks = format!("whsec_{}", STANDARD.encode(raw));
    let aws = r#"{"access_key_id":"AKIA","secret_access_key":"wJalrXUtnFEMI/K7MDENG","session_token":"FwoGZXIvYXdz"}"#;
    let google = r#"{"client_email":"a@b","private_key":"-----BEGIN-----\nMIIEvQIBADANBgkqhkiG\n-----END-----\n"}"#;
    let redactor = Redactor::new(&bound(
        &[
            (Apply::StandardWebhooks, &webhooks),
            (Apply::SigV4 { service: "s3".to_owned(), region: "r".to_owned() }, aws),
            (Apply::GcpServiceAccount { scope: "s".to_owned() }, google),
        ],
        None,
    ));
    for secret in ["0123456789abcdef01234567", "wJalrXUtnFEMI/K7MDENG", "FwoGZXIvYXdz", "MIIEvQIBADANBgkqhkiG"] {
        assert_eq!(redactor.text(format!("a {secret} b")), "a [secret] b");
    }
    assert_eq!(redactor.text("AKIA a@b".to_owned()), "AKIA a@b");
}

#[test]
fn without_secrets_nothing_changes_and_bytes_are_not_copied() {
    let redactor = Redactor::new(&bound(&[(Apply::Bearer, "abc")], None));
    let bytes = Bytes::from_static(b"abcabc");
    assert_eq!(redactor.bytes(bytes.clone()).as_ptr(), bytes.as_ptr());
}

#[test]
fn the_token_in_the_path_of_a_hook_is_struck_out_alone_too_and_words_are_not() {
    let hook = "https://chat.example/api/webhooks/1/tok%2Fen-of-the-hook?wait=true";
    let redactor = Redactor::new(&bound(&[], Some(hook)));
    for echo in ["tok%2Fen-of-the-hook", "tok/en-of-the-hook", "webhooks/1/tok%2Fen-of-the-hook"] {
        let struck = redactor.text(format!(r#"{{"token":"{echo}"}}"#));
        assert!(!struck.contains("en-of-the-hook"), "{struck}");
    }
    let answer = r#"{"ok":true,"id":"1","wait":"api"}"#;
    assert_eq!(redactor.text(answer.to_owned()), answer);
}
