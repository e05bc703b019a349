use assay_contract::RunnerType;

use super::{Mark, Runner, Variable};

/// GitLab CI.
pub(super) const RUNNER: Runner = Runner {
    kind: RunnerType::GitlabPipeline,
    marks: &[Mark::Set("GITLAB_CI"), Mark::Set("CI_JOB_URL")],
    variables: &[
        Variable::Required("GITLAB_USER_EMAIL"),
        Variable::Required("GITLAB_USER_LOGIN"),
        Variable::Required("CI_SERVER_URL"),
        Variable::Required("CI_PROJECT_URL"),
        Variable::Required("CI_COMMIT_SHA"),
        Variable::Required("CI_JOB_URL"),
        Variable::Required("CI_PIPELINE_URL"),
        Variable::Required("CI_RUNNER_VERSION"),
        Variable::Optional("CI_RUNNER_DESCRIPTION"),
        Variable::Required("CI_COMMIT_REF_NAME"),
        Variable::Required("CI_PROJECT_PATH"),
        Variable::Optional("CI_PIPELINE_SOURCE"),
        Variable::Optional("CI_MERGE_REQUEST_IID"),
        Variable::Optional("CI_MERGE_REQUEST_TITLE"),
        Variable::Optional("CI_MERGE_REQUEST_DESCRIPTION"),
        Variable::Optional("CI_MERGE_REQUEST_SOURCE_BRANCH_NAME"),
        Variable::Optional("CI_MERGE_REQUEST_TARGET_BRANCH_NAME"),
        Variable::Optional("CI_MERGE_REQUEST_PROJECT_URL"),
        Variable::Optional("CI_MERGE_REQUEST_PROJECT_PATH"),
    ],
    url: |env| env.get("CI_JOB_URL").map(str::to_owned),
};
