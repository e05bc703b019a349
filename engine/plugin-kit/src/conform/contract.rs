use assay_integration::{Manifest, fields};
use assay_ports::CallFailure;
use serde_json::{Value, json};

use super::actor::{Actor, Outcome, kind, verdict};
use crate::check;
use crate::error::said;
use crate::stage::Mood;

/// JSON that no form lets through, and that a careless guest would trip over.
fn anything() -> Vec<Value> {
    let deep = (0..100).fold(json!(1), |inner, _| json!([inner]));
    vec![json!(null), json!([]), json!({}), json!("text"), json!(-1e300), json!({"": {"$secret": 7}}), deep]
}

pub(super) fn describe(component: &[u8], manifest: &Manifest) -> Result<String, Vec<String>> {
    let said = check::describe(component)?;
    let forms = [("registration", manifest.registration_schema()), ("attachment", manifest.attachment_schema())];
    let bare = forms.into_iter().flat_map(|(form, schema)| {
        let bare = fields(schema).into_iter().filter(|field| field.description.is_empty());
        bare.map(move |field| format!("`{}` of the {form} has no title and no description", field.name))
    });
    verdict(bare.collect(), said)
}

pub(super) async fn register(actor: &Actor<'_>) -> Outcome {
    let fields = fields(actor.manifest.registration_schema());
    let known = |pointer: &str| fields.iter().any(|field| pointer.strip_prefix('/') == Some(field.name.as_str()));
    let mut wrong = vec![];
    for input in &actor.inputs.valid {
        actor.again(Mood::Good);
        let Ok(bound) = actor.manifest.bind(input) else { continue };
        if let Err(failure) = actor.register(&bound).await?.outcome {
            // A rule of its own, told beside a field, is the right way to refuse.
            if matches!(&failure, CallFailure::InvalidInput(issues) if issues.iter().all(|issue| known(&issue.pointer)))
            {
                continue;
            }
            let names: Vec<_> = input.as_object().into_iter().flatten().map(|(name, _)| name.as_str()).collect();
            wrong.push(format!("a valid registration with {} is refused: {}", names.join(", "), kind(&failure)));
        }
    }
    for input in &actor.inputs.invalid {
        let issues = actor.manifest.registration(input).err().unwrap_or_default();
        let there = |pointer: &str| pointer.starts_with('/') && !pointer[1..].contains('/');
        if !issues.iter().all(|issue| there(&issue.pointer)) {
            wrong.push(format!("an invalid input is refused without a place: {}", said(&issues)));
        }
    }
    wrong.extend(fuzz(actor).await?);
    let (valid, invalid) = (actor.inputs.valid.len(), actor.inputs.invalid.len());
    let right = format!(
        "{valid} valid inputs tried, {invalid} invalid ones refused, {} strange ones survived",
        anything().len()
    );
    Ok(verdict(wrong, right))
}

/// Input that did not pass the schema must not reach a guest; one that traps at it would trap at a mistake of a host, too.
async fn fuzz(actor: &Actor<'_>) -> Result<Vec<String>, assay_ports::PluginError> {
    let mut wrong = vec![];
    for input in anything() {
        actor.again(Mood::Good);
        let mut bound = actor.bound.clone();
        bound.input = input;
        match actor.register(&bound).await?.outcome {
            Err(CallFailure::Trap { message, .. }) => wrong.push(format!("`{}` makes it trap: {message}", bound.input)),
            Err(CallFailure::InvalidInput(issues))
                if !issues.iter().all(|i| i.pointer.is_empty() || i.pointer.starts_with('/')) =>
            {
                wrong.push(format!("`{}` is refused at what is no JSON pointer: {}", bound.input, said(&issues)));
            }
            _ => {}
        }
    }
    Ok(wrong)
}
