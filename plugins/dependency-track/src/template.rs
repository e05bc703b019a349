use std::collections::BTreeMap;
use std::fmt;

use assay_plugin_sdk::serde_json;

/// A name in which annotations may be mentioned: the part of Go's `text/template` that such names use, and no more.
///
/// `{{ .Material.Annotations.team }}` and `{{ .Attestation.Annotations.team }}` stand for the value of an annotation;
/// `{{ index .Material.Annotations "com.example/team" }}` is for keys that are no identifiers. A key is found as it is
/// written, and also when it is the annotation's key with its first letter in upper case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Template(Vec<Piece>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    Annotation { of: Scope, key: String },
}

/// Whose annotations are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scope {
    Material,
    Attestation,
}

impl Scope {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Material => "material",
            Self::Attestation => "attestation",
        }
    }
}

/// Why a text is no template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TemplateError {
    /// The character, counted from 1.
    position: usize,
    /// What is wrong there.
    reason: Reason,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Reason {
    Open,
    Empty,
    Unknown(String),
}

impl fmt::Display for TemplateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = self.position;
        match &self.reason {
            Reason::Open => write!(f, "the `{{{{` at character {at} has no `}}}}`"),
            Reason::Empty => write!(f, "nothing is named between the braces at character {at}"),
            Reason::Unknown(text) => write!(
                f,
                "`{text}` at character {at} is none of `.Material.Annotations.KEY`, `.Attestation.Annotations.KEY` \
                 and `index .Material.Annotations \"KEY\"`"
            ),
        }
    }
}

/// An annotation that a template mentions and nobody gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Missing {
    of: Scope,
    key: String,
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the {} has no annotation `{}`", self.of.as_str(), self.key)
    }
}

/// The annotations that a template may mention.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Annotations<'a> {
    /// Those of the SBOM.
    pub(crate) material: &'a BTreeMap<String, String>,
    /// Those of the attestation.
    pub(crate) attestation: &'a BTreeMap<String, String>,
}

impl Annotations<'_> {
    /// The value under a key: the material's, else the attestation's.
    pub(crate) fn either(&self, key: &str) -> Option<&str> {
        find(self.material, key).or_else(|| find(self.attestation, key))
    }

    fn of(&self, scope: Scope, key: &str) -> Option<&str> {
        match scope {
            Scope::Material => find(self.material, key),
            Scope::Attestation => find(self.attestation, key),
        }
    }
}

impl Template {
    /// Reads a template.
    ///
    /// # Errors
    /// [`TemplateError`] with the place of what is not understood.
    pub(crate) fn parse(text: &str) -> Result<Self, TemplateError> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some(open) = rest.find("{{") {
            let position = text[..text.len() - rest.len() + open].chars().count() + 1;
            let inner = &rest[open + 2..];
            let close = inner.find("}}").ok_or(TemplateError { position, reason: Reason::Open })?;
            push_text(&mut pieces, &rest[..open]);
            pieces.push(action(inner[..close].trim()).map_err(|reason| TemplateError { position, reason })?);
            rest = &inner[close + 2..];
        }
        push_text(&mut pieces, rest);
        Ok(Self(pieces))
    }

    /// The text with the annotations put in.
    ///
    /// # Errors
    /// [`Missing`] names the first annotation that is not there.
    pub(crate) fn render(&self, annotations: &Annotations<'_>) -> Result<String, Missing> {
        self.0.iter().try_fold(String::new(), |mut text, piece| {
            match piece {
                Piece::Text(piece) => text.push_str(piece),
                Piece::Annotation { of, key } => {
                    let missing = || Missing { of: *of, key: key.clone() };
                    text.push_str(annotations.of(*of, key).ok_or_else(missing)?);
                }
            }
            Ok(text)
        })
    }
}

fn push_text(pieces: &mut Vec<Piece>, text: &str) {
    if !text.is_empty() {
        pieces.push(Piece::Text(text.to_owned()));
    }
}

/// What stands between the braces.
fn action(text: &str) -> Result<Piece, Reason> {
    if text.is_empty() {
        return Err(Reason::Empty);
    }
    let unknown = || Reason::Unknown(text.to_owned());
    let (of, key) = match text.strip_prefix("index") {
        Some(rest) if rest.starts_with(char::is_whitespace) => {
            let (scope, key) = rest.trim().split_once(char::is_whitespace).ok_or_else(unknown)?;
            let key = serde_json::from_str::<String>(key.trim()).map_err(|_| unknown())?;
            (scope_of(scope).filter(|(_, rest)| rest.is_empty()).ok_or_else(unknown)?.0, key)
        }
        _ => {
            let (scope, key) = scope_of(text).ok_or_else(unknown)?;
            let key = key.strip_prefix('.').filter(|key| is_identifier(key)).ok_or_else(unknown)?;
            (scope, key.to_owned())
        }
    };
    if key.is_empty() { Err(unknown()) } else { Ok(Piece::Annotation { of, key }) }
}

/// The scope that a path begins with, and what follows it.
fn scope_of(path: &str) -> Option<(Scope, &str)> {
    let material = path.strip_prefix(".Material.Annotations").map(|rest| (Scope::Material, rest));
    material.or_else(|| path.strip_prefix(".Attestation.Annotations").map(|rest| (Scope::Attestation, rest)))
}

/// An identifier of Go: letters, digits and `_`, no digit first.
fn is_identifier(text: &str) -> bool {
    text.starts_with(|c: char| c.is_alphabetic() || c == '_') && text.chars().all(|c| c.is_alphanumeric() || c == '_')
}

/// The value under a key, or under the key that becomes it when its first letter is put in upper case.
fn find<'a>(annotations: &'a BTreeMap<String, String>, key: &str) -> Option<&'a str> {
    let titled = || annotations.iter().find(|(found, _)| title(found) == key).map(|(_, value)| value);
    annotations.get(key).or_else(titled).map(String::as_str)
}

fn title(key: &str) -> String {
    let mut chars = key.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    fn render(template: &str) -> Result<String, String> {
        let material = map(&[("team", "blue"), ("com.example/x", "y"), ("n", "3")]);
        let attestation = map(&[("team", "red"), ("Env", "prod")]);
        let annotations = Annotations { material: &material, attestation: &attestation };
        let template = Template::parse(template).map_err(|error| error.to_string())?;
        template.render(&annotations).map_err(|missing| missing.to_string())
    }

    #[test]
    fn annotations_are_put_in() {
        for (template, text) in [
            ("payments", "payments"),
            ("", ""),
            ("{{ .Material.Annotations.team }}", "blue"),
            ("a-{{.Material.Annotations.Team}}/{{ .Attestation.Annotations.team }}-b", "a-blue/red-b"),
            ("{{ .Attestation.Annotations.Env }}", "prod"),
            ("{{ index .Material.Annotations \"com.example/x\" }}", "y"),
            ("{{ .Material.Annotations.n }} } {", "3 } {"),
        ] {
            assert_eq!(render(template).as_deref(), Ok(text), "{template}");
        }
    }

    #[test]
    fn a_missing_annotation_is_named() {
        for (template, message) in [
            ("{{ .Material.Annotations.Env }}", "the material has no annotation `Env`"),
            ("x{{ .Attestation.Annotations.n }}", "the attestation has no annotation `n`"),
            ("{{ index .Material.Annotations \"a b\" }}", "the material has no annotation `a b`"),
            ("{{ .Attestation.Annotations.env }}", "the attestation has no annotation `env`"),
        ] {
            assert_eq!(render(template), Err(message.to_owned()), "{template}");
        }
    }

    #[test]
    fn what_is_not_understood_is_refused_with_its_place() {
        for (template, part) in [
            ("ab{{ .Material", "the `{{` at character 3 has no `}}`"),
            ("é{{ }}", "at character 2"),
            ("{{ .Material.Name }}", "`.Material.Name` at character 1 is none of"),
            ("{{ .Material.Annotations.a.b }}", "is none of"),
            ("{{ .Material.Annotations.a-b }}", "is none of"),
            ("{{ .Material.Annotations. }}", "is none of"),
            ("{{ .Material.Annotations }}", "is none of"),
            ("{{ .Material.Annotations.a | upper }}", "is none of"),
            ("{{- .Material.Annotations.a -}}", "is none of"),
            ("{{ range .Material.Annotations }}", "is none of"),
            ("{{ index .Material.Annotations }}", "is none of"),
            ("{{ index .Material.Annotations.a \"b\" }}", "is none of"),
            ("{{ index .Material.Annotations \"\" }}", "is none of"),
            ("{{ index .Material.Annotations b }}", "is none of"),
        ] {
            let error = Template::parse(template).map_err(|error| error.to_string()).unwrap_err();
            assert!(error.contains(part), "{template}: {error}");
        }
    }
}
