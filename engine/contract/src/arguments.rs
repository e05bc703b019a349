use std::collections::BTreeMap;

use assay_base::{Diagnostic, DocumentName};
use serde_json::{Map, Value};

use crate::node::shown;
use crate::template::interpolate;
use crate::{Attachment, GroupAttachment, Input, Policy, PolicyGroup};

/// What a policy is called with.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Arguments {
    /// `input.args`: text, or a list of texts; none when there is nothing to say.
    pub values: Option<Map<String, Value>>,
    /// The same before it was split, defaults included: what an evaluation records as `with`.
    pub texts: BTreeMap<String, String>,
    /// Arguments that were dropped.
    pub warnings: Vec<Diagnostic>,
}

/// Required inputs that were not given.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{document}` needs {}", names(inputs))]
pub struct MissingInputs {
    /// The policy or the policy group.
    pub document: DocumentName,
    /// The inputs, at least one.
    pub inputs: Vec<String>,
}

/// The arguments of a policy that is attached by itself. `overrides` are those of the run and win over `with`.
///
/// Where the policy declares inputs, others are dropped with a warning, and defaults fill in what is absent; where it
/// declares none, everything passes. Each value is split into a list ([`split`]).
///
/// # Errors
/// [`MissingInputs`] when a required input is absent or has no value.
pub fn arguments(
    policy: &Policy,
    with: &BTreeMap<String, String>,
    overrides: &BTreeMap<String, String>,
) -> Result<Arguments, MissingInputs> {
    let mut given = with.clone();
    given.extend(overrides.clone());
    compute(&policy.name, &policy.inputs, &given, str::to_owned)
}

/// The arguments of a policy that is a member of a group: its `with` and its defaults may have templates over the
/// arguments of the group ([`bindings`]).
///
/// # Errors
/// [`MissingInputs`] when a required input is absent or has no value.
pub fn arguments_in_group(
    policy: &Policy,
    with: &BTreeMap<String, String>,
    bindings: &BTreeMap<String, String>,
) -> Result<Arguments, MissingInputs> {
    compute(&policy.name, &policy.inputs, with, |text| interpolate(text, bindings))
}

/// The arguments of a policy group, which its members' templates speak of: [`Arguments::texts`].
///
/// # Errors
/// [`MissingInputs`] when a required input is absent or has no value.
pub fn bindings(group: &PolicyGroup, with: &BTreeMap<String, String>) -> Result<Arguments, MissingInputs> {
    compute(&group.name, &group.inputs, with, str::to_owned)
}

/// Splits the text of an argument into its values: at line ends, then at commas that have no backslash before them. Each
/// is trimmed, empty ones are dropped.
pub fn split(text: &str) -> Vec<String> {
    text.lines().flat_map(split_line).filter(|value| !value.is_empty()).collect()
}

/// What is wrong with the arguments of an attachment to this policy, at its place: required inputs that have no value.
pub fn check_policy(attachment: &Attachment, policy: &Policy) -> Option<Diagnostic> {
    let missing = missing(&policy.name, &policy.inputs, &attachment.with)?;
    Some(missing.diagnostic().at(attachment.origin.place()))
}

/// What is wrong with an attachment to this policy group, at its place: required inputs that have no value, and policies
/// to be skipped that it does not have. Names of members that are files or URLs are not known here.
pub fn check_group(attachment: &GroupAttachment, group: &PolicyGroup) -> Vec<Diagnostic> {
    let missing = missing(&group.name, &group.inputs, &attachment.with).map(|missing| missing.diagnostic());
    let members = group.materials.iter().flat_map(|material| &material.policies).chain(&group.attestation);
    let names: Option<Vec<&str>> = members.map(|member| member.policy_name().map(DocumentName::as_str)).collect();
    let strangers = names.into_iter().flat_map(|names| {
        let strangers = attachment.skip.iter().filter(|name| !names.contains(&name.as_str())).collect::<Vec<_>>();
        strangers.into_iter().map(|name| stranger(name, group, &names)).collect::<Vec<_>>()
    });
    missing.into_iter().chain(strangers).map(|diagnostic| diagnostic.at(attachment.origin.place())).collect()
}

impl MissingInputs {
    /// The error as a diagnostic, without a place.
    pub fn diagnostic(&self) -> Diagnostic {
        let hint = format!("give it in `with`: `{}: …`", shown(self.inputs.first().map_or("", String::as_str)));
        Diagnostic::new("missing-input", self.to_string()).hint(hint)
    }
}

fn names(inputs: &[String]) -> String {
    let names = inputs.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    format!("the {} {names}", if inputs.len() == 1 { "input" } else { "inputs" })
}

fn missing(document: &DocumentName, inputs: &[Input], given: &BTreeMap<String, String>) -> Option<MissingInputs> {
    let has_value = |input: &&Input| given.get(&input.name).is_some_and(|text| !split(text).is_empty());
    let absent = inputs.iter().filter(|input| input.required).filter(|input| !has_value(input));
    let inputs: Vec<_> = absent.map(|input| input.name.clone()).collect();
    (!inputs.is_empty()).then(|| MissingInputs { document: document.clone(), inputs })
}

fn compute(
    document: &DocumentName,
    inputs: &[Input],
    given: &BTreeMap<String, String>,
    fill: impl Fn(&str) -> String,
) -> Result<Arguments, MissingInputs> {
    let mut texts = BTreeMap::new();
    let mut warnings = Vec::new();
    for (name, text) in given {
        if inputs.is_empty() || inputs.iter().any(|input| input.name == *name) {
            texts.insert(name.clone(), fill(text));
        } else {
            warnings.push(undeclared(document, inputs, name));
        }
    }
    for input in inputs {
        if let Some(default) = &input.default {
            texts.entry(input.name.clone()).or_insert_with(|| fill(default));
        }
    }
    match missing(document, inputs, &texts) {
        Some(missing) => Err(missing),
        None => Ok(Arguments { values: values(&texts), texts, warnings }),
    }
}

fn stranger(name: &DocumentName, group: &PolicyGroup, names: &[&str]) -> Diagnostic {
    let message = format!("`{}` has no policy `{name}` that could be skipped", group.name);
    Diagnostic::new("unknown-skip", message).hint(crate::decode::suggestion(name.as_str(), names))
}

fn undeclared(document: &DocumentName, inputs: &[Input], name: &str) -> Diagnostic {
    let names: Vec<_> = inputs.iter().map(|input| input.name.as_str()).collect();
    let message = format!("`{document}` has no input `{}`, it was dropped", shown(name));
    Diagnostic::new("undeclared-input", message).hint(crate::decode::suggestion(name, &names))
}

fn values(texts: &BTreeMap<String, String>) -> Option<Map<String, Value>> {
    let mut values = Map::new();
    for (name, text) in texts {
        let mut list: Vec<_> = split(text).into_iter().map(Value::String).collect();
        let value = if list.len() > 1 { Some(Value::Array(list)) } else { list.pop() };
        values.extend(value.map(|value| (name.clone(), value)));
    }
    (!values.is_empty()).then_some(values)
}

fn split_line(line: &str) -> Vec<String> {
    let mut values = vec![String::new()];
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        match (c, values.last_mut()) {
            ('\\', Some(value)) if chars.next_if_eq(&',').is_some() => value.push(','),
            (',', _) | (_, None) => values.push(String::new()),
            (c, Some(value)) => value.push(c),
        }
    }
    values.iter().map(|value| value.trim().to_owned()).collect()
}
