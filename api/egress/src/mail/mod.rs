//! Mails: put together and checked before anybody is asked, handed to a server whose address was checked.

mod bounded;
mod greeting;
mod message;
mod starttls;

use assay_integration::MailTls;
use assay_ports::{EgressError, Mail};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, AsyncTokioStream};
use lettre::transport::smtp::extension::ClientId;
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::broker::Broker;
use crate::credentials::unusable;
use crate::error::{self, Cause};
use crate::target::Host;
use bounded::Bounded;
use greeting::Greeted;

/// Most characters that are kept of what a server says.
const SAID: usize = 500;

/// A mail that was handed over: the server's last line, and the size of the message in bytes.
pub(crate) struct Handed {
    pub(crate) line: String,
    pub(crate) bytes: u64,
}

impl Broker {
    /// Hands a mail over.
    pub(crate) async fn hand_over(&self, mail: &Mail) -> Result<Handed, EgressError> {
        let login = login(mail)?;
        let host = Host::parse(&mail.server.host)?;
        host.check(&self.way.policy, mail.server.port)?;
        let message = message::build(mail, self.clock.now()).await?;
        let (stream, _) = self.way.connect(&host, mail.server.port).await?;
        let hello = hello(&stream)?;
        let mut connection = self.converse(mail.server.tls, &host, stream, &hello).await?;
        let said = |e| answer(&e, login.as_ref());
        if let Some((user, password)) = &login {
            let credentials = Credentials::new(user.clone(), password.clone());
            connection.auth(DEFAULT_MECHANISMS, &credentials).await.map_err(said)?;
        }
        let content = message.formatted();
        let reply = connection.send(message.envelope(), &content).await.map_err(said)?;
        // The mail is theirs; what they say to a farewell changes nothing.
        drop(timeout(self.waits.connect, connection.quit()).await);
        let line = format!("{} {}", reply.code(), reply.message().last().unwrap_or_default());
        Ok(Handed { line: shown(&line, login.as_ref()), bytes: content.len() as u64 })
    }

    /// Greets the server, over TLS unless none is wanted.
    async fn converse(
        &self,
        tls: MailTls,
        host: &Host,
        mut stream: TcpStream,
        hello: &ClientId,
    ) -> Result<AsyncSmtpConnection, EgressError> {
        let stream: Box<dyn AsyncTokioStream> = match tls {
            MailTls::Plain => Box::new(stream),
            MailTls::Tls => Box::new(Greeted::by_server(self.tls.connect(host, stream).await?)),
            MailTls::StartTls => {
                starttls::demand(&mut stream, &hello.to_string()).await?;
                // After the change both begin anew, but the server does not greet again (RFC 3207, section 4.2).
                Box::new(Greeted::already(self.tls.connect(host, stream).await?))
            }
        };
        let stream = Box::new(Bounded::new(stream));
        AsyncSmtpConnection::connect_with_transport(stream, hello).await.map_err(|e| answer(&e, None))
    }
}

type Login = (String, String);

fn login(mail: &Mail) -> Result<Option<Login>, EgressError> {
    let password = mail.server.password.as_ref().map(|password| password.expose().clone());
    match (mail.server.user.clone(), password) {
        (Some(user), Some(password)) if !format!("{user}{password}").contains('\0') => Ok(Some((user, password))),
        (Some(_), Some(_)) => Err(unusable("a login has no NUL character")),
        (Some(_), None) => Err(unusable("a user needs a password")),
        (None, _) => Ok(None),
    }
}

/// The address literal of this end (RFC 5321, section 4.1.4): it has no better name.
fn hello(stream: &TcpStream) -> Result<ClientId, EgressError> {
    Ok(match stream.local_addr().map_err(error::connect)?.ip() {
        std::net::IpAddr::V4(v4) => ClientId::Ipv4(v4),
        std::net::IpAddr::V6(v6) => ClientId::Ipv6(v6),
    })
}

/// What went wrong in a conversation: the server's refusal, the connection, or what is no SMTP.
fn answer(error: &Error, login: Option<&Login>) -> EgressError {
    let source = std::error::Error::source(error);
    let text = source.map_or_else(|| error.to_string(), ToString::to_string);
    if let Some(code) = error.status() {
        return EgressError::Mail { code: code.into(), text: shown(&text, login) };
    }
    let io = source.and_then(|source| source.downcast_ref::<std::io::Error>());
    match io {
        Some(io) if error::is_ours(io) => error::protocol(Cause::Endless),
        Some(io) => error::connect(std::io::Error::new(io.kind(), io.to_string())),
        None => error::protocol(Cause::Conversation { said: shown(&text, login) }),
    }
}

/// A server's words without the login, should it repeat it.
fn shown(text: &str, login: Option<&Login>) -> String {
    let text = assay_base::text::printable(text.trim());
    let repeats = login.is_some_and(|(user, password)| {
        let forms = [BASE64_STANDARD.encode(format!("\0{user}\0{password}")), BASE64_STANDARD.encode(password)];
        !password.is_empty() && (text.contains(password.as_str()) || forms.iter().any(|form| text.contains(form)))
    });
    if repeats { "(the server repeats the login)".to_owned() } else { assay_base::text::head(&text, SAID) }
}
