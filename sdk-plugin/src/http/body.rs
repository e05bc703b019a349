use crate::Blob;

/// The body of a request.
#[derive(Debug, Default)]
pub enum Body<'a> {
    /// None.
    #[default]
    None,
    /// One piece.
    Raw(Source<'a>),
    /// Several pieces, one after the other.
    Chunks(Vec<Source<'a>>),
    /// `multipart/form-data` (RFC 7578); the host writes it.
    Multipart(Vec<Part<'a>>),
}

/// A piece of a body.
#[derive(Debug)]
pub enum Source<'a> {
    /// Bytes.
    Bytes(Vec<u8>),
    /// Text.
    Text(String),
    /// What the host holds: it goes from the store to the socket, not through the guest.
    Blob(&'a Blob, Encoding),
}

/// How the host encodes a blob that it sends.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Encoding {
    /// As it is.
    #[default]
    Identity,
    /// In base64 with padding (RFC 4648, section 4).
    Base64,
    /// In gzip (RFC 1952).
    Gzip,
}

/// A body of several pieces: JSON around a large document, for example.
///
/// ```
/// # use assay_plugin_sdk::{Blob, Chunks, Encoding, Request, Endpoint};
/// # fn build<'a>(hook: &Endpoint, material: &'a Blob) -> Request<'a> {
/// let body = Chunks::new().text("{\"bom\":\"").blob(material, Encoding::Base64).text("\"}");
/// Request::put(hook).content_type("application/json").chunks(body)
/// # }
/// ```
#[derive(Debug, Default)]
pub struct Chunks<'a>(pub(crate) Vec<Source<'a>>);

impl<'a> Chunks<'a> {
    /// Nothing yet.
    pub const fn new() -> Self {
        Self(vec![])
    }

    /// And then text.
    #[must_use]
    pub fn text(mut self, text: impl Into<String>) -> Self {
        self.0.push(Source::Text(text.into()));
        self
    }

    /// And then bytes.
    #[must_use]
    pub fn bytes(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.0.push(Source::Bytes(bytes.into()));
        self
    }

    /// And then a whole blob.
    #[must_use]
    pub fn blob(mut self, blob: &'a Blob, encoding: Encoding) -> Self {
        self.0.push(Source::Blob(blob, encoding));
        self
    }
}

/// A form with files.
#[derive(Debug, Default)]
pub struct Multipart<'a>(pub(crate) Vec<Part<'a>>);

/// One field of a form.
#[derive(Debug)]
pub struct Part<'a> {
    /// The field's name.
    pub name: String,
    /// The file's name, if it is one.
    pub filename: Option<String>,
    /// The media type.
    pub content_type: String,
    /// The content.
    pub source: Source<'a>,
}

impl<'a> Multipart<'a> {
    /// Nothing yet.
    pub const fn new() -> Self {
        Self(vec![])
    }

    /// A field with a text.
    #[must_use]
    pub fn text(self, name: impl Into<String>, value: impl Into<String>) -> Self {
        let source = Source::Text(value.into());
        self.part(Part {
            name: name.into(),
            filename: None,
            content_type: "text/plain; charset=utf-8".to_owned(),
            source,
        })
    }

    /// A field with a JSON document.
    #[must_use]
    pub fn json(self, name: impl Into<String>, value: &serde_json::Value) -> Self {
        let source = Source::Text(value.to_string());
        self.part(Part { name: name.into(), filename: None, content_type: "application/json".to_owned(), source })
    }

    /// A file whose bytes the guest has.
    #[must_use]
    pub fn file(
        self,
        name: impl Into<String>,
        filename: impl Into<String>,
        content_type: impl Into<String>,
        bytes: impl Into<Vec<u8>>,
    ) -> Self {
        let source = Source::Bytes(bytes.into());
        self.part(Part {
            name: name.into(),
            filename: Some(filename.into()),
            content_type: content_type.into(),
            source,
        })
    }

    /// A file whose bytes the host has.
    #[must_use]
    pub fn blob(
        self,
        name: impl Into<String>,
        filename: impl Into<String>,
        content_type: impl Into<String>,
        blob: &'a Blob,
    ) -> Self {
        let source = Source::Blob(blob, Encoding::Identity);
        self.part(Part {
            name: name.into(),
            filename: Some(filename.into()),
            content_type: content_type.into(),
            source,
        })
    }

    /// Any part.
    #[must_use]
    pub fn part(mut self, part: Part<'a>) -> Self {
        self.0.push(part);
        self
    }
}
