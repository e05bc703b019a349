use std::fmt::Write as _;

/// The components of a script's package: `package a.b["1.0"]` has `a`, `b` and `1.0`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Package(Vec<String>);

impl Package {
    /// A package of these components.
    pub fn new(components: Vec<String>) -> Self {
        Self(components)
    }

    /// The reference to a rule of the package from anywhere: `data["a"]["b"]["1.0"].rule`.
    ///
    /// Every component is written in brackets as a JSON string, which Rego reads alike, so that no name needs a special case.
    pub fn rule(&self, rule: &str) -> String {
        format!("data{}.{rule}", brackets(&self.0))
    }

    /// The head of another module of the package.
    pub(crate) fn declaration(&self) -> String {
        match self.0.split_first() {
            Some((first, rest)) => format!("package {first}{}", brackets(rest)),
            None => "package main".to_owned(),
        }
    }
}

fn brackets(components: &[String]) -> String {
    let mut out = String::new();
    for component in components {
        out.push_str("[\"");
        component.chars().for_each(|c| push_escaped(&mut out, c));
        out.push_str("\"]");
    }
    out
}

/// RFC 8259, section 7.
fn push_escaped(out: &mut String, c: char) {
    match c {
        '"' | '\\' => out.extend(['\\', c]),
        c if c.is_control() => {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                // Writing into a string cannot fail.
                let _ = write!(out, "\\u{unit:04x}");
            }
        }
        c => out.push(c),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_quoted() {
        let package = Package::new(vec!["a".into(), "1.0 \"x\"\n".into()]);
        assert_eq!(package.rule("result"), r#"data["a"]["1.0 \"x\"\u000a"].result"#);
        assert_eq!(package.declaration(), r#"package a["1.0 \"x\"\u000a"]"#);
        assert_eq!(Package::new(vec!["main".into()]).rule("result"), r#"data["main"].result"#);
    }
}
