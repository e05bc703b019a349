//! The tree under every document: YAML or JSON with the place of every key and value.

use std::collections::HashSet;

use assay_base::json::push_pointer;
use assay_base::{Diagnostic, Place, limits};
use serde_json::Value as Json;

use crate::Span;

/// Deepest nesting of a document (`document-depth`).
pub(crate) const DEPTH: usize = 64;
/// Most values and keys of a document (`document-nodes`).
pub(crate) const NODES: usize = 50_000;

/// A value and where it stands.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub(crate) value: Value,
    pub(crate) span: Span,
}

#[derive(Debug, Clone)]
pub(crate) enum Value {
    Scalar(Scalar),
    Sequence(Vec<Node>),
    Mapping(Vec<Entry>),
}

/// A scalar is its text and how it was written; what it means depends on who asks.
#[derive(Debug, Clone)]
pub(crate) struct Scalar {
    pub(crate) text: String,
    pub(crate) style: Style,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    /// Without quotes: may be null or a boolean. Also null, booleans and numbers of JSON.
    Plain,
    /// In quotes, or a folded block: always text.
    Quoted,
    /// A literal block: text whose lines are lines of the document, each behind `indent` characters.
    Literal { first_line: u32, indent: u32 },
}

#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) key_span: Span,
    pub(crate) value: Node,
}

impl Scalar {
    /// Null of the YAML 1.2 core schema.
    pub(crate) fn is_null(&self) -> bool {
        self.style == Style::Plain && matches!(self.text.as_str(), "" | "~" | "null" | "Null" | "NULL")
    }

    /// A boolean of the YAML 1.2 core schema.
    pub(crate) fn boolean(&self) -> Option<bool> {
        match (self.style, self.text.as_str()) {
            (Style::Plain, "true" | "True" | "TRUE") => Some(true),
            (Style::Plain, "false" | "False" | "FALSE") => Some(false),
            _ => None,
        }
    }

    /// The text of a value that is asked for as text: booleans in lower case, everything else as written.
    pub(crate) fn as_text(&self) -> &str {
        match self.boolean() {
            Some(true) => "true",
            Some(false) => "false",
            None => &self.text,
        }
    }
}

impl Node {
    pub(crate) fn is_null(&self) -> bool {
        matches!(&self.value, Value::Scalar(scalar) if scalar.is_null())
    }

    /// What it is, for messages.
    pub(crate) fn describe(&self) -> &'static str {
        match &self.value {
            Value::Mapping(_) => "a mapping",
            Value::Sequence(_) => "a list",
            Value::Scalar(scalar) if scalar.is_null() => "nothing",
            Value::Scalar(scalar) if scalar.boolean().is_some() => "a boolean",
            Value::Scalar(_) => "text",
        }
    }

    /// The same value in JSON. Null and booleans stay what they are, every other scalar becomes its text, so that a
    /// document decodes to the same thing from it.
    pub(crate) fn to_json(&self) -> Json {
        match &self.value {
            Value::Mapping(entries) => {
                Json::Object(entries.iter().map(|entry| (entry.key.clone(), entry.value.to_json())).collect())
            }
            Value::Sequence(items) => Json::Array(items.iter().map(Self::to_json).collect()),
            Value::Scalar(scalar) if scalar.is_null() => Json::Null,
            Value::Scalar(scalar) => scalar.boolean().map_or_else(|| Json::String(scalar.text.clone()), Json::Bool),
        }
    }
}

/// One document of a stream.
#[derive(Debug)]
pub(crate) struct Root {
    pub(crate) node: Node,
    /// The bytes of the stream that are its text.
    pub(crate) bytes: std::ops::Range<usize>,
}

/// Puts a tree together from the events of a reader, and keeps it within the limits.
#[derive(Debug, Default)]
pub(crate) struct Builder {
    open: Vec<Frame>,
    nodes: usize,
    root: Option<Node>,
    /// What is wrong although the tree is well-formed.
    pub(crate) mistakes: Vec<Diagnostic>,
}

#[derive(Debug)]
struct Frame {
    node: Node,
    /// The key that waits for its value.
    key: Option<(String, Span)>,
    seen: HashSet<String>,
}

impl Frame {
    /// The key or the index of the value that is being read.
    fn position(&self) -> String {
        match (&self.node.value, &self.key) {
            (Value::Sequence(items), _) => items.len().to_string(),
            (_, Some((key, _))) => key.clone(),
            _ => String::new(),
        }
    }
}

impl Builder {
    pub(crate) fn scalar(&mut self, scalar: Scalar, span: Span) -> Result<(), Diagnostic> {
        self.count(span)?;
        if let Some(frame) = self.open.last_mut()
            && matches!(frame.node.value, Value::Mapping(_))
            && frame.key.is_none()
        {
            let key = scalar.text;
            if key == "<<" && scalar.style == Style::Plain {
                return Err(no_anchors("a merge key (`<<`)", span));
            }
            let twice = !frame.seen.insert(key.clone());
            frame.key = Some((key, span));
            if twice {
                self.duplicate(span);
            }
            return Ok(());
        }
        self.close(Node { value: Value::Scalar(scalar), span });
        Ok(())
    }

    pub(crate) fn begin(&mut self, value: Value, span: Span) -> Result<(), Diagnostic> {
        self.count(span)?;
        if let Some(Frame { node: Node { value: Value::Mapping(_), .. }, key: None, .. }) = self.open.last() {
            return Err(Diagnostic::new("key-type", "a key is text here, not a list or a mapping").at(place(span)));
        }
        if self.open.len() >= DEPTH {
            return Err(too_deep(span));
        }
        self.open.push(Frame { node: Node { value, span }, key: None, seen: HashSet::new() });
        Ok(())
    }

    pub(crate) fn end(&mut self, end: usize) {
        if let Some(mut frame) = self.open.pop() {
            frame.node.span.end = end.max(frame.node.span.start);
            self.close(frame.node);
        }
    }

    /// The tree, when one was put together.
    pub(crate) fn take(&mut self) -> Option<Node> {
        self.open.clear();
        self.root.take()
    }

    /// Tells of the key that was just read.
    fn duplicate(&mut self, span: Span) {
        let mut pointer = String::new();
        let mut last = "";
        let segments: Vec<_> = self.open.iter().map(Frame::position).collect();
        for segment in &segments {
            push_pointer(&mut pointer, segment);
            last = segment;
        }
        let message = format!("the key `{}` stands twice here", shown(last));
        let place = Place { pointer: Some(pointer), ..place(span) };
        self.mistakes.push(Diagnostic::new("duplicate-key", message).at(place).hint("keep one of them"));
    }

    fn close(&mut self, node: Node) {
        match self.open.last_mut() {
            None => self.root = Some(node),
            Some(Frame { node: Node { value: Value::Sequence(items), .. }, .. }) => items.push(node),
            Some(Frame { node: Node { value: Value::Mapping(entries), .. }, key, .. }) => {
                if let Some((key, key_span)) = key.take() {
                    entries.push(Entry { key, key_span, value: node });
                }
            }
            Some(_) => {}
        }
    }

    fn count(&mut self, span: Span) -> Result<(), Diagnostic> {
        self.nodes += 1;
        if self.nodes > NODES {
            let message = format!("the document has more than {NODES} keys and values (limit `document-nodes`)");
            return Err(Diagnostic::new("document-nodes", message).at(place(span)));
        }
        Ok(())
    }
}

pub(crate) fn too_deep(span: Span) -> Diagnostic {
    let message = format!("the document is nested deeper than {DEPTH} levels (limit `document-depth`)");
    Diagnostic::new("document-depth", message).at(place(span))
}

pub(crate) fn no_anchors(what: &str, span: Span) -> Diagnostic {
    Diagnostic::new("document-anchor", format!("{what} is not allowed in a document"))
        .at(place(span))
        .hint("write the value out where it is used: a document that is signed and judged should be read as it stands")
}

pub(crate) fn place(span: Span) -> Place {
    Place::line(span.line, span.column)
}

/// A text of the document as a message shows it: short, and without anything that steers a terminal.
pub(crate) fn shown(text: &str) -> String {
    assay_base::text::head(&assay_base::text::printable(text).replace(['\n', '\t'], " "), 80)
}

/// Reads a stream of documents.
pub(crate) fn read(text: &str) -> Result<(Vec<Root>, Vec<Diagnostic>), Diagnostic> {
    if text.len() > limits::DOCUMENT_BYTES {
        let message =
            format!("the document has {} bytes, the limit `document-size` is {}", text.len(), limits::DOCUMENT_BYTES);
        return Err(Diagnostic::new("document-size", message));
    }
    match crate::json::read(text) {
        Some(outcome) => outcome.map(|(node, mistakes)| (vec![Root { node, bytes: 0..text.len() }], mistakes)),
        None => crate::yaml::read(text),
    }
}
