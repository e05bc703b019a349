//! What policies select, and which arguments they get.

use std::collections::BTreeMap;

use assay_base::{MaterialKind, MaterialName};
use assay_contract::{
    Attachment, Contract, Phase, Policy, PolicyGroup, arguments, arguments_in_group, bindings, check_group,
    check_policy, group_selects, selects, selects_attestation, split,
};
use serde_json::json;

#[expect(clippy::unwrap_used, reason = "a fixture that does not parse has to fail its test")]
fn policy(spec: &str) -> Policy {
    Policy::parse(&format!("apiVersion: chainloop.dev/v1\nkind: Policy\nmetadata: {{name: p}}\nspec: {spec}\n"))
        .unwrap()
}

#[expect(clippy::unwrap_used, reason = "a fixture that does not parse has to fail its test")]
fn attachment(rest: &str) -> Attachment {
    let text = format!("schemaVersion: v1\npolicies: {{materials: [{{ref: p{rest}}}]}}\n");
    Contract::parse(&text).unwrap().policies.materials.remove(0)
}

fn with(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
}

#[test]
fn selection() {
    const SARIF: &str = "{policies: [{kind: SARIF, embedded: a}]}";
    const MIXED: &str = "{policies: [{kind: SARIF, embedded: a}, {embedded: b}, {kind: OPENVEX, embedded: c}, {kind: SARIF, embedded: d}]}";
    const ANY: &str = "{policies: [{embedded: b}]}";
    let exact = ", selector: {name: scan}";
    let prefix = ", selector: {name: sc, match_mode: PREFIX}";
    let cases: &[(&str, &str, MaterialKind, &str, &[usize])] = &[
        (SARIF, "", MaterialKind::Sarif, "scan", &[0]),
        (SARIF, "", MaterialKind::Openvex, "scan", &[]),
        (SARIF, exact, MaterialKind::Sarif, "scan", &[0]),
        (SARIF, exact, MaterialKind::Sarif, "scan-2", &[]),
        (SARIF, exact, MaterialKind::Openvex, "scan", &[]),
        (SARIF, prefix, MaterialKind::Sarif, "scan-2", &[0]),
        (SARIF, prefix, MaterialKind::Sarif, "a-sc", &[]),
        (SARIF, ", selector: {name: ''}", MaterialKind::Sarif, "x", &[0]),
        (ANY, "", MaterialKind::Sarif, "scan", &[]),
        (ANY, exact, MaterialKind::Artifact, "scan", &[0]),
        (ANY, exact, MaterialKind::Artifact, "other", &[]),
        (MIXED, "", MaterialKind::Sarif, "scan", &[0, 3]),
        (MIXED, exact, MaterialKind::Sarif, "scan", &[0, 1, 3]),
        (MIXED, exact, MaterialKind::Openvex, "scan", &[1, 2]),
        (MIXED, exact, MaterialKind::String, "scan", &[]),
        ("{type: SARIF, embedded: a}", "", MaterialKind::Sarif, "x", &[0]),
        ("{embedded: a}", "", MaterialKind::Sarif, "x", &[]),
    ];
    for (spec, rest, kind, name, branches) in cases {
        let name: MaterialName = name.parse().unwrap();
        let selection = selects(&attachment(rest), &policy(spec), *kind, &name);
        assert_eq!(selection.branches, *branches, "{spec} {rest} {kind} {name}");
    }
}

#[test]
fn selection_in_groups() {
    let group = |material: &str| {
        PolicyGroup::parse(&format!("apiVersion: chainloop.dev/v1\nkind: PolicyGroup\nmetadata: {{name: g}}\nspec:\n  inputs: [{{name: n}}]\n  policies: {{materials: [{material}]}}\n")).unwrap()
    };
    let name: MaterialName = "scan-1".parse().unwrap();
    let any = policy("{policies: [{embedded: b}]}");
    let sarif = policy("{policies: [{kind: SARIF, embedded: b}]}");
    for (material, n, policy, applies) in [
        ("{policies: [{ref: p}]}", "", &sarif, true),
        ("{policies: [{ref: p}]}", "", &any, false),
        ("{type: OPENVEX, policies: [{ref: p}]}", "", &sarif, true),
        ("{type: SARIF, name: '{{ inputs.n }}', policies: [{ref: p}]}", "scan-1", &any, true),
        ("{type: SARIF, name: '{{ inputs.n }}', policies: [{ref: p}]}", "scan", &any, false),
        ("{type: SARIF, name: '{{ .inputs.n }}', match_mode: PREFIX, policies: [{ref: p}]}", "scan", &any, true),
        ("{type: SARIF, name: '{{ inputs.n }}', policies: [{ref: p}]}", "", &sarif, true),
        ("{type: SARIF, name: scan-1, policies: [{ref: p, selector: {name: other}}]}", "", &sarif, false),
    ] {
        let group = group(material);
        let bound = bindings(&group, &with(&[("n", n)])).unwrap();
        let material = &group.materials[0];
        let found = group_selects(material, &bound.texts, &material.policies[0], policy, MaterialKind::Sarif, &name);
        assert_eq!(!found.is_empty(), applies, "{material:?} {n}");
    }
}

#[test]
fn phases() {
    let policy = policy(
        "{policies: [{kind: ATTESTATION, embedded: a}, {kind: ATTESTATION, attestation_phases: [PUSH], embedded: b}, {kind: SARIF, embedded: c}, {embedded: d}]}",
    );
    assert_eq!(selects_attestation(&policy, Phase::Init).branches, [0, 3]);
    assert_eq!(selects_attestation(&policy, Phase::Push).branches, [0, 1, 3]);
    assert_eq!(selects_attestation(&policy, Phase::Init).of(&policy).len(), 2);
}

#[test]
fn values_are_split() {
    let cases: &[(&str, &[&str])] = &[
        ("", &[]),
        (" ,\n, ", &[]),
        ("1", &["1"]),
        ("a, b ,,c", &["a", "b", "c"]),
        (r"x\,y", &["x,y"]),
        (r"x\\,y", &[r"x\,y"]),
        (r"C:\dir,b\", &[r"C:\dir", r"b\"]),
        ("a\nb,c\r\n\nd\n", &["a", "b", "c", "d"]),
        ("ä b, 漢", &["ä b", "漢"]),
    ];
    for (text, values) in cases {
        assert_eq!(split(text), *values, "{text:?}");
    }
}

/// Whatever is joined with escaped commas comes back, for every short list over an awkward alphabet.
#[test]
fn splitting_undoes_joining() {
    let words = ["a", ",", "a,b", ",,", "ä", "a b", "\"", "x\\y"];
    for one in words {
        for two in words {
            for three in words {
                let list = [one, two, three];
                for separator in [",", "\n", " , ", ",\n", "\r\n"] {
                    let text = list.map(|word| word.replace(',', "\\,")).join(separator);
                    assert_eq!(split(&text), list, "{text:?}");
                }
            }
        }
    }
}

#[test]
fn a_policy_without_inputs_takes_everything() {
    let policy = policy("{embedded: a}");
    let given = with(&[("one", "1"), ("list", "a, b ,,c"), ("comma", "x\\,y"), ("none", "")]);
    let found = arguments(&policy, &BTreeMap::new(), &given).unwrap();
    assert_eq!(serde_json::Value::from(found.values), json!({"one": "1", "list": ["a", "b", "c"], "comma": "x,y"}));
    assert!(found.warnings.is_empty());
    assert_eq!(found.texts, given);
    assert_eq!(arguments(&policy, &BTreeMap::new(), &BTreeMap::new()).unwrap().values, None);
    assert_eq!(arguments(&policy, &with(&[("none", " ")]), &BTreeMap::new()).unwrap().values, None);
}

#[test]
fn declared_inputs_have_defaults_and_strangers_are_dropped() {
    let policy = policy("{inputs: [{name: level, default: high}, {name: other}], embedded: a}");
    let found = arguments(&policy, &with(&[("strangr", "1"), ("othr", "2")]), &BTreeMap::new()).unwrap();
    assert_eq!(serde_json::Value::from(found.values), json!({"level": "high"}));
    assert!(found.warnings.iter().any(|w| w.message.contains("`strangr`")));
    assert!(found.warnings.iter().any(|w| w.hint.as_deref().unwrap().contains("did you mean `other`")));
    let found = arguments(&policy, &with(&[("level", "low"), ("other", "x")]), &with(&[("level", "a,b")])).unwrap();
    assert_eq!(serde_json::Value::from(found.values), json!({"level": ["a", "b"], "other": "x"}));
    let found = arguments(&policy, &with(&[("level", "")]), &BTreeMap::new()).unwrap();
    assert_eq!(found.values, None, "an empty argument switches a default off");
}

#[test]
fn required_inputs_are_required() {
    let policy = policy("{inputs: [{name: limit, required: true}, {name: b, required: true}], embedded: a}");
    for given in [with(&[]), with(&[("limit", ""), ("b", "1")]), with(&[("limit", " , "), ("b", "1")])] {
        let error = arguments(&policy, &given, &BTreeMap::new()).unwrap_err();
        assert!(error.to_string().contains("`limit`"), "{error}");
    }
    assert!(arguments(&policy, &with(&[("limit", "3")]), &with(&[("b", "1")])).is_ok());
    let diagnostic = check_policy(&attachment(", with: {b: '1'}"), &policy).unwrap();
    assert_eq!((diagnostic.code, diagnostic.place.line), ("missing-input", Some(2)));
    assert!(diagnostic.message.contains("`limit`") && !diagnostic.message.contains("`b`"));
    assert_eq!(check_policy(&attachment(", with: {b: '1', limit: 3}"), &policy), None);
}

#[test]
fn arguments_of_groups_reach_their_members() {
    let group = PolicyGroup::parse("apiVersion: chainloop.dev/v1\nkind: PolicyGroup\nmetadata: {name: g}\nspec:\n  inputs: [{name: licenses, required: true}, {name: level, default: high}]\n  policies:\n    materials:\n      - policies: [{ref: p, with: {banned: '{{ inputs.licenses }}', more: 'x{{.inputs.nothing}}'}}]\n").unwrap();
    let attached = Contract::parse("schemaVersion: v1\npolicyGroups: [{ref: g}]\n").unwrap().policy_groups.remove(0);
    assert!(check_group(&attached, &group)[0].message.contains("`licenses`"));
    let text = "schemaVersion: v1\npolicyGroups: [{ref: g, with: {licenses: A}, skip: [p, q]}]\n";
    let skipping = Contract::parse(text).unwrap().policy_groups.remove(0);
    let found: Vec<_> = check_group(&skipping, &group).iter().map(ToString::to_string).collect();
    assert_eq!(found, ["`g` has no policy `q` that could be skipped (line 2, column 16)"]);
    assert!(bindings(&group, &attached.with).is_err());
    let bound = bindings(&group, &with(&[("licenses", "A, B")])).unwrap();
    let member =
        policy("{inputs: [{name: banned}, {name: more}, {name: level, default: '{{ inputs.level }}!'}], embedded: a}");
    let found = arguments_in_group(&member, &group.materials[0].policies[0].with, &bound.texts).unwrap();
    assert_eq!(serde_json::Value::from(found.values), json!({"banned": ["A", "B"], "more": "x", "level": "high!"}));
}
