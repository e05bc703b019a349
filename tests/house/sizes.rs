use std::fs;

use crate::{root, rust_files};

/// Most lines of a file, tests included; clippy holds the length of functions.
const FILE_LINES: usize = 500;

#[test]
fn no_file_becomes_a_meeting_place() {
    let mut long = vec![];
    for file in rust_files() {
        let lines = fs::read_to_string(&file).unwrap().lines().count();
        if lines > FILE_LINES {
            long.push(format!("{} ({lines})", file.strip_prefix(root()).unwrap().display()));
        }
    }
    assert!(long.is_empty(), "files over {FILE_LINES} lines: {long:#?}");
}

#[test]
fn nothing_outside_of_tests_unwraps() {
    let mut found = vec![];
    for file in rust_files() {
        let path = file.strip_prefix(root()).unwrap().to_string_lossy().into_owned();
        // Conformance suites are tests that stand beside the seam they are of.
        let is_test = ["tests/", "tests.rs", "benches/", "conformance"].iter().any(|part| path.contains(part));
        if is_test || path.ends_with("build.rs") {
            continue;
        }
        let text = fs::read_to_string(&file).unwrap();
        let product = text.split("#[cfg(test)]").next().unwrap_or_default();
        for (i, line) in product.lines().enumerate() {
            let code = line.split("//").next().unwrap_or_default();
            if code.contains(".unwrap()") || code.contains("todo!(") || code.contains("unimplemented!(") {
                found.push(format!("{path}:{}", i + 1));
            }
        }
    }
    assert!(found.is_empty(), "{found:#?}");
}
