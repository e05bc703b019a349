use std::time::{Duration, SystemTime};

use assay_base::Timestamp;
use assay_base::text::printable;
use assay_ports::{EgressError, Encoding, Evidence, Mail};
use futures_util::TryStreamExt;
use lettre::Message;
use lettre::message::header::{ContentTransferEncoding, ContentType};
use lettre::message::{Attachment, Body, Mailbox, MessageBuilder, MultiPart, SinglePart};

use crate::body::Content;
use crate::error::{self, Cause};
use crate::target::denied;

/// Most bytes of all attachments.
const ATTACHED: u64 = 10 * 1024 * 1024;
/// Most recipients.
const RECIPIENTS: usize = 100;
/// Most bytes of a subject: it is one line.
const SUBJECT: usize = 900;

/// Puts a mail together. Everything that could be read as a line of its own is refused.
pub(super) async fn build(mail: &Mail, now: Timestamp) -> Result<Message, EgressError> {
    let head = head(mail, now)?;
    let size = mail.attachments.iter().fold(0_u64, |sum, (_, _, evidence)| sum.saturating_add(evidence.size));
    if size > ATTACHED {
        return Err(denied(format!("the attachments have {size} bytes, a mail has at most {ATTACHED}")));
    }
    let mut attached = vec![];
    for (name, media_type, evidence) in &mail.attachments {
        attached.push(attachment(name, media_type, evidence).await?);
    }
    let message = match (attached.is_empty(), &mail.text, &mail.html) {
        (true, Some(text), Some(html)) => head.multipart(MultiPart::alternative_plain_html(text.clone(), html.clone())),
        (true, ..) => head.singlepart(single(mail)),
        (false, Some(text), Some(html)) => {
            let both = MultiPart::alternative_plain_html(text.clone(), html.clone());
            head.multipart(attached.into_iter().fold(MultiPart::mixed().multipart(both), MultiPart::singlepart))
        }
        (false, ..) => head
            .multipart(attached.into_iter().fold(MultiPart::mixed().singlepart(single(mail)), MultiPart::singlepart)),
    };
    message.map_err(|e| error::protocol(Cause::Message(e.into())))
}

fn single(mail: &Mail) -> SinglePart {
    match (&mail.text, &mail.html) {
        (None, Some(html)) => SinglePart::html(html.clone()),
        (text, _) => SinglePart::plain(text.clone().unwrap_or_default()),
    }
}

fn head(mail: &Mail, now: Timestamp) -> Result<MessageBuilder, EgressError> {
    let count = mail.to.len() + mail.cc.len();
    if mail.to.is_empty() || count > RECIPIENTS {
        return Err(denied(format!("a mail has 1 to {RECIPIENTS} recipients, this one has {count}")));
    }
    if mail.subject.chars().any(char::is_control) || mail.subject.len() > SUBJECT {
        return Err(denied(format!("the subject is not one line of at most {SUBJECT} bytes")));
    }
    let from = mailbox("from", &mail.server.from)?;
    let id = message_id(&mail.message_id, from.email.domain())?;
    let date = SystemTime::UNIX_EPOCH + Duration::from_secs(u64::try_from(now.seconds()).unwrap_or(0));
    let mut head = Message::builder().message_id(Some(id)).date(date).from(from).subject(mail.subject.clone());
    for to in &mail.to {
        head = head.to(mailbox("to", to)?);
    }
    for cc in &mail.cc {
        head = head.cc(mailbox("cc", cc)?);
    }
    Ok(head)
}

fn mailbox(field: &str, text: &str) -> Result<Mailbox, EgressError> {
    let wrong = || denied(format!("`{field}` is no address of a mailbox: `{}`", printable(text)));
    if text.chars().any(char::is_control) {
        return Err(wrong());
    }
    text.trim().parse().map_err(|_| wrong())
}

/// The id in the form of RFC 5322, section 3.6.4.
fn message_id(id: &str, domain: &str) -> Result<String, EgressError> {
    let fine = |b: u8| b.is_ascii_alphanumeric() || b"-_.@+=".contains(&b);
    if id.is_empty() || id.len() > 200 || !id.bytes().all(fine) {
        return Err(denied("the id of the mail is none".to_owned()));
    }
    Ok(if id.contains('@') { format!("<{id}>") } else { format!("<{id}@{domain}>") })
}

/// Evidence goes in base64: any other encoding may change the ends of its lines.
async fn attachment(name: &str, media_type: &str, evidence: &Evidence) -> Result<SinglePart, EgressError> {
    if name.is_empty() || name.len() > 255 || name.chars().any(|c| c.is_control() || c == '/') {
        return Err(denied(format!("`{}` is no name of an attachment", printable(name))));
    }
    let octets = "application/octet-stream";
    let media_type = if media_type.chars().any(char::is_control) { octets } else { media_type };
    let media_type = ContentType::parse(media_type).or_else(|_| ContentType::parse(octets));
    let media_type = media_type.map_err(|e| error::protocol(Cause::Message(e.into())))?;
    let content = Content::new(vec![assay_ports::BodyPiece::Evidence(evidence.clone(), Encoding::Identity)]);
    let mut bytes = vec![];
    let mut stream = content.stream();
    while let Some(piece) = stream.try_next().await.map_err(error::protocol)? {
        bytes.extend_from_slice(&piece);
    }
    let body = Body::new_with_encoding(bytes, ContentTransferEncoding::Base64);
    let body = body.map_err(|_| denied(format!("`{}` cannot be attached", printable(name))))?;
    Ok(Attachment::new(name.to_owned()).body(body, media_type))
}
