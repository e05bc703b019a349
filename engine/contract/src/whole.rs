use serde_json::{Map, Value, json};

use crate::{Branch, Input, Policy, ScriptSource};

impl Policy {
    /// The policy as a document of its own in JSON, with every script in it; none while a script is elsewhere.
    ///
    /// It says what the policy says, not how its author wrote it: comments and the older form are gone.
    pub fn to_document(&self) -> Option<Value> {
        let branches: Option<Vec<_>> = self.branches.iter().map(branch).collect();
        let mut metadata = Map::from_iter([("name".to_owned(), json!(self.name))]);
        if let Some(description) = &self.description {
            metadata.insert("description".to_owned(), json!(description));
        }
        if let Some(organization) = &self.organization {
            metadata.insert("organization".to_owned(), json!(organization));
        }
        if let Some(finding_type) = self.finding_type {
            metadata.insert("finding_type".to_owned(), json!(finding_type.as_str()));
        }
        if !self.metadata_annotations.is_empty() {
            metadata.insert("annotations".to_owned(), json!(self.metadata_annotations));
        }
        let mut spec = Map::from_iter([("policies".to_owned(), json!(branches?))]);
        if !self.inputs.is_empty() {
            spec.insert("inputs".to_owned(), self.inputs.iter().map(input).collect());
        }
        Some(json!({"apiVersion": "chainloop.dev/v1", "kind": "Policy", "metadata": metadata, "spec": spec}))
    }
}

fn branch(branch: &Branch) -> Option<Value> {
    let ScriptSource::Embedded { text, .. } = &branch.script else { return None };
    let mut object = Map::from_iter([("embedded".to_owned(), json!(**text))]);
    if let Some(kind) = branch.kind {
        object.insert("kind".to_owned(), json!(kind));
    }
    if !branch.phases.is_empty() {
        let phases: Vec<_> = branch.phases.iter().map(|phase| phase.as_str()).collect();
        object.insert("attestation_phases".to_owned(), json!(phases));
    }
    Some(Value::Object(object))
}

fn input(input: &Input) -> Value {
    let mut object = Map::from_iter([("name".to_owned(), json!(input.name))]);
    if let Some(description) = &input.description {
        object.insert("description".to_owned(), json!(description));
    }
    if input.required {
        object.insert("required".to_owned(), json!(true));
    }
    if let Some(default) = &input.default {
        object.insert("default".to_owned(), json!(default));
    }
    Value::Object(object)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    const WRITTEN: &str = "apiVersion: chainloop.dev/v1
kind: Policy
metadata: {name: p, description: no, finding_type: SAST, annotations: {category: sbom}}
spec:
  inputs: [{name: limit, required: true, description: how many}, {name: level, default: '1'}]
  policies:
    - {kind: SARIF, path: a.rego}
    - {kind: ATTESTATION, attestation_phases: [PUSH], embedded: 'package main'}
";

    #[test]
    fn a_policy_whose_scripts_were_fetched_reads_back_as_it_is() {
        let mut policy = Policy::parse(WRITTEN).unwrap();
        assert_eq!(policy.to_document(), None, "a script is elsewhere");
        let text = Arc::from("package main\n\nimport rego.v1\n");
        policy.branches[0].script = ScriptSource::Embedded { text, first_line: None, indent: 0 };
        let again = Policy::parse(&policy.to_document().unwrap().to_string()).unwrap();
        assert_eq!(
            (&again.name, &again.description, &again.inputs),
            (&policy.name, &policy.description, &policy.inputs)
        );
        assert_eq!(
            (again.finding_type, &again.metadata_annotations),
            (policy.finding_type, &policy.metadata_annotations)
        );
        let told = |policy: &Policy| {
            let row = |b: &Branch| (b.kind, b.phases.clone(), branch(b));
            policy.branches.iter().map(row).collect::<Vec<_>>()
        };
        assert_eq!(told(&again), told(&policy));
    }
}
