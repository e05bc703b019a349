use std::time::Duration;

use assay_plugin_sdk::prelude::*;

use crate::Registration;
use crate::options::Destination;

/// The requests that are made of an instance: `/api/v1` of its URL, with the key that the host puts in.
pub(crate) struct Api<'a> {
    context: &'a Context,
    registration: &'a Registration,
}

/// The team of a key.
#[derive(Debug, Deserialize)]
pub(crate) struct Team {
    #[serde(default)]
    pub(crate) name: String,
    #[serde(default)]
    permissions: Vec<Permission>,
}

#[derive(Debug, Deserialize)]
struct Permission {
    name: String,
}

impl Team {
    /// What the key must be allowed to do, and is not.
    pub(crate) fn missing(&self, creates: bool) -> Vec<&'static str> {
        let needed = ["BOM_UPLOAD", "VIEW_PORTFOLIO"].into_iter().chain(creates.then_some("PROJECT_CREATION_UPLOAD"));
        needed.filter(|needed| self.permissions.iter().all(|permission| permission.name != *needed)).collect()
    }
}

/// How long the instance may think.
const PATIENCE: Duration = Duration::from_secs(15);
/// And how fast a line must at least be: bytes in a second.
const SLOWEST: u64 = 1 << 20;

impl<'a> Api<'a> {
    pub(crate) const fn new(context: &'a Context, registration: &'a Registration) -> Self {
        Self { context, registration }
    }

    /// Whose key it is, and what it may do.
    pub(crate) fn team(&self) -> Result<Team, Error> {
        self.request("GET", "/api/v1/team/self").send()?.ok(self.context)?.json()
    }

    /// Whether there is a project of that id.
    pub(crate) fn knows(&self, project: &str) -> Result<bool, Error> {
        let response = self.request("GET", "/api/v1/project").segment(project).send()?;
        // 400 is what it says of an id that is no UUID.
        if matches!(response.status, 400 | 404) { Ok(false) } else { response.ok(self.context).map(|_| true) }
    }

    /// Uploads an SBOM; answers where it went, and the token by which the instance knows its work on it.
    pub(crate) fn upload(&self, destination: &Destination<'_>, sbom: &Evidence) -> Result<Value, Error> {
        #[derive(Deserialize)]
        struct Uploaded {
            token: Option<String>,
        }
        let (form, mut answer) = self.form(destination);
        let request = self.request("POST", "/api/v1/bom");
        let request = request.timeout(PATIENCE + Duration::from_secs(sbom.metadata.size / SLOWEST));
        let response = request.multipart(form.blob("bom", "bom.json", "application/json", &sbom.blob)).send()?;
        let uploaded: Uploaded = response.ok(self.context)?.json()?;
        answer["token"] = json!(uploaded.token);
        Ok(answer)
    }

    fn form<'b>(&self, destination: &Destination<'_>) -> (Multipart<'b>, Value) {
        match destination {
            Destination::Existing { id } => (Multipart::new().text("project", *id), json!({ "project": id })),
            Destination::Named { name, version, parent } => {
                let creates = if self.registration.allowAutoCreate { "true" } else { "false" };
                let fields = [("projectVersion", version.as_deref()), ("parentUUID", *parent)];
                let form = Multipart::new().text("autoCreate", creates).text("projectName", name);
                let given = fields.into_iter().filter_map(|(field, value)| Some((field, value?)));
                let form = given.fold(form, |form, (field, value)| form.text(field, value));
                (form, json!({ "project": name, "version": version }))
            }
        }
    }

    fn request<'b>(&self, method: &str, path: &str) -> Request<'b> {
        let Registration { instanceURI, apiKey, .. } = self.registration;
        Request::new(method, instanceURI).path(path).auth(apiKey).timeout(PATIENCE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_permissions_are_named() {
        let team = |names: &[&str]| Team {
            name: "ci".to_owned(),
            permissions: names.iter().map(|name| Permission { name: (*name).to_owned() }).collect(),
        };
        let all = ["BOM_UPLOAD", "VIEW_PORTFOLIO", "PROJECT_CREATION_UPLOAD"];
        assert_eq!(team(&all).missing(true), [""; 0]);
        assert_eq!(team(&all[..2]).missing(false), [""; 0]);
        assert_eq!(team(&all[..2]).missing(true), ["PROJECT_CREATION_UPLOAD"]);
        assert_eq!(team(&[]).missing(true), ["BOM_UPLOAD", "VIEW_PORTFOLIO", "PROJECT_CREATION_UPLOAD"]);
    }
}
