//! Documents that are right: what they mean.

use assay_base::{Digest, MaterialKind};
use assay_contract::{
    AttachmentSource, Contract, Document, DocumentKind, Gate, MatchMode, Phase, Policy, PolicyGroup, RefTarget,
    RunnerType, ScriptSource, SkippedRule, parse_all, parse_one,
};

const CONTRACT: &str = include_str!("data/contract.yaml");
const POLICY: &str = include_str!("data/policy.yaml");

#[test]
fn a_contract_means_what_it_says() {
    let contract = Contract::parse(CONTRACT).unwrap();
    assert_eq!(contract.name.as_ref().unwrap().as_str(), "release");
    assert_eq!(contract.metadata_annotations["version"], "1.10");
    assert_eq!((&*contract.source, contract.digest), (CONTRACT, Digest::of(CONTRACT.as_bytes())));
    let [image, sbom, spdx] = &contract.materials[..] else { panic!("{:?}", contract.materials) };
    assert!(image.output && !image.optional && image.skip_upload);
    assert_eq!(image.annotations[0].value.as_deref(), Some("no"));
    assert_eq!((image.annotations[1].name.as_str(), &image.annotations[1].value), ("asset", &None));
    assert_eq!((sbom.kind, sbom.group.as_ref().unwrap().as_str()), (MaterialKind::SbomCyclonedxJson, "sbom"));
    assert!(sbom.group == spdx.group && spdx.optional);
    assert_eq!((sbom.origin.span.line, sbom.origin.pointer.as_str()), (18, "/spec/materials/1"));
    assert_eq!(contract.env_allow_list, ["BUILD_NUMBER"]);
    assert_eq!(contract.runner, Some(RunnerType::GithubAction));

    let first = &contract.policies.materials[0];
    let AttachmentSource::Ref(reference) = &first.source else { panic!("{first:?}") };
    assert!(matches!(&reference.target, RefTarget::Named { name, .. } if name.as_str() == "vulnerabilities"));
    assert_eq!(first.with["limit"], "3");
    assert_eq!(first.with["list"], "012\nno\n");
    assert_eq!(first.with["flag"], "true");
    assert_eq!((first.gate, first.disabled), (Some(false), true));
    let selector = first.selector.as_ref().unwrap();
    assert_eq!((selector.name.as_deref(), selector.match_mode), (Some("sbom"), MatchMode::Prefix));
    assert_eq!(contract.policies.attestation.len(), 1);
    let group = &contract.policy_groups[0];
    assert_eq!((group.skip[0].as_str(), group.gate), ("sbom-ntia", Some(true)));
}

#[test]
fn an_embedded_policy_is_addressed_by_its_canonical_json() {
    let contract = Contract::parse(CONTRACT).unwrap();
    let AttachmentSource::Embedded(policy) = &contract.policies.attestation[0].source else { panic!("no policy") };
    assert_eq!(policy.digest, Digest::of(policy.source.as_bytes()));
    assert!(policy.source.starts_with(r#"{"apiVersion":"chainloop.dev/v1","kind":"Policy","#), "{}", policy.source);
    let again = Policy::parse(&policy.source).unwrap();
    assert_eq!((again.digest, &again.inputs), (policy.digest, &policy.inputs));
    let (ScriptSource::Embedded { text, first_line, .. }, ScriptSource::Embedded { text: same, .. }) =
        (&policy.branches[0].script, &again.branches[0].script)
    else {
        panic!("no script")
    };
    assert_eq!(text, same);
    let line = CONTRACT.lines().position(|line| line.contains("package main")).unwrap() + 1;
    assert_eq!(*first_line, u32::try_from(line).ok());
    let place = policy.branches[0].place(3, 1);
    let there = CONTRACT.lines().nth(place.line.unwrap() as usize - 1).unwrap();
    assert!(there[place.column.unwrap() as usize - 1..].starts_with("violations"), "{there}");
}

#[test]
fn a_script_keeps_its_lines() {
    let policy = Policy::parse(POLICY).unwrap();
    assert_eq!(policy.branches.len(), 3);
    let leading = |line: &str| u32::try_from(line.len() - line.trim_start_matches(' ').len()).unwrap();
    let mut count = 0;
    for branch in &policy.branches {
        let ScriptSource::Embedded { text, .. } = &branch.script else { panic!("{branch:?}") };
        for (number, line) in (1..).zip(text.lines()).filter(|(_, line)| !line.is_empty()) {
            let place = branch.place(number, leading(line) + 1);
            let there = POLICY.lines().nth(place.line.unwrap() as usize - 1).unwrap();
            assert!(there.ends_with(line) && there.ends_with(&format!("# line {number}")), "{there:?} {line:?}");
            assert_eq!(place.column, Some(leading(there) + 1), "{there:?}");
            count += 1;
        }
    }
    assert_eq!(count, 7);
    assert_eq!(policy.branches[2].phases, [Phase::Push]);
    assert_eq!(policy.inputs[0].default.as_deref(), Some("0.10"));
}

#[test]
fn the_older_form_is_one_branch() {
    let text = "apiVersion: workflowcontract.chainloop.dev/v1\nkind: Policy\nmetadata: {name: old}\nspec:\n  type: SARIF\n  path: a.rego\n";
    let policy = Policy::parse(text).unwrap();
    assert_eq!(policy.branches.len(), 1);
    assert_eq!(policy.branches[0].kind, Some(MaterialKind::Sarif));
    assert_eq!(policy.branches[0].script, ScriptSource::Path("a.rego".into()));
}

#[test]
fn documents_of_a_stream_keep_their_own_text() {
    let one = "# licence\napiVersion: chainloop.dev/v1\nkind: Contract\nmetadata: {name: one}\n";
    let two = "schemaVersion: v1 # ü\n# end\n";
    let stream = format!("---\n{one}---\n{two}--- # empty\n# nothing\n---\n{one}...\n");
    let documents = parse_all(&stream).unwrap();
    let texts: Vec<_> = documents.iter().map(|d| &**d.source()).collect();
    assert_eq!(texts, [&format!("---\n{one}"), two, &format!("{one}...\n")]);
    assert_eq!(documents[1].name(), None);
    assert!(documents.iter().all(|d| d.kind() == DocumentKind::Contract));
    assert!(texts.iter().all(|text| parse_one(text).is_ok()));
    for single in
        [format!("# a\n---\n{one}"), format!("{one}---\n"), format!("\u{feff}{one}"), one.replace('\n', "\r\n")]
    {
        assert_eq!(&**parse_one(&single).unwrap().source(), single);
    }
    assert_eq!(parse_one(&stream).unwrap_err().diagnostics[0].code, "document-count");
    assert_eq!(Gate::parse(one).unwrap_err().diagnostics[0].code, "document-kind");
}

#[test]
fn json_is_the_same_document() {
    let yaml = Contract::parse("apiVersion: chainloop.dev/v1\nkind: Contract\nmetadata: {name: c, description: \"\\U0001F980\"}\nspec:\n  materials: [{type: SARIF, name: scan, skipUpload: true}]\n  env_allow_list: [A]\n  policies: {materials: [{ref: a, with: {n: 3}}]}\n").unwrap();
    let text = "\u{feff}\t{\"apiVersion\"\n:\t\"chainloop.dev\\/v1\",\"kind\":\"Contract\",\"metadata\":{\"name\":\"c\",\"description\":\"\\ud83e\\udd80\"},\n\t\"spec\":{\"materials\":[{\"type\":\"SARIF\",\"name\":\"scan\",\"skip_upload\":true,\"group\":null}],\"envAllowList\":[\"A\"],\"policies\":{\"materials\":[{\"ref\":\"a\",\"with\":{\"n\":3}}]}}}";
    let json = Contract::parse(text).unwrap();
    assert_eq!(Contract { source: json.source.clone(), digest: json.digest, ..yaml }, json);
    assert_eq!(json.materials[0].origin.span.line, 3);
}

#[test]
fn little_is_enough() {
    for text in [
        "schemaVersion: v1",
        "{\"schemaVersion\": \"v1\"}",
        "schema_version: v1\npolicy_groups: []\nmaterials:\n",
        "apiVersion: chainloop.dev/v1\nkind: Contract\nmetadata: {name: c}\nspec:\n",
        "apiVersion: chainloop.dev/v1\nkind: Contract\nmetadata: {name: c}\nspec: {}\n",
        "apiVersion: chainloop.dev/v1\nkind: Contract\nmetadata: {name: c}\n",
        "{apiVersion: chainloop.dev/v1, kind: Contract, metadata: {name: c,},}",
    ] {
        let contract = Contract::parse(text).unwrap();
        assert!(contract.materials.is_empty() && contract.policies.materials.is_empty(), "{text}");
    }
}

#[test]
fn gates_and_groups() {
    let gate = Gate::parse("apiVersion: assay.dev/v1\nkind: Gate\nmetadata: {name: production, description: what may be deployed}\nspec:\n  workflows:\n    - {project: payments-api, name: release-build}\n").unwrap();
    assert_eq!((gate.skipped, gate.workflows[0].project.as_str()), (SkippedRule::Inconclusive, "payments-api"));
    let group = PolicyGroup::parse("apiVersion: chainloop.dev/v1\nkind: PolicyGroup\nmetadata: {name: g}\nspec:\n  inputs: [{name: sbom_name}]\n  policies:\n    materials:\n      - {type: SARIF, name: '{{ inputs.sbom_name }}', match_mode: PREFIX, policies: [{ref: a}]}\n    attestation: [{ref: b}]\n").unwrap();
    assert_eq!((group.materials[0].match_mode, group.attestation.len()), (MatchMode::Prefix, 1));
    assert!(matches!(parse_one("schemaVersion: v1"), Ok(Document::Contract(_))));
}
