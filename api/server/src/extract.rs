//! What endpoints take out of a request. Every rejection is a [`Fault`](crate::problem::Fault).

mod body;
mod bytes;
mod caller;
mod choice;
mod input;
mod media_type;
mod params;
mod query;

pub(crate) use body::{read, stream};
pub(crate) use bytes::bytes;
pub(crate) use caller::Who;
pub(crate) use choice::choice;
pub(crate) use input::Input;
pub(crate) use media_type::{JSON, is_one_of};
pub(crate) use params::{BlobPath, GatePath, IdPath, NamePath, Params, RunPath, WorkflowPath};
pub(crate) use query::{Query, page};
