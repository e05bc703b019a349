use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::fmt;

use super::{Answer, Sent, SentMail};
use crate::http::{HttpError, Request, Response};
use crate::log::Level;
use crate::mail::{Email, MailError};
use crate::{Blob, host};

/// What the test said and what the integration did.
#[derive(Default)]
pub(crate) struct Recorder {
    pub(super) answers: RefCell<VecDeque<Answer>>,
    pub(super) answering: RefCell<Option<Answering>>,
    pub(super) mail_answers: RefCell<VecDeque<Result<String, MailError>>>,
    pub(super) requests: RefCell<Vec<Sent>>,
    pub(super) mails: RefCell<Vec<SentMail>>,
    pub(super) lines: RefCell<Vec<Line>>,
    pub(super) values: RefCell<BTreeMap<String, String>>,
}

/// Answers requests.
type Answering = Box<dyn Fn(&Sent) -> Answer>;

/// A line of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// How much it matters.
    pub level: Level,
    /// What it says.
    pub message: String,
    /// Names and values.
    pub fields: Vec<(String, String)>,
}

impl Recorder {
    pub(crate) fn send(&self, request: &Request<'_>) -> Result<Response, HttpError> {
        let sent = Sent::of(request);
        let next = self.answers.borrow_mut().pop_front();
        let answer = next.or_else(|| self.answering.borrow().as_ref().map(|answering| answering(&sent)));
        self.requests.borrow_mut().push(sent);
        let parts = answer.unwrap_or_else(|| Answer::status(200)).0?;
        let metadata = format!("{{\"size\":{}}}", parts.body.len());
        let body = Blob(host::Blob::of(metadata, parts.body.into()));
        Ok(Response { status: parts.status, headers: parts.headers, body })
    }

    pub(crate) fn mail(&self, slot: &str, email: &Email<'_>) -> Result<String, MailError> {
        self.mails.borrow_mut().push(SentMail::of(slot, email));
        self.mail_answers.borrow_mut().pop_front().unwrap_or_else(|| Ok("250 queued".to_owned()))
    }

    pub(crate) fn log(&self, level: Level, message: &str, fields: &[(&str, &str)]) {
        let fields = fields.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect();
        self.lines.borrow_mut().push(Line { level, message: message.to_owned(), fields });
    }

    pub(crate) fn state_get(&self, key: &str) -> Option<String> {
        self.values.borrow().get(key).cloned()
    }

    pub(crate) fn state_set(&self, key: &str, value: Option<&str>) -> Result<(), String> {
        let mut values = self.values.borrow_mut();
        let Some(value) = value else {
            values.remove(key);
            return Ok(());
        };
        let full = values.len() >= 64 && !values.contains_key(key);
        if key.len() > 128 || value.len() > 8 << 10 || full {
            return Err("at most 64 keys of 128 bytes with 8 KiB each".to_owned());
        }
        values.insert(key.to_owned(), value.to_owned());
        Ok(())
    }
}

impl fmt::Debug for Recorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recorder").field("requests", &self.requests).finish_non_exhaustive()
    }
}
