//! What the `OpenAPI` document says beyond what stands at the endpoints: ids, rights, path parameters, problems.

use assay_app::{Operation, Reach};
use assay_wire::Problem;
use utoipa::PartialSchema as _;
use utoipa::openapi::path::{Operation as Described, Parameter, ParameterBuilder, ParameterIn, Paths};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{ContentBuilder, Info, ObjectBuilder, OpenApi, Ref, RefOr, Required, ResponseBuilder, Type};

use crate::problem::PROBLEM_JSON;

/// The name of the security scheme.
const BEARER: &str = "bearer";

/// What the parameters of paths are.
const PARAMETERS: [(&str, &str); 8] = [
    ("org", "The organization of the token."),
    ("run_id", "The id of a run: a UUID."),
    ("digest", "`sha256:` and 64 lower-case hexadecimal digits."),
    ("name", "The name of the object."),
    ("id", "The id of the object."),
    ("gate", "The name of the gate."),
    ("project", "The name of the project."),
    ("workflow", "The name of the workflow."),
];

/// Describes an endpoint for everybody.
pub(crate) fn public(paths: &mut Paths, id: &str) {
    each(paths, |_, operation| {
        operation.operation_id = Some(id.to_owned());
        operation.security = Some(vec![]);
        operation.tags = Some(vec!["server".to_owned()]);
    });
}

/// Describes an endpoint behind the guard.
pub(crate) fn guarded(paths: &mut Paths, which: Operation) {
    each(paths, |path, operation| {
        operation.operation_id = Some(which.as_str().to_owned());
        operation.security = Some(vec![SecurityRequirement::new(BEARER, Vec::<String>::new())]);
        operation.tags = Some(vec![noun(path).to_owned()]);
        operation.description = Some(rights(operation.description.as_deref(), which));
        let named = parameters(path);
        operation.parameters.get_or_insert_default().splice(0..0, named.map(RefOr::T));
        for (status, title) in
            [("401", "No token, or one that is none."), ("403", "The token does not have the right.")]
        {
            operation.responses.responses.insert(status.to_owned(), RefOr::T(problem(title)));
        }
        let others = problem("Something is wrong: `code` says what.");
        operation.responses.responses.insert("default".to_owned(), RefOr::T(others));
    });
}

/// Adds what is said once for the whole document.
pub(crate) fn finish(mut document: OpenApi) -> OpenApi {
    document.info = Info::new("Assay", env!("CARGO_PKG_VERSION"));
    document.info.description = Some("The evidence plane of a software supply chain.".to_owned());
    let components = document.components.get_or_insert_default();
    let scheme =
        HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some("An API token: `assay_…`.")).build();
    components.security_schemes.insert(BEARER.to_owned(), RefOr::T(SecurityScheme::Http(scheme)));
    components.schemas.insert("Problem".to_owned(), Problem::schema());
    document
}

fn each(paths: &mut Paths, mut describe: impl FnMut(&str, &mut Described)) {
    for (path, item) in &mut paths.paths {
        let operations = [&mut item.get, &mut item.put, &mut item.post, &mut item.patch, &mut item.delete];
        for operation in operations.into_iter().flatten() {
            describe(path, operation);
        }
    }
}

fn rights(text: Option<&str>, which: Operation) -> String {
    let scope = match which.reach() {
        Reach::Project => "",
        Reach::Organization => ", not limited to one project",
        Reach::Server => " of the organization `default`",
    };
    let needs = format!("Needs the role `{}`{scope}.", which.role());
    text.map_or_else(|| needs.clone(), |text| format!("{text}\n\n{needs}"))
}

/// The noun that a path is about: its first fixed segment behind the organization.
fn noun(path: &str) -> &str {
    let rest = path.strip_prefix("/v1/orgs/{org}/").or_else(|| path.strip_prefix("/v1/")).unwrap_or(path);
    rest.split('/').next().unwrap_or(rest)
}

fn parameters(path: &str) -> impl Iterator<Item = Parameter> {
    path.split('/').filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}')).map(|name| {
        let about = PARAMETERS.iter().find(|(known, _)| *known == name).map(|(_, about)| *about);
        ParameterBuilder::new()
            .name(name)
            .parameter_in(ParameterIn::Path)
            .required(Required::True)
            .description(about)
            .schema(Some(ObjectBuilder::new().schema_type(Type::String).build()))
            .build()
    })
}

fn problem(description: &str) -> utoipa::openapi::Response {
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
    ResponseBuilder::new().description(description).content(PROBLEM_JSON, content).build()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value;

    use super::*;

    fn document() -> Value {
        serde_json::to_value(crate::openapi()).unwrap()
    }

    /// Every operation: path, method, description.
    fn operations(document: &Value) -> impl Iterator<Item = (&String, &String, &Value)> {
        let paths = document["paths"].as_object().unwrap();
        paths
            .iter()
            .flat_map(|(path, item)| item.as_object().unwrap().iter().map(move |(method, op)| (path, method, op)))
    }

    #[test]
    fn every_operation_of_the_table_has_one_endpoint_and_every_endpoint_one_operation() {
        let document = document();
        let mut guarded = BTreeSet::new();
        for (path, method, operation) in operations(&document) {
            let id = operation["operationId"].as_str().unwrap();
            if operation["security"] == serde_json::json!([]) {
                assert!(!path.starts_with("/v1"), "{method} {path} is for everybody");
            } else {
                assert_eq!(operation["security"], serde_json::json!([{ "bearer": [] }]), "{method} {path}");
                assert!(path.starts_with("/v1/") && guarded.insert(id.to_owned()), "{method} {path}: {id}");
            }
        }
        let table: BTreeSet<_> = Operation::ALL.iter().map(|operation| operation.as_str().to_owned()).collect();
        assert_eq!(guarded, table);
    }

    #[test]
    fn every_parameter_of_a_path_is_described_and_every_reference_resolves() {
        let document = document();
        for (path, method, operation) in operations(&document) {
            let described: BTreeSet<_> = operation["parameters"]
                .as_array()
                .into_iter()
                .flatten()
                .filter(|parameter| parameter["in"] == "path")
                .inspect(|parameter| assert!(parameter["description"].is_string(), "{method} {path}: {parameter}"))
                .map(|parameter| parameter["name"].as_str().unwrap())
                .collect();
            let written: BTreeSet<_> =
                path.split('/').filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}')).collect();
            assert_eq!(described, written, "{method} {path}");
            assert!(operation["summary"].is_string(), "{method} {path} has no summary");
        }
        let text = document.to_string();
        for part in text.split(r##""$ref":"#"##).skip(1) {
            let pointer = part.split('"').next().unwrap();
            assert!(document.pointer(pointer).is_some(), "{pointer} leads nowhere");
        }
    }

    #[test]
    fn the_document_is_the_one_that_is_committed() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/reference/openapi.json");
        let text = serde_json::to_string_pretty(&document()).unwrap() + "\n";
        if std::env::var_os("UPDATE").is_some() {
            std::fs::create_dir_all(std::path::Path::new(path).parent().unwrap()).unwrap();
            std::fs::write(path, &text).unwrap();
        }
        let committed = std::fs::read_to_string(path).unwrap_or_default();
        assert!(
            committed == text,
            "docs/reference/openapi.json is not what the code says: run this test with UPDATE=1"
        );
        assert!(text.contains(r#""openapi": "3.1"#));
    }
}
