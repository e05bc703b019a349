//! Policies on SBOMs, as whole processes.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use crate::cold::process;
use crate::plane::assay;
use crate::{median, millis, say, timed};

const POLICIES: usize = 5;

pub(crate) fn measure() {
    let folder = tempfile::tempdir().unwrap();
    for i in 0..POLICIES {
        fs::write(folder.path().join(format!("p{i}.yaml")), policy(i)).unwrap();
    }
    for (label, components) in [("1 KB", 3), ("375 KB", 1_500), ("4 MB", 16_000)] {
        let material = sbom(components);
        fs::write(folder.path().join("sbom.json"), &material).unwrap();
        let (one, five) = (eval(folder.path(), 1), eval(folder.path(), POLICIES));
        let hash = process(|| {
            let mut command = std::process::Command::new("sha256sum");
            command.arg(folder.path().join("sbom.json"));
            command
        });
        say(&format!(
            "| `assay policy eval`, SBOM of {label}, 1 / {POLICIES} policies | {} / {} | ratio {:.2}; `sha256sum`: {} |",
            millis(one),
            millis(five),
            five.as_secs_f64() / one.as_secs_f64(),
            millis(hash)
        ));
    }
    let parse =
        median((0..9).map(|_| timed(|| drop(assay_base::json::parse(sbom(16_000).as_bytes()).unwrap()))).collect());
    say(&format!("| strict reading of a 4 MB SBOM, in process | {} | |", millis(parse)));
}

fn eval(folder: &Path, policies: usize) -> std::time::Duration {
    process(|| {
        let mut command = assay(folder);
        command.current_dir(folder).args(["policy", "eval", "--material", "sbom.json"]);
        for i in 0..policies {
            command.args(["--policy", &format!("p{i}.yaml")]);
        }
        command
    })
}

fn policy(i: usize) -> String {
    format!(
        "apiVersion: chainloop.dev/v1\nkind: Policy\nmetadata: {{name: p{i}}}\nspec:\n  policies:\n    - kind: SBOM_CYCLONEDX_JSON\n      embedded: |\n        package main\n        import rego.v1\n        violations contains c.name if {{\n          some c in input.components\n          c.name == \"none-{i}\"\n        }}\n"
    )
}

fn sbom(components: usize) -> String {
    let mut text = String::from(r#"{"bomFormat":"CycloneDX","specVersion":"1.5","version":1,"components":["#);
    for i in 0..components {
        let comma = if i == 0 { "" } else { "," };
        write!(
            text,
            r#"{comma}{{"type":"library","bom-ref":"pkg:npm/lib-{i}@1.0.{i}","name":"lib-{i}","version":"1.0.{i}","purl":"pkg:npm/lib-{i}@1.0.{i}","licenses":[{{"license":{{"id":"MIT"}}}}],"hashes":[{{"alg":"SHA-1","content":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4"}}]}}"#
        )
        .unwrap();
    }
    text.push_str("]}");
    text
}
