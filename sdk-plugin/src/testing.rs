//! A host for unit tests: it answers what the test says and remembers what the integration did.
//!
//! ```
//! # use assay_plugin_sdk::prelude::*;
//! # pub struct Chat;
//! # #[derive(Deserialize, JsonSchema)]
//! # #[serde(deny_unknown_fields)]
//! # pub struct Registration {
//! #     #[schemars(extend("x-assay-endpoint" = "hook", "writeOnly" = true))]
//! #     hook: Endpoint,
//! # }
//! # #[derive(Deserialize, JsonSchema)]
//! # #[serde(deny_unknown_fields)]
//! # pub struct Attachment {}
//! # impl Integration for Chat {
//! #     const MANIFEST: Manifest = Manifest::new("chat", "1.0.0", "Chat room");
//! #     type Registration = Registration;
//! #     type Attachment = Attachment;
//! #     fn register(_: &Context, _: Registration) -> Result<Value, Error> { Ok(json!({})) }
//! #     fn execute(task: Task<Self>) -> Result<Value, Error> {
//! #         let hook = &task.registration.configuration.hook;
//! #         Request::post(hook).json(&json!({"text": summary(&task.delivery)})).send()?.ok(&task.context)?;
//! #         Ok(json!({}))
//! #     }
//! # }
//! use assay_plugin_sdk::testing::{Answer, MockHost};
//!
//! let host = MockHost::<Chat>::new().registration(json!({"hook": "https://chat.example.org/room"}));
//! host.answer(Answer::status(429).header("retry-after", "7"));
//! let error = host.execute().unwrap_err();
//! assert_eq!(error, Error::Retryable(assay_plugin_sdk::Retry {
//!     code: "http-429".to_owned(), message: "the destination answered 429".to_owned(), after_seconds: Some(7),
//! }));
//! assert!(host.requests()[0].json()["text"].as_str().unwrap().contains("compliant"));
//! ```

mod answer;
mod calls;
mod documents;
mod faults;
mod recorder;
mod sent;

use std::cell::RefCell;
use std::rc::Rc;

pub use answer::Answer;
pub use calls::MockHost;
pub use documents::{Material, bundle, context, delivery};
pub use faults::faults;
pub use recorder::Line;
pub(crate) use recorder::Recorder;
pub use sent::{Sent, SentMail, SentPart};

thread_local! {
    static CURRENT: RefCell<Option<Rc<Recorder>>> = const { RefCell::new(None) };
}

/// What the functions of the host do: they ask the mock of the call that is running on this thread.
///
/// # Panics
/// Outside a call of a mock.
pub(crate) fn current<T>(act: impl FnOnce(&Recorder) -> T) -> T {
    let host = CURRENT.with(|current| current.borrow().clone());
    #[expect(clippy::expect_used, reason = "a test that forgot its mock is to fail, and to say why")]
    let host = host.expect("a function of the host was called outside a call of a `MockHost`");
    act(&host)
}

/// Runs something with a mock.
pub(crate) fn within<T>(host: &Rc<Recorder>, act: impl FnOnce() -> T) -> T {
    struct Restore(Option<Rc<Recorder>>);
    impl Drop for Restore {
        fn drop(&mut self) {
            CURRENT.with(|current| *current.borrow_mut() = self.0.take());
        }
    }
    let _restore = Restore(CURRENT.with(|current| current.borrow_mut().replace(Rc::clone(host))));
    act()
}
