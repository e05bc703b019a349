use assay_ports::EgressError;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::error::{self, Cause};

/// Most bytes of a reply.
const REPLY: usize = 8 * 1024;

/// Brings a fresh connection to where TLS begins (RFC 3207), or fails: nothing else is said in the clear.
///
/// Bytes that come before their turn are refused: what somebody puts behind the server's consent must not be read as if it
/// had come through TLS (CVE-2011-0411 and its kin).
pub(super) async fn demand(stream: &mut TcpStream, hello: &str) -> Result<(), EgressError> {
    expect(reply(stream).await?)?;
    say(stream, &format!("EHLO {hello}\r\n")).await?;
    let extensions = expect(reply(stream).await?)?;
    if !extensions.iter().any(|line| line.trim().eq_ignore_ascii_case("STARTTLS")) {
        return Err(error::tls(Cause::NoStartTls));
    }
    say(stream, "STARTTLS\r\n").await?;
    expect(reply(stream).await?).map(drop)
}

async fn say(stream: &mut TcpStream, line: &str) -> Result<(), EgressError> {
    stream.write_all(line.as_bytes()).await.map_err(error::connect)
}

fn expect((code, lines): (u16, Vec<String>)) -> Result<Vec<String>, EgressError> {
    if (200..300).contains(&code) {
        return Ok(lines);
    }
    let text = assay_base::text::printable(&lines.join(" "));
    Err(EgressError::Mail { code, text: assay_base::text::head(&text, super::SAID) })
}

/// A reply, and nothing behind it (RFC 5321, section 4.2.1).
async fn reply(stream: &mut TcpStream) -> Result<(u16, Vec<String>), EgressError> {
    let mut bytes = Vec::with_capacity(512);
    loop {
        if let Some((reply, length)) = parse(&bytes)? {
            return if length == bytes.len() { Ok(reply) } else { Err(error::tls(Cause::OutOfTurn)) };
        }
        if bytes.len() > REPLY {
            return Err(error::protocol(Cause::Reply));
        }
        if stream.read_buf(&mut bytes).await.map_err(error::connect)? == 0 {
            return Err(error::connect(std::io::ErrorKind::UnexpectedEof.into()));
        }
    }
}

type Reply = (u16, Vec<String>);

/// The first whole reply in `bytes` and its length, if it is there already.
fn parse(bytes: &[u8]) -> Result<Option<(Reply, usize)>, EgressError> {
    let bad = || error::protocol(Cause::Reply);
    let (mut lines, mut length) = (vec![], 0);
    for line in bytes.split_inclusive(|b| *b == b'\n').filter(|line| line.ends_with(b"\n")) {
        length += line.len();
        let line = std::str::from_utf8(line.trim_ascii_end()).map_err(|_| bad())?;
        let code: u16 = line.get(..3).and_then(|code| code.parse().ok()).ok_or_else(bad)?;
        lines.push(line.get(4..).unwrap_or_default().to_owned());
        match line.as_bytes().get(3) {
            None | Some(b' ') => return Ok(Some(((code, lines), length))),
            Some(b'-') => {}
            Some(_) => return Err(bad()),
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replies_are_read_whole() {
        let whole =
            |text: &str| parse(text.as_bytes()).unwrap().map(|((code, lines), length)| (code, lines.len(), length));
        assert_eq!(whole("220 hi\r\n"), Some((220, 1, 8)));
        assert_eq!(whole("250-a\r\n250-STARTTLS\r\n250 b\r\n"), Some((250, 3, 28)));
        assert_eq!(whole("220\r\nmore"), Some((220, 1, 5)));
        assert_eq!(whole("250-a\r\n250 b"), None);
        assert!(
            parse(b"HTTP/1.1 400\r\n").is_err() && parse(b"220_x\r\n").is_err() && parse(b"\xff\xff\xff \r\n").is_err()
        );
    }
}
