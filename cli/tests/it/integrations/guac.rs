//! Object stores that GUAC collects from.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::faults::{self, Subject};
use super::option;
use crate::shop::Shop;
use crate::sinks::{Answer, HttpSink};

fn credentials(key: &str, secret: &str) -> String {
    option("credentials", json!({ "access_key_id": key, "secret_access_key": secret }))
}

#[test]
fn an_s3_compatible_server_takes_what_is_signed() {
    let Some(mut store) = Store::start() else { return };
    let shop = Shop::open();
    let place = |bucket: &str| {
        let bucket = option("bucket", bucket);
        vec![
            option("provider", "s3"),
            bucket,
            option("endpoint", store.about("endpoint")),
            option("region", "eu-central-1"),
        ]
    };
    let options = |bucket: &str, secret: &str| [place(bucket), vec![credentials(&store.about("key"), secret)]].concat();
    let wrong = shop.register(5, "guac", "wrong", &options("evidence", "another secret"));
    assert_eq!(wrong["error"]["code"], "registration-unauthorized", "{wrong}");
    shop.register(0, "guac", "store", &options("evidence", &store.about("secret")));
    shop.attach(0, "store", &[]);
    let run = shop.push();
    shop.wait("store", "delivered");

    let objects = store.objects();
    let hex = |digest: &str| digest.strip_prefix("sha256:").unwrap().to_owned();
    let digest = hex(run["digest"].as_str().unwrap());
    let attestation = object(&objects, "chainloop/attestation-");
    assert_eq!(attestation["name"], format!("chainloop/attestation-{digest}.json"));
    assert_eq!(attestation["sha256"], digest);
    let sbom = object(&objects, "chainloop/sbom-");
    assert_eq!(sbom["name"], format!("chainloop/sbom-{}.json", sbom["sha256"].as_str().unwrap()));
    let metadata = &sbom["metadata"];
    assert_eq!(metadata["x-amz-meta-kind"], "SBOM_CYCLONEDX_JSON", "{metadata}");
    assert_eq!(metadata["x-amz-meta-workflowrunid"], run["run_id"]);
    assert_eq!(sbom["content_type"], "application/json");
}

fn object<'a>(objects: &'a Value, prefix: &str) -> &'a Value {
    let named = |object: &&Value| object["name"].as_str().is_some_and(|name| name.starts_with(prefix));
    objects.as_array().unwrap().iter().find(named).unwrap_or_else(|| panic!("{prefix}: {objects}"))
}

/// `moto`, a stand-in for S3 that checks signatures and rights; `./x peers` installs it.
struct Store {
    process: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
    about: Value,
}

impl Store {
    #[expect(clippy::print_stderr, reason = "whoever runs the tests is to know what was not tried")]
    fn start() -> Option<Self> {
        let python = peers().join("moto/bin/python");
        if !python.exists() {
            eprintln!("skipped: there is no {}, which `./x peers` installs from PyPI", python.display());
            return None;
        }
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/peers/moto_server.py");
        let mut process = Command::new(python)
            .arg(script)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let (questions, answers) = (process.stdin.take().unwrap(), BufReader::new(process.stdout.take().unwrap()));
        let mut store = Self { process, questions, answers, about: Value::Null };
        store.about = store.line();
        Some(store)
    }

    fn about(&self, name: &str) -> String {
        self.about[name].as_str().unwrap().to_owned()
    }

    fn objects(&mut self) -> Value {
        writeln!(self.questions, "objects").unwrap();
        self.line()
    }

    fn line(&mut self) -> Value {
        let mut line = String::new();
        self.answers.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line:?}"))
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

/// `peers` of the target directory.
fn peers() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap().join("peers")
}

#[test]
fn google_takes_what_has_a_token() {
    let sink = HttpSink::start(|request| match request.path.as_str() {
        "/token" => Answer::json(r#"{"access_token":"ya29.test","expires_in":3600,"token_type":"Bearer"}"#),
        _ if request.header("authorization") == "Bearer ya29.test" => Answer::status(200),
        _ => Answer::status(401),
    });
    let shop = Shop::open();
    let key = AsDer::<Pkcs8V1Der<'_>>::as_der(&KeyPair::generate(KeySize::Rsa2048).unwrap()).unwrap();
    let pem = format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", STANDARD.encode(key.as_ref()));
    let account = json!({
        "type": "service_account",
        "client_email": "assay@project.iam.gserviceaccount.com",
        "private_key": pem,
        "token_uri": format!("{}/token", sink.url),
    });
    let options = [option("bucket", "evidence"), option("endpoint", &sink.url), option("credentials", account)];
    shop.register(0, "guac", "google", &options);
    shop.attach(0, "google", &[]);
    let run = shop.push();
    shop.wait("google", "delivered");
    let put =
        sink.requests().into_iter().find(|request| request.path.starts_with("/evidence/chainloop/sbom-")).unwrap();
    assert_eq!((put.method.as_str(), put.header("x-goog-meta-workflowname")), ("PUT", Shop::WORKFLOW));
    assert_eq!(put.header("x-goog-meta-workflowrunid"), run["run_id"]);
    assert_eq!(put.body, std::fs::read(shop.user.work().join("sbom.json")).unwrap());
}

#[test]
fn faults() {
    faults::all(&Subject {
        integration: "guac",
        registration: |url| {
            vec![
                option("provider", "s3"),
                option("bucket", "evidence"),
                option("endpoint", url),
                credentials("AKIA", "secret"),
            ]
        },
        attachment: &[],
        delivers: |request| request.method == "PUT",
        fine: |_| Answer::status(200),
        bad: &[
            (&["credentials={}"], "/bucket"),
            (&["bucket=abc"], "/credentials"),
            (&["bucket=a/b", "credentials={}"], "/bucket"),
            (&["bucket=abc", "provider=azure", "credentials={}"], "/provider"),
            (&["bucket=abc", "provider=s3", "region=x.evil.example/", "credentials={}"], "/region"),
        ],
    });
}
