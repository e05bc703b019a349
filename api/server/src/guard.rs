//! Who may pass. The guard runs before an endpoint looks at anything: first the token, then the organization of the path,
//! then the role. What a stranger asks for about an organization that is not his is answered alike whether it exists or not,
//! whatever else the request says.

use assay_app::{App, AppError, Operation, authenticate, authorize};
use assay_model::Caller;
use assay_wire::ProblemKind;
use axum::extract::{FromRequestParts, RawPathParams, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::plane::Plane;
use crate::problem::Fault;

/// What a guard knows: the seams, and what it guards.
#[derive(Debug, Clone)]
pub(crate) struct Guard {
    pub(crate) app: App,
    pub(crate) operation: Operation,
}

/// Lets a request pass to its endpoint, with its [`Caller`], or answers it.
pub(crate) async fn guard(State(guard): State<Guard>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    match admit(&guard.app, &mut parts, guard.operation).await {
        Ok(caller) => {
            parts.extensions.insert(caller);
            next.run(Request::from_parts(parts, body)).await
        }
        Err(error) => Fault::from(error).into_response(),
    }
}

/// Answers what no route matches. Under `/v1` that, too, is for those with a token only.
pub(crate) async fn absent(State(plane): State<Plane>, request: Request) -> Fault {
    if is_guarded(request.uri().path())
        && let Err(error) = identify(&plane.app, request.headers()).await
    {
        return error.into();
    }
    AppError::NotFound { what: "resource" }.into()
}

/// Answers a method that the resource does not have.
pub(crate) async fn wrong_method(State(plane): State<Plane>, request: Request) -> Fault {
    let (mut parts, _) = request.into_parts();
    if is_guarded(parts.uri.path()) {
        // Every token may ask who it is, so all that is left to refuse is a foreign organization.
        if let Err(error) = admit(&plane.app, &mut parts, Operation::WhoAmI).await {
            return error.into();
        }
    }
    let kind = ProblemKind::MethodNotAllowed;
    Fault::new(kind, kind.as_str(), "the header `allow` says which methods it has")
}

async fn admit(app: &App, parts: &mut Parts, operation: Operation) -> Result<Caller, AppError> {
    let caller = identify(app, &parts.headers).await?;
    let absent = |_| AppError::NotFound { what: "resource" };
    let params = RawPathParams::from_request_parts(parts, &()).await.map_err(absent)?;
    let org = params.iter().find_map(|(key, value)| (key == "org").then_some(value));
    authorize(&caller, org, operation)?;
    Ok(caller)
}

async fn identify(app: &App, headers: &HeaderMap) -> Result<Caller, AppError> {
    let caller = authenticate(app, bearer(headers).ok_or(AppError::Unauthenticated)?).await?;
    let span = tracing::Span::current();
    span.record("org", caller.org_name.as_str()).record("subject", caller.subject.as_str());
    Ok(caller)
}

/// The token of `Authorization: Bearer …` (RFC 6750, section 2.1); none when the header is there twice.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let (value, None) = (values.next()?, values.next()) else { return None };
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

fn is_guarded(path: &str) -> bool {
    path.strip_prefix("/v1").is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_one_bearer_token_is_one() {
        let cases: [(&[&str], Option<&str>); 7] = [
            (&["Bearer assay_x"], Some("assay_x")),
            (&["bearer  assay_x "], Some("assay_x")),
            (&[], None),
            (&["assay_x"], None),
            (&["Basic assay_x"], None),
            (&["Bearer a", "Bearer b"], None),
            (&["Bearer \u{e4}"], None),
        ];
        for (values, expected) in cases {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(header::AUTHORIZATION, value.as_bytes().try_into().unwrap());
            }
            assert_eq!(bearer(&headers), expected, "{values:?}");
        }
    }

    #[test]
    fn what_is_under_v1_is_guarded() {
        for (path, guarded) in [("/v1", true), ("/v1/", true), ("/v1/x", true), ("/v10", false), ("/livez", false)] {
            assert_eq!(is_guarded(path), guarded, "{path}");
        }
    }
}
