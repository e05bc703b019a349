use super::Answer;
use crate::Error;
use crate::http::HttpError;

/// What goes wrong with destinations, and the error that an integration answers when it uses
/// [`Response::ok`](crate::Response::ok) and `?`. Every integration should be tried with all of them:
///
/// ```
/// # use assay_plugin_sdk::prelude::*;
/// # pub struct Chat;
/// # #[derive(Deserialize, JsonSchema)]
/// # pub struct Fields {}
/// # impl Integration for Chat {
/// #     const MANIFEST: Manifest = Manifest::new("chat", "1.0.0", "Chat room");
/// #     type Registration = Fields;
/// #     type Attachment = Fields;
/// #     fn register(_: &Context, _: Fields) -> Result<Value, Error> { Ok(json!({})) }
/// #     fn execute(task: Task<Self>) -> Result<Value, Error> {
/// #         Request::get(&Endpoint::of("hook")).send()?.ok(&task.context)?;
/// #         Ok(json!({}))
/// #     }
/// # }
/// use assay_plugin_sdk::testing::{MockHost, faults};
///
/// for (answer, error) in faults() {
///     let host = MockHost::<Chat>::new();
///     host.answer(answer);
///     assert_eq!(host.execute(), Err(error));
/// }
/// ```
pub fn faults() -> Vec<(Answer, Error)> {
    let said = |status: u16| format!("the destination answered {status}");
    let network = [
        HttpError::Timeout,
        HttpError::Denied("the address is private".to_owned()),
        HttpError::Connect("nobody listens".to_owned()),
    ];
    let mut faults = vec![
        (Answer::status(302).header("location", "https://example.org/"), Error::permanent("http-302", said(302))),
        (Answer::status(400), Error::permanent("http-400", said(400))),
        (Answer::status(401), Error::unauthorized("http-401", said(401))),
        (Answer::status(403), Error::unauthorized("http-403", said(403))),
        (Answer::status(429).header("retry-after", "7"), Error::retryable("http-429", said(429)).after(7)),
        (Answer::status(500), Error::retryable("http-500", said(500))),
    ];
    faults.extend(network.into_iter().map(|error| (Answer::error(error.clone()), error.into())));
    faults
}
