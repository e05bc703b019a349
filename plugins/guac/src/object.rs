use std::fmt::Write as _;

/// Where and how one piece of evidence is kept: the name of the object, and what GUAC's collectors may read of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Object {
    /// `chainloop/<name>-<hexadecimal sha256>.json`.
    pub(crate) name: String,
    /// Names (without the provider's prefix) and values.
    pub(crate) metadata: Vec<(&'static str, String)>,
}

/// Whose evidence it is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Origin<'a> {
    pub(crate) workflow_id: &'a str,
    pub(crate) workflow: &'a str,
    pub(crate) project: &'a str,
    pub(crate) run_id: &'a str,
}

impl Object {
    /// The object of a piece of evidence. The same evidence has the same name at every attempt and in every run.
    pub(crate) fn new(evidence: &str, kind: &str, hex: &str, origin: Origin<'_>) -> Self {
        let stem = evidence.strip_suffix(".json").unwrap_or(evidence);
        let name = format!("chainloop/{}-{}.json", plain(stem), hex);
        let metadata = vec![
            ("author", "assay".to_owned()),
            ("filename", header(evidence)),
            ("kind", header(kind)),
            ("workflowid", header(origin.workflow_id)),
            ("workflowname", header(origin.workflow)),
            ("workflowproject", header(origin.project)),
            ("workflowrunid", header(origin.run_id)),
        ];
        Self { name, metadata }
    }
}

/// A name that needs no thought in a path: letters, digits, `.`, `_` and `-`; everything else becomes `_`.
fn plain(name: &str) -> String {
    let kept = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    let name: String = name.chars().take(NAME_LIMIT).map(|c| if kept(c) { c } else { '_' }).collect();
    if name.trim_matches('.').is_empty() { "evidence".to_owned() } else { name }
}

/// Object names have at most 1,024 bytes.
const NAME_LIMIT: usize = 200;

/// A value that may stand in a header: visible ASCII and spaces; everything else is percent-encoded (RFC 3986).
fn header(value: &str) -> String {
    value.bytes().fold(String::new(), |mut text, byte| {
        match byte {
            b'%' | ..=0x1f | 0x7f.. => write!(text, "%{byte:02X}").unwrap_or_default(),
            _ => text.push(char::from(byte)),
        }
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORIGIN: Origin<'_> = Origin { workflow_id: "w-1", workflow: "release", project: "shop", run_id: "r-1" };

    #[test]
    fn names_are_made_of_the_evidence() {
        for (evidence, name) in [
            ("attestation", "chainloop/attestation-ab12.json"),
            ("sbom.cdx.json", "chainloop/sbom.cdx-ab12.json"),
            ("../../etc/passwd?x=1#y", "chainloop/.._.._etc_passwd_x_1_y-ab12.json"),
            ("", "chainloop/evidence-ab12.json"),
            ("..", "chainloop/evidence-ab12.json"),
            ("Stückliste", "chainloop/St_ckliste-ab12.json"),
        ] {
            assert_eq!(Object::new(evidence, "K", "ab12", ORIGIN).name, name);
        }
    }

    #[test]
    fn metadata_is_made_of_what_headers_may_hold() {
        let object = Object::new("a\r\nx-evil: 1ü%", "SBOM_SPDX_JSON", "ab12", ORIGIN);
        let value = |name| object.metadata.iter().find(|(n, _)| *n == name).map(|(_, value)| value.as_str());
        assert_eq!(value("filename"), Some("a%0D%0Ax-evil: 1%C3%BC%25"));
        assert_eq!(value("kind"), Some("SBOM_SPDX_JSON"));
        assert_eq!(value("workflowrunid"), Some("r-1"));
        assert_eq!(value("author"), Some("assay"));
    }
}
