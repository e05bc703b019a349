//! From the JSON of the world's functions to the types of an [`Integration`] and back. Used by [`export!`](crate::export).

use std::marker::PhantomData;

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{Configured, Context, Delivery, Error, Evidence, Integration, Task, host};

/// An integration with the functions of the world.
#[derive(Debug)]
pub struct Exported<I>(PhantomData<I>);

/// The arguments of `execute`, as the host gives them.
#[derive(Debug)]
pub struct RawTask {
    pub(crate) context: String,
    pub(crate) registration: String,
    pub(crate) attachment: String,
    pub(crate) envelope: host::Blob,
    pub(crate) materials: Vec<host::Blob>,
}

impl<I: Integration> Exported<I> {
    pub(crate) fn describe() -> String {
        I::MANIFEST.document::<I::Registration, I::Attachment>().to_string()
    }

    pub(crate) fn register(context: &str, input: &str) -> Result<String, Error> {
        text(I::register(&document(context, "context")?, fields(input)?))
    }

    pub(crate) fn attach(context: &str, registration: &str, input: &str) -> Result<String, Error> {
        text(I::attach(&document(context, "context")?, document(registration, "registration")?, fields(input)?))
    }

    pub(crate) fn execute(task: RawTask) -> Result<String, Error> {
        text(I::execute(Task {
            context: document(&task.context, "context")?,
            delivery: document::<Delivery>(&task.context, "context")?,
            registration: document(&task.registration, "registration")?,
            attachment: document(&task.attachment, "attachment")?,
            envelope: Evidence::of(task.envelope)?,
            materials: task.materials.into_iter().map(Evidence::of).collect::<Result<_, _>>()?,
        }))
    }

    pub(crate) fn check(context: &str, registration: &str) -> Result<String, Error> {
        text(I::check(&document(context, "context")?, document(registration, "registration")?))
    }

    pub(crate) fn detach(context: &str, registration: &str, attachment: &str) -> Result<(), Error> {
        let context: Context = document(context, "context")?;
        let attachment: Configured<I::Attachment> = document(attachment, "attachment")?;
        I::detach(&context, document(registration, "registration")?, attachment)
    }

    pub(crate) fn deregister(context: &str, registration: &str) -> Result<(), Error> {
        I::deregister(&document(context, "context")?, document(registration, "registration")?)
    }

    pub(crate) fn migrate(from_version: &str, state: &str) -> Result<String, Error> {
        text(I::migrate(from_version, document(state, "state")?))
    }
}

fn text(answer: Result<Value, Error>) -> Result<String, Error> {
    answer.map(|value| value.to_string())
}

/// What the host wrote; when it does not read, host and guest do not fit together.
fn document<T: DeserializeOwned>(json: &str, name: &str) -> Result<T, Error> {
    serde_json::from_str(json)
        .map_err(|error| Error::permanent("host-document", format!("the {name} document: {error}")))
}

/// What the user wrote. The host has checked it against the schema, which may say less than the type.
fn fields<T: DeserializeOwned>(json: &str) -> Result<T, Error> {
    serde_json::from_str(json).map_err(|error| Error::invalid("", error.to_string()))
}
