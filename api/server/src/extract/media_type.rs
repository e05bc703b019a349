use assay_base::text::{head, printable};
use assay_wire::ProblemKind;
use axum::http::{HeaderMap, header};

use crate::problem::Fault;

/// The media type of JSON.
pub(crate) const JSON: &str = "application/json";

/// Refuses a body that does not say that it is JSON.
pub(super) fn expect_json(headers: &HeaderMap) -> Result<(), Fault> {
    is_one_of(headers, JSON, |found| found == JSON)
}

/// Refuses a body whose media type, in lower case and without parameters, `takes` does not take; `usual` is one that it does.
pub(crate) fn is_one_of(headers: &HeaderMap, usual: &str, takes: impl Fn(&str) -> bool) -> Result<(), Fault> {
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let found = value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if takes(&found) {
        return Ok(());
    }
    let kind = ProblemKind::UnsupportedMediaType;
    let detail = match found.as_str() {
        "" => "the request does not say of what type its body is".to_owned(),
        found => format!("`{}` is not a type that is read here", printable(&head(found, 120))),
    };
    Err(Fault::new(kind, kind.as_str(), detail).hint(format!("send it as `content-type: {usual}`")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_and_case_do_not_matter() {
        let json = |value: Option<&str>| {
            let mut headers = HeaderMap::new();
            if let Some(value) = value {
                headers.insert(header::CONTENT_TYPE, value.parse().unwrap());
            }
            expect_json(&headers)
        };
        assert!(json(Some("Application/JSON; charset=utf-8")).is_ok());
        for wrong in [None, Some(""), Some("text/plain"), Some("application/jsonp")] {
            assert_eq!(json(wrong).unwrap_err().problem.status, 415, "{wrong:?}");
        }
    }
}
