use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use assay_base::Secret;
use assay_integration::{MailServer, MailTls};
use assay_ports::{Egress, EgressError, Mail};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use crate::tls::Identity;
use crate::world::{broker, evidence, local};

/// What a server does beyond taking mails.
#[derive(Clone, Default)]
struct Manner {
    /// Accepts TLS: from the first byte, or after `STARTTLS`.
    tls: Option<(TlsAcceptor, MailTls)>,
    /// The answer to `AUTH`, when it is not `235 ok`.
    login: Option<&'static str>,
    /// Said right behind the consent to `STARTTLS`, in the clear.
    injects: &'static str,
    /// Says a line without an end, where it is its turn for the first time (over TLS, if there is TLS).
    endless: bool,
    /// Offers `LOGIN` and not `PLAIN`.
    asks: bool,
    /// The answer to `RCPT`, when it is not `250 ok`.
    recipient: Option<&'static str>,
}

/// A mail server that keeps everything that is said to it.
#[derive(Clone)]
struct Sink {
    port: u16,
    manner: Manner,
    said: Arc<Mutex<Vec<String>>>,
    /// Bytes of the line without an end that were taken from it.
    flood: Arc<AtomicUsize>,
}

impl Sink {
    async fn start(manner: Manner) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let sink =
            Self { port: listener.local_addr().unwrap().port(), manner, said: Arc::default(), flood: Arc::default() };
        let accepting = sink.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(accepting.clone().serve(stream));
            }
        });
        sink
    }

    async fn serve(self, stream: TcpStream) {
        let greeting = "220 sink ESMTP\r\n";
        match &self.manner.tls {
            None => drop(self.talk(stream, greeting).await),
            Some((acceptor, MailTls::Tls)) => {
                if let Ok(stream) = acceptor.accept(stream).await {
                    self.talk(stream, greeting).await;
                }
            }
            Some((acceptor, _)) => {
                if let Some(stream) = self.talk(stream, greeting).await
                    && let Ok(stream) = acceptor.accept(stream).await
                {
                    self.talk(stream, "").await;
                }
            }
        }
    }

    /// Talks until the client leaves, or wants TLS.
    async fn talk<S: AsyncRead + AsyncWrite + Unpin>(&self, stream: S, greeting: &str) -> Option<S> {
        let mut stream = BufReader::new(stream);
        if self.manner.endless && (greeting.is_empty() || !matches!(self.manner.tls, Some((_, MailTls::StartTls)))) {
            while stream.write_all(&[b'2'; 8 * 1024]).await.is_ok() {
                self.flood.fetch_add(8 * 1024, Ordering::SeqCst);
            }
            return None;
        }
        stream.write_all(greeting.as_bytes()).await.ok()?;
        let (mut line, mut data) = (String::new(), false);
        while stream.read_line(&mut line).await.ok()? > 0 {
            let said = std::mem::take(&mut line);
            self.said.lock().unwrap().push(said.trim_end().to_owned());
            if data && said != ".\r\n" {
                continue;
            }
            data = said == "DATA\r\n";
            let reply = self.reply(&said, greeting.is_empty());
            stream.write_all(reply.as_bytes()).await.ok()?;
            stream.flush().await.ok()?;
            if said == "STARTTLS\r\n" {
                return Some(stream.into_inner());
            }
        }
        None
    }

    fn reply(&self, said: &str, secure: bool) -> String {
        let manner = &self.manner;
        let offers_tls = !secure && matches!(manner.tls, Some((_, MailTls::StartTls)));
        match said.split_ascii_whitespace().next().unwrap_or_default() {
            "EHLO" => {
                let logins = if manner.asks { "LOGIN" } else { "PLAIN LOGIN" };
                let tls = if offers_tls { "250-STARTTLS\r\n" } else { "" };
                format!("250-sink\r\n{tls}250-AUTH {logins}\r\n250 8BITMIME\r\n")
            }
            "STARTTLS" => format!("220 go\r\n{}", manner.injects),
            "AUTH" if manner.asks => "334 VXNlcm5hbWU6\r\n".to_owned(),
            // What answers the first question of LOGIN: the user.
            "dQ==" => "334 UGFzc3dvcmQ6\r\n".to_owned(),
            "AUTH" | "cEA1NQ==" => format!("{}\r\n", manner.login.unwrap_or("235 ok")),
            "RCPT" => format!("{}\r\n", manner.recipient.unwrap_or("250 ok")),
            "DATA" => "354 go\r\n".to_owned(),
            "." => "250-taken\r\n250 queued as 7\r\n".to_owned(),
            "QUIT" => "221 bye\r\n".to_owned(),
            _ => "250 ok\r\n".to_owned(),
        }
    }

    fn said(&self) -> Vec<String> {
        self.said.lock().unwrap().clone()
    }

    /// A mail for this server.
    fn mail(&self, tls: MailTls) -> Mail {
        Mail {
            server: MailServer {
                host: "127.0.0.1".to_owned(),
                port: self.port,
                tls,
                from: "Assay <assay@example.org>".to_owned(),
                user: Some("u".to_owned()),
                password: Some(Secret::new("p@55".to_owned())),
            },
            to: vec!["security@example.org".to_owned()],
            cc: vec!["Lead <lead@example.org>".to_owned()],
            subject: "Verdict für payments".to_owned(),
            text: Some("it is\n.compliant\n".to_owned()),
            html: None,
            attachments: vec![],
            message_id: "0197-abc".to_owned(),
            timeout: Duration::from_secs(10),
        }
    }
}

fn has(said: &[String], line: &str) -> bool {
    said.iter().any(|own| own == line)
}

#[tokio::test]
async fn a_mail_arrives_with_all_its_recipients() {
    let sink = Sink::start(Manner::default()).await;
    let line = local().mail(sink.mail(MailTls::Plain)).await.unwrap();
    assert_eq!(line, "250 queued as 7");
    let said = sink.said();
    for line in [
        "EHLO [127.0.0.1]",
        "AUTH PLAIN AHUAcEA1NQ==",
        "MAIL FROM:<assay@example.org>",
        "RCPT TO:<security@example.org>",
        "RCPT TO:<lead@example.org>",
        "From: Assay <assay@example.org>",
        "To: security@example.org",
        "Cc: Lead <lead@example.org>",
        "Message-ID: <0197-abc@example.org>",
        "Date: Fri, 02 Jan 2026 03:04:05 +0000",
        "it is",
        "..compliant",
        "QUIT",
    ] {
        assert!(has(&said, line), "{line}: {said:#?}");
    }
    assert!(said.iter().any(|line| line.starts_with("Subject: ") && line.is_ascii()));
}

#[tokio::test]
async fn evidence_is_attached_byte_for_byte() {
    let sink = Sink::start(Manner::default()).await;
    let bytes = b"{\n \"line\": \"ends as it ends\"\r\n}\n\0\xff".repeat(40);
    let mut mail = sink.mail(MailTls::Plain);
    mail.html = Some("<p>it is</p>".to_owned());
    mail.attachments = vec![
        ("sbom.cdx.json".to_owned(), "application/json".to_owned(), evidence(&bytes)),
        ("ö\"; x=y.bin".to_owned(), "nonsense".to_owned(), evidence(b"x")),
    ];
    local().mail(mail).await.unwrap();
    let text = sink.said().join("\n");
    let encoded: String = text.lines().filter(|line| !line.contains(' ')).collect();
    assert!(encoded.contains(&BASE64_STANDARD.encode(&bytes)), "{text}");
    assert!(text.contains("multipart/mixed") && text.contains("multipart/alternative"), "{text}");
    assert!(text.contains("sbom.cdx.json") && text.contains("application/octet-stream"), "{text}");
    let mut large = sink.mail(MailTls::Plain);
    large.attachments = vec![("a".to_owned(), "text/plain".to_owned(), evidence(&vec![0; 6 << 20])); 2];
    assert!(matches!(local().mail(large).await, Err(EgressError::Denied { .. })));
}

#[tokio::test]
async fn nobody_logs_in_without_a_user() {
    let sink = Sink::start(Manner::default()).await;
    let mut mail = sink.mail(MailTls::Plain);
    mail.server.user = None;
    local().mail(mail).await.unwrap();
    assert!(!sink.said().iter().any(|line| line.starts_with("AUTH")));
    let mut mail = sink.mail(MailTls::Plain);
    mail.server.password = None;
    assert!(matches!(local().mail(mail).await, Err(EgressError::Credential { .. })));
}

#[tokio::test]
async fn a_server_that_asks_is_answered() {
    let sink = Sink::start(Manner { asks: true, ..Manner::default() }).await;
    local().mail(sink.mail(MailTls::Plain)).await.unwrap();
    assert!(has(&sink.said(), "AUTH LOGIN") && has(&sink.said(), "cEA1NQ=="));
}

#[tokio::test]
async fn refusals_keep_their_code_and_lose_the_password() {
    for (reply, code, words) in [
        ("535 5.7.8 no: p@55", 535, "repeats"),
        ("530 login first", 530, "login first"),
        ("534 AHUAcEA1NQ== is weak", 534, "repeats"),
        ("454 later", 454, "later"),
    ] {
        let sink = Sink::start(Manner { login: Some(reply), ..Manner::default() }).await;
        let error = local().mail(sink.mail(MailTls::Plain)).await.unwrap_err();
        assert!(
            matches!(&error, EgressError::Mail { code: own, text } if *own == code && text.contains(words)),
            "{error:?}"
        );
        assert!(!has(&sink.said(), "DATA"));
    }
    let sink = Sink::start(Manner { recipient: Some("550 no such user"), ..Manner::default() }).await;
    let error = local().mail(sink.mail(MailTls::Plain)).await.unwrap_err();
    assert!(matches!(error, EgressError::Mail { code: 550, .. }), "{error:?}");
    assert!(!has(&sink.said(), "DATA"));
}

#[tokio::test]
async fn tls_protects_the_login_and_the_mail() {
    let identity = Identity::of(&["127.0.0.1"]);
    for tls in [MailTls::Tls, MailTls::StartTls] {
        let sink = Sink::start(Manner { tls: Some((identity.acceptor.clone(), tls)), ..Manner::default() }).await;
        let line = identity.trusted_by(local()).mail(sink.mail(tls)).await.unwrap();
        assert_eq!(line, "250 queued as 7", "{tls:?}");
        let said = sink.said();
        let change = said.iter().position(|line| line == "STARTTLS");
        assert_eq!(change, (tls == MailTls::StartTls).then_some(1));
        assert!(said.iter().position(|line| line.starts_with("AUTH")) > change);
        // Nobody knows the certificate: nothing of the mail is said.
        let sink = Sink::start(Manner { tls: Some((identity.acceptor.clone(), tls)), ..Manner::default() }).await;
        let sent = local().mail(sink.mail(tls)).await;
        assert!(matches!(sent, Err(EgressError::Tls(_))), "{sent:?}");
        assert!(!sink.said().iter().any(|line| line.starts_with("AUTH") || line.starts_with("MAIL")));
    }
}

#[tokio::test]
async fn no_password_is_said_in_the_clear_when_tls_is_wanted() {
    let sink = Sink::start(Manner::default()).await;
    let sent = local().mail(sink.mail(MailTls::StartTls)).await;
    assert!(matches!(sent, Err(EgressError::Tls(_))), "{sent:?}");
    let sent = local().mail(Mail { timeout: Duration::from_secs(1), ..sink.mail(MailTls::Tls) }).await;
    assert!(matches!(sent, Err(EgressError::Tls(_))), "{sent:?}");
    assert!(!sink.said().iter().any(|line| line.contains("AUTH") || line.contains("MAIL")), "{:?}", sink.said());
}

#[tokio::test]
async fn a_line_without_an_end_does_not_fill_the_memory() {
    let identity = Identity::of(&["127.0.0.1"]);
    for tls in [MailTls::Plain, MailTls::Tls, MailTls::StartTls] {
        let accepts = (tls != MailTls::Plain).then(|| (identity.acceptor.clone(), tls));
        let sink = Sink::start(Manner { tls: accepts, endless: true, ..Manner::default() }).await;
        let sent = identity.trusted_by(local()).mail(sink.mail(tls)).await;
        assert!(matches!(&sent, Err(EgressError::Protocol(_))), "{tls:?}: {sent:?}");
        // What was not read lies in the buffers of the sockets.
        let taken = sink.flood.load(Ordering::SeqCst);
        assert!(taken < 16 << 20, "{tls:?}: {taken}");
    }
}

#[tokio::test]
async fn what_stands_behind_the_consent_is_not_read_as_secure() {
    let identity = Identity::of(&["127.0.0.1"]);
    let tls = Some((identity.acceptor.clone(), MailTls::StartTls));
    let sink = Sink::start(Manner { tls, injects: "250 AUTH PLAIN\r\n235 ok\r\n", ..Manner::default() }).await;
    let sent = identity.trusted_by(local()).mail(sink.mail(MailTls::StartTls)).await;
    assert!(matches!(sent, Err(EgressError::Tls(_))), "{sent:?}");
    assert!(!sink.said().iter().any(|line| line.starts_with("AUTH")));
}

#[tokio::test]
async fn no_line_is_smuggled_into_a_mail() {
    let sink = Sink::start(Manner::default()).await;
    let change: [fn(&mut Mail); 12] = [
        |mail| mail.to = vec!["a@example.org\r\nBcc: x@example.org".to_owned()],
        |mail| mail.to = vec!["a@example.org\nRCPT TO:<x@example.org>".to_owned()],
        |mail| mail.to = vec!["a@example.org, x@example.org".to_owned()],
        |mail| mail.to = vec!["a@example.org>\r\nDATA".to_owned()],
        |mail| mail.to = vec!["\"a\r\nb\"@example.org".to_owned()],
        |mail| mail.to = vec![],
        |mail| mail.cc = vec!["\r\nx".to_owned()],
        |mail| mail.server.from = "Assay\r\nBcc: x@example.org <a@example.org>".to_owned(),
        |mail| mail.subject = "s\r\nBcc: x@example.org".to_owned(),
        |mail| mail.subject = "s\nx".to_owned(),
        |mail| mail.message_id = "a>\r\nBcc: x".to_owned(),
        |mail| mail.attachments = vec![("a\r\nb".to_owned(), "text/plain".to_owned(), evidence(b"x"))],
    ];
    for (i, change) in change.iter().enumerate() {
        let mut mail = sink.mail(MailTls::Plain);
        change(&mut mail);
        let sent = local().mail(mail).await;
        assert!(matches!(sent, Err(EgressError::Denied { .. })), "{i}: {sent:?}");
    }
    assert!(sink.said().is_empty(), "nobody was asked");
    let mut dots = sink.mail(MailTls::Plain);
    dots.text = Some("x\r\n.\r\nMAIL FROM:<evil@example.org>\r\n".to_owned());
    local().mail(dots).await.unwrap();
    let said = sink.said();
    let end = said.iter().position(|line| line == ".").unwrap();
    assert!(said[..end].iter().any(|line| line.starts_with("MAIL FROM:<evil")), "it is text: {said:?}");
}

#[tokio::test]
async fn who_is_silent_or_no_mail_server_is_left() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let sink = Sink { port, manner: Manner::default(), said: Arc::default(), flood: Arc::default() };
    for tls in [MailTls::Plain, MailTls::StartTls, MailTls::Tls] {
        let mail = Mail { timeout: Duration::from_millis(300), ..sink.mail(tls) };
        assert!(matches!(local().mail(mail).await, Err(EgressError::Timeout(_))), "{tls:?}");
    }
    let http = crate::server::Server::start(crate::server::ok).await;
    let mut mail = sink.mail(MailTls::Plain);
    (mail.server.port, mail.timeout) = (http.port, Duration::from_millis(300));
    assert!(local().mail(mail).await.is_err());
    drop(listener);
    let sent = broker(&["127.0.0.1"]).mail(sink.mail(MailTls::Plain)).await;
    assert!(matches!(sent, Err(EgressError::Connect(_))), "{sent:?}");
}
