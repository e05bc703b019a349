use std::fmt;
use std::str::FromStr;

use assay_base::closest;

/// A text that is no runner.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{found}` is not a runner")]
pub struct UnknownRunner {
    /// What was written.
    pub found: String,
    /// The runner that was probably meant.
    pub suggestion: Option<&'static str>,
}

macro_rules! runners {
    ($($(#[$doc:meta])* $variant:ident $text:literal $number:literal;)+) => {
        /// The kind of machine that runs a workflow. Names and numbers are Chainloop's `RunnerType`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum RunnerType {
            $($(#[$doc])* $variant = $number,)+
        }

        impl RunnerType {
            /// Every runner, in the order of its wire number.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The name as contracts and attestations write it.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }
        }
    };
}

runners! {
    /// GitHub Actions.
    GithubAction "GITHUB_ACTION" 1;
    /// GitLab CI.
    GitlabPipeline "GITLAB_PIPELINE" 2;
    /// Azure Pipelines.
    AzurePipeline "AZURE_PIPELINE" 3;
    /// Jenkins.
    JenkinsJob "JENKINS_JOB" 4;
    /// `CircleCI`.
    CircleciBuild "CIRCLECI_BUILD" 5;
    /// Dagger.
    DaggerPipeline "DAGGER_PIPELINE" 6;
    /// `TeamCity`.
    TeamcityPipeline "TEAMCITY_PIPELINE" 7;
    /// Tekton.
    TektonPipeline "TEKTON_PIPELINE" 8;
    /// Chainloop's own sandbox.
    ChainloopSandbox "CHAINLOOP_SANDBOX" 9;
}

impl FromStr for RunnerType {
    type Err = UnknownRunner;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.iter().copied().find(|runner| runner.as_str() == text).ok_or_else(|| UnknownRunner {
            found: text.to_owned(),
            suggestion: closest(text, Self::ALL.iter().map(|runner| runner.as_str())),
        })
    }
}

impl fmt::Display for RunnerType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
