use std::fmt::Write as _;

use assay_base::text::{head, printable};
use assay_sandbox::Hosted;

use crate::bindings::assay::integration::log::{Host, Level};
use crate::call::Call;

/// Most bytes of the log of one call, and characters of one line.
const LOG_BYTES: usize = 64 << 10;
const LINE: usize = 4 << 10;

/// Characters of a message or of a field that are looked at, and fields: filtering megabytes would take longer than a call may.
const RAW: usize = 16 << 10;
const FIELDS: usize = 64;

/// What stands at the end of a log that was too long.
const FULL: &str = "… the log is full, the rest is not kept";

/// What a guest logged: bounded, one line each, safe to show.
#[derive(Debug, Default)]
pub(crate) struct Log {
    lines: Vec<String>,
    bytes: usize,
    full: bool,
}

impl Log {
    pub(crate) fn into_lines(self) -> Vec<String> {
        self.lines
    }

    fn push(&mut self, line: String) {
        // A line costs more than its text.
        self.bytes += line.len() + size_of::<String>();
        self.full = self.bytes > LOG_BYTES;
        self.lines.push(if self.full { FULL.to_owned() } else { line });
    }
}

impl Host for Hosted<Call> {
    fn write(&mut self, level: Level, message: String, fields: Vec<(String, String)>) -> wasmtime::Result<()> {
        let call = self.host_mut();
        if call.log.full {
            return Ok(());
        }
        let mut line = format!("{} {}", name(level), head(&message, RAW));
        for (key, value) in fields.into_iter().take(FIELDS) {
            // Writing into a text does not fail.
            let _written = write!(line, " {}={}", head(&key, RAW), head(&value, RAW));
        }
        let line = printable(&call.redactor.text(line)).replace('\n', "\\n");
        call.log.push(head(&line, LINE));
        Ok(())
    }
}

const fn name(level: Level) -> &'static str {
    match level {
        Level::Debug => "debug",
        Level::Info => "info",
        Level::Warn => "warn",
        Level::Error => "error",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_ends_with_one_line() {
        let mut log = Log::default();
        let mut pushed = 0;
        while !log.full {
            log.push("x".repeat(1000));
            pushed += 1;
        }
        assert!(pushed < 70);
        assert_eq!(log.into_lines().last().map(String::as_str), Some(FULL));
    }
}
