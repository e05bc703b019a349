use std::fs;

use crate::{metadata, root};

#[test]
fn every_crate_inherits_lints_and_versions() {
    for package in metadata()["packages"].as_array().unwrap() {
        let manifest = package["manifest_path"].as_str().unwrap();
        let text = fs::read_to_string(manifest).unwrap();
        assert!(text.contains("[lints]\nworkspace = true"), "{manifest} does not inherit the lints");
        for key in ["version", "edition", "rust-version", "license", "publish"] {
            assert!(text.contains(&format!("{key}.workspace = true")), "{manifest} has a {key} of its own");
        }
        let own: Vec<_> = text
            .lines()
            .skip_while(|line| !line.contains("dependencies]"))
            .filter(|line| line.contains("version = ") || line.contains("path = \"../"))
            .collect();
        assert!(own.is_empty(), "{manifest} declares dependencies outside of the workspace table: {own:?}");
    }
}

#[test]
fn every_crate_says_what_it_must_not_know() {
    for package in metadata()["packages"].as_array().unwrap() {
        let name = package["name"].as_str().unwrap();
        if matches!(name, "assay" | "assay-tests") {
            continue;
        }
        let target = package["targets"].as_array().unwrap().iter().find(|t| t["name"] != "build-script-build").unwrap();
        let path = target["src_path"].as_str().unwrap();
        let text = fs::read_to_string(path).unwrap();
        assert!(text.starts_with("//! "), "{path} has no crate documentation");
        assert!(text.contains("Must not know"), "{path} does not say what the crate must not know");
    }
}

#[test]
fn no_file_names_a_place_of_one_machine() {
    for file in crate::rust_files() {
        let text = fs::read_to_string(&file).unwrap();
        for word in [concat!("/wo", "rk/"), concat!("/ho", "me/"), concat!("/ro", "ot/")] {
            assert!(!text.contains(word), "{} names {word}", file.display());
        }
    }
}

#[test]
fn what_a_newcomer_reads_is_there() {
    for file in ["README.md", "ARCHITECTURE.md", "CHANGELOG.md", "LICENSE", "deny.toml", "x", ".ci/run"] {
        assert!(root().join(file).is_file(), "{file} is missing");
    }
}
