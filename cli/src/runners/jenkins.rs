use assay_contract::RunnerType;

use super::{Mark, Runner, Variable};

/// Jenkins.
pub(super) const RUNNER: Runner = Runner {
    kind: RunnerType::JenkinsJob,
    marks: &[Mark::Set("JENKINS_HOME"), Mark::Set("BUILD_URL")],
    variables: &[
        Variable::Required("JOB_NAME"),
        Variable::Required("BUILD_URL"),
        Variable::Optional("GIT_BRANCH"),
        Variable::Optional("GIT_COMMIT"),
        Variable::Optional("AGENT_WORKDIR"),
        Variable::Required("WORKSPACE"),
        Variable::Required("NODE_NAME"),
    ],
    url: |env| env.get("BUILD_URL").map(str::to_owned),
};
