//! Where a run takes place: told from the environment, without the network, in a fixed order.

mod azure;
mod circleci;
mod github;
mod gitlab;
mod jenkins;
mod teamcity;

use std::collections::BTreeMap;

use assay_contract::RunnerType;

use crate::address;
use crate::config::Environment;

/// What is known about one kind of runner.
pub(crate) struct Runner {
    /// Its type.
    kind: RunnerType,
    /// Variables that are all set, and not empty, on this runner and together on no other.
    marks: &'static [Mark],
    /// Variables that the statement records.
    variables: &'static [Variable],
    /// The page of the job.
    url: fn(&Environment) -> Option<String>,
}

/// A sign of a runner.
enum Mark {
    /// The variable is set.
    Set(&'static str),
    /// The variable has this value.
    Is(&'static str, &'static str),
}

/// A variable that is recorded.
enum Variable {
    /// It is always there.
    Required(&'static str),
    /// It may be missing.
    Optional(&'static str),
}

/// The runners, in the order in which they are looked for.
const RUNNERS: &[&Runner] =
    &[&github::RUNNER, &gitlab::RUNNER, &azure::RUNNER, &jenkins::RUNNER, &circleci::RUNNER, &teamcity::RUNNER];

/// The runner that was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Found {
    /// Its type; absent outside of a known CI.
    pub(crate) kind: Option<RunnerType>,
    /// The page of the job, without the credentials that a runner may have put into it.
    pub(crate) url: Option<String>,
    /// The variables to record.
    pub(crate) env: BTreeMap<String, String>,
}

/// The runner is known, but a variable that it always sets is missing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("this looks like {kind}, but its variable `{variable}` is not set")]
pub(crate) struct RunnerError {
    /// The runner.
    pub(crate) kind: RunnerType,
    /// The variable.
    pub(crate) variable: &'static str,
}

/// Finds the runner of this environment.
///
/// # Errors
/// [`RunnerError`] when a variable is missing that the runner always sets.
pub(crate) fn discover(env: &Environment) -> Result<Found, RunnerError> {
    match RUNNERS.iter().find(|runner| runner.marks.iter().all(|mark| mark.is_on(env))) {
        Some(runner) => runner.record(env),
        None => Ok(Found::default()),
    }
}

impl Mark {
    fn is_on(&self, env: &Environment) -> bool {
        match self {
            Self::Set(name) => env.get(name).is_some(),
            Self::Is(name, expected) => env.get(name) == Some(expected),
        }
    }
}

impl Runner {
    fn record(&self, env: &Environment) -> Result<Found, RunnerError> {
        let mut recorded = BTreeMap::new();
        for variable in self.variables {
            let (Variable::Required(name) | Variable::Optional(name)) = variable;
            match (env.get(name), variable) {
                (Some(value), _) => {
                    recorded.insert((*name).to_owned(), address::without_user(value));
                }
                (None, Variable::Required(variable)) => return Err(RunnerError { kind: self.kind, variable }),
                (None, Variable::Optional(_)) => {}
            }
        }
        Ok(Found { kind: Some(self.kind), url: (self.url)(env).as_deref().map(address::without_user), env: recorded })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn env(pairs: &[(&str, &str)]) -> Environment {
        Environment::of(pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())))
    }

    const GITHUB: &[(&str, &str)] = &[
        ("CI", "true"),
        ("GITHUB_ACTOR", "ann"),
        ("GITHUB_REF", "refs/heads/main"),
        ("GITHUB_REPOSITORY", "acme/app"),
        ("GITHUB_REPOSITORY_OWNER", "acme"),
        ("GITHUB_RUN_ID", "77"),
        ("GITHUB_SERVER_URL", "https://github.com"),
        ("GITHUB_SHA", "a"),
        ("RUNNER_NAME", "r"),
        ("RUNNER_OS", "Linux"),
        ("GITHUB_TOKEN", "secret"),
    ];

    #[test]
    fn github_is_found_and_its_token_is_not_recorded() {
        let found = discover(&env(GITHUB)).unwrap();
        assert_eq!(found.kind, Some(RunnerType::GithubAction));
        assert_eq!(found.url.as_deref(), Some("https://github.com/acme/app/actions/runs/77"));
        assert!(found.env.contains_key("GITHUB_ACTOR") && !found.env.contains_key("GITHUB_TOKEN"));
    }

    #[test]
    fn addresses_are_recorded_without_credentials() {
        let page = "https://ci:secret@jenkins.example/job/1/?a=b";
        let set = [("JENKINS_HOME", "/j"), ("BUILD_URL", page), ("JOB_NAME", "n"), ("WORKSPACE", "w")];
        let found = discover(&env(&[&set[..], &[("NODE_NAME", "n")]].concat())).unwrap();
        assert_eq!(found.url.as_deref(), Some("https://jenkins.example/job/1/?a=b"));
        assert_eq!(found.env["BUILD_URL"], "https://jenkins.example/job/1/?a=b");
    }

    #[test]
    fn a_missing_variable_is_named_and_an_empty_one_is_missing() {
        for value in [None, Some(("RUNNER_NAME", ""))] {
            let kept = GITHUB.iter().filter(|(name, _)| *name != "RUNNER_NAME").copied().chain(value);
            assert_eq!(discover(&env(&kept.collect::<Vec<_>>())).unwrap_err().variable, "RUNNER_NAME");
        }
    }

    #[test]
    fn each_runner_is_told_by_its_marks() {
        let cases: [(&[(&str, &str)], Option<RunnerType>); 6] = [
            (&[], None),
            (&[("CI", "true")], None),
            (&[("TEAMCITY_PROJECT_NAME", "app"), ("BUILD_URL", "u")], Some(RunnerType::TeamcityPipeline)),
            (
                &[
                    ("JENKINS_HOME", "/j"),
                    ("BUILD_URL", "u"),
                    ("JOB_NAME", "n"),
                    ("WORKSPACE", "w"),
                    ("NODE_NAME", "n"),
                ],
                Some(RunnerType::JenkinsJob),
            ),
            (&[("CIRCLECI", "true")], None),
            (&[("GITLAB_CI", "true")], None),
        ];
        for (pairs, kind) in cases {
            assert_eq!(discover(&env(pairs)).unwrap().kind, kind, "{pairs:?}");
        }
    }
}
