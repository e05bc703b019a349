//! Uploads SBOMs (`CycloneDX`) to Dependency-Track.
//!
//! | file | what it is |
//! |---|---|
//! | `options` | the options of an attachment, parsed |
//! | `template`, `filter` | names with annotations in them; which SBOMs are sent |
//! | `api` | the few requests of Dependency-Track's REST API (v1) that are needed |
//!
//! **Must not know:** the API key, and the bytes of SBOMs, which the host sends.

mod api;
mod filter;
mod options;
mod template;

use std::collections::BTreeMap;

use assay_plugin_sdk::prelude::*;

use crate::api::Api;
use crate::options::{Options, Skipped};
use crate::template::Annotations;

/// Uploads SBOMs (`CycloneDX`) to Dependency-Track.
#[derive(Debug)]
pub struct DependencyTrack;

/// Which instance.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(non_snake_case, reason = "the names of the fields are those that users know from Chainloop")]
pub struct Registration {
    /// The URL of the instance's API server; it may have a path.
    #[schemars(extend("x-assay-endpoint" = "api"))]
    instanceURI: Endpoint,
    /// An API key of a team with the permissions `BOM_UPLOAD` and `VIEW_PORTFOLIO`, and `PROJECT_CREATION_UPLOAD` when projects are to be created.
    #[schemars(extend("x-assay-secret" = {"slot": "key", "endpoint": "api", "as": {"header": "X-Api-Key"}}))]
    apiKey: Secret,
    /// Create projects that do not exist yet.
    #[serde(default)]
    allowAutoCreate: bool,
}

/// Which project, and which SBOMs.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(non_snake_case, reason = "the names of the fields are those that users know from Chainloop")]
pub struct Attachment {
    /// The UUID of an existing project. Either this or `projectName`.
    #[serde(default)]
    #[schemars(length(min = 1))]
    projectID: Option<String>,
    /// The name of the project. It may contain `{{ .Material.Annotations.KEY }}` and `{{ .Attestation.Annotations.KEY }}`; an SBOM for which an annotation is missing is not sent.
    #[serde(default)]
    #[schemars(length(min = 1))]
    projectName: Option<String>,
    /// The version of the project, likewise; the version of the run's project when it is not given. Needs `projectName`.
    #[serde(default)]
    #[schemars(length(min = 1))]
    projectVersion: Option<String>,
    /// The UUID of the project under which projects are created. Needs `projectName`.
    #[serde(default)]
    #[schemars(length(min = 1))]
    parentID: Option<String>,
    /// Only SBOMs with these annotations are sent: `key=value,other=value`. Annotations of the material count before those of the attestation.
    #[serde(default)]
    #[schemars(length(min = 1))]
    filter: Option<String>,
}

impl Integration for DependencyTrack {
    const MANIFEST: Manifest = Manifest::new("dependency-track", "1.0.0", "Dependency-Track")
        .description("Uploads CycloneDX SBOMs to Dependency-Track.")
        .materials(&["SBOM_CYCLONEDX_JSON"])
        .endpoints(&[EndpointRule::new("api")
            .schemes(&["https", "http"])
            .methods(&["GET", "POST"])
            .paths(&["/api/v1/"])])
        .limits(Limits::new().memory_mb(96).cpu_ms(3_000).wall_ms(300_000).requests(500));
    type Registration = Registration;
    type Attachment = Attachment;

    fn register(context: &Context, registration: Registration) -> Result<Value, Error> {
        let team = Api::new(context, &registration).team()?;
        let missing = team.missing(registration.allowAutoCreate);
        if missing.is_empty() {
            return Ok(json!({ "team": team.name }));
        }
        let message = format!("the team `{}` of this key lacks the permission {}", team.name, missing.join(" and "));
        Err(Error::invalid("/apiKey", message))
    }

    fn attach(
        context: &Context,
        registration: Configured<Registration>,
        attachment: Attachment,
    ) -> Result<Value, Error> {
        let options = Options::parse(&attachment)?;
        let api = Api::new(context, &registration.configuration);
        if let Some((pointer, id)) = options.project.existing()
            && !api.knows(id)?
        {
            return Err(Error::invalid(pointer, format!("there is no project `{id}`, or this key may not see it")));
        }
        Ok(json!({}))
    }

    fn execute(task: Task<Self>) -> Result<Value, Error> {
        let options = Options::parse(&task.attachment.configuration)?;
        let api = Api::new(&task.context, &task.registration.configuration);
        let attestation =
            if options.needs_attestation() { annotations(&task.attestation()?)? } else { BTreeMap::new() };
        let mut outcome = Outcome::default();
        for sbom in &task.materials {
            let annotations = Annotations { material: &sbom.metadata.annotations, attestation: &attestation };
            match options.destination(&annotations, task.delivery.run.version.as_deref()) {
                Ok(destination) => outcome.sent(sbom, api.upload(&destination, sbom))?,
                Err(skipped) => outcome.skipped(sbom, &skipped),
            }
        }
        outcome.done()
    }
}

assay_plugin_sdk::export!(DependencyTrack);

/// The annotations of the run.
fn annotations(attestation: &Attestation) -> Result<BTreeMap<String, String>, Error> {
    #[derive(Deserialize)]
    struct Predicate {
        #[serde(default)]
        annotations: BTreeMap<String, String>,
    }
    let predicate: Result<Predicate, _> = assay_plugin_sdk::serde_json::from_str(attestation.predicate()?.get());
    let predicate = predicate.map_err(|error| Error::permanent("attestation-invalid", error.to_string()))?;
    Ok(predicate.annotations)
}

/// What became of each SBOM. One that is refused for good does not keep the others from being sent.
#[derive(Default)]
struct Outcome {
    uploaded: Vec<Value>,
    skipped: Vec<Value>,
    refused: Option<Error>,
}

impl Outcome {
    fn sent(&mut self, sbom: &Evidence, upload: Result<Value, Error>) -> Result<(), Error> {
        match upload {
            Ok(mut uploaded) => {
                uploaded["material"] = json!(sbom.metadata.name);
                self.uploaded.push(uploaded);
            }
            Err(error @ Error::Permanent(_)) => self.refused = self.refused.take().or(Some(error)),
            Err(error) => return Err(error),
        }
        Ok(())
    }

    fn skipped(&mut self, sbom: &Evidence, skipped: &Skipped) {
        self.skipped.push(json!({ "material": sbom.metadata.name, "reason": skipped.to_string() }));
    }

    fn done(self) -> Result<Value, Error> {
        match self.refused {
            Some(error) => Err(error),
            None => Ok(json!({ "uploaded": self.uploaded, "skipped": self.skipped })),
        }
    }
}

#[cfg(test)]
mod tests {
    use assay_plugin_sdk::testing::{Answer, Material, MockHost, SentPart, faults};

    use super::*;

    fn host() -> MockHost<DependencyTrack> {
        MockHost::new()
            .registration(
                json!({ "instanceURI": "https://dt.example.org/track", "apiKey": "odt", "allowAutoCreate": true }),
            )
            .attachment(json!({ "projectName": "payments" }))
            .material(
                Material::new("sbom", "SBOM_CYCLONEDX_JSON", "{\"bomFormat\":\"CycloneDX\"}")
                    .annotation("team", "blue"),
            )
    }

    fn team(permissions: &[&str]) -> Answer {
        let permissions: Vec<_> = permissions.iter().map(|name| json!({ "name": name })).collect();
        Answer::status(200).json(&json!({ "name": "ci", "permissions": permissions }))
    }

    fn pointers(error: Error) -> Vec<String> {
        match error {
            Error::InvalidInput(issues) => issues.into_iter().map(|issue| issue.pointer).collect(),
            other => panic!("{other}"),
        }
    }

    #[test]
    fn a_key_needs_its_permissions() {
        let host = host();
        host.answer(team(&["BOM_UPLOAD", "VIEW_PORTFOLIO", "PROJECT_CREATION_UPLOAD"])).answer(team(&["BOM_UPLOAD"]));
        assert_eq!(host.register(), Ok(json!({ "team": "ci" })));
        let error = host.register().unwrap_err();
        assert!(
            error.to_string().ends_with("lacks the permission VIEW_PORTFOLIO and PROJECT_CREATION_UPLOAD"),
            "{error}"
        );
        assert_eq!(pointers(error), ["/apiKey"]);
        let request = &host.requests()[0];
        assert_eq!((request.method.as_str(), request.endpoint()), ("GET", Some("api")));
        assert_eq!((request.path(), &request.auth[..]), ("/api/v1/team/self", &["key".to_owned()][..]));
    }

    #[test]
    fn projects_that_are_named_by_id_must_exist() {
        for (options, path, answer, expected) in [
            (json!({ "projectID": "a/b" }), "/api/v1/project/a%2Fb", 200, None),
            (json!({ "projectID": "x" }), "/api/v1/project/x", 404, Some("/projectID")),
            (json!({ "projectName": "n", "parentID": "p" }), "/api/v1/project/p", 404, Some("/parentID")),
        ] {
            let host = host().attachment(options);
            host.answer(Answer::status(answer));
            assert_eq!(host.attach().map_err(pointers).err().map(|pointers| pointers[0].clone()).as_deref(), expected);
            assert_eq!(host.requests()[0].path(), path);
        }
        let host = host();
        assert_eq!(host.attach(), Ok(json!({})));
        assert_eq!(host.requests().len(), 0);
    }

    #[test]
    fn options_that_contradict_each_other() {
        for (options, pointer) in [
            (json!({}), "/projectName"),
            (json!({ "projectID": "x", "projectName": "y" }), "/projectName"),
            (json!({ "projectName": "{{ .Material.Name }}" }), "/projectName"),
            (json!({ "projectName": "x", "filter": "x" }), "/filter"),
        ] {
            let host = host().attachment(options);
            assert_eq!(pointers(host.attach().unwrap_err()), [pointer]);
            assert_eq!(host.requests().len(), 0);
        }
    }

    #[test]
    fn an_sbom_is_uploaded() {
        let host = host();
        host.answer(Answer::status(200).json(&json!({ "token": "t-1" })));
        let uploaded = json!({ "material": "sbom", "project": "payments", "version": "1.4.2", "token": "t-1" });
        assert_eq!(host.execute(), Ok(json!({ "uploaded": [uploaded], "skipped": [] })));
        let request = &host.requests()[0];
        assert_eq!((request.method.as_str(), request.path()), ("POST", "/api/v1/bom"));
        let field = |name: &str| request.part(name).map(SentPart::text);
        assert_eq!(field("autoCreate").as_deref(), Some("true"));
        assert_eq!(field("projectName").as_deref(), Some("payments"));
        assert_eq!(field("projectVersion").as_deref(), Some("1.4.2"));
        assert_eq!(field("bom").as_deref(), Some("{\"bomFormat\":\"CycloneDX\"}"));
        assert_eq!((field("project"), field("parentUUID")), (None, None));
    }

    #[test]
    fn an_sbom_goes_to_a_project_by_id() {
        let host = host().attachment(json!({ "projectID": "p-1" }));
        host.answer(Answer::status(200).json(&json!({})));
        host.execute().unwrap();
        let parts: Vec<_> = host.requests()[0].parts.iter().map(|part| part.name.clone()).collect();
        assert_eq!(parts, ["project", "bom"]);
    }

    #[test]
    fn annotations_choose_the_project_and_the_sboms() {
        let statement = json!({
            "_type": "x", "predicateType": "y", "predicate": { "annotations": { "release": "7" } },
        });
        let bare = Material::new("other", "SBOM_CYCLONEDX_JSON", "{}");
        let host = host().statement(&statement).material(bare).attachment(json!({
            "projectName": "{{ .Material.Annotations.Team }}-x",
            "projectVersion": "{{ .Attestation.Annotations.release }}",
            "filter": "release=7",
        }));
        host.answer(Answer::status(200).json(&json!({ "token": "t" })));
        let outcome = host.execute().unwrap();
        assert_eq!(outcome["uploaded"][0]["project"], "blue-x");
        assert_eq!(outcome["uploaded"][0]["version"], "7");
        let skipped = json!({ "material": "other", "reason": "the material has no annotation `Team`" });
        assert_eq!(outcome["skipped"], json!([skipped]));
        assert_eq!(host.requests().len(), 1);
    }

    #[test]
    fn one_that_is_refused_does_not_keep_the_others_from_being_sent() {
        let host = host().material(Material::new("second", "SBOM_CYCLONEDX_JSON", "{}"));
        host.answer(Answer::status(400)).answer(Answer::status(200).json(&json!({ "token": "t" })));
        assert_eq!(host.execute().unwrap_err().code(), "http-400");
        assert_eq!(host.requests().len(), 2);
    }

    #[test]
    fn faults_of_the_instance() {
        for (answer, error) in faults() {
            let host = host();
            host.answer(answer.clone()).answer(answer);
            assert_eq!(host.register(), Err(error.clone()));
            assert_eq!(host.execute(), Err(error));
        }
    }
}
