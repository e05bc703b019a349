use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::metadata;

/// The import table of ARCHITECTURE.md: a crate, and the crates of this workspace that it may import.
const TABLE: &[(&str, &[&str])] = &[
    ("assay-base", &[]),
    ("assay-material", &["assay-base"]),
    ("assay-attest", &["assay-base"]),
    ("assay-contract", &["assay-base"]),
    ("assay-rego", &["assay-base"]),
    ("assay-integration", &["assay-base"]),
    ("assay-model", &["assay-base"]),
    ("assay-ports", &["assay-base", "assay-integration", "assay-model"]),
    ("assay-wire", &["assay-base"]),
    (
        "assay-app",
        &[
            "assay-base",
            "assay-model",
            "assay-attest",
            "assay-contract",
            "assay-integration",
            "assay-material",
            "assay-ports",
            "assay-rego",
        ],
    ),
    ("assay-sandbox", &["assay-base", "assay-ports"]),
    ("assay-guest-build", &[]),
    ("assay-pack", &[]),
    ("assay-builtin", &["assay-base", "assay-sandbox"]),
    ("assay-plugin-sdk", &[]),
    ("assay-policy", &["assay-base", "assay-model", "assay-ports", "assay-rego", "assay-sandbox"]),
    ("assay-plugin-host", &["assay-base", "assay-integration", "assay-model", "assay-ports", "assay-sandbox"]),
    ("assay-signer", &["assay-base", "assay-model", "assay-attest", "assay-ports"]),
    ("assay-storage", &["assay-base", "assay-model", "assay-attest", "assay-ports"]),
    ("assay-cas", &["assay-base", "assay-model", "assay-ports"]),
    ("assay-egress", &["assay-base", "assay-integration", "assay-model", "assay-ports"]),
    (
        "assay-plugin-kit",
        &[
            "assay-base",
            "assay-guest-build",
            "assay-integration",
            "assay-pack",
            "assay-plugin-host",
            "assay-ports",
            "assay-sandbox",
        ],
    ),
    (
        "assay-server",
        &[
            "assay-base",
            "assay-model",
            "assay-attest",
            "assay-contract",
            "assay-integration",
            "assay-ports",
            "assay-app",
            "assay-wire",
        ],
    ),
    ("assay-rego-guest", &["assay-rego"]),
    ("assay-hostile", &[]),
    ("assay-hostile-guest", &[]),
    ("assay-plugin-dependency-track", &["assay-plugin-sdk"]),
    ("assay-plugin-discord-webhook", &["assay-plugin-sdk"]),
    ("assay-plugin-guac", &["assay-plugin-sdk"]),
    ("assay-plugin-slack-webhook", &["assay-plugin-sdk"]),
    ("assay-plugin-smtp", &["assay-plugin-sdk"]),
    ("assay-plugin-webhook", &["assay-plugin-sdk"]),
];

/// Crates that see everything: the executable, which puts the parts together, and the tests.
const ROOF: &[&str] = &["assay", "assay-tests"];

/// Crates of others that a crate of ours must never see, whatever brings them.
const NEVER: &[(&str, &[&str])] = &[
    ("assay-base", IO),
    ("assay-material", IO),
    ("assay-attest", IO),
    ("assay-contract", IO),
    ("assay-rego", &["tokio", "axum", "sqlx", "reqwest", "wasmtime", "hyper", "regorus"]),
    ("assay-integration", IO),
    ("assay-model", IO),
    ("assay-ports", &["axum", "sqlx", "reqwest", "wasmtime", "hyper"]),
    ("assay-wire", &["axum", "sqlx", "wasmtime", "hyper", "reqwest"]),
    ("assay-app", &["axum", "sqlx", "wasmtime", "reqwest", "hyper"]),
    ("assay-storage", &["axum", "wasmtime", "reqwest", "hyper"]),
    ("assay-cas", &["axum", "wasmtime", "sqlx", "hyper"]),
    ("assay-plugin-host", &["axum", "sqlx", "reqwest", "hyper", "lettre"]),
    ("assay-egress", &["axum", "sqlx", "wasmtime", "reqwest"]),
    ("assay-server", &["sqlx", "wasmtime", "reqwest"]),
];
const IO: &[&str] = &["tokio", "axum", "sqlx", "reqwest", "wasmtime", "hyper"];

/// The ordinary dependencies of each crate: those of its tests may reach further.
fn imports() -> BTreeMap<String, BTreeSet<String>> {
    let metadata = metadata();
    let name = |value: &Value| value["name"].as_str().unwrap().to_owned();
    let of = |package: &Value| {
        let dependencies = package["dependencies"].as_array().unwrap().iter();
        dependencies.filter(|d| d["kind"].is_null()).map(name).collect()
    };
    metadata["packages"].as_array().unwrap().iter().map(|package| (name(package), of(package))).collect()
}

#[test]
fn imports_point_down_and_nowhere_else() {
    let imports = imports();
    let own: BTreeSet<_> = imports.keys().cloned().collect();
    let mut broken = vec![];
    for (package, dependencies) in &imports {
        if ROOF.contains(&package.as_str()) {
            continue;
        }
        let Some((_, allowed)) = TABLE.iter().find(|(name, _)| name == package) else {
            broken.push(format!("{package} is not in the import table"));
            continue;
        };
        for dependency in dependencies.intersection(&own) {
            if !allowed.contains(&dependency.as_str()) {
                broken.push(format!("{package} must not import {dependency}"));
            }
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
    for (name, _) in TABLE {
        assert!(own.contains(*name), "the import table speaks of {name}, which is not there");
    }
}

#[test]
fn walls_against_libraries_hold() {
    let imports = imports();
    for (package, never) in NEVER {
        for library in *never {
            assert!(!imports[*package].contains(*library), "{package} must not see {library}");
        }
    }
}
