use std::collections::BTreeMap;

use assay_wire::Exit;

use crate::config::Environment;
use crate::error::CliError;

/// What the names of secrets have in them.
const SECRET: [&str; 5] = ["TOKEN", "SECRET", "PASSW", "KEY", "CREDENTIAL"];
/// How our own variables begin.
const OWN: &str = "ASSAY_";

/// The variables that a contract wishes to have recorded. A contract is somebody else's wish: what is named like a secret
/// is recorded when the user allows it by name, and not else.
///
/// # Errors
/// [`CliError`] for a variable that looks like a secret, and (exit 3) for one that is not set.
pub(super) fn capture(
    wished: &[String],
    allowed: &[String],
    env: &Environment,
) -> Result<BTreeMap<String, String>, CliError> {
    let secret = wished.iter().find(|name| is_secret(name) && !allowed.contains(name));
    if let Some(name) = secret {
        let message = format!("the contract wants `{name}` of the environment recorded, which looks like a secret");
        let hint = format!("attestations are read by many; `--allow-env {name}` records it all the same");
        return Err(CliError::new(Exit::Incomplete, "env-secret", message).hint(hint));
    }
    wished.iter().map(|name| Ok((name.clone(), value(env, name)?.to_owned()))).collect()
}

fn value<'e>(env: &'e Environment, name: &str) -> Result<&'e str, CliError> {
    env.get(name).ok_or_else(|| {
        let message = format!("the contract wants `{name}` of the environment recorded, and it is not set");
        CliError::new(Exit::Incomplete, "env-missing", message)
    })
}

fn is_secret(name: &str) -> bool {
    let upper = name.to_uppercase();
    upper.starts_with(OWN) || SECRET.iter().any(|part| upper.contains(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_recorded_only_by_name() {
        let env = ["BUILD", "DEPLOY_TOKEN", "aws_secret", "ASSAY_X", "MONKEY"].map(|n| (n.to_owned(), "v".to_owned()));
        let env = Environment::of(env);
        let names = |names: &[&str]| names.iter().map(|n| (*n).to_owned()).collect::<Vec<_>>();
        let cases: [(&[&str], &[&str], Result<usize, &str>); 8] = [
            (&["BUILD"], &[], Ok(1)),
            (&["BUILD", "DEPLOY_TOKEN"], &[], Err("DEPLOY_TOKEN")),
            (&["BUILD", "DEPLOY_TOKEN"], &["DEPLOY_TOKEN"], Ok(2)),
            (&["DEPLOY_TOKEN"], &["DEPLOY_TOKE"], Err("DEPLOY_TOKEN")),
            (&["aws_secret"], &[], Err("aws_secret")),
            (&["ASSAY_X"], &[], Err("ASSAY_X")),
            (&["MONKEY"], &[], Err("MONKEY")),
            (&["ABSENT"], &[], Err("ABSENT")),
        ];
        for (wished, allowed, expected) in cases {
            match (capture(&names(wished), &names(allowed), &env), expected) {
                (Ok(captured), Ok(count)) => assert_eq!(captured.len(), count),
                (Err(error), Err(name)) => assert!(error.message().contains(name) && error.exit() == Exit::Incomplete),
                (found, expected) => panic!("{wished:?} {found:?} {expected:?}"),
            }
        }
    }
}
