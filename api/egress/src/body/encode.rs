use std::io::Write;

use assay_ports::Encoding;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;

/// Encodes a stream chunk by chunk.
pub(super) enum Encoder {
    Identity,
    /// The bytes that do not fill a group of three yet.
    Base64(Vec<u8>),
    /// The header has no time in it: the same bytes come out whenever it is done.
    Gzip(Box<GzEncoder<Vec<u8>>>),
}

impl Encoder {
    pub(super) fn new(encoding: Encoding) -> Self {
        match encoding {
            Encoding::Identity => Self::Identity,
            Encoding::Base64 => Self::Base64(vec![]),
            Encoding::Gzip => Self::Gzip(Box::new(GzEncoder::new(vec![], Compression::default()))),
        }
    }

    /// What can be sent after `chunk`; perhaps nothing yet.
    pub(super) fn push(&mut self, chunk: Bytes) -> Bytes {
        match self {
            Self::Identity => chunk,
            Self::Base64(rest) => {
                rest.extend_from_slice(&chunk);
                let whole = rest.len() / 3 * 3;
                let out = BASE64_STANDARD.encode(&rest[..whole]);
                rest.drain(..whole);
                out.into()
            }
            Self::Gzip(encoder) => {
                // Writing into memory does not fail.
                drop(encoder.write_all(&chunk));
                std::mem::take(encoder.get_mut()).into()
            }
        }
    }

    /// What is left at the end.
    pub(super) fn finish(self) -> Bytes {
        match self {
            Self::Identity => Bytes::new(),
            Self::Base64(rest) => BASE64_STANDARD.encode(rest).into(),
            Self::Gzip(encoder) => encoder.finish().unwrap_or_default().into(),
        }
    }
}
