use std::fmt::Display;
use std::str::FromStr;

use assay_base::{Diagnostic, Place, closest, json::push_pointer};

use crate::Origin;
use crate::node::{Entry, Node, Style, Value, shown};

/// Most mistakes that are told of one text; whoever has more is helped by the first ones.
const MOST: usize = 100;

/// Collects what is wrong with a document.
#[derive(Debug, Default)]
pub(crate) struct Sink {
    diagnostics: Vec<Diagnostic>,
}

impl Sink {
    pub(crate) fn push(&mut self, diagnostic: Diagnostic) {
        if self.diagnostics.len() < MOST {
            self.diagnostics.push(diagnostic);
        }
    }

    /// Everything, in the order of the text.
    pub(crate) fn finish(mut self) -> Vec<Diagnostic> {
        self.diagnostics.sort_by_key(|d| (d.place.line, d.place.column));
        self.diagnostics
    }
}

/// A value, the way to it, and the key it belongs to.
#[derive(Debug, Clone)]
pub(crate) struct View<'n> {
    pub(crate) node: &'n Node,
    pointer: String,
}

/// A mapping whose keys are known.
#[derive(Debug)]
pub(crate) struct Fields<'n> {
    view: View<'n>,
    entries: &'n [Entry],
}

impl<'n> View<'n> {
    pub(crate) const fn root(node: &'n Node) -> Self {
        Self { node, pointer: String::new() }
    }

    pub(crate) fn origin(&self) -> Origin {
        Origin { pointer: self.pointer.clone(), span: self.node.span }
    }

    pub(crate) fn diagnostic(&self, code: &'static str, message: impl Into<String>) -> Diagnostic {
        Diagnostic::new(code, message).at(self.origin().place())
    }

    /// A mapping with these keys, in camel case or in snake case. Every other key is told.
    pub(crate) fn fields(&self, sink: &mut Sink, keys: &[&str]) -> Option<Fields<'n>> {
        let Value::Mapping(entries) = &self.node.value else {
            self.wrong_type(sink, "a mapping", &format!("the keys here are {}", list(keys)));
            return None;
        };
        for (i, entry) in entries.iter().enumerate() {
            if !keys.iter().any(|key| same_key(key, &entry.key)) {
                sink.push(self.unknown_key(entry, keys));
            } else if let Some(first) = entries[..i].iter().find(|e| same_key(&e.key, &entry.key) && e.key != entry.key)
            {
                let message = format!("`{}` and `{}` are the same key", shown(&first.key), shown(&entry.key));
                sink.push(Diagnostic::new("duplicate-key", message).at(self.at_key(entry)).hint("keep one of them"));
            }
        }
        Some(Fields { view: self.clone(), entries })
    }

    /// The entries of a mapping with any keys.
    pub(crate) fn entries(&self, sink: &mut Sink) -> Vec<(&'n Entry, Self)> {
        let Value::Mapping(entries) = &self.node.value else {
            self.wrong_type(sink, "a mapping", "write `key: value`");
            return Vec::new();
        };
        entries.iter().map(|entry| (entry, self.child(&entry.key, &entry.value))).collect()
    }

    pub(crate) fn items(&self, sink: &mut Sink) -> Vec<Self> {
        let Value::Sequence(items) = &self.node.value else {
            self.wrong_type(sink, "a list", "write each item on a line of its own, behind `- `");
            return Vec::new();
        };
        items.iter().enumerate().map(|(i, item)| self.child(&i.to_string(), item)).collect()
    }

    /// Text, and how it was written. A scalar that could be a number or a boolean is its text.
    pub(crate) fn text(&self, sink: &mut Sink) -> Option<(&'n str, Style)> {
        match &self.node.value {
            Value::Scalar(scalar) if !scalar.is_null() => Some((scalar.as_text(), scalar.style)),
            _ => {
                self.wrong_type(sink, "text", "write one value here");
                None
            }
        }
    }

    pub(crate) fn string(&self, sink: &mut Sink) -> Option<String> {
        self.text(sink).map(|(text, _)| text.to_owned())
    }

    pub(crate) fn boolean(&self, sink: &mut Sink) -> Option<bool> {
        let boolean = match &self.node.value {
            Value::Scalar(scalar) => scalar.boolean(),
            _ => None,
        };
        if boolean.is_none() {
            self.wrong_type(sink, "a boolean", "write `true` or `false`, without quotes");
        }
        boolean
    }

    /// Text that parses as `T`, for instance a name.
    pub(crate) fn parse<T>(&self, sink: &mut Sink, code: &'static str, what: &str) -> Option<T>
    where
        T: FromStr,
        T::Err: Display,
    {
        let (text, _) = self.text(sink)?;
        match text.parse() {
            Ok(value) => Some(value),
            Err(error) => {
                let error = assay_base::text::printable(&error.to_string());
                sink.push(self.diagnostic(code, format!("`{}` is not {what}: {error}", shown(text))));
                None
            }
        }
    }

    /// One of the words of a list.
    pub(crate) fn one_of<T: Copy>(
        &self,
        sink: &mut Sink,
        what: &str,
        all: &[T],
        name: impl Fn(T) -> &'static str,
    ) -> Option<T> {
        let (text, _) = self.text(sink)?;
        if let Some(found) = all.iter().copied().find(|one| name(*one) == text) {
            return Some(found);
        }
        let words: Vec<_> = all.iter().map(|one| name(*one)).collect();
        let message = format!("`{}` is not {what}", shown(text));
        sink.push(self.diagnostic("unknown-value", message).hint(suggestion(text, &words)));
        None
    }

    pub(crate) fn wrong_type(&self, sink: &mut Sink, expected: &str, hint: &str) {
        let message = match self.pointer.rsplit_once('/') {
            Some((_, key)) if key.parse::<u32>().is_err() => {
                format!("`{}` is {expected}, not {}", shown(key), self.node.describe())
            }
            _ => format!("here stands {expected}, not {}", self.node.describe()),
        };
        sink.push(self.diagnostic("wrong-type", message).hint(hint));
    }

    fn child(&self, segment: &str, node: &'n Node) -> Self {
        let mut pointer = self.pointer.clone();
        push_pointer(&mut pointer, segment);
        View { node, pointer }
    }

    fn at_key(&self, entry: &Entry) -> Place {
        let child = self.child(&entry.key, &entry.value);
        Origin { pointer: child.pointer, span: entry.key_span }.place()
    }

    fn unknown_key(&self, entry: &Entry, keys: &[&str]) -> Diagnostic {
        let message = format!("`{}` is not a key of this mapping", shown(&entry.key));
        Diagnostic::new("unknown-key", message).at(self.at_key(entry)).hint(suggestion(&entry.key, keys))
    }
}

impl<'n> Fields<'n> {
    pub(crate) fn origin(&self) -> Origin {
        self.view.origin()
    }

    pub(crate) fn diagnostic(&self, code: &'static str, message: impl Into<String>) -> Diagnostic {
        self.view.diagnostic(code, message)
    }

    /// The value of a key. Null is as good as no key.
    pub(crate) fn get(&self, key: &str) -> Option<View<'n>> {
        let entry = self.entries.iter().find(|entry| same_key(&entry.key, key))?;
        (!entry.value.is_null()).then(|| self.view.child(&entry.key, &entry.value))
    }

    /// The value of a key that must be there.
    pub(crate) fn need(&self, sink: &mut Sink, key: &str, hint: &str) -> Option<View<'n>> {
        let found = self.get(key);
        if found.is_none() {
            sink.push(self.diagnostic("missing-key", format!("`{key}` is missing")).hint(hint));
        }
        found
    }

    pub(crate) fn string(&self, sink: &mut Sink, key: &str) -> Option<String> {
        self.get(key)?.string(sink)
    }

    pub(crate) fn boolean(&self, sink: &mut Sink, key: &str) -> Option<bool> {
        self.get(key)?.boolean(sink)
    }

    pub(crate) fn items(&self, sink: &mut Sink, key: &str) -> Vec<View<'n>> {
        self.get(key).map(|view| view.items(sink)).unwrap_or_default()
    }

    /// Every item of a list that decodes.
    pub(crate) fn list<T>(
        &self,
        sink: &mut Sink,
        key: &str,
        decode: impl Fn(&View<'n>, &mut Sink) -> Option<T>,
    ) -> Vec<T> {
        self.items(sink, key).iter().filter_map(|item| decode(item, sink)).collect()
    }
}

/// What is meant, if it can be guessed, and everything that is possible.
pub(crate) fn suggestion(found: &str, words: &[&str]) -> String {
    match closest(found, words.iter().copied()) {
        Some(word) => format!("did you mean `{word}`? possible are {}", list(words)),
        None => format!("possible are {}", list(words)),
    }
}

/// The words in backticks.
pub(crate) fn list(words: &[&str]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

/// The same key in protobuf's JSON mapping, where `skip_upload` and `skipUpload` are one field.
fn same_key(a: &str, b: &str) -> bool {
    letters(a).eq(letters(b))
}

/// The key in snake case, letter by letter.
fn letters(key: &str) -> impl Iterator<Item = char> + '_ {
    key.chars().flat_map(|c| c.is_ascii_uppercase().then_some('_').into_iter().chain([c.to_ascii_lowercase()]))
}
