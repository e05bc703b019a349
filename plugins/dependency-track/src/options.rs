use std::fmt;

use assay_plugin_sdk::FieldIssue;
use assay_plugin_sdk::prelude::*;

use crate::Attachment;
use crate::filter::Filter;
use crate::template::{Annotations, Missing, Template};

/// The options of an attachment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Options {
    pub(crate) project: Project,
    filter: Filter,
}

/// Where SBOMs go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Project {
    /// To a project that exists.
    Existing { id: String },
    /// To the project of a name.
    Named { name: Template, version: Option<Template>, parent: Option<String> },
}

/// Where one SBOM goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Destination<'a> {
    Existing { id: &'a str },
    Named { name: String, version: Option<String>, parent: Option<&'a str> },
}

/// Why an SBOM is not sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Skipped {
    /// It does not match the filter.
    Filtered(String),
    /// The name or the version mentions what is not there.
    Missing(Missing),
    /// The name is empty, or only blanks.
    Unnamed,
}

impl fmt::Display for Skipped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Filtered(pair) => write!(f, "it does not match the filter `{pair}`"),
            Self::Missing(missing) => missing.fmt(f),
            Self::Unnamed => f.write_str("the name of its project is empty"),
        }
    }
}

impl Project {
    /// The field and the id of a project that must exist.
    pub(crate) fn existing(&self) -> Option<(&'static str, &str)> {
        match self {
            Self::Existing { id } => Some(("/projectID", id)),
            Self::Named { parent, .. } => parent.as_deref().map(|parent| ("/parentID", parent)),
        }
    }
}

impl Options {
    /// Reads the options.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] with everything that is wrong.
    pub(crate) fn parse(attachment: &Attachment) -> Result<Self, Error> {
        let mut issues = Vec::new();
        let project = project(attachment, &mut issues);
        let filter = read(attachment.filter.as_deref(), "/filter", Filter::parse, &mut issues).unwrap_or_default();
        match project {
            Some(project) if issues.is_empty() => Ok(Self { project, filter }),
            _ => Err(Error::InvalidInput(issues)),
        }
    }

    /// Whether annotations of the attestation may be asked for.
    pub(crate) fn needs_attestation(&self) -> bool {
        self.filter != Filter::default() || matches!(self.project, Project::Named { .. })
    }

    /// Where an SBOM with these annotations goes; `version` is that of the run's project.
    ///
    /// # Errors
    /// [`Skipped`] when it goes nowhere.
    pub(crate) fn destination(
        &self,
        annotations: &Annotations<'_>,
        version: Option<&str>,
    ) -> Result<Destination<'_>, Skipped> {
        if let Some(pair) = self.filter.unmet(annotations) {
            return Err(Skipped::Filtered(pair));
        }
        match &self.project {
            Project::Existing { id } => Ok(Destination::Existing { id }),
            Project::Named { name, version: own, parent } => {
                let render = |template: &Template| template.render(annotations).map_err(Skipped::Missing);
                let name = render(name)?;
                if name.trim().is_empty() {
                    return Err(Skipped::Unnamed);
                }
                let own = own.as_ref().map(render).transpose()?;
                let version = own.or_else(|| version.map(str::to_owned)).filter(|version| !version.is_empty());
                Ok(Destination::Named { name, version, parent: parent.as_deref() })
            }
        }
    }
}

fn project(attachment: &Attachment, issues: &mut Vec<FieldIssue>) -> Option<Project> {
    let mut issue = |pointer: &str, message: &str| {
        issues.push(FieldIssue { pointer: pointer.to_owned(), message: message.to_owned() });
        None
    };
    match (&attachment.projectID, &attachment.projectName) {
        (None, None) => issue("/projectName", "either `projectID` or `projectName` is needed"),
        (Some(_), Some(_)) => issue("/projectName", "only one of `projectID` and `projectName` can be given"),
        (Some(_), None) if attachment.parentID.is_some() => issue("/parentID", "it needs `projectName`"),
        (Some(_), None) if attachment.projectVersion.is_some() => issue("/projectVersion", "it needs `projectName`"),
        (Some(id), None) => Some(Project::Existing { id: id.clone() }),
        (None, Some(name)) => {
            let name = read(Some(name), "/projectName", Template::parse, issues);
            let version = read(attachment.projectVersion.as_deref(), "/projectVersion", Template::parse, issues);
            Some(Project::Named { name: name?, version, parent: attachment.parentID.clone() })
        }
    }
}

/// Parses the text of a field, if it was given; what is wrong with it joins the issues.
fn read<T, E: fmt::Display>(
    text: Option<&str>,
    pointer: &str,
    parse: impl Fn(&str) -> Result<T, E>,
    issues: &mut Vec<FieldIssue>,
) -> Option<T> {
    let issue = |error: E| issues.push(FieldIssue { pointer: pointer.to_owned(), message: error.to_string() });
    parse(text?).map_err(issue).ok()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn options(document: Value) -> Result<Options, Vec<String>> {
        let attachment = assay_plugin_sdk::serde_json::from_value(document).unwrap();
        Options::parse(&attachment).map_err(|error| match error {
            Error::InvalidInput(issues) => issues.into_iter().map(|issue| issue.pointer).collect(),
            other => panic!("{other}"),
        })
    }

    #[test]
    fn exactly_one_project_is_named() {
        for (document, pointers) in [
            (json!({}), &["/projectName"][..]),
            (json!({ "projectID": "x", "projectName": "y" }), &["/projectName"]),
            (json!({ "projectID": "x", "parentID": "y" }), &["/parentID"]),
            (json!({ "projectID": "x", "projectVersion": "1" }), &["/projectVersion"]),
            (
                json!({ "projectName": "{{ .X }}", "projectVersion": "{{", "filter": "a" }),
                &["/projectName", "/projectVersion", "/filter"],
            ),
            (json!({ "projectID": "x", "filter": "=" }), &["/filter"]),
        ] {
            assert_eq!(options(document.clone()).unwrap_err(), pointers, "{document}");
        }
        assert!(options(json!({ "projectID": "x", "filter": "a=b" })).is_ok());
    }

    #[test]
    fn names_and_versions_are_rendered() {
        let map = |key: &str, value: &str| BTreeMap::from([(key.to_owned(), value.to_owned())]);
        let (material, attestation) = (map("service", "api"), map("release", "7"));
        let annotations = Annotations { material: &material, attestation: &attestation };
        let named = |name: &str, version: Option<&str>, parent| Destination::Named {
            name: name.to_owned(),
            version: version.map(str::to_owned),
            parent,
        };
        let template = "shop-{{ .Material.Annotations.Service }}";
        for (document, version, expected) in [
            (json!({ "projectID": "id" }), Some("1.0"), Ok(Destination::Existing { id: "id" })),
            (json!({ "projectName": template }), Some("1.0"), Ok(named("shop-api", Some("1.0"), None))),
            (json!({ "projectName": "a", "parentID": "p" }), None, Ok(named("a", None, Some("p")))),
            (
                json!({ "projectName": "a", "projectVersion": "{{.Attestation.Annotations.release}}" }),
                Some("1.0"),
                Ok(named("a", Some("7"), None)),
            ),
            (
                json!({ "projectName": "a", "filter": "service=db" }),
                None,
                Err("it does not match the filter `service=db`"),
            ),
            (
                json!({ "projectName": "{{ .Material.Annotations.team }}" }),
                None,
                Err("the material has no annotation `team`"),
            ),
            (json!({ "projectName": "  " }), None, Err("the name of its project is empty")),
        ] {
            let options = options(document.clone()).unwrap();
            let destination = options.destination(&annotations, version).map_err(|skipped| skipped.to_string());
            assert_eq!(destination, expected.map_err(str::to_owned), "{document}");
        }
    }
}
