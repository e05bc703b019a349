//! Documents that nobody of this project wrote: `expected.tsv`, and what the reference implementation recorded of them.
#![expect(
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "this is a test: it says what it skips, and fails by panicking"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::time::Instant;

use assay_base::{Digest, MaterialKind};
use assay_material::{Inspection, MaterialError, PolicyInput, Strictness, image, inspect, registry};
use serde_json::Value;

/// The folder of public documents, where it is there.
fn corpus() -> Option<PathBuf> {
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let folder = std::env::var_os("ASSAY_CORPUS").map_or_else(|| here.join("../../../shared/corpus"), PathBuf::from);
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("skipped: no corpus at {}", folder.display());
    None
}

fn strict(bytes: &[u8], kind: Option<MaterialKind>) -> Result<Inspection, MaterialError> {
    inspect(bytes, kind, Strictness::Strict)
}

fn supported(kind: MaterialKind) -> bool {
    registry().iter().any(|info| info.kind == kind)
}

#[test]
fn expected_outcomes() {
    let Some(corpus) = corpus() else { return };
    let table = fs::read_to_string(corpus.join("expected.tsv")).unwrap();
    let mut wrong = Vec::new();
    let mut rows = 0;
    let mut largest = (0, String::new());
    for line in table.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let mut columns = line.split('\t');
        let (path, kind, expected) = (columns.next().unwrap(), columns.next().unwrap(), columns.next().unwrap());
        let bytes = fs::read(corpus.join(path)).unwrap();
        let kind: MaterialKind = kind.parse().unwrap();
        rows += 1;
        if kind == MaterialKind::SbomCyclonedxJson {
            largest = largest.max((bytes.len(), path.to_owned()));
        }
        if let Some(why) = deviation(path, &bytes, kind, expected == "accept") {
            wrong.push(format!("{path}: {why}"));
        }
    }
    show_time(&largest.1, &fs::read(corpus.join(&largest.1)).unwrap());
    assert!(rows > 200 && wrong.is_empty(), "{} of {rows} rows:\n{}", wrong.len(), wrong.join("\n"));
}

fn show_time(path: &str, bytes: &[u8]) {
    let start = Instant::now();
    let found = strict(bytes, None).map(|found| found.reason);
    let _ = Digest::of(bytes);
    eprintln!("{path}, {} bytes, {found:?}: {:?}", bytes.len(), start.elapsed());
}

fn deviation(path: &str, bytes: &[u8], kind: MaterialKind, accept: bool) -> Option<String> {
    let (auto, told) = (strict(bytes, None), strict(bytes, Some(kind)));
    if accept {
        return match (auto, told) {
            (Ok(auto), Ok(told)) if auto.kind == kind && auto.annotations == told.annotations => None,
            (Ok(auto), Ok(_)) => Some(format!("taken as {} ({})", auto.kind, auto.reason)),
            (Err(error), _) | (_, Err(error)) => Some(format!("refused: {error}")),
        };
    }
    let Err(error) = told else { return Some("taken".to_owned()) };
    let place = &error.diagnostics()[0].place;
    if place.pointer.is_none() && place.line.is_none() {
        return Some(format!("no place: {error}"));
    }
    match auto {
        Ok(auto) if [kind, MaterialKind::Artifact].contains(&auto.kind) && !path.contains("bomformat") => {
            Some(format!("taken as {} ({})", auto.kind, auto.reason))
        }
        _ => None,
    }
}

#[test]
fn annotations_and_input_are_those_of_the_reference() {
    let Some(corpus) = corpus() else { return };
    let mut compared = 0;
    for line in fs::read_to_string(corpus.join("kinds-oracle.jsonl")).unwrap().lines() {
        let row: Value = serde_json::from_str(line).unwrap();
        let path = row["path"].as_str().unwrap();
        let bytes = fs::read(corpus.join(path)).unwrap();
        let auto = row["auto"].as_str().and_then(|kind| kind.parse().ok()).filter(|kind| supported(*kind));
        if let Some(auto) = auto.filter(|kind| *kind != MaterialKind::Artifact) {
            assert_eq!(strict(&bytes, None).unwrap().kind, auto, "{path}");
        }
        let kinds: BTreeMap<MaterialKind, Value> = serde_json::from_value(row["kinds"].clone()).unwrap();
        for (kind, expected) in kinds.into_iter().filter(|(kind, _)| supported(*kind)) {
            let found = strict(&bytes, Some(kind)).unwrap();
            for (key, value) in expected["annotations"].as_object().unwrap() {
                let found = found.annotations.get(key).map(String::as_str);
                assert!(key == "chainloop.material.size" || found == value.as_str(), "{path}: {key} is {found:?}");
            }
            compare_input(path, &found, &expected["input"]);
            compared += 1;
        }
        for info in registry().iter().filter(|info| {
            row["kinds"].as_object().is_some_and(|kinds| kinds.len() == 1 && !kinds.contains_key(info.kind.as_str()))
        }) {
            let any = [MaterialKind::String, MaterialKind::Artifact, MaterialKind::Evidence].contains(&info.kind);
            assert!(any || strict(&bytes, Some(info.kind)).is_err(), "{} takes {path}", info.kind);
        }
    }
    assert!(compared >= 10, "{compared}");
}

fn compare_input(path: &str, found: &Inspection, expected: &Value) {
    match (&found.input, expected) {
        (PolicyInput::Document, Value::String(document)) => assert_eq!(document, "document", "{path}"),
        (PolicyInput::Projected(text), Value::Object(expected)) => {
            let found: Value = serde_json::from_slice(text).unwrap();
            assert_eq!(found, expected["elements"], "{path}");
        }
        (input, expected) => panic!("{path}: {input:?} is not {expected}"),
    }
}

#[test]
fn policies_get_what_the_reference_gave_them() {
    let Some(corpus) = corpus() else { return };
    for line in fs::read_to_string(corpus.join("policy-oracle.jsonl")).unwrap().lines() {
        let row: Value = serde_json::from_str(line).unwrap();
        let (Some(path), Some(kind)) = (row["material"].as_str(), row["kind"].as_str()) else { continue };
        let bytes = fs::read(corpus.join(path)).unwrap();
        // The reference is laxer about some schemas: its verdicts on them are still to be had.
        let found = inspect(&bytes, Some(kind.parse().unwrap()), Strictness::Lenient).unwrap();
        match found.input {
            PolicyInput::Document => assert!(assay_base::json::parse(&bytes).unwrap().is_object(), "{path}"),
            PolicyInput::Projected(text) => {
                let statement: Value = serde_json::from_slice(&text).unwrap();
                assert!(kind == "ATTESTATION" && statement["subject"].is_array(), "{path}");
            }
            PolicyInput::Empty => panic!("{path}"),
        }
    }
}

#[test]
fn statements_and_bundles_are_attestations() {
    let Some(corpus) = corpus() else { return };
    for folder in ["chainloop/attestations", "chainloop/statements"] {
        for entry in fs::read_dir(corpus.join(folder)).unwrap() {
            let file = entry.unwrap().path();
            // A crafting state is what a statement is made of, not a statement.
            let expected = if file.to_string_lossy().contains("source") { "ARTIFACT" } else { "ATTESTATION" };
            assert_eq!(strict(&fs::read(&file).unwrap(), None).unwrap().kind.as_str(), expected, "{}", file.display());
        }
    }
    for entry in fs::read_dir(corpus.join("sigstore-conformance")).unwrap() {
        let Ok(bytes) = fs::read(entry.unwrap().path().join("bundle.sigstore.json")) else { continue };
        // A bundle either holds a statement or signs a file; what it is signed with is not looked at here.
        let text = String::from_utf8(bytes.clone()).unwrap();
        let Ok(found) = strict(&bytes, None) else { continue };
        assert_eq!(found.kind == MaterialKind::Attestation, text.contains("dsseEnvelope"));
    }
    for (name, claims) in [("attestation-dsse-invalidtype.json", false), ("attestation-invalid-intoto.json", true)] {
        let bytes = fs::read(corpus.join("chainloop/materials").join(name)).unwrap();
        assert!(strict(&bytes, Some(MaterialKind::Attestation)).is_err(), "{name}");
        assert_eq!(strict(&bytes, None).is_err(), claims, "{name}");
    }
}

#[test]
fn main_components_and_tools() {
    let Some(corpus) = corpus() else { return };
    for path in ["chainloop/quickstart/sbom.json", "sbom/spdx/openssl-3.0.7-18.el9_2.spdx.json"] {
        let found = strict(&fs::read(corpus.join(path)).unwrap(), None).unwrap();
        for key in ["tool.name", "tools", "sbom.main_component.name"] {
            assert!(found.annotations.contains_key(&format!("chainloop.material.{key}")), "{path}: {key}");
        }
    }
}

#[test]
fn layouts_of_six_tools() {
    let Some(corpus) = corpus() else { return };
    for tool in ["crane", "skopeo", "skopeo-alt", "oras"] {
        let Ok(index) = fs::read(corpus.join(format!("chainloop/materials/oci-layouts/{tool}/index.json"))) else {
            continue;
        };
        assert!(image::layout(&index, None).is_ok(), "{tool}");
    }
    for (tool, images) in [("containerd", 3), ("zarf", 3)] {
        let index = fs::read(corpus.join(format!("chainloop/materials/oci-layouts/{tool}/index.json"))).unwrap();
        let Err(image::LayoutError::Several(found)) = image::layout(&index, None) else { panic!("{tool}") };
        assert_eq!(found.len(), images, "{tool}");
        assert_eq!(image::layout(&index, Some(found[1].digest)).unwrap(), found[1]);
        assert!(found.iter().all(|image| image.ref_name.is_some()));
    }
}

/// An SBOM of four megabytes, as a measure: recognised, checked and digested. The time is shown, and bounded with much room.
#[test]
fn a_large_sbom_takes_little_time() {
    let component = |i: usize| {
        serde_json::json!({"type": "library", "bom-ref": format!("pkg:npm/package-{i}@1.0.{i}"), "name": format!("package-{i}"),
            "version": format!("1.0.{i}"), "purl": format!("pkg:npm/package-{i}@1.0.{i}"),
            "licenses": [{"license": {"id": "Apache-2.0"}}], "hashes": [{"alg": "SHA-256", "content": format!("{i:064x}")}],
            "properties": [{"name": "syft:package:foundBy", "value": "javascript-package-cataloger"}]})
    };
    let components: Vec<_> = (0..11_000).map(component).collect();
    let bom =
        serde_json::json!({"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1, "components": components});
    let bytes = serde_json::to_vec(&bom).unwrap();
    for (run, most) in [("first", 2_000), ("second", 1_000)] {
        let start = Instant::now();
        let value = assay_base::json::parse(&bytes).unwrap();
        let parsed = start.elapsed();
        drop(value);
        let dropped = start.elapsed().saturating_sub(parsed);
        let start = Instant::now();
        let found = strict(&bytes, None).unwrap();
        let inspected = start.elapsed();
        let digest = Digest::of(&bytes);
        let elapsed = start.elapsed();
        eprintln!(
            "{run}: {} bytes, parsing alone {parsed:?}, freeing that {dropped:?}, inspected {inspected:?}, with digest {elapsed:?} ({digest})",
            bytes.len()
        );
        assert_eq!(found.kind, MaterialKind::SbomCyclonedxJson);
        assert!(elapsed.as_millis() < most, "{elapsed:?}");
    }
}
