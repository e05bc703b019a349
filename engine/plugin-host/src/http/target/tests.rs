use std::collections::BTreeMap;
use std::time::Duration;

use assay_base::Secret;
use assay_integration::Limits;
use serde_json::Value;

use super::*;

fn endpoint(url: &str, prefixes: &[&str]) -> Endpoint {
    Endpoint {
        url: Secret::new(url.to_owned()),
        hidden: false,
        methods: vec!["POST".to_owned()],
        path_prefixes: prefixes.iter().map(|&prefix| prefix.to_owned()).collect(),
    }
}

fn bound(endpoint: Endpoint) -> Bound {
    let grant = |host: &str, prefix: &str| Grant {
        scheme: "https".to_owned(),
        host: host.to_owned(),
        port: 443,
        methods: vec!["GET".to_owned()],
        path_prefixes: vec![prefix.to_owned()],
    };
    Bound {
        input: Value::Null,
        endpoints: BTreeMap::from([("api".to_owned(), endpoint)]),
        credentials: BTreeMap::new(),
        mail: BTreeMap::new(),
        grants: vec![grant("status.example.org", "/v1/"), grant("*.cdn.example.org", "/")],
        limits: Limits { memory: 0, cpu: Duration::ZERO, wall: Duration::ZERO, requests: 0 },
    }
}

fn at(url: &str, prefixes: &[&str], suffix: &str) -> Option<String> {
    let target = Target::Endpoint(("api".to_owned(), suffix.to_owned()));
    resolve(&bound(endpoint(url, prefixes)), &target, "POST").ok().map(|found| found.url.into())
}

#[test]
fn an_endpoint_and_what_follows_it() {
    let cases = [
        ("https://dt.example/", &["/api/"][..], "", Some("https://dt.example/")),
        ("https://dt.example", &["/api/"], "/api/v1/bom", Some("https://dt.example/api/v1/bom")),
        ("https://dt.example/base/", &["/api/"], "/api/v1?x=1", Some("https://dt.example/base/api/v1?x=1")),
        ("https://h.example/hook?token=a", &[], "", Some("https://h.example/hook?token=a")),
        ("https://h.example/hook?token=a", &[], "?wait=true", Some("https://h.example/hook?token=a&wait=true")),
        ("https://h.example/hook", &["/"], "/x/y", Some("https://h.example/hook/x/y")),
        ("https://h.example", &["/api"], "/api", Some("https://h.example/api")),
        ("https://h.example", &["/api"], "/api/x", Some("https://h.example/api/x")),
        ("https://h.example", &["/"], "/a%2Fb", Some("https://h.example/a%2Fb")),
        ("https://h.example", &["/"], "//other.example/x", Some("https://h.example//other.example/x")),
        // Nothing else is granted.
        ("https://h.example/hook", &[], "/x", None),
        ("https://h.example", &["/api"], "/apix", None),
        ("https://h.example", &["/api/"], "/admin", None),
        ("https://h.example", &["/api/"], "/api/../admin", None),
        ("https://h.example", &["/api/"], "/api/%2e%2e/admin", None),
        ("https://h.example", &["/api/"], "/api/%2E%2e%2Fadmin", None),
        ("https://h.example", &["/api/"], "/api/..%5cadmin", None),
        ("https://h.example", &["/api/"], "/api/..;/admin", None),
        ("https://h.example", &["/api/"], "/api/..;a=b/admin", None),
        ("https://h.example", &["/api/"], "/api/%252e%252e/admin", None),
        ("https://h.example", &["/api/"], "/api/%25252e./admin", None),
        ("https://h.example/base", &["/"], "/../admin", None),
        ("https://h.example", &["/"], "/a b", None),
        ("https://h.example", &["/"], "/a\r\nhost: x", None),
        ("https://h.example", &["/"], "/a\\b", None),
        ("https://h.example", &["/"], "/a#b", None),
        ("https://h.example", &["/"], "@other.example/", None),
        ("https://h.example", &["/"], ".other.example/", None),
        ("https://h.example", &["/"], ":8080/", None),
        ("https://h.example", &["/"], "https://other.example/", None),
    ];
    for (url, prefixes, suffix, expected) in cases {
        assert_eq!(at(url, prefixes, suffix).as_deref(), expected, "{url} + {suffix}");
    }
}

#[test]
fn an_url_must_be_one_that_the_manifest_names() {
    let bound = bound(endpoint("https://dt.example", &["/"]));
    let cases = [
        ("https://status.example.org/v1/ping", true),
        ("https://STATUS.example.org:443/v1/ping", true),
        ("https://a.b.cdn.example.org/x", true),
        ("https://status.example.org/v2/ping", false),
        ("https://status.example.org/v1/../v2", false),
        ("https://status.example.org/v1/..%2fv2", false),
        ("http://status.example.org/v1/ping", false),
        ("https://status.example.org:8443/v1/ping", false),
        ("https://cdn.example.org/x", false),
        ("https://evilcdn.example.org/x", false),
        ("https://user@status.example.org/v1/ping", false),
        ("https://status.example.org/v1/ping#x", false),
        ("https://status.example.org\\@other.example/v1/", false),
        ("https://dt.example/", false),
        ("file:///etc/passwd", false),
        ("/v1/ping", false),
    ];
    for (url, fits) in cases {
        let found = resolve(&bound, &Target::Url(url.to_owned()), "GET");
        assert_eq!(found.is_ok(), fits, "{url}: {found:?}");
    }
    for method in ["POST", "CONNECT", "TRACE", "get", "GET /x HTTP/1.1\r\n"] {
        let target = Target::Url("https://status.example.org/v1/ping".to_owned());
        assert!(resolve(&bound, &target, method).is_err(), "{method}");
    }
}

#[test]
fn an_endpoint_that_is_not_there_is_named_with_a_suggestion() {
    let target = Target::Endpoint(("apis".to_owned(), String::new()));
    let error = resolve(&bound(endpoint("https://dt.example", &[])), &target, "POST").unwrap_err();
    assert_eq!(error, "the registration has no endpoint `apis`, did you mean `api`?");
}
