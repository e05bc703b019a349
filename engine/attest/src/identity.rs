use std::fmt;
use std::str::FromStr;

use assay_base::{OrgName, ProjectName, RunId, WorkflowName};

use crate::AttestError;

/// Who signed, for a keyless attestation: one run.
///
/// The text form, the URI in the certificate's subject alternative name, is
/// `<server>/orgs/O/projects/P/workflows/W/runs/R`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunIdentity {
    /// The base URL of the server, without a slash at the end.
    pub server: String,
    /// The organization.
    pub org: OrgName,
    /// The project.
    pub project: ProjectName,
    /// The workflow.
    pub workflow: WorkflowName,
    /// The run.
    pub run: RunId,
}

impl fmt::Display for RunIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { server, org, project, workflow, run } = self;
        write!(f, "{server}/orgs/{org}/projects/{project}/workflows/{workflow}/runs/{run}")
    }
}

impl FromStr for RunIdentity {
    type Err = AttestError;
    fn from_str(uri: &str) -> Result<Self, AttestError> {
        read(uri).ok_or_else(|| AttestError::RunIdentity { uri: uri.to_owned() })
    }
}

fn read(uri: &str) -> Option<RunIdentity> {
    let mut segments = uri.rsplitn(9, '/');
    let mut pair = |label: &str| {
        let value = segments.next()?;
        (segments.next()? == label).then_some(value)
    };
    let run = pair("runs")?.parse().ok()?;
    let workflow = pair("workflows")?.parse().ok()?;
    let project = pair("projects")?.parse().ok()?;
    let org = pair("orgs")?.parse().ok()?;
    let server = segments.next()?;
    let known = server.starts_with("https://") || server.starts_with("http://");
    let clean = server.bytes().all(|b| b.is_ascii_graphic()) && !server.ends_with('/');
    (known && clean).then(|| RunIdentity { server: server.to_owned(), org, project, workflow, run })
}

#[cfg(test)]
mod tests {
    use super::*;

    const RUN: &str =
        "orgs/default/projects/payments-api/workflows/release-build/runs/0190a5d0-0000-7000-8000-00000000000a";

    #[test]
    fn a_uri_names_one_run() {
        for server in ["https://assay.example", "http://127.0.0.1:8080", "https://example.com/orgs/x"] {
            let uri = format!("{server}/{RUN}");
            let identity: RunIdentity = uri.parse().unwrap();
            assert_eq!((identity.server.as_str(), identity.to_string()), (server, uri));
            assert_eq!(identity.workflow.as_str(), "release-build");
        }
    }

    #[test]
    fn anything_else_names_none() {
        let good = format!("https://assay.example/{RUN}");
        let bad = [
            String::new(),
            RUN.to_owned(),
            format!("/{RUN}"),
            format!("ftp://x/{RUN}"),
            format!("https://a b/{RUN}"),
            format!("https://a//{RUN}"),
            format!("{good}/"),
            format!("{good}/x"),
            good.replace("/projects/", "/project/"),
            good.replace("default", "De fault"),
            good.to_uppercase(),
        ];
        for uri in bad {
            assert_eq!(uri.parse::<RunIdentity>().unwrap_err().code(), "run-identity", "{uri}");
        }
    }
}
