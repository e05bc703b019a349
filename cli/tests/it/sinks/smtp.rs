use std::io::{self, BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// A mail that came.
#[derive(Debug, Clone, Default)]
pub(crate) struct Mail {
    /// The lines of the dialogue before the message, as the client wrote them.
    pub(crate) dialogue: Vec<String>,
    /// Header and body.
    pub(crate) message: String,
}

impl Mail {
    /// The recipients of the envelope.
    pub(crate) fn recipients(&self) -> Vec<&str> {
        self.dialogue.iter().filter_map(|line| line.strip_prefix("RCPT TO:<")?.split('>').next()).collect()
    }
}

/// How a mail server behaves.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) enum Manner {
    /// It takes everything.
    #[default]
    Kind,
    /// It answers `DATA` like this.
    Says(&'static str),
    /// It refuses the login.
    Stranger,
    /// It says nothing at all for so long.
    Silent(Duration),
}

/// A mail server on loopback, without TLS, that behaves as told and remembers what came.
pub(crate) struct SmtpSink {
    pub(crate) port: u16,
    mails: Arc<Mutex<Vec<Mail>>>,
    manner: Arc<Mutex<Manner>>,
}

impl SmtpSink {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let sink = Self { port: listener.local_addr().unwrap().port(), mails: Arc::default(), manner: Arc::default() };
        let (mails, manner) = (Arc::clone(&sink.mails), Arc::clone(&sink.manner));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (mails, manner) = (Arc::clone(&mails), *manner.lock().unwrap());
                // A client that goes away in the middle is one of the cases.
                thread::spawn(move || drop(serve(&stream, &mails, manner)));
            }
        });
        sink
    }

    pub(crate) fn behave(&self, manner: Manner) {
        *self.manner.lock().unwrap() = manner;
    }

    pub(crate) fn mails(&self) -> Vec<Mail> {
        self.mails.lock().unwrap().clone()
    }
}

fn serve(stream: &TcpStream, mails: &Mutex<Vec<Mail>>, manner: Manner) -> io::Result<()> {
    if let Manner::Silent(time) = manner {
        thread::sleep(time);
        return Ok(());
    }
    let mut reader = BufReader::new(stream);
    let say = |text: &str| {
        let mut out = stream;
        out.write_all(format!("{text}\r\n").as_bytes())
    };
    say("220 sink ESMTP")?;
    let mut mail = Mail::default();
    while let Some(line) = line(&mut reader)? {
        mail.dialogue.push(line.clone());
        let verb = line.get(..4).unwrap_or_default().to_ascii_uppercase();
        match (verb.as_str(), manner) {
            ("EHLO" | "HELO", _) => say("250-sink\r\n250-AUTH PLAIN LOGIN\r\n250 8BITMIME")?,
            ("AUTH", Manner::Stranger) => say("535 5.7.8 no")?,
            ("AUTH", _) => say("235 ok")?,
            ("DATA", Manner::Says(answer)) => say(answer)?,
            ("DATA", _) => {
                say("354 go")?;
                mail.message = message(&mut reader)?;
                mails.lock().unwrap().push(std::mem::take(&mut mail));
                say("250 queued")?;
            }
            ("QUIT", _) => return say("221 bye"),
            _ => say("250 ok")?,
        }
    }
    Ok(())
}

fn message(reader: &mut impl BufRead) -> io::Result<String> {
    let mut text = String::new();
    while let Some(line) = line(reader)?.filter(|line| line != ".") {
        text += line.strip_prefix('.').unwrap_or(&line);
        text.push('\n');
    }
    Ok(text)
}

/// A line without its end; nothing at the end of the stream.
fn line(reader: &mut impl BufRead) -> io::Result<Option<String>> {
    let mut line = String::new();
    Ok((reader.read_line(&mut line)? > 0).then(|| line.trim_end_matches(['\r', '\n']).to_owned()))
}
