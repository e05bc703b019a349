use assay_base::MaterialKind;

/// Most kinds that are proposed for one that does not exist.
const NEAR: usize = 5;
/// Shortest part of a name that tells something.
const WORD: usize = 3;
/// Parts of names that say how it is written, and not what it is.
const FORMS: [&str; 4] = ["JSON", "XML", "ZIP", "SPEC"];

/// A text that is no kind, with the kinds that may have been meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UnknownKind {
    near: Vec<&'static str>,
}

/// Reads the value of `--kind`.
///
/// # Errors
/// [`UnknownKind`] with what is near.
pub(crate) fn kind(text: &str) -> Result<MaterialKind, UnknownKind> {
    text.parse().map_err(|error: assay_base::UnknownKind| {
        let words = words(text);
        let mut near: Vec<_> = error.suggestion.into_iter().collect();
        let shares = |name: &&str| !near.contains(name) && self::words(name).iter().any(|word| words.contains(word));
        let more: Vec<_> = MaterialKind::ALL.iter().map(|kind| kind.as_str()).filter(shares).collect();
        near.extend(more);
        near.truncate(NEAR);
        UnknownKind { near }
    })
}

/// The words of a name that say what it is.
fn words(text: &str) -> Vec<String> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric()).map(str::to_ascii_uppercase);
    words.filter(|word| word.len() >= WORD && !FORMS.contains(&word.as_str())).collect()
}

impl std::error::Error for UnknownKind {}

impl std::fmt::Display for UnknownKind {
    /// With the way out on a line of its own, as the parser of the command line tells its tips.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("this is no kind of material\n\n  tip: ")?;
        for (i, name) in self.near.iter().enumerate() {
            write!(f, "{}`{name}`", if i == 0 { "did you mean " } else { ", " })?;
        }
        f.write_str(if self.near.is_empty() { "" } else { "? " })?;
        f.write_str("`assay material kinds` lists them all")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_that_are_near_are_proposed() {
        assert_eq!(kind("SARIF"), Ok(MaterialKind::Sarif));
        let cases: [(&str, &[&str]); 5] = [
            ("SRIF", &["SARIF"]),
            ("sbom", &["SBOM_CYCLONEDX_JSON", "SBOM_SPDX_JSON"]),
            ("cyclonedx-json", &["SBOM_CYCLONEDX_JSON"]),
            ("JUNIT", &["JUNIT_XML"]),
            ("zzz", &[]),
        ];
        for (text, expected) in cases {
            let error = kind(text).unwrap_err();
            assert_eq!(error.near, expected, "{text}");
            assert!(error.to_string().contains("assay material kinds"));
        }
    }
}
