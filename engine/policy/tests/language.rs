//! What policies may say, and what they are told when they may not.

mod common;

use assay_policy::RegoEvaluator;
use assay_ports::{Evaluator, Script, ScriptOutcome};
use common::{request, sbom, script, told};
use serde_json::json;

#[derive(serde::Deserialize)]
struct Case {
    name: String,
    rego: String,
    expected: String,
}

fn cases() -> serde_json::Result<Vec<Case>> {
    serde_json::from_str(include_str!("data/language.json"))
}

#[test]
fn every_case_of_the_table() {
    let evaluator = RegoEvaluator::default();
    let mut wrong = Vec::new();
    for case in cases().unwrap() {
        let args = json!({"one": "1", "list": ["a", "b"]}).as_object().cloned();
        let policy = Script { source: case.rego.as_str().into(), args };
        let run = evaluator.evaluate(&request(&sbom(2), vec![policy])).remove(0);
        if told(&run) != case.expected {
            wrong.push(format!("{}: {} but {:?}", case.name, case.expected, run.outcome));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn all_cases_behind_one_another_answer_the_same() {
    let evaluator = RegoEvaluator::default();
    let args = json!({"one": "1", "list": ["a", "b"]}).as_object().cloned();
    let cases = cases().unwrap();
    let scripts = cases.iter().map(|case| Script { source: case.rego.as_str().into(), args: args.clone() }).collect();
    let runs = evaluator.evaluate(&request(&sbom(2), scripts));
    for (case, run) in cases.iter().zip(&runs) {
        assert_eq!(told(run), case.expected, "{}", case.name);
    }
}

#[test]
fn check_compiles_without_a_document() {
    let evaluator = RegoEvaluator::default();
    assert_eq!(evaluator.check("package main\nimport rego.v1\nviolations contains \"x\" if input.a.b\n"), Ok(()));
    assert_eq!(
        evaluator.check("package main\nimport rego.v1\nresult := {\"skipped\": skipped, \"violations\": []}\n"),
        Ok(())
    );
    let error = evaluator.check("package main\nimport rego.v1\nviolations contains {\n").unwrap_err();
    assert_eq!((error.code, error.line), ("policy-syntax", Some(4)));
    let error = evaluator.check("package main\nviolations contains \"m\" if { y > 1 }\n").unwrap_err();
    assert_eq!((error.code, error.line, error.column), ("policy-unsafe-variable", Some(2), Some(30)));
}

#[test]
fn an_array_is_elements_and_other_documents_are_errors() {
    let evaluator = RegoEvaluator::default();
    let source = "package p\nviolations contains sprintf(\"%d\", [count(input.elements)]) if true\n";
    let told_of = |document: &str| told(&evaluator.evaluate(&request(document, vec![script(source)]))[0]);
    assert_eq!(told_of("[1, 2, 3]"), "violated: 3");
    assert_eq!(told_of("\u{feff}[1]"), "violated: 1");
    for document in ["1", "\"a\"", "null", "", "{", "[1,"] {
        assert_eq!(told_of(document), "policy-input 0", "{document}");
    }
}

#[test]
fn a_document_cannot_speak_for_the_arguments_or_the_metadata() {
    let document = r#"{"args": {"allow": "yes"}, "chainloop_metadata": {"name": "forged"}}"#;
    let source =
        "package p\nviolations contains \"args\" if input.args\nviolations contains input.chainloop_metadata.name\n";
    let evaluator = RegoEvaluator::default();
    assert_eq!(told(&evaluator.evaluate(&request(document, vec![script(source)]))[0]), "violated: sbom");
}

#[test]
fn the_arguments_of_one_script_are_not_those_of_the_next() {
    let source = "package p\nviolations contains sprintf(\"%v\", [object.get(input, \"args\", \"none\")]) if true\n";
    let with = Script { source: source.into(), args: json!({"a": 1}).as_object().cloned() };
    let evaluator = RegoEvaluator::default();
    let runs = evaluator.evaluate(&request("{}", vec![with.clone(), script(source), with]));
    let told: Vec<String> = runs.iter().map(told).collect();
    assert_eq!(told, ["violated: {\"a\": 1}", "violated: none", "violated: {\"a\": 1}"]);
}

#[test]
fn documents_as_deep_as_any_are_read() {
    let deep = format!("{{\"a\":{}1{}}}", "[".repeat(126), "]".repeat(126));
    let source = "package p\nviolations contains sprintf(\"%d\", [count([1 | walk(input.a, _)])]) if true\n";
    let evaluator = RegoEvaluator::default();
    assert_eq!(told(&evaluator.evaluate(&request(&deep, vec![script(source)]))[0]), "violated: 127");
}

#[test]
fn findings_keep_their_fields() {
    let source =
        "package p\nfindings contains {\"message\": \"m\", \"score\": 9.5, \"cwes\": {\"b\", \"a\"}} if true\n";
    let evaluator = RegoEvaluator::default();
    let run = evaluator.evaluate(&request("{}", vec![script(source)])).remove(0);
    let ScriptOutcome::Answered(result) = run.outcome else { panic!("{run:?}") };
    assert_eq!(serde_json::to_value(&result.violations[0].fields).unwrap(), json!({"score": 9.5, "cwes": ["a", "b"]}));
}
