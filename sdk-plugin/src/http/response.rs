use serde::de::DeserializeOwned;

use crate::time::seconds_of_http_date;
use crate::{Blob, Context, Error};

/// How much of a refusal's body is shown, in characters and read, in bytes.
const SHOWN: usize = 200;
const READ: u32 = 4_096;

/// An answer.
#[derive(Debug)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// Names and values.
    pub headers: Vec<(String, String)>,
    /// The body, which the host holds.
    pub body: Blob,
}

impl Response {
    /// The first header of that name, whatever its case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// This answer, if it is a success (2xx); otherwise what it means:
    ///
    /// | status | |
    /// |---|---|
    /// | 401, 403 | [`Error::Unauthorized`] |
    /// | 408, 425, 429, 5xx | [`Error::Retryable`], with the seconds of `Retry-After` (RFC 9110, section 10.2.3) |
    /// | any other | [`Error::Permanent`] |
    ///
    /// # Errors
    /// As above.
    pub fn ok(self, context: &Context) -> Result<Self, Error> {
        if (200..300).contains(&self.status) { Ok(self) } else { Err(self.refusal(context)) }
    }

    /// What an answer that is no success means; see [`Self::ok`].
    pub fn refusal(&self, context: &Context) -> Error {
        let code = format!("http-{}", self.status);
        let message = self.sentence();
        match self.status {
            401 | 403 => Error::unauthorized(code, message),
            408 | 425 | 429 | 500..=599 => {
                let error = Error::retryable(code, message);
                match self.retry_after(context) {
                    Some(seconds) => error.after(seconds),
                    None => error,
                }
            }
            _ => Error::permanent(code, message),
        }
    }

    /// The whole body as JSON, if it is at most 4 MiB.
    ///
    /// # Errors
    /// [`Error::Permanent`] when it is something else or larger, [`Error::Retryable`] when it breaks off.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Error> {
        let bytes = self.body.read_all(4 << 20)?;
        serde_json::from_slice(&bytes).map_err(|error| {
            Error::permanent("response-invalid", format!("the answer is not the JSON it should be: {error}"))
        })
    }

    /// The whole body as text, if it is at most `limit` bytes.
    ///
    /// # Errors
    /// As [`Blob::read_text`].
    pub fn text(&self, limit: usize) -> Result<String, Error> {
        self.body.read_text(limit)
    }

    /// How many seconds to wait: a number, or a date that is counted from the instant of the call.
    fn retry_after(&self, context: &Context) -> Option<u32> {
        let value = self.header("retry-after")?.trim();
        if let Ok(seconds) = value.parse() {
            return Some(seconds);
        }
        let wait = seconds_of_http_date(value)?.saturating_sub(context.now_seconds());
        u32::try_from(wait.max(0)).ok()
    }

    fn sentence(&self) -> String {
        let status = format!("the destination answered {}", self.status);
        let body = self.body.read(READ).unwrap_or_default();
        let plain: String =
            String::from_utf8_lossy(&body).chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        let words: Vec<_> = plain.split_whitespace().collect();
        match words.join(" ") {
            text if text.is_empty() => status,
            text => format!("{status}: {}", crate::truncate(&text, SHOWN)),
        }
    }
}
