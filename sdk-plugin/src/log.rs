//! Lines for whoever looks at a delivery. The host bounds them and strikes secrets out.

use crate::host;

/// How much a line matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// Of interest to the author.
    Debug,
    /// What was done.
    Info,
    /// What may be wrong.
    Warn,
    /// What is wrong.
    Error,
}

/// Writes a line with named values.
pub fn write(level: Level, message: &str, fields: &[(&str, &str)]) {
    host::log(level, message, fields);
}

/// Writes a line of interest to the author.
pub fn debug(message: &str) {
    write(Level::Debug, message, &[]);
}

/// Writes what was done.
pub fn info(message: &str) {
    write(Level::Info, message, &[]);
}

/// Writes what may be wrong.
pub fn warn(message: &str) {
    write(Level::Warn, message, &[]);
}

/// Writes what is wrong.
pub fn error(message: &str) {
    write(Level::Error, message, &[]);
}
