use assay_base::json;
use assay_wire::ProblemKind;
use axum::extract::{FromRequest, Request};
use serde::de::DeserializeOwned;
use serde_path_to_error::{Path, Segment};

use super::media_type;
use crate::problem::Fault;

/// A JSON body of at most `LIMIT` bytes, read as strictly as evidence: one reading, or none.
#[derive(Debug)]
pub(crate) struct Input<T, const LIMIT: usize = { 1 << 20 }>(pub(crate) T);

impl<T, S, const LIMIT: usize> FromRequest<S> for Input<T, LIMIT>
where
    T: DeserializeOwned,
    S: Send + Sync,
{
    type Rejection = Fault;

    async fn from_request(request: Request, _: &S) -> Result<Self, Fault> {
        media_type::expect_json(request.headers())?;
        let bytes = super::read(request.into_body(), ("body-size", LIMIT)).await?;
        parse(&bytes).map(Self)
    }
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Fault> {
    let value = json::parse(bytes).map_err(|e| Fault::diagnosed(ProblemKind::InvalidRequest, &e.diagnostic()))?;
    serde_path_to_error::deserialize(value).map_err(|error| {
        let pointer = pointer(error.path());
        Fault::new(ProblemKind::InvalidRequest, "request-shape", error.into_inner().to_string()).at(pointer)
    })
}

/// The JSON Pointer (RFC 6901) of a path.
fn pointer(path: &Path) -> String {
    let mut pointer = String::new();
    for segment in path {
        match segment {
            Segment::Seq { index } => json::push_pointer(&mut pointer, &index.to_string()),
            Segment::Map { key } => json::push_pointer(&mut pointer, key),
            Segment::Enum { .. } | Segment::Unknown => {}
        }
    }
    pointer
}

#[cfg(test)]
mod tests {
    use assay_wire::{ApplyRequest, OpenRun};

    use super::*;

    #[test]
    fn a_wrong_field_is_named_by_its_pointer() {
        let cases: [(&[u8], &str, Option<&str>); 5] = [
            (br#"{"workflow":"w","project":"P"}"#, "request-shape", Some("/project")),
            (br#"{"workflow":"w","project":"p","colour":1}"#, "request-shape", Some("/colour")),
            (br#"{"workflow":"w"}"#, "request-shape", Some("")),
            (br#"{"workflow":"w","workflow":"v","project":"p"}"#, "json-duplicate-key", Some("/workflow")),
            (b"", "json-empty", None),
        ];
        for (body, code, place) in cases {
            let problem = parse::<OpenRun>(body).unwrap_err().problem;
            let shown = String::from_utf8_lossy(body);
            assert_eq!((problem.status, problem.code.as_str()), (400, code), "{shown}: {}", problem.detail);
            assert_eq!(problem.pointer.as_deref(), place, "{shown}: {}", problem.detail);
        }
        let problem = parse::<ApplyRequest>(br#"{"sources":[{"text":"a"},{"text":7}]}"#).unwrap_err().problem;
        assert_eq!(problem.pointer.as_deref(), Some("/sources/1/text"));
    }
}
