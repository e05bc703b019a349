/// Whether the process answers.
#[utoipa::path(get, path = "/livez", responses((status = 200, description = "It does.", body = String)))]
pub(crate) async fn handle() -> &'static str {
    "ok\n"
}
