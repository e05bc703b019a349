use std::collections::BTreeMap;

use assay_app::judge::RuntimeInput;
use assay_base::Diagnostic;
use assay_contract::Annotation;

use crate::error::CliError;
use crate::ui::Ui;

/// How the names of annotations begin that are not the user's to give.
const RESERVED: [&str; 2] = ["chainloop.", "assay."];

/// Splits `key=value` of an option.
///
/// # Errors
/// [`CliError`] with exit 2 when there is no `=` or no key.
pub(crate) fn key_value(option: &str, text: &str) -> Result<(String, String), CliError> {
    match text.split_once('=') {
        Some((key, value)) if !key.trim().is_empty() => Ok((key.trim().to_owned(), value.to_owned())),
        _ => Err(CliError::usage(format!("`{option} {text}` is not of the form `key=value`"))),
    }
}

/// The inputs `[policy:]key=value` of the user.
///
/// # Errors
/// [`CliError`] with exit 2 when one is not of that form.
pub(super) fn inputs(texts: &[String]) -> Result<Vec<RuntimeInput>, CliError> {
    let input = |text: &String| {
        let (key, value) = key_value("--input", text)?;
        let (policy, name) = match key.rsplit_once(':') {
            None => (None, key),
            Some((policy, name)) => {
                let named = policy.parse().map_err(|error| {
                    CliError::usage(format!("`{policy}` in `--input {text}` is not the name of a policy"))
                        .because(error)
                })?;
                (Some(named), name.to_owned())
            }
        };
        Ok(RuntimeInput { policy, name, value })
    };
    texts.iter().map(input).collect()
}

/// The annotations of the contract and of the user together. What the contract fixes, nobody changes.
///
/// # Errors
/// [`CliError`] with exit 2 for an annotation that the contract fixes, that has no value, or whose name is not the user's.
pub(super) fn annotations(contract: &[Annotation], given: &[String]) -> Result<BTreeMap<String, String>, CliError> {
    let fixed = contract.iter().filter_map(|annotation| Some((annotation.name.to_string(), annotation.value.clone()?)));
    let fixed: BTreeMap<String, String> = fixed.filter(|(_, value)| !value.is_empty()).collect();
    let mut all = fixed.clone();
    for text in given {
        let (key, value) = key_value("--annotation", text)?;
        if value.is_empty() {
            return Err(CliError::usage(format!("annotation `{key}` has no value")));
        }
        if RESERVED.iter().any(|prefix| key.starts_with(prefix)) {
            return Err(CliError::usage(format!("annotation `{key}` is set by assay itself")));
        }
        if fixed.get(&key).is_some_and(|fixed| *fixed != value) {
            let message = format!("annotation `{key}` is `{}` by contract", fixed[&key]);
            return Err(CliError::new(assay_wire::Exit::Invalid, "annotation-fixed", message));
        }
        all.insert(key, value);
    }
    Ok(all)
}

/// Tells warnings, each with its place.
pub(crate) fn warn_about(ui: Ui, warnings: &[Diagnostic]) {
    for warning in warnings {
        ui.warn(&warning.to_string());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    fn annotation(name: &str, value: Option<&str>) -> Annotation {
        let value = value.map(str::to_owned);
        Annotation { name: name.parse().unwrap(), value, origin: assay_contract::Origin::default() }
    }

    #[test]
    fn what_the_contract_fixes_stays() {
        let contract = [annotation("environment", None), annotation("team", Some("a"))];
        let all = annotations(&contract, &texts(&["environment=x=y", "other=z", "team=a"])).unwrap();
        let expected = [("environment", "x=y"), ("other", "z"), ("team", "a")];
        assert_eq!(all, expected.map(|(k, v)| (k.to_owned(), v.to_owned())).into());
        for bad in ["team=b", "x", "=y", "x=", "chainloop.material.type=SARIF", "assay.x=y"] {
            assert_eq!(annotations(&contract, &texts(&[bad])).unwrap_err().exit(), assay_wire::Exit::Invalid, "{bad}");
        }
    }

    #[test]
    fn inputs_may_name_their_policy() {
        let inputs = inputs(&texts(&["a=1", "licenses:allow=MIT,BSD:3"])).unwrap();
        assert_eq!((inputs[0].policy.is_none(), inputs[0].name.as_str()), (true, "a"));
        assert_eq!(inputs[1].policy.as_ref().map(assay_base::DocumentName::as_str), Some("licenses"));
        assert_eq!((inputs[1].name.as_str(), inputs[1].value.as_str()), ("allow", "MIT,BSD:3"));
        assert!(super::inputs(&texts(&["Not a name:a=1"])).is_err());
    }
}
