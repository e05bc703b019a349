use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::suggest::closest;

/// A text that is no material kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{found}` is not a material kind")]
pub struct UnknownKind {
    /// What was written.
    pub found: String,
    /// The kind that was probably meant.
    pub suggestion: Option<&'static str>,
}

macro_rules! kinds {
    ($($variant:ident $text:literal $number:literal $title:literal;)+) => {
        /// The kind of a piece of evidence. Names and numbers are Chainloop's `MaterialType`, so that contracts and
        /// attestations written for it mean the same here.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        #[repr(u8)]
        #[expect(clippy::doc_markdown, reason = "the titles are names of products, shown to users as they are")]
        pub enum MaterialKind {
            $(#[doc = $title] $variant = $number,)+
        }

        impl MaterialKind {
            /// Every kind, in the order of its wire number.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The name as contracts and attestations write it.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }

            /// What it is, in a few words.
            pub const fn title(self) -> &'static str {
                match self { $(Self::$variant => $title,)+ }
            }
        }
    };
}

kinds! {
    String "STRING" 1 "a value given as text";
    ContainerImage "CONTAINER_IMAGE" 2 "an OCI image, by digest";
    Artifact "ARTIFACT" 3 "any file";
    SbomCyclonedxJson "SBOM_CYCLONEDX_JSON" 4 "a CycloneDX SBOM in JSON";
    SbomSpdxJson "SBOM_SPDX_JSON" 5 "an SPDX SBOM in JSON";
    JunitXml "JUNIT_XML" 6 "JUnit test results";
    Openvex "OPENVEX" 7 "an OpenVEX document";
    CsafVex "CSAF_VEX" 8 "a CSAF VEX document";
    Sarif "SARIF" 9 "static analysis results in SARIF";
    HelmChart "HELM_CHART" 10 "a Helm chart";
    Evidence "EVIDENCE" 11 "a custom piece of evidence";
    Attestation "ATTESTATION" 12 "an in-toto attestation";
    CsafInformationalAdvisory "CSAF_INFORMATIONAL_ADVISORY" 13 "a CSAF informational advisory";
    CsafSecurityAdvisory "CSAF_SECURITY_ADVISORY" 14 "a CSAF security advisory";
    CsafSecurityIncidentResponse "CSAF_SECURITY_INCIDENT_RESPONSE" 15 "a CSAF security incident response";
    GitlabSecurityReport "GITLAB_SECURITY_REPORT" 16 "a GitLab security report";
    ZapDastZip "ZAP_DAST_ZIP" 17 "a ZAP report archive";
    BlackduckScaJson "BLACKDUCK_SCA_JSON" 18 "a Black Duck SCA report";
    TwistcliScanJson "TWISTCLI_SCAN_JSON" 19 "a twistcli scan";
    GhasCodeScan "GHAS_CODE_SCAN" 20 "GitHub code scanning alerts";
    GhasSecretScan "GHAS_SECRET_SCAN" 21 "GitHub secret scanning alerts";
    GhasDependencyScan "GHAS_DEPENDENCY_SCAN" 22 "GitHub dependency alerts";
    JacocoXml "JACOCO_XML" 23 "a JaCoCo coverage report";
    SlsaProvenance "SLSA_PROVENANCE" 24 "a SLSA provenance bundle";
    RunnerContext "CHAINLOOP_RUNNER_CONTEXT" 25 "the context of a runner";
    PrInfo "CHAINLOOP_PR_INFO" 26 "the metadata of a pull request";
    GitleaksJson "GITLEAKS_JSON" 27 "a Gitleaks report";
    AiAgentConfig "CHAINLOOP_AI_AGENT_CONFIG" 28 "the configuration of an AI agent";
    AiCodingSession "CHAINLOOP_AI_CODING_SESSION" 29 "an AI coding session";
    OpenapiSpec "OPENAPI_SPEC" 30 "an OpenAPI description";
    AsyncapiSpec "ASYNCAPI_SPEC" 31 "an AsyncAPI description";
    GraphqlSpec "GRAPHQL_SPEC" 32 "a GraphQL schema";
    DetectSecretsBaseline "YELP_DETECT_SECRETS_BASELINE" 33 "a detect-secrets baseline";
    Sigcheck "SYSINTERNALS_SIGCHECK" 34 "a Sysinternals Sigcheck report";
    Accesschk "SYSINTERNALS_ACCESSCHK" 35 "a Sysinternals AccessChk report";
    Dranzer "CERTCC_DRANZER" 36 "a CERT/CC Dranzer report";
    ScorecardJson "OSSF_SCORECARD_JSON" 37 "an OpenSSF Scorecard result";
    RadamsaReport "RADAMSA_REPORT" 38 "a Radamsa log";
    RadamsaCrashes "RADAMSA_CRASHES" 39 "crashes found with Radamsa";
    TrufflehogJson "TRUFFLEHOG_JSON" 40 "a TruffleHog report";
    CoberturaXml "COBERTURA_XML" 41 "a Cobertura coverage report";
    CheckmarxJson "CHECKMARX_JSON" 42 "a Checkmarx report";
}

impl FromStr for MaterialKind {
    type Err = UnknownKind;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.iter().copied().find(|kind| kind.as_str() == text).ok_or_else(|| UnknownKind {
            found: text.to_owned(),
            suggestion: closest(text, Self::ALL.iter().map(|kind| kind.as_str())),
        })
    }
}

impl TryFrom<String> for MaterialKind {
    type Error = UnknownKind;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<MaterialKind> for String {
    fn from(kind: MaterialKind) -> Self {
        kind.as_str().to_owned()
    }
}

impl fmt::Display for MaterialKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_42_and_each_reads_back() {
        assert_eq!(MaterialKind::ALL.len(), 42);
        for (i, kind) in MaterialKind::ALL.iter().enumerate() {
            assert_eq!(*kind as usize, i + 1);
            assert_eq!(kind.as_str().parse(), Ok(*kind));
        }
    }

    #[test]
    fn a_typo_gets_a_suggestion() {
        assert_eq!("SRIF".parse::<MaterialKind>().unwrap_err().suggestion, Some("SARIF"));
    }
}
