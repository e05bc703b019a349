use assay_base::limits;
use assay_ports::PageRequest;
use assay_wire::ProblemKind;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use crate::problem::Fault;

/// Items of a page when nobody says how many.
const PAGE: u32 = 50;

/// The query of the request.
#[derive(Debug)]
pub(crate) struct Query<T>(pub(crate) T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Fault> {
        match axum::extract::Query::<T>::from_request_parts(parts, state).await {
            Ok(axum::extract::Query(query)) => Ok(Self(query)),
            Err(rejection) => Err(Fault::new(ProblemKind::InvalidRequest, "query", rejection.body_text())),
        }
    }
}

/// Which page of a list is asked for.
pub(crate) fn page(limit: Option<u32>, next: Option<String>) -> Result<PageRequest, Fault> {
    match limit.unwrap_or(PAGE) {
        limit @ 1..=limits::PAGE => Ok(PageRequest { limit, after: next }),
        limit => {
            let detail = format!("a page has 1 to {} items, not {limit} (limit `page`)", limits::PAGE);
            Err(Fault::new(ProblemKind::InvalidRequest, "limit", detail))
        }
    }
}

#[cfg(test)]
mod tests {
    use assay_wire::{RunQuery, WorkflowQuery};
    use axum::http::Request;

    use super::*;

    #[test]
    fn a_page_has_one_to_two_hundred_items() {
        for (limit, expected) in
            [(None, Some(50)), (Some(1), Some(1)), (Some(200), Some(200)), (Some(0), None), (Some(201), None)]
        {
            assert_eq!(page(limit, None).ok().map(|page| page.limit), expected, "{limit:?}");
        }
    }

    #[tokio::test]
    async fn a_wrong_query_is_a_problem() {
        for query in ["limit=x", "limit=1&limit=2", "project=A", "digest=sha256:1"] {
            let (mut parts, ()) = Request::get(format!("/?{query}")).body(()).unwrap().into_parts();
            let fault = Query::<RunQuery>::from_request_parts(&mut parts, &()).await.unwrap_err();
            assert_eq!((fault.problem.status, fault.problem.code.as_str()), (400, "query"), "{query}");
        }
        let (mut parts, ()) = Request::get("/?limit=7&project=p").body(()).unwrap().into_parts();
        let Query(query) = Query::<WorkflowQuery>::from_request_parts(&mut parts, &()).await.unwrap();
        assert_eq!((query.limit, query.project.unwrap().as_str()), (Some(7), "p"));
    }
}
