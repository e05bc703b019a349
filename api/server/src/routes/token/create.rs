use std::str::FromStr as _;
use std::time::Duration;

use assay_app::App;
use assay_app::tokens::{self, TokenRequest};
use assay_base::closest;
use assay_model::Role;
use assay_wire::{NewToken, ProblemKind, TokenCreated};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;

use crate::convert;
use crate::extract::{Input, Who};
use crate::problem::Fault;

/// Makes a token. Its text is in the answer, this once.
#[utoipa::path(
    post,
    path = "/v1/orgs/{org}/tokens",
    request_body = NewToken,
    responses((status = 201, description = "It is made.", body = TokenCreated))
)]
pub(crate) async fn handle(
    State(app): State<App>,
    Who(caller): Who,
    Input(new): Input<NewToken>,
) -> Result<(StatusCode, Json<TokenCreated>), Fault> {
    let request = TokenRequest {
        role: role(&new.role)?,
        name: new.name,
        project: new.project,
        lives: new.expires_in_seconds.map(Duration::from_secs),
    };
    let (token, stored) = tokens::create(&app, &caller, request).await?;
    Ok((StatusCode::CREATED, Json(convert::token_created(&token, &stored))))
}

fn role(text: &str) -> Result<Role, Fault> {
    Role::from_str(text).map_err(|error| {
        let fault = Fault::new(ProblemKind::InvalidRequest, "role", error.to_string()).at("/role");
        match closest(text, Role::ALL.iter().map(|role| role.as_str())) {
            Some(near) => fault.hint(format!("did you mean `{near}`?")),
            None => fault,
        }
    })
}
