mod suite;

use assay_base::{MaterialKind, Place};

use crate::archive::{self, ArchiveError};
use crate::document::{Content, Document};
use crate::error::MaterialError;
use crate::inspection::{Facts, KindInfo, PolicyInput, Strictness};
use crate::registry::Kind;
use crate::xml::{self, XmlError};
use suite::Suite;

const JUNIT: MaterialKind = MaterialKind::JunitXml;

/// Test results in the XML that Ant's `JUnit` task began, or a zip or tar.gz of such files.
pub(crate) const KIND: Kind = Kind {
    info: KindInfo {
        kind: JUNIT,
        recognised_by: "the root element `testsuites` or `testsuite`, also of the first XML file in a zip or tar.gz",
        media_types: &["application/xml", "text/xml", "application/zip", "application/gzip"],
    },
    recognise,
    inspect,
};

fn is_root(name: &str) -> bool {
    matches!(name, "testsuites" | "testsuite")
}

fn recognise(document: &Document<'_>) -> Option<String> {
    match document.content() {
        Content::Xml { root: Some(root) } if is_root(root) => Some(format!("the root element is `{root}`")),
        Content::Archive { root: Some(root) } if is_root(root) => {
            Some(format!("an archive, the root element of its first XML file is `{root}`"))
        }
        _ => None,
    }
}

fn inspect(document: &Document<'_>, _: Strictness) -> Result<Facts, MaterialError> {
    let bytes = document.bytes();
    let mut suites = Vec::new();
    if archive::is_archive(bytes) {
        archive::each_xml(bytes, |name, content| {
            let found = read(content).map_err(|refusal| refusal.within(name))?;
            suites.extend(found);
            Ok::<_, Refusal>(())
        })?;
    } else {
        suites = read(bytes)?;
    }
    if suites.is_empty() {
        return Err(MaterialError::invalid(JUNIT, "there is no test suite in it", document.place("")));
    }
    let text = serde_json::to_vec(&suites).unwrap_or_default();
    Ok(Facts::new(PolicyInput::Projected(text)))
}

fn read(bytes: &[u8]) -> Result<Vec<Suite>, Refusal> {
    let xml = xml::parse(bytes)?;
    if !is_root(&xml.root.name) {
        return Err(Refusal::Root(xml.root.name));
    }
    Ok(suite::find(&xml))
}

/// Why results are refused.
enum Refusal {
    Xml(XmlError),
    Root(String),
    Archive(ArchiveError),
    Entry(String, Place),
}

impl Refusal {
    /// The same, of a file in an archive.
    fn within(self, name: &str) -> Self {
        let name = super::quoted(name);
        match self {
            Self::Xml(error) => Self::Entry(format!("`{name}`: {error}"), error.place),
            Self::Root(root) => Self::Entry(format!("`{name}`: {}", root_message(&root)), Place::line(1, 1)),
            other => other,
        }
    }
}

fn root_message(root: &str) -> String {
    format!("the root element is `{}`, not `testsuites` or `testsuite`", super::quoted(root))
}

impl From<XmlError> for Refusal {
    fn from(error: XmlError) -> Self {
        Self::Xml(error)
    }
}

impl From<ArchiveError> for Refusal {
    fn from(error: ArchiveError) -> Self {
        Self::Archive(error)
    }
}

impl From<Refusal> for MaterialError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Xml(source) => Self::Xml { kind: JUNIT, source },
            Refusal::Archive(source) => Self::Archive { kind: JUNIT, source },
            Refusal::Root(root) => Self::invalid(JUNIT, root_message(&root), Place::line(1, 1)),
            Refusal::Entry(message, place) => Self::invalid(JUNIT, message, place),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Cursor, Write};

    const RESULTS: &[u8] = b"<testsuite name='s'><testcase name='a' time='0.5'/></testsuite>";

    fn zip(entries: &[(&str, &[u8])]) -> Vec<u8> {
        let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (name, content) in entries {
            writer.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
            writer.write_all(content).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    fn tar_gz(entries: &[(&str, tar::EntryType, &[u8])]) -> Vec<u8> {
        let encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        let mut builder = tar::Builder::new(encoder);
        for (name, kind, content) in entries {
            let mut header = tar::Header::new_gnu();
            header.set_entry_type(*kind);
            header.set_size(content.len() as u64);
            // Set by hand: the builder refuses hostile names.
            header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
            header.set_cksum();
            builder.append(&header, *content).unwrap();
        }
        builder.into_inner().unwrap().finish().unwrap()
    }

    fn refusal(bytes: &[u8]) -> String {
        inspect(&Document::new(bytes), Strictness::Strict).unwrap_err().to_string()
    }

    #[test]
    fn archives_are_read_in_place() {
        let file = tar::EntryType::Regular;
        for bytes in [
            zip(&[("a/x.xml", RESULTS), ("readme.txt", b"x")]),
            tar_gz(&[("./a/x.XML", file, RESULTS), ("._x.xml", file, b"fork"), ("d/", tar::EntryType::Directory, b"")]),
        ] {
            let document = Document::new(&bytes);
            assert!(recognise(&document).is_some());
            let facts = inspect(&document, Strictness::Strict).unwrap();
            assert!(matches!(facts.input, PolicyInput::Projected(text) if text.starts_with(br#"[{"name":"s""#)));
        }
    }

    #[test]
    fn hostile_archives_are_refused() {
        let file = tar::EntryType::Regular;
        let zeros = vec![b' '; 40 << 20];
        let many: Vec<String> = (0..10_001).map(|i| format!("{i}.txt")).collect();
        let many: Vec<(&str, &[u8])> = many.iter().map(|name| (name.as_str(), b"".as_slice())).collect();
        for (bytes, why) in [
            (zip(&[("../x.xml", RESULTS)]), "leaves the archive"),
            (zip(&[("/x.xml", RESULTS)]), "leaves the archive"),
            (zip(&[("a\\..\\..\\x.xml", RESULTS)]), "leaves the archive"),
            (zip(&[("c:x.xml", RESULTS)]), "leaves the archive"),
            (zip(&[("a.xml", RESULTS), ("bomb.xml", &zeros)]), "archive-ratio"),
            (zip(&many), "archive-entries"),
            (zip(&[("x.xml", b"<a/>")]), "`x.xml`: the root element"),
            (zip(&[("x.txt", b"")]), "no test suite"),
            (b"PK\x03\x04 broken".to_vec(), "cannot be read"),
            (tar_gz(&[("../x.xml", file, RESULTS)]), "leaves the archive"),
            (tar_gz(&[("x.xml", tar::EntryType::Symlink, b"")]), "is a link"),
            (tar_gz(&[("x.xml", file, RESULTS), ("./x.xml", file, RESULTS)]), "there twice"),
            (tar_gz(&[("x.xml", file, RESULTS), ("bomb.bin", file, &zeros)]), "archive-ratio"),
            (b"\x1f\x8b broken".to_vec(), "cannot be read"),
        ] {
            let found = refusal(&bytes);
            assert!(found.contains(why), "{why}: {found}");
        }
    }

    #[test]
    fn two_entries_of_one_name_are_refused() {
        let mut bytes = zip(&[("x.xml", RESULTS), ("y.xml", RESULTS)]);
        while let Some(at) = bytes.windows(5).position(|w| w == b"y.xml") {
            bytes[at] = b'x';
        }
        assert!(refusal(&bytes).contains("twice"));
    }
}
