use std::collections::BTreeMap;

/// The environment variables, read once: what depends on them takes them as a value.
#[derive(Debug, Clone, Default)]
pub(crate) struct Environment(BTreeMap<String, String>);

impl Environment {
    /// Those of this process. What is not Unicode is left out.
    pub(crate) fn of_process() -> Self {
        Self::of(
            std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?))),
        )
    }

    /// These ones.
    pub(crate) fn of(vars: impl IntoIterator<Item = (String, String)>) -> Self {
        Self(vars.into_iter().collect())
    }

    /// The value of a variable; one that is empty counts as unset.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// <https://no-color.org> asks for it: `NO_COLOR` counts "when present and not an empty string".
    #[test]
    fn what_is_empty_is_not_set() {
        let env = Environment::of([("NO_COLOR".to_owned(), String::new()), ("TERM".to_owned(), "xterm".to_owned())]);
        assert_eq!((env.get("NO_COLOR"), env.get("TERM")), (None, Some("xterm")));
    }
}
