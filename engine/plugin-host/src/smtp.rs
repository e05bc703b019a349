use std::sync::Arc;
use std::time::{Duration, Instant};

use assay_base::Digest;
use assay_integration::{MailServer, MailTls};
use assay_ports::{EgressError, Mail, RequestRecord};
use assay_sandbox::Hosted;

use crate::bindings::assay::integration::smtp::{Attachment, Email, Host, SmtpError};
use crate::call::{Call, timeout, wait};
use crate::outcome::sentence;

/// Most recipients of one mail, and bytes of what the guest wrote into it.
const RECIPIENTS: usize = 100;
const TEXT_BYTES: usize = 4 << 20;

/// Most attachments of one mail.
const ATTACHMENTS: usize = 50;

/// What a mail is called among requests.
const METHOD: &str = "MAIL";

impl Host for Hosted<Call> {
    fn send(&mut self, slot: String, message: Email) -> wasmtime::Result<Result<String, SmtpError>> {
        let call = self.host();
        let mut record = record(call, &slot);
        let mail = match mail(call, &slot, message)? {
            Ok(mail) => Mail { timeout: timeout(None, self.wall_left()), ..mail },
            Err(reason) => {
                let reason = call.redactor.text(reason);
                record.denied = Some(reason.clone());
                self.host_mut().remember(record);
                return Ok(Err(SmtpError::Denied(reason)));
            }
        };
        record.request_head = call.redactor.text(head(&mail));
        let egress = Arc::clone(&call.egress);
        let started = Instant::now();
        let answered = wait(self, async move { egress.mail(mail).await });
        record.duration = started.elapsed();
        let call = self.host_mut();
        let answered = match answered {
            Ok(answered) => answered.map_err(|error| failed(call, &error, &mut record)),
            Err(trap) => {
                record.error = Some("the time of the call was over".to_owned());
                call.remember(record);
                return Err(trap);
            }
        };
        let answered = answered.map(|line| call.redactor.text(line));
        if let Ok(line) = &answered {
            record.response_head = Some(sentence(line));
        }
        call.remember(record);
        Ok(answered)
    }
}

/// The mail, or why it must not be sent. The outer error is a trap.
fn mail(call: &Call, slot: &str, message: Email) -> wasmtime::Result<Result<Mail, String>> {
    if let Err(reason) = call.may_request().and_then(|()| few(&message)) {
        return Ok(Err(reason));
    }
    let attachment = |given: Attachment| -> wasmtime::Result<_> {
        Ok((given.filename, given.content_type, call.table.get(&given.content)?.as_evidence()))
    };
    let attachments = message.attachments.into_iter().map(attachment).collect::<Result<Vec<_>, _>>()?;
    let mail = |server: &MailServer| Mail {
        server: server.clone(),
        message_id: message_id(call, slot, &message.subject),
        to: message.to,
        cc: message.cc,
        subject: message.subject,
        text: message.text,
        html: message.html,
        attachments,
        timeout: Duration::ZERO,
    };
    let server = call.bound.mail.get(slot);
    let server = server.ok_or_else(|| format!("the registration has no mail server `{}`", short(slot)));
    Ok(server.map(mail).and_then(|mail| check(&mail).map(|()| mail)))
}

/// Digests of attachments are made before anything else is looked at, so their number comes first.
fn few(message: &Email) -> Result<(), String> {
    let most = message.attachments.len() <= ATTACHMENTS;
    if most { Ok(()) } else { Err(format!("a mail has at most {ATTACHMENTS} attachments")) }
}

fn short(slot: &str) -> String {
    assay_base::text::head(slot, 64)
}

fn check(mail: &Mail) -> Result<(), String> {
    let recipients = mail.to.len() + mail.cc.len();
    if recipients == 0 || recipients > RECIPIENTS {
        return Err(format!("a mail has 1 to {RECIPIENTS} recipients"));
    }
    let written = [Some(&mail.subject), mail.text.as_ref(), mail.html.as_ref()];
    if written.into_iter().flatten().map(String::len).sum::<usize>() > TEXT_BYTES {
        return Err(format!("the text of a mail has at most {} MiB", TEXT_BYTES >> 20));
    }
    let files = mail.attachments.iter().flat_map(|(name, media_type, _)| [name, media_type]);
    let mut lines = mail.to.iter().chain(&mail.cc).chain([&mail.subject]).chain(files);
    if lines.any(|line| line.contains(char::is_control)) {
        return Err("addresses, subjects, file names and types have no line breaks or controls".to_owned());
    }
    Ok(())
}

/// The same at every attempt of a delivery, and for each of its mails another one.
fn message_id(call: &Call, slot: &str, subject: &str) -> String {
    let nth = call.requests().iter().filter(|request| request.method == METHOD).count();
    let identity = format!("{}\n{}\n{slot}\n{nth}\n{subject}", call.pool, call.delivery);
    let digest = Digest::of(identity.as_bytes()).hex();
    let unique = if call.delivery.is_empty() { &digest } else { &call.delivery };
    format!("{unique}.{}", &digest[..16])
}

fn record(call: &Call, slot: &str) -> RequestRecord {
    let origin = call.bound.mail.get(slot).map_or_else(|| format!("mail {}", short(slot)), origin);
    RequestRecord {
        origin: call.redactor.text(origin),
        method: METHOD.to_owned(),
        status: None,
        denied: None,
        error: None,
        bytes: (0, 0),
        duration: Duration::ZERO,
        request_head: String::new(),
        response_head: None,
    }
}

fn origin(server: &MailServer) -> String {
    let scheme = match server.tls {
        MailTls::Tls => "smtps",
        MailTls::StartTls | MailTls::Plain => "smtp",
    };
    format!("{scheme}://{}:{}", server.host, server.port)
}

fn head(mail: &Mail) -> String {
    let (to, cc) = (mail.to.join(", "), mail.cc.join(", "));
    let head = format!(
        "from: {}\nto: {to}\ncc: {cc}\nsubject: {}\nattachments: {}",
        mail.server.from,
        mail.subject,
        mail.attachments.len()
    );
    assay_base::text::head(&assay_base::text::printable(&head), 8 << 10)
}

/// What the guest, and who looks at the delivery later, learn of a failure. 535 is a refused login (RFC 4954, section 6);
/// 4xx may be different later (RFC 5321, section 4.2.1).
fn failed(call: &Call, error: &EgressError, record: &mut RequestRecord) -> SmtpError {
    let told = call.told(error);
    let denied = matches!(error, EgressError::Denied { .. });
    let kept = if denied { &mut record.denied } else { &mut record.error };
    *kept = Some(told.clone());
    match error {
        EgressError::Denied { .. } => SmtpError::Denied(told),
        EgressError::Mail { code, .. } => {
            record.status = Some(*code);
            match code {
                535 => SmtpError::Unauthorized(told),
                500..=599 => SmtpError::Rejected(told),
                _ => SmtpError::Transient(told),
            }
        }
        EgressError::Credential { .. } => SmtpError::Rejected(told),
        _ => SmtpError::Transient(told),
    }
}
