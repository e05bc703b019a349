use std::cell::Cell;
use std::rc::Rc;

use crate::http::{HttpError, Request, Response};
use crate::log::Level;
use crate::mail::{Email, MailError};
use crate::testing::current;

/// Bytes of a test.
#[derive(Debug)]
pub(crate) struct Blob {
    metadata: String,
    bytes: Rc<[u8]>,
    position: Cell<usize>,
}

impl Blob {
    pub(crate) fn of(metadata: String, bytes: Rc<[u8]>) -> Self {
        Self { metadata, bytes, position: Cell::new(0) }
    }

    /// Everything, wherever the reading is.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(crate) fn metadata(&self) -> String {
        self.metadata.clone()
    }

    #[expect(clippy::unnecessary_wraps, reason = "the component's can fail")]
    pub(crate) fn read(&self, max: u32) -> Result<Vec<u8>, String> {
        let rest = &self.bytes[self.position.get()..];
        let piece = &rest[..rest.len().min(max.min(1 << 20) as usize)];
        self.position.set(self.position.get() + piece.len());
        Ok(piece.to_vec())
    }

    pub(crate) fn rewind(&self) {
        self.position.set(0);
    }
}

pub(crate) fn log(level: Level, message: &str, fields: &[(&str, &str)]) {
    current(|host| host.log(level, message, fields));
}

#[expect(clippy::needless_pass_by_value, reason = "the component's takes it")]
pub(crate) fn send(request: Request<'_>) -> Result<Response, HttpError> {
    current(|host| host.send(&request))
}

#[expect(clippy::needless_pass_by_value, reason = "the component's takes it")]
pub(crate) fn mail(slot: &str, email: Email<'_>) -> Result<String, MailError> {
    current(|host| host.mail(slot, &email))
}

#[expect(clippy::unnecessary_wraps, reason = "the component's can fail")]
pub(crate) fn state_get(key: &str) -> Result<Option<String>, String> {
    Ok(current(|host| host.state_get(key)))
}

pub(crate) fn state_set(key: &str, value: Option<&str>) -> Result<(), String> {
    current(|host| host.state_set(key, value))
}
