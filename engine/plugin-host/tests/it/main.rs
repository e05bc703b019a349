//! Hostile integrations: what each may do, and how soon it is stopped.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod grants;
mod install;
mod limits;
mod plane;
mod secrets;
