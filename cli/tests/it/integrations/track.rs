//! Dependency-Track.

use super::faults::{self, Subject};
use super::option;
use crate::shop::Shop;
use crate::sinks::{Answer, HttpSink, Request};

/// An instance that knows one key, and its project `known`.
fn instance(request: &Request) -> Answer {
    if request.header("x-api-key") != "odt_key" {
        return Answer::status(401);
    }
    match request.path.trim_start_matches("/base") {
        "/api/v1/team/self" => Answer::json(
            r#"{"name":"ci","permissions":[{"name":"BOM_UPLOAD"},{"name":"VIEW_PORTFOLIO"},{"name":"PROJECT_CREATION_UPLOAD"}]}"#,
        ),
        "/api/v1/bom" => Answer::json(r#"{"token":"8b3f7a1e-0000-4000-8000-000000000000"}"#),
        "/api/v1/project/known" => Answer::json("{}"),
        _ => Answer::status(404),
    }
}

fn registration(url: &str) -> Vec<String> {
    vec![option("instanceURI", url), option("apiKey", "odt_key"), option("allowAutoCreate", true)]
}

/// A field of a form.
fn field<'a>(body: &'a str, name: &str) -> Option<&'a str> {
    let part = body.split_once(&format!("name=\"{name}\""))?.1;
    part.split_once("\r\n\r\n")?.1.split("\r\n--").next()
}

#[test]
fn sboms_are_uploaded_where_annotations_say() {
    let sink = HttpSink::start(instance);
    let shop = Shop::open();
    let wrong = [option("instanceURI", &sink.url), option("apiKey", "nope")];
    assert_eq!(shop.register(5, "dependency-track", "no", &wrong)["error"]["code"], "registration-unauthorized");
    shop.register(0, "dependency-track", "dt", &registration(&format!("{}/base", sink.url)));
    let name = option("projectName", "shop-{{ .Material.Annotations.team }}");
    shop.attach(0, "dt", &[name, option("parentID", "known"), option("filter", "tier=1")]);
    shop.push_annotated(&["team=blue", "tier=1"]);
    let delivery = shop.wait("dt", "delivered");
    let upload = sink.requests().pop().unwrap();
    assert_eq!((upload.method.as_str(), upload.path.as_str()), ("POST", "/base/api/v1/bom"), "{delivery}");
    let body = upload.text();
    for (name, value) in [("autoCreate", "true"), ("projectName", "shop-blue"), ("parentUUID", "known")] {
        assert_eq!(field(&body, name), Some(value), "{name}");
    }
    assert_eq!(
        field(&body, "bom").map(str::to_owned),
        std::fs::read_to_string(shop.user.work().join("sbom.json")).ok()
    );
}

#[test]
fn an_sbom_without_the_annotation_is_skipped() {
    let sink = HttpSink::start(instance);
    let shop = Shop::open();
    shop.register(0, "dependency-track", "dt", &registration(&sink.url));
    shop.attach(0, "dt", &[option("projectName", "{{ .Material.Annotations.team }}")]);
    shop.push();
    let delivery = shop.wait("dt", "delivered");
    assert_eq!(delivery["attempts"], 1);
    assert!(sink.requests().iter().all(|request| request.method == "GET"));
}

#[test]
fn options_of_an_attachment_that_are_refused() {
    let sink = HttpSink::start(instance);
    let shop = Shop::open();
    shop.register(0, "dependency-track", "dt", &registration(&sink.url));
    for (options, pointer) in [
        (&["projectID=x", "projectName=y"][..], "/projectName"),
        (&[], "/projectName"),
        (&["projectName={{ .Material.Name }}"], "/projectName"),
        (&["projectName=x", "filter=x"], "/filter"),
        (&["projectID=unknown"], "/projectID"),
        (&["projectID=known", "parentID=known"], "/parentID"),
        (&["projectName=x", "colour=blue"], "/colour"),
    ] {
        let options: Vec<_> = options.iter().map(|option| (*option).to_owned()).collect();
        assert_eq!(shop.attach(2, "dt", &options)["error"]["pointer"], pointer, "{options:?}");
    }
}

#[test]
fn faults() {
    faults::all(&Subject {
        integration: "dependency-track",
        registration,
        attachment: &["projectName=payments"],
        delivers: |request| request.method == "POST",
        fine: instance,
        bad: &[
            (&["apiKey=x"], "/instanceURI"),
            (&["instanceURI=https://example.org"], "/apiKey"),
            (&["instanceURI=x", "apiKey=x"], "/instanceURI"),
            (&["instanceURI=https://example.org", "apiKey=x", "allowAutoCreate=perhaps"], "/allowAutoCreate"),
        ],
    });
}
