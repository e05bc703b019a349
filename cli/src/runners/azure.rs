use assay_contract::RunnerType;

use super::{Mark, Runner, Variable};
use crate::config::Environment;

/// Azure Pipelines.
pub(super) const RUNNER: Runner = Runner {
    kind: RunnerType::AzurePipeline,
    marks: &[Mark::Set("TF_BUILD"), Mark::Set("BUILD_BUILDURI")],
    variables: &[
        Variable::Optional("BUILD_REQUESTEDFOREMAIL"),
        Variable::Required("BUILD_REQUESTEDFOR"),
        Variable::Optional("BUILD_REPOSITORY_URI"),
        Variable::Optional("BUILD_REPOSITORY_NAME"),
        Variable::Required("BUILD_BUILDID"),
        Variable::Required("BUILD_BUILDNUMBER"),
        Variable::Required("BUILD_BUILDURI"),
        Variable::Optional("BUILD_REASON"),
        Variable::Optional("TF_BUILD"),
    ],
    url: job_url,
};

fn job_url(env: &Environment) -> Option<String> {
    let server = env.get("SYSTEM_TEAMFOUNDATIONSERVERURI")?.trim_end_matches('/');
    let (project, build) = (env.get("SYSTEM_TEAMPROJECT")?, env.get("BUILD_BUILDID")?);
    let job = env.get("SYSTEM_JOBID").map(|job| format!("&view=logs&j={job}")).unwrap_or_default();
    Some(format!("{server}/{project}/_build/results?buildId={build}{job}"))
}
