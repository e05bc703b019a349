//! The executable from outside: a real server, real commands, a real database.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod attacks;
mod authors;
mod fan_out;
mod integrations;
mod judged;
mod limited;
mod lost;
mod pipes;
mod plane;
mod rights;
mod shop;
mod sinks;
mod story;
mod team;
