use assay_app::push::{self, News, Pushed};
use assay_wire::PushAnswer;
use axum::Json;
use axum::extract::{Request, State};
use axum::http::StatusCode;

use crate::convert;
use crate::extract::{self, JSON, Params, RunPath, Who, is_one_of};
use crate::plane::Plane;
use crate::problem::{BUNDLE_LIMIT, Fault};

/// Takes the attestation of a run: verifies, stores and judges it.
///
/// The body is a Sigstore bundle. The same bundle again is answered alike; another one is a conflict.
#[utoipa::path(
    post,
    path = "/v1/orgs/{org}/runs/{run_id}/attestation",
    request_body(
        description = "A Sigstore bundle of version 0.3 with a DSSE envelope.",
        content((Object = "application/vnd.dev.sigstore.bundle.v0.3+json"), (Object = "application/json"))
    ),
    responses(
        (status = 201, description = "It is stored and judged.", body = PushAnswer),
        (status = 200, description = "It was stored before.", body = PushAnswer),
        (status = 202, description = "It is stored and is being judged.", body = PushAnswer),
    )
)]
pub(crate) async fn handle(
    State(Plane { app, metrics }): State<Plane>,
    Who(caller): Who,
    Params(path): Params<RunPath>,
    request: Request,
) -> Result<(StatusCode, Json<PushAnswer>), Fault> {
    is_one_of(request.headers(), JSON, is_bundle)?;
    let bytes = extract::read(request.into_body(), BUNDLE_LIMIT).await?;
    let pushed = push::push(&app, &caller, path.run_id, bytes.as_ref().into()).await?;
    if pushed.news == News::Stored {
        metrics.pushed(pushed.verdict.as_ref());
    }
    Ok((status(&pushed), Json(convert::push_answer(&pushed))))
}

const fn status(pushed: &Pushed) -> StatusCode {
    match (pushed.news, &pushed.verdict) {
        (_, None) => StatusCode::ACCEPTED,
        (News::Stored, Some(_)) => StatusCode::CREATED,
        (News::Known, Some(_)) => StatusCode::OK,
    }
}

fn is_bundle(found: &str) -> bool {
    let versioned = found.strip_prefix("application/vnd.dev.sigstore.bundle");
    found == JSON || versioned.is_some_and(|rest| rest.ends_with("+json"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bundle_is_json_or_says_so() {
        for (found, good) in [
            ("application/json", true),
            ("application/vnd.dev.sigstore.bundle.v0.3+json", true),
            ("application/vnd.dev.sigstore.bundle+json", true),
            ("application/vnd.dev.sigstore.bundle.v0.3", false),
            ("text/plain", false),
            ("", false),
        ] {
            assert_eq!(is_bundle(found), good, "{found}");
        }
    }
}
