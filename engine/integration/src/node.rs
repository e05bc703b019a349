use assay_base::json::push_pointer;
use assay_base::{closest, text};
use serde_json::{Map, Value};

use crate::error::ManifestError;

/// A value of the manifest, and where it stands.
#[derive(Clone)]
pub(crate) struct Node<'m> {
    pub(crate) value: &'m Value,
    pub(crate) pointer: String,
}

impl<'m> Node<'m> {
    pub(crate) const fn root(value: &'m Value) -> Self {
        Self { value, pointer: String::new() }
    }

    pub(crate) fn at(&self, segment: &str) -> String {
        let mut pointer = self.pointer.clone();
        push_pointer(&mut pointer, segment);
        pointer
    }

    pub(crate) fn get(&self, key: &str) -> Option<Self> {
        Some(Self { value: self.value.get(key)?, pointer: self.at(key) })
    }

    pub(crate) fn need(&self, key: &str) -> Result<Self, ManifestError> {
        self.get(key).ok_or_else(|| ManifestError::Missing { pointer: self.at(key) })
    }

    /// Nothing but these members, all of which are optional here.
    pub(crate) fn only(&self, known: &[&str]) -> Result<(), ManifestError> {
        let unknown = self.object()?.keys().find(|key| !known.contains(&key.as_str()));
        unknown.map_or(Ok(()), |key| {
            let suggestion = closest(key, known.iter().copied()).map(ToOwned::to_owned);
            Err(ManifestError::Unknown { pointer: self.at(key), key: shown(key), suggestion })
        })
    }

    pub(crate) fn object(&self) -> Result<&'m Map<String, Value>, ManifestError> {
        self.value.as_object().ok_or_else(|| self.wrong("an object"))
    }

    pub(crate) fn members(&self) -> Result<Vec<(&'m str, Self)>, ManifestError> {
        let member = |(key, value): (&'m String, &'m Value)| (key.as_str(), Self { value, pointer: self.at(key) });
        Ok(self.object()?.iter().map(member).collect())
    }

    pub(crate) fn items(&self) -> Result<Vec<Self>, ManifestError> {
        let items = self.value.as_array().ok_or_else(|| self.wrong("a list"))?;
        Ok(items.iter().enumerate().map(|(i, value)| Self { value, pointer: self.at(&i.to_string()) }).collect())
    }

    pub(crate) fn text(&self) -> Result<&'m str, ManifestError> {
        self.value.as_str().ok_or_else(|| self.wrong("a text"))
    }

    pub(crate) fn flag(&self) -> Result<bool, ManifestError> {
        self.value.as_bool().ok_or_else(|| self.wrong("true or false"))
    }

    /// A whole number from 1 to `most`.
    pub(crate) fn number(&self, most: u64) -> Result<u64, ManifestError> {
        match self.value.as_u64() {
            Some(number) if number > most => Err(ManifestError::Limit { pointer: self.pointer.clone(), most }),
            Some(number) if number > 0 => Ok(number),
            _ => Err(self.wrong("a whole number above 0")),
        }
    }

    pub(crate) fn wrong(&self, expected: &'static str) -> ManifestError {
        ManifestError::Type { pointer: self.pointer.clone(), expected }
    }

    pub(crate) fn invalid(&self, rule: &'static str) -> ManifestError {
        self.meant(rule, None)
    }

    pub(crate) fn meant(&self, rule: &'static str, suggestion: Option<&str>) -> ManifestError {
        let found = shown(self.value.as_str().unwrap_or(&self.value.to_string()));
        let suggestion = suggestion.map(ToOwned::to_owned);
        ManifestError::Value { pointer: self.pointer.clone(), found, rule, suggestion }
    }

    pub(crate) fn rule(&self, rule: &'static str) -> ManifestError {
        ManifestError::Rule { pointer: self.pointer.clone(), rule }
    }

    pub(crate) fn dangling<'k>(
        &self,
        what: &'static str,
        name: &str,
        known: impl IntoIterator<Item = &'k str>,
    ) -> ManifestError {
        let suggestion = closest(name, known).map(ToOwned::to_owned);
        ManifestError::Dangling { pointer: self.pointer.clone(), what, name: shown(name), suggestion }
    }
}

/// A text of the author, fit to be shown in one line.
pub(crate) fn shown(found: &str) -> String {
    text::printable(&text::head(found, 100)).replace('\n', "\\n").replace('\t', "\\t")
}
