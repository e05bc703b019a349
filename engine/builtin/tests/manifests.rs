//! What every integration of the executable owes its users.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use assay_builtin::BUILTINS;
use assay_integration::{Manifest, fields};
use assay_sandbox::ComponentSandbox;

fn manifests() -> Vec<Manifest> {
    let read = |text: &str| Manifest::parse(text).unwrap_or_else(|error| panic!("{error}: {text}"));
    BUILTINS.iter().map(|builtin| read(builtin.manifest)).collect()
}

#[test]
fn every_folder_of_plugins_is_one() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../plugins");
    let folders = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    let found: BTreeSet<_> = folders
        .filter(|entry| entry.path().join("Cargo.toml").is_file())
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    let manifests = manifests();
    let ids: Vec<_> = manifests.iter().map(|manifest| manifest.id().to_string()).collect();
    assert_eq!(ids, found.into_iter().collect::<Vec<_>>(), "engine/builtin/build.rs has the list");
}

#[test]
fn digests_are_of_different_components() {
    let digests: BTreeSet<_> = BUILTINS.iter().map(|builtin| builtin.digest.hex()).collect();
    assert_eq!(digests.len(), BUILTINS.len());
}

#[test]
fn every_field_says_what_it_is_and_every_secret_that_it_is_one() {
    for manifest in manifests() {
        let id = manifest.id();
        assert!(manifest.description().is_some(), "{id} has no description");
        let secret: BTreeSet<_> = manifest.secret_fields().map(str::to_owned).collect();
        for schema in [manifest.registration_schema(), manifest.attachment_schema()] {
            for field in fields(schema) {
                assert!(field.description.len() > 10, "{id}: `{}` has no description", field.name);
                let wanted = secret.contains(&field.name) && schema == manifest.registration_schema();
                assert_eq!(field.secret, wanted, "{id}: `{}`", field.name);
            }
        }
    }
}

#[test]
fn every_one_loads_and_imports_nothing_but_the_world() {
    let sandbox = ComponentSandbox::new(4).unwrap();
    for builtin in BUILTINS {
        let loaded = sandbox.load(&builtin.artifact).unwrap();
        let imports = loaded.imports();
        let foreign: Vec<_> = imports.iter().filter(|name| !name.starts_with("assay:integration/")).collect();
        assert!(foreign.is_empty(), "{foreign:?}");
        let exports = loaded.exports();
        for wanted in ["assay:integration/handler@0.1.0", "assay:integration/lifecycle@0.1.0"] {
            assert!(exports.iter().any(|name| name == wanted), "{wanted} is not among {exports:?}");
        }
    }
}
