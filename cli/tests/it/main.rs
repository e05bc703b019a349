//! The executable from outside: a real server, real commands, a real database.

mod plane;
mod rights;
mod story;
