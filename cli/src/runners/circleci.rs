use assay_contract::RunnerType;

use super::{Mark, Runner, Variable};

/// `CircleCI`.
pub(super) const RUNNER: Runner = Runner {
    kind: RunnerType::CircleciBuild,
    marks: &[Mark::Is("CI", "true"), Mark::Is("CIRCLECI", "true")],
    variables: &[
        Variable::Required("CIRCLE_BUILD_URL"),
        Variable::Required("CIRCLE_JOB"),
        Variable::Required("CIRCLE_BRANCH"),
        Variable::Required("CIRCLE_NODE_TOTAL"),
        Variable::Required("CIRCLE_NODE_INDEX"),
    ],
    url: |env| env.get("CIRCLE_BUILD_URL").map(str::to_owned),
};
