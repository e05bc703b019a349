use crate::PackError;

/// The custom section of a component that holds its manifest.
pub const SECTION: &str = "assay:manifest";

/// What a component begins with: magic, version 13 of the component model's pre-standard encoding, layer 1.
/// <https://github.com/WebAssembly/component-model/blob/main/design/mvp/Binary.md>
const PREAMBLE: [u8; 8] = [0x00, 0x61, 0x73, 0x6d, 0x0d, 0x00, 0x01, 0x00];

/// The id of custom sections.
const CUSTOM: u8 = 0;

/// The component with this manifest in its section [`SECTION`], instead of whatever it had there before.
///
/// # Errors
/// [`PackError::NotComponent`].
pub fn embed(component: &[u8], manifest: &str) -> Result<Vec<u8>, PackError> {
    let mut rest = component.strip_prefix(&PREAMBLE).ok_or(PackError::NotComponent)?;
    let mut packed = PREAMBLE.to_vec();
    while !rest.is_empty() {
        let (size, manifest) = section(rest).ok_or(PackError::NotComponent)?;
        let (section, behind) = rest.split_at(size);
        if !manifest {
            packed.extend_from_slice(section);
        }
        rest = behind;
    }
    let mut content = vec![];
    number(SECTION.len(), &mut content);
    content.extend_from_slice(SECTION.as_bytes());
    content.extend_from_slice(manifest.as_bytes());
    packed.push(CUSTOM);
    number(content.len(), &mut packed);
    packed.extend(content);
    Ok(packed)
}

/// How many bytes the first section has with its head, and whether it is the manifest's.
fn section(bytes: &[u8]) -> Option<(usize, bool)> {
    let (id, rest) = bytes.split_first()?;
    let (size, rest) = read_number(rest)?;
    let content = rest.get(..size)?;
    let head = bytes.len() - rest.len();
    let named = read_number(content).and_then(|(length, rest)| rest.get(..length)) == Some(SECTION.as_bytes());
    Some((head + size, *id == CUSTOM && named))
}

/// An unsigned number of at most 32 bits in LEB128, and what lies behind it.
fn read_number(bytes: &[u8]) -> Option<(usize, &[u8])> {
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

/// Writes a number in LEB128.
fn number(mut value: usize, out: &mut Vec<u8>) {
    loop {
        let low = u8::try_from(value & 0x7f).unwrap_or_default();
        value >>= 7;
        if value == 0 {
            return out.push(low);
        }
        out.push(low | 0x80);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_takes_the_place_of_another() {
        let other = [0, 6, 4, b'n', b'a', b'm', b'e', 7];
        let component = [PREAMBLE.as_slice(), &other].concat();
        let once = embed(&component, "{}").unwrap();
        assert_eq!(once[component.len()..], *b"\0\x11\x0eassay:manifest{}");
        assert_eq!(once[..component.len()], component);
        assert_eq!(embed(&once, "{}").unwrap(), once);
        let long = "x".repeat(300);
        let twice = embed(&once, &long).unwrap();
        assert!(twice.ends_with(long.as_bytes()) && twice.len() == component.len() + 1 + 2 + 15 + 300);
        assert_eq!(embed(&twice, "{}").unwrap(), once);
    }

    #[test]
    fn what_is_no_component_is_refused() {
        let broken = [PREAMBLE.as_slice(), &[0, 0xff, 0xff, 0xff, 0xff, 0x0f]].concat();
        for bytes in [b"".as_slice(), b"hello", b"\0asm\x01\0\0\0", &broken] {
            assert!(matches!(embed(bytes, "{}"), Err(PackError::NotComponent)), "{bytes:?}");
        }
        assert!(matches!(crate::component(b"hello"), Err(PackError::Module(_))));
    }
}
