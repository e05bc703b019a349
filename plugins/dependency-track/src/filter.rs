use std::fmt;

use crate::template::Annotations;

/// Which SBOMs are sent: those whose annotations have these values.
///
/// Written `key=value,other=value`; an annotation of the material counts before one of the attestation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Filter(Vec<(String, String)>);

/// A pair of a filter that is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FilterError {
    pair: String,
}

impl fmt::Display for FilterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is not of the form `key=value`; several are separated by commas", self.pair)
    }
}

impl Filter {
    /// Reads a filter; white space around keys and values does not count.
    ///
    /// # Errors
    /// [`FilterError`] for the first part that is no `key=value`.
    pub(crate) fn parse(text: &str) -> Result<Self, FilterError> {
        text.split(',').map(pair).collect::<Result<_, _>>().map(Self)
    }

    /// The first pair that the annotations do not have, as it was written; nothing when all match.
    pub(crate) fn unmet(&self, annotations: &Annotations<'_>) -> Option<String> {
        let unmet = |(key, value): &&(String, String)| annotations.either(key) != Some(value);
        self.0.iter().find(unmet).map(|(key, value)| format!("{key}={value}"))
    }
}

fn pair(text: &str) -> Result<(String, String), FilterError> {
    let error = || FilterError { pair: text.trim().to_owned() };
    let (key, value) = text.split_once('=').ok_or_else(error)?;
    let (key, value) = (key.trim(), value.trim());
    if key.is_empty() || value.is_empty() { Err(error()) } else { Ok((key.to_owned(), value.to_owned())) }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn map(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn all_pairs_must_match_and_the_material_comes_first() {
        let (material, attestation) = (map(&[("env", "prod")]), map(&[("env", "test"), ("tier", "1")]));
        let annotations = Annotations { material: &material, attestation: &attestation };
        for (filter, unmet) in [
            ("env=prod", None),
            (" env = prod , tier=1 ", None),
            ("env=test", Some("env=test")),
            ("env=prod,tier=2", Some("tier=2")),
            ("absent=x", Some("absent=x")),
        ] {
            let found = Filter::parse(filter).unwrap().unmet(&annotations);
            assert_eq!(found.as_deref(), unmet, "{filter}");
        }
        assert_eq!(Filter::default().unmet(&annotations), None);
    }

    #[test]
    fn what_is_no_pair_is_refused() {
        for filter in ["", "a", "a=", "=b", "a=b,", "a=b,,c=d"] {
            assert!(Filter::parse(filter).is_err(), "{filter}");
        }
    }
}
