use assay_integration::Manifest;

/// What a component begins with: magic, version 13 of the component model's pre-standard encoding, layer 1.
/// <https://github.com/WebAssembly/component-model/blob/main/design/mvp/Binary.md>
const PREAMBLE: [u8; 8] = [0x00, 0x61, 0x73, 0x6d, 0x0d, 0x00, 0x01, 0x00];

/// What was found where the manifest should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ManifestSection<'a> {
    /// The manifest's text.
    Found(&'a str),
    /// The component has none.
    Missing,
    /// The component has several, and nobody knows which one counts.
    Ambiguous,
    /// It is no text.
    NotText,
    /// These bytes are no component.
    NoComponent,
}

/// Reads the manifest of a component (its custom section [`Manifest::SECTION`]). Nothing of the component runs, and what is
/// nested in it is not looked at.
pub fn manifest_section(component: &[u8]) -> ManifestSection<'_> {
    let Some(mut rest) = component.strip_prefix(&PREAMBLE) else { return ManifestSection::NoComponent };
    let mut found = None;
    while !rest.is_empty() {
        let Some((id, content, behind)) = section(rest) else { return ManifestSection::NoComponent };
        rest = behind;
        if let (0, Some(bytes)) = (id, named(content)) {
            if found.is_some() {
                return ManifestSection::Ambiguous;
            }
            found = Some(bytes);
        }
    }
    match found.map(std::str::from_utf8) {
        Some(Ok(text)) => ManifestSection::Found(text),
        Some(Err(_)) => ManifestSection::NotText,
        None => ManifestSection::Missing,
    }
}

/// The id and the content of the first section, and what lies behind it.
fn section(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (id, rest) = bytes.split_first()?;
    let (size, rest) = number(rest)?;
    let (content, behind) = rest.split_at_checked(size)?;
    Some((*id, content, behind))
}

/// The content of a custom section behind its name, when the name is the manifest's.
fn named(content: &[u8]) -> Option<&[u8]> {
    let (length, rest) = number(content)?;
    let (name, bytes) = rest.split_at_checked(length)?;
    (name == Manifest::SECTION.as_bytes()).then_some(bytes)
}

/// An unsigned number of at most 32 bits in LEB128, and what lies behind it.
fn number(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let mut value = 0_u64;
    for (i, byte) in bytes.iter().enumerate().take(5) {
        value |= u64::from(byte & 0x7f) << (7 * i);
        if byte & 0x80 == 0 {
            let value = u32::try_from(value).ok()?;
            return Some((usize::try_from(value).ok()?, &bytes[i + 1..]));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A custom section.
    fn custom(name: &str, content: &[u8]) -> Vec<u8> {
        let mut body = vec![u8::try_from(name.len()).unwrap()];
        body.extend(name.as_bytes());
        body.extend(content);
        let size = body.len();
        let mut out = vec![0, u8::try_from(size & 0x7f).unwrap() | 0x80, u8::try_from(size >> 7).unwrap()];
        out.extend(body);
        out
    }

    fn component(sections: &[Vec<u8>]) -> Vec<u8> {
        PREAMBLE.iter().copied().chain(sections.concat()).collect()
    }

    #[test]
    fn the_section_is_found_or_it_is_said_what_is_there_instead() {
        use ManifestSection::{Ambiguous, Found, Missing, NoComponent, NotText};
        let ours = custom("assay:manifest", b"{}");
        let cases = [
            (component(&[custom("name", b"x"), ours.clone()]), Found("{}")),
            (component(&[custom("name", &[7; 300])]), Missing),
            (component(&[]), Missing),
            (component(&[ours.clone(), custom("producers", b""), ours.clone()]), Ambiguous),
            (component(&[custom("assay:manifest", &[0xff])]), NotText),
            // Nested one level down: the content of a module section.
            (component(&[[vec![1, u8::try_from(ours.len()).unwrap()], ours.clone()].concat()]), Missing),
            (b"\0asm\x01\0\0\0".to_vec(), NoComponent),
            (component(&[vec![0, 0xff, 0xff, 0xff, 0xff, 0x0f, 1]]), NoComponent),
            (component(&[vec![0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]]), NoComponent),
            (component(&[vec![0]]), NoComponent),
            (b"hello".to_vec(), NoComponent),
        ];
        for (bytes, expected) in cases {
            assert_eq!(manifest_section(&bytes), expected, "{bytes:?}");
        }
    }
}
