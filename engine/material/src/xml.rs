use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;

use assay_base::{Place, json, limits};
use quick_xml::Reader;
use quick_xml::XmlVersion;
use quick_xml::escape::{EscapeError, resolve_xml_entity, unescape_with};
use quick_xml::events::{BytesRef, BytesStart, Event};

/// Most elements and attributes of a document, together (`xml-nodes`).
const NODES: usize = 1_000_000;
/// Most attributes of an element (`xml-attributes`).
const ATTRIBUTES: usize = 256;

/// An XML document that is not read: why, and where.
#[derive(Debug, thiserror::Error)]
#[error("{kind}")]
pub struct XmlError {
    /// Why.
    pub kind: XmlErrorKind,
    /// Where.
    pub place: Place,
}

/// Why an XML document is not read.
#[derive(Debug, thiserror::Error)]
pub enum XmlErrorKind {
    /// Not UTF-8.
    #[error("the document is not UTF-8 text")]
    Encoding(#[source] std::str::Utf8Error),
    /// Not well-formed XML.
    #[error("this is not well-formed XML: {0}")]
    Syntax(#[source] quick_xml::Error),
    /// An internal DTD subset: it could define entities.
    #[error("the DOCTYPE has an internal subset, which is never read")]
    InternalSubset,
    /// A reference to an entity that only a DTD could define.
    #[error("the entity `&{0};` is not one of the five of XML")]
    Entity(String),
    /// Not exactly one root element.
    #[error("the document has no root element, or something beside it")]
    Root,
    /// An element does not end.
    #[error("the element `{0}` does not end")]
    Unclosed(String),
    /// A limit is passed.
    #[error("the document passes the limit `{name}` of {limit}")]
    Limit {
        /// The name of the limit.
        name: &'static str,
        /// Its value.
        limit: usize,
    },
}

/// An element; names and attribute names are without their prefix.
#[derive(Debug, Default)]
pub(crate) struct Element {
    pub(crate) name: String,
    pub(crate) attributes: BTreeMap<String, String>,
    pub(crate) children: Vec<Self>,
    inner: Range<usize>,
}

impl Element {
    pub(crate) fn attribute(&self, name: &str) -> &str {
        self.attributes.get(name).map_or("", String::as_str)
    }
}

/// A document with the text that its elements point into.
#[derive(Debug)]
pub(crate) struct Xml<'t> {
    text: &'t str,
    pub(crate) root: Element,
}

impl Xml<'_> {
    /// What stands inside an element: markup as it is, the five entities and CDATA sections resolved.
    pub(crate) fn content(&self, element: &Element) -> String {
        let mut rest = self.text.get(element.inner.clone()).unwrap_or_default();
        let mut out = String::new();
        while let Some((before, section)) = rest.split_once("<![CDATA[") {
            let (inside, behind) = section.split_once("]]>").unwrap_or((section, ""));
            out.push_str(&plain(before));
            out.push_str(inside);
            rest = behind;
        }
        out.push_str(&plain(rest));
        out
    }
}

fn plain(text: &str) -> Cow<'_, str> {
    // Inside comments an ampersand needs no meaning: such text is shown as it is.
    unescape_with(text, resolve_xml_entity).unwrap_or(Cow::Borrowed(text))
}

/// The name of the root element, if the document begins as XML and gets that far. Nothing is checked.
pub(crate) fn root(bytes: &[u8]) -> Option<String> {
    let bytes = json::without_bom(bytes);
    let head = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => std::str::from_utf8(&bytes[..error.valid_up_to()]).ok()?,
    };
    let mut reader = Reader::from_str(head);
    loop {
        match reader.read_event().ok()? {
            Event::Start(tag) | Event::Empty(tag) => return Some(tag.local_name().into_inner().to_owned()),
            Event::Eof => return None,
            _ => {}
        }
    }
}

/// Reads a document. A DOCTYPE with an external identifier is accepted and never fetched; an internal subset, and any entity
/// but the five of XML 1.0 (section 4.6), are refused.
pub(crate) fn parse(bytes: &[u8]) -> Result<Xml<'_>, XmlError> {
    let bytes = json::without_bom(bytes);
    let text = std::str::from_utf8(bytes)
        .map_err(|error| XmlError { place: place(bytes, error.valid_up_to()), kind: XmlErrorKind::Encoding(error) })?;
    let mut reader = Reader::from_str(text);
    let mut tree = Tree::default();
    let outcome = if text.len() > limits::JSON_BYTES {
        Err(XmlErrorKind::Limit { name: "json-size", limit: limits::JSON_BYTES })
    } else {
        tree.read(&mut reader)
    };
    let at = usize::try_from(reader.error_position().max(tree.start)).unwrap_or(usize::MAX);
    match outcome {
        Ok(root) => Ok(Xml { text, root }),
        Err(kind) => Err(XmlError { kind, place: place(bytes, at.min(bytes.len())) }),
    }
}

fn place(bytes: &[u8], at: usize) -> Place {
    let before = String::from_utf8_lossy(&bytes[..at]);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().map_or(0, |last| last.chars().count()) + 1;
    Place::line(u32::try_from(line).unwrap_or(u32::MAX), u32::try_from(column).unwrap_or(u32::MAX))
}

/// The elements that are open, outermost first, and the root once it is closed.
#[derive(Default)]
struct Tree {
    open: Vec<Element>,
    root: Option<Element>,
    nodes: usize,
    /// Where the event at hand begins.
    start: u64,
}

impl Tree {
    fn read(&mut self, reader: &mut Reader<&[u8]>) -> Result<Element, XmlErrorKind> {
        loop {
            self.start = reader.buffer_position();
            let event = reader.read_event().map_err(XmlErrorKind::Syntax)?;
            let end = usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX);
            match event {
                Event::Start(tag) => self.open(&tag, end)?,
                Event::Empty(tag) => {
                    self.open(&tag, end)?;
                    self.close(end);
                }
                Event::End(_) => self.close(usize::try_from(self.start).unwrap_or(usize::MAX)),
                Event::DocType(dtd) if self.root.is_some() || dtd.contains('[') => {
                    return Err(XmlErrorKind::InternalSubset);
                }
                Event::GeneralRef(reference) => check_reference(&reference)?,
                Event::Text(text) if self.open.is_empty() && !text.trim_ascii().is_empty() => {
                    return Err(XmlErrorKind::Root);
                }
                Event::CData(_) if self.open.is_empty() => return Err(XmlErrorKind::Root),
                Event::Eof => break,
                _ => {}
            }
        }
        match self.open.pop() {
            Some(element) => Err(XmlErrorKind::Unclosed(element.name)),
            None => self.root.take().ok_or(XmlErrorKind::Root),
        }
    }

    fn open(&mut self, tag: &BytesStart<'_>, inner: usize) -> Result<(), XmlErrorKind> {
        let attributes = attributes(tag)?;
        self.nodes += 1 + attributes.len();
        if self.nodes > NODES {
            return Err(XmlErrorKind::Limit { name: "xml-nodes", limit: NODES });
        }
        if self.open.len() >= limits::JSON_DEPTH {
            return Err(XmlErrorKind::Limit { name: "json-depth", limit: limits::JSON_DEPTH });
        }
        if self.open.is_empty() && self.root.is_some() {
            return Err(XmlErrorKind::Root);
        }
        self.open.push(Element {
            name: tag.local_name().into_inner().to_owned(),
            attributes,
            children: Vec::new(),
            inner: inner..inner,
        });
        Ok(())
    }

    fn close(&mut self, end: usize) {
        let Some(mut element) = self.open.pop() else { return };
        element.inner.end = end;
        match self.open.last_mut() {
            Some(parent) => parent.children.push(element),
            None => self.root = Some(element),
        }
    }
}

fn attributes(tag: &BytesStart<'_>) -> Result<BTreeMap<String, String>, XmlErrorKind> {
    let mut out = BTreeMap::new();
    for (count, attribute) in tag.attributes().enumerate() {
        if count >= ATTRIBUTES {
            return Err(XmlErrorKind::Limit { name: "xml-attributes", limit: ATTRIBUTES });
        }
        let attribute = attribute.map_err(|error| XmlErrorKind::Syntax(error.into()))?;
        let value = attribute.normalized_value_with(XmlVersion::Implicit1_0, 1, resolve_xml_entity).map_err(
            |error| match error {
                quick_xml::Error::Escape(EscapeError::UnrecognizedEntity(_, name)) => XmlErrorKind::Entity(name),
                other => XmlErrorKind::Syntax(other),
            },
        )?;
        out.insert(attribute.key.local_name().into_inner().to_owned(), value.into_owned());
    }
    Ok(out)
}

fn check_reference(reference: &BytesRef<'_>) -> Result<(), XmlErrorKind> {
    let character = reference.resolve_char_ref().map_err(XmlErrorKind::Syntax)?;
    if character.is_some() || resolve_xml_entity(reference).is_some() {
        return Ok(());
    }
    Err(XmlErrorKind::Entity(reference.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_inside_an_element_is_resolved() {
        let xml = parse(b"\xef\xbb\xbf<?xml version='1.0'?><!DOCTYPE a PUBLIC 'x' 'http://h/x.dtd'><a x='1 &lt; &#50;'><p:b>&amp;<![CDATA[<&c;>]]> <!-- & --></p:b></a>\n").unwrap();
        assert_eq!(xml.root.attribute("x"), "1 < 2");
        assert_eq!(
            (xml.root.children[0].name.as_str(), xml.content(&xml.root.children[0]).as_str()),
            ("b", "&<&c;> <!-- & -->")
        );
    }

    #[test]
    fn attacks_and_mistakes_are_refused_with_their_line() {
        let deep = "<a>".repeat(200);
        let keys: Vec<_> = (0..300).map(|i| format!("k{i}='' ")).collect();
        let wide = format!("<a {}/>", keys.concat());
        for (text, why) in [
            ("<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a>&x;</a>", "internal subset"),
            ("<!DOCTYPE a [<!ENTITY b 'c'>]><a b='&b;'/>", "internal subset"),
            ("<a>&x;</a>", "`&x;`"),
            ("<a b='&x;'/>", "`&x;`"),
            ("<a/><a/>", "root"),
            ("<a/>text", "root"),
            ("text", "root"),
            ("<a><b></a>", "well-formed"),
            ("<a", "well-formed"),
            ("<a>", "does not end"),
            ("<a b='1' b='2'/>", "well-formed"),
            (deep.as_str(), "json-depth"),
            (wide.as_str(), "xml-attributes"),
        ] {
            let error = parse(text.as_bytes()).unwrap_err();
            assert!(error.to_string().contains(why), "{text}: {error}");
            assert_eq!(error.place.line, Some(1), "{text}");
        }
        assert!(parse(b"<a>\xff</a>").unwrap_err().to_string().contains("UTF-8"));
    }
}
