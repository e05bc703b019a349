//! What the author of an integration does: from nothing to a delivered event, on a server that is running all the time.
//!
//! Rust is needed to build Assay itself. The tools of TypeScript and Python come from their registries: where they cannot be
//! had, the test says so and is skipped.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::plane::User;
use crate::shop::Shop;
use crate::sinks::{Answer, HttpSink};

/// What tools of this machine need to know beside `PATH`; caches outlive the test.
fn tools(command: &mut Command) -> &mut Command {
    let home = std::env::var_os("HOME").map(PathBuf::from).unwrap_or_default();
    let set = |name: &str, folder: &str| std::env::var_os(name).map_or_else(|| home.join(folder), PathBuf::from);
    let cache = Path::new(env!("CARGO_TARGET_TMPDIR"));
    command
        .env("RUSTUP_HOME", set("RUSTUP_HOME", ".rustup"))
        .env("CARGO_HOME", set("CARGO_HOME", ".cargo"))
        .env("CARGO_TARGET_DIR", cache.join("template"))
        .env("npm_config_cache", cache.join("npm"))
        .env("PIP_CACHE_DIR", cache.join("pip"))
}

/// Runs a tool in a folder; whether it is there and was satisfied.
fn had(folder: &Path, program: &str, arguments: &[&str]) -> bool {
    let output = tools(Command::new(program).args(arguments).current_dir(folder)).output();
    output.is_ok_and(|output| output.status.success())
}

/// A new integration of the template, built.
#[expect(clippy::print_stderr, reason = "whoever runs the tests is to know what was not tried")]
fn built(user: &User, language: &str, name: &str) -> Option<Value> {
    let made = user.json(0, &["plugin", "new", "--lang", language, name]);
    assert_eq!((made["language"].as_str(), made["directory"].as_str()), (Some(language), Some(name)));
    let folder = user.work().join(name);
    let there = match language {
        "ts" => had(&folder, "npm", &["ci", "--no-audit", "--no-fund"]) && had(&folder, "npm", &["test"]),
        "python" => {
            let pip = [".venv/bin/pip", "install", "-q", "--require-hashes", "-r", "requirements.txt"];
            had(&folder, "python3", &["-m", "unittest", "discover", "tests"])
                && had(&folder, "python3", &["-m", "venv", ".venv"])
                && had(&folder, "sh", &["-c", &pip.join(" ")])
        }
        _ => true,
    };
    if !there {
        eprintln!("skipped: the tools of {language} cannot be had here");
        return None;
    }
    Some(build(user, name))
}

fn build(user: &User, name: &str) -> Value {
    let output = tools(&mut user.command(&["plugin", "build", name, "-o", "json"])).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn failed_points(answer: &Value) -> Vec<&str> {
    let points = answer["points"].as_array().unwrap().iter();
    points.filter(|point| point["ok"] == false).map(|point| point["name"].as_str().unwrap()).collect()
}

/// Installs what was built, signed by somebody who is trusted, and delivers with it.
fn delivered(shop: &Shop, name: &str, built: &Value) {
    let user = &shop.user;
    let file = format!("{name}/{name}.wasm");
    assert_eq!((built["component"].as_str(), built["manifest"]["id"].as_str()), (Some(file.as_str()), Some(name)));
    assert_eq!(built["size"], std::fs::metadata(user.work().join(&file)).unwrap().len());
    let seen = user.json(0, &["plugin", "inspect", &file]);
    let imports = seen["imports"].as_array().unwrap();
    assert!(imports.iter().all(|i| i.as_str().unwrap().starts_with("assay:integration/")), "{imports:?}");
    assert_eq!(user.json(0, &["plugin", "check", &file])["ok"], true);
    let conform = user.json(0, &["plugin", "conform", &file]);
    assert_eq!(
        (conform["ok"].as_bool(), conform["points"].as_array().map(Vec::len)),
        (Some(true), Some(10)),
        "{conform}"
    );
    user.json(0, &["key", "generate", "--output", name]);
    user.json(0, &["plugin", "sign", &file, "--key", &format!("{name}.key")]);
    assert_eq!(user.json(0, &["plugin", "verify", &file, "--key", &format!("{name}.pub")])["ok"], true);
    user.json(5, &["integration", "available", "install", &file]);
    user.json(0, &["trust", "add", "--key", &format!("{name}.pub")]);
    let installed = user.json(0, &["integration", "available", "install", &file]);
    assert_eq!((installed["source"].as_str(), &installed["digest"]), (Some("installed"), &built["digest"]));
    let sink = HttpSink::start(|_| Answer::status(204));
    shop.register(0, name, name, &[format!("url={}/hook", sink.url), "secret=hush".to_owned()]);
    shop.attach(0, name, &[]);
    shop.push();
    let delivery = shop.wait(name, "delivered");
    let requests = sink.requests();
    let (first, last) = (&requests[0], &requests[requests.len() - 1]);
    assert_eq!((first.path.as_str(), first.json()["event"].as_str()), ("/hook", Some("test")));
    assert_eq!(last.json()["run"]["verdict"], "compliant");
    assert_eq!(last.json()["materials"][0]["kind"], "SBOM_CYCLONEDX_JSON");
    assert_eq!(
        (last.header("webhook-id"), last.header("authorization")),
        (delivery["id"].as_str().unwrap(), "Bearer hush")
    );
    assert!(!delivery.to_string().contains("hush"), "{delivery}");
}

#[test]
fn an_integration_in_rust_from_nothing_to_a_delivered_event() {
    let shop = Shop::open();
    let built = built(&shop.user, "rust", "rusty").unwrap();
    delivered(&shop, "rusty", &built);
    recorded_and_replayed(&shop.user);
    found_out(&shop.user);
}

#[test]
fn an_integration_in_typescript_from_nothing_to_a_delivered_event() {
    let shop = Shop::open();
    if let Some(built) = built(&shop.user, "ts", "typed") {
        delivered(&shop, "typed", &built);
    }
}

#[test]
fn an_integration_in_python_from_nothing_to_a_delivered_event() {
    let shop = Shop::open();
    if let Some(built) = built(&shop.user, "python", "snake") {
        delivered(&shop, "snake", &built);
    }
}

/// What was recorded against a destination happens again without it; what goes wrong is of the right kind.
fn recorded_and_replayed(user: &User) {
    let sink = HttpSink::start(|_| Answer::json(r#"{"you":"sent hush"}"#));
    let (url, at) = (format!("url={}/x", sink.url), ["--at", "2026-01-02T03:04:05Z"]);
    let run = |exit: i32, more: &[&str]| {
        user.json(
            exit,
            &[&["plugin", "run", "rusty/rusty.wasm", "--opt", &url, "--opt", "secret=hush"], &at[..], more].concat(),
        )
    };
    assert_eq!(run(1, &[])["calls"][0]["error"]["kind"], "permanent", "loopback must be permitted");
    let live = run(0, &["--egress-allow", "127.0.0.0/8", "--record", "session.jsonl"]);
    assert_eq!((live["ok"].as_bool(), sink.requests().len()), (Some(true), 2));
    let session = std::fs::read_to_string(user.work().join("session.jsonl")).unwrap();
    assert!(session.lines().count() == 2 && !session.contains("hush"), "{session}");
    let again = run(0, &["--replay", "session.jsonl"]);
    assert_eq!((&again["calls"][2]["answer"], sink.requests().len()), (&live["calls"][2]["answer"], 2));
    for (fault, exit, kind) in [("503", 1, "retryable"), ("401", 5, "unauthorized"), ("dns", 1, "retryable")] {
        assert_eq!(run(exit, &["--fault", fault])["calls"][0]["error"]["kind"], kind, "{fault}");
    }
    let error = user.json(2, &["plugin", "run", "rusty/rusty.wasm", "--opt", "url=nowhere"]);
    assert_eq!(error["error"]["pointer"], "/url");
}

/// An integration that takes a refusal for a success, and one that has no manifest.
fn found_out(user: &User) {
    let source = user.work().join("rusty/src/lib.rs");
    let honest = std::fs::read_to_string(&source).unwrap();
    std::fs::write(&source, honest.replace(".ok(context)?", "")).unwrap();
    build(user, "rusty");
    let answer = user.json(5, &["plugin", "conform", "rusty/rusty.wasm"]);
    assert_eq!(failed_points(&answer), ["errors"], "{answer}");
    user.write("text.wasm", "no component");
    assert_eq!(failed_points(&user.json(5, &["plugin", "check", "text.wasm"])), ["manifest", "loads", "describe"]);
    assert_eq!(user.json(2, &["plugin", "pack", "text.wasm"])["error"]["code"], "component-invalid");
    assert_eq!(user.json(9, &["plugin", "new", "--lang", "rust", "rusty"])["error"]["code"], "folder-not-empty");
}
