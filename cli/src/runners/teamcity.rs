use assay_contract::RunnerType;

use super::{Mark, Runner, Variable};

/// `TeamCity`. `HOME` and `USER`, which it has in common with every machine, are not recorded.
pub(super) const RUNNER: Runner = Runner {
    kind: RunnerType::TeamcityPipeline,
    marks: &[Mark::Set("TEAMCITY_PROJECT_NAME")],
    variables: &[
        Variable::Required("BUILD_URL"),
        Variable::Required("TEAMCITY_PROJECT_NAME"),
        Variable::Optional("TEAMCITY_VERSION"),
        Variable::Optional("BUILD_NUMBER"),
        Variable::Optional("TEAMCITY_GIT_VERSION"),
        Variable::Optional("BUILD_VCS_NUMBER"),
    ],
    url: |env| env.get("BUILD_URL").map(str::to_owned),
};
