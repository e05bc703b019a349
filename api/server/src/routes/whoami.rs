use assay_wire::WhoAmI;
use axum::Json;

use crate::convert;
use crate::extract::Who;

/// Who is asking.
#[utoipa::path(get, path = "/v1/whoami", responses((status = 200, description = "Who.", body = WhoAmI)))]
pub(crate) async fn handle(Who(caller): Who) -> Json<WhoAmI> {
    Json(convert::who_am_i(&caller))
}
