use assay_ports::{BodyPiece, Encoding};
use aws_lc_rs::rand;
use bytes::Bytes;
use wasmtime::component::ResourceTable;

use crate::bindings::assay::integration::http as wit;

/// Most bytes of a body that come from the guest itself.
const INLINE_BYTES: usize = 8 << 20;

/// Most pieces and parts of a body.
const PIECES: usize = 1_000;

/// A body that can be sent.
#[derive(Debug, Default)]
pub(crate) struct Assembled {
    pub(crate) pieces: Vec<BodyPiece>,
    /// The type, where the host decides it.
    pub(crate) content_type: Option<String>,
    inline: usize,
}

/// Puts a body together: handles become the evidence that they stand for, which is fetched when it is sent.
///
/// # Errors
/// The outer one is a trap, for a handle that is none; the inner one says why the body must not be sent.
pub(crate) fn assemble(table: &ResourceTable, body: wit::Body) -> wasmtime::Result<Result<Assembled, String>> {
    let mut assembled = Assembled::default();
    match body {
        wit::Body::None => {}
        wit::Body::Raw(source) => assembled.source(table, source)?,
        wit::Body::Chunks(sources) if sources.len() > PIECES => return Ok(Err(too_many())),
        wit::Body::Chunks(sources) => {
            for source in sources {
                assembled.source(table, source)?;
            }
        }
        wit::Body::Multipart(parts) if parts.len() > PIECES => return Ok(Err(too_many())),
        wit::Body::Multipart(parts) => {
            if let Err(reason) = assembled.multipart(table, parts)? {
                return Ok(Err(reason));
            }
        }
    }
    if assembled.inline > INLINE_BYTES {
        let limit = INLINE_BYTES >> 20;
        return Ok(Err(format!("a body has at most {limit} MiB beside evidence, which is sent by its handle")));
    }
    Ok(Ok(assembled))
}

impl Assembled {
    /// `multipart/form-data` (RFC 7578). Nobody can guess the boundary, so no evidence can contain it.
    fn multipart(&mut self, table: &ResourceTable, parts: Vec<wit::Part>) -> wasmtime::Result<Result<(), String>> {
        let Ok(boundary) = boundary() else { return Ok(Err("the host has no randomness".to_owned())) };
        for part in parts {
            let content_type = part.content_type;
            if content_type.contains(char::is_control) {
                return Ok(Err("the type of a part has line breaks or controls".to_owned()));
            }
            let mut head = format!("--{boundary}\r\ncontent-disposition: form-data; name=\"{}\"", quoted(&part.name));
            if let Some(filename) = part.filename {
                head = format!("{head}; filename=\"{}\"", quoted(&filename));
            }
            self.bytes(format!("{head}\r\ncontent-type: {content_type}\r\n\r\n").into());
            self.source(table, part.source)?;
            self.bytes(Bytes::from_static(b"\r\n"));
        }
        self.bytes(format!("--{boundary}--\r\n").into());
        self.content_type = Some(format!("multipart/form-data; boundary={boundary}"));
        Ok(Ok(()))
    }

    fn source(&mut self, table: &ResourceTable, source: wit::Source) -> wasmtime::Result<()> {
        match source {
            wit::Source::Bytes(bytes) => self.bytes(bytes.into()),
            wit::Source::Text(text) => self.bytes(text.into()),
            wit::Source::Blob((handle, encoding)) => {
                let blob = table.get(&handle)?;
                match (blob.at_hand(), encoding) {
                    (Some(bytes), wit::Encoding::Identity) => self.pieces.push(BodyPiece::Bytes(bytes.clone())),
                    _ => self.pieces.push(BodyPiece::Evidence(blob.as_evidence(), encoded(encoding))),
                }
            }
        }
        Ok(())
    }

    fn bytes(&mut self, bytes: Bytes) {
        self.inline += bytes.len();
        self.pieces.push(BodyPiece::Bytes(bytes));
    }
}

const fn encoded(encoding: wit::Encoding) -> Encoding {
    match encoding {
        wit::Encoding::Identity => Encoding::Identity,
        wit::Encoding::Base64 => Encoding::Base64,
        wit::Encoding::Gzip => Encoding::Gzip,
    }
}

/// A name inside quotes, as browsers write it: <https://html.spec.whatwg.org/#multipart-form-data>.
fn quoted(name: &str) -> String {
    let escaped = name.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A");
    escaped.chars().map(|c| if c.is_control() { '_' } else { c }).collect()
}

fn boundary() -> Result<String, aws_lc_rs::error::Unspecified> {
    let mut bytes = [0; 16];
    rand::fill(&mut bytes)?;
    Ok(format!("assay-{}", hex::encode(bytes)))
}

fn too_many() -> String {
    format!("a body has at most {PIECES} pieces")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(assembled: &Assembled) -> String {
        let piece = |piece: &BodyPiece| match piece {
            BodyPiece::Bytes(bytes) => String::from_utf8_lossy(bytes).into_owned(),
            BodyPiece::Evidence(..) => "<evidence>".to_owned(),
        };
        assembled.pieces.iter().map(piece).collect()
    }

    #[test]
    fn a_form_is_written_by_the_host_and_its_names_cannot_break_out() {
        let part = wit::Part {
            name: "file\"\r\nx: y".to_owned(),
            filename: Some("sb\"om.json".to_owned()),
            content_type: "application/json".to_owned(),
            source: wit::Source::Text("{}".to_owned()),
        };
        let assembled = assemble(&ResourceTable::new(), wit::Body::Multipart(vec![part])).unwrap().unwrap();
        let content_type = assembled.content_type.clone().unwrap();
        let boundary = content_type.strip_prefix("multipart/form-data; boundary=").unwrap();
        let expected = format!(
            "--{boundary}\r\ncontent-disposition: form-data; name=\"file%22%0D%0Ax: y\"; filename=\"sb%22om.json\"\r\n\
             content-type: application/json\r\n\r\n{{}}\r\n--{boundary}--\r\n"
        );
        assert_eq!(text(&assembled), expected);
    }

    #[test]
    fn bodies_are_bounded() {
        let table = ResourceTable::new();
        let large = wit::Body::Raw(wit::Source::Bytes(vec![0; INLINE_BYTES + 1]));
        assert!(assemble(&table, large).unwrap().is_err());
        let many = (0..=PIECES).map(|_| wit::Source::Text(String::new())).collect();
        assert!(assemble(&table, wit::Body::Chunks(many)).unwrap().is_err());
        let part = wit::Part {
            name: "a".to_owned(),
            filename: None,
            content_type: "a\r\nb: c".to_owned(),
            source: wit::Source::Text(String::new()),
        };
        assert!(assemble(&table, wit::Body::Multipart(vec![part])).unwrap().is_err());
    }
}
