use assay_contract::RunnerType;

use super::{Mark, Runner, Variable};
use crate::config::Environment;

/// GitHub Actions.
pub(super) const RUNNER: Runner = Runner {
    kind: RunnerType::GithubAction,
    marks: &[Mark::Set("CI"), Mark::Set("GITHUB_REPOSITORY"), Mark::Set("GITHUB_RUN_ID")],
    variables: &[
        Variable::Required("GITHUB_ACTOR"),
        Variable::Required("GITHUB_REF"),
        Variable::Required("GITHUB_REPOSITORY"),
        Variable::Required("GITHUB_REPOSITORY_OWNER"),
        Variable::Required("GITHUB_RUN_ID"),
        Variable::Required("GITHUB_SHA"),
        Variable::Required("RUNNER_NAME"),
        Variable::Required("RUNNER_OS"),
        Variable::Optional("GITHUB_EVENT_NAME"),
        Variable::Optional("GITHUB_HEAD_REF"),
        Variable::Optional("GITHUB_BASE_REF"),
        Variable::Optional("GITHUB_EVENT_PATH"),
    ],
    url: job_url,
};

fn job_url(env: &Environment) -> Option<String> {
    let server = env.get("GITHUB_SERVER_URL").unwrap_or("https://github.com");
    let (repository, run) = (env.get("GITHUB_REPOSITORY")?, env.get("GITHUB_RUN_ID")?);
    Some(format!("{server}/{repository}/actions/runs/{run}"))
}
