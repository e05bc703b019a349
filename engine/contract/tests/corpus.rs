//! Documents that others wrote are understood.

use std::fs;
use std::path::{Path, PathBuf};

use assay_contract::{Contract, Document, Policy, parse_all};

/// The folder of public documents, when it is there.
#[expect(clippy::print_stdout, reason = "a test that did nothing has to say so")]
fn corpus() -> Option<PathBuf> {
    let folder = std::env::var_os("ASSAY_CORPUS")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus"), PathBuf::from);
    let folder = folder.join("chainloop");
    if folder.is_dir() {
        return Some(folder);
    }
    println!("skipped: there is no corpus at {}", folder.display());
    None
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for path in entries.flatten().map(|entry| entry.path()) {
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|e| e == "yaml" || e == "yml" || e == "json") {
            found.push(path);
        }
    }
}

fn all(corpus: &Path, folders: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for folder in folders {
        files(&corpus.join(folder), &mut found);
    }
    found.sort();
    found
}

#[test]
fn contracts_written_elsewhere_are_understood() {
    let Some(corpus) = corpus() else { return };
    let mut count = 0;
    for path in all(&corpus, &["contracts", "contracts-crafter", "quickstart"]) {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let quick = path.starts_with(corpus.join("quickstart"));
        if quick && !name.contains("contract") {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        if name.contains("missing") {
            let errors = Contract::parse(&text).unwrap_err().diagnostics;
            assert_eq!(errors[0].code, "bad-reference", "{}", path.display());
            continue;
        }
        let contract = Contract::parse(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        assert_eq!(&*contract.source, text);
        count += 1;
    }
    println!("{count} contracts");
    assert!(count >= 20, "{count}");
}

#[test]
fn policies_written_elsewhere_are_understood() {
    let Some(corpus) = corpus() else { return };
    let mut count = 0;
    for path in all(&corpus, &["policies"]) {
        let text = fs::read_to_string(&path).unwrap();
        if !text.contains("kind: Policy") {
            continue;
        }
        for document in parse_all(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display())) {
            if let Document::Policy(policy) = document {
                assert_eq!(Policy::parse(&policy.source).as_ref(), Ok(&policy));
            }
            count += 1;
        }
    }
    println!("{count} policies");
    assert!(count >= 10, "{count}");
}
