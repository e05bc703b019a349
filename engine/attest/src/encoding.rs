//! Base64 as bundles are written: the standard or the URL-safe alphabet (RFC 4648, sections 4 and 5).

use base64::Engine as _;
use base64::alphabet::{STANDARD as STANDARD_ALPHABET, URL_SAFE as URL_SAFE_ALPHABET};
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};

use crate::AttestError;

const LENIENT: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
const STANDARD_READER: GeneralPurpose = GeneralPurpose::new(&STANDARD_ALPHABET, LENIENT);
const URL_SAFE_READER: GeneralPurpose = GeneralPurpose::new(&URL_SAFE_ALPHABET, LENIENT);

/// Decodes base64 of either alphabet, but not of both in one text; padding may be absent, trailing bits must be zero.
pub(crate) fn decode(field: &'static str, text: &str) -> Result<Vec<u8>, AttestError> {
    decode_text(text).map_err(|source| AttestError::Base64 { field, source })
}

fn decode_text(text: &str) -> Result<Vec<u8>, base64::DecodeError> {
    let reader = if text.contains(['-', '_']) { &URL_SAFE_READER } else { &STANDARD_READER };
    reader.decode(text)
}

/// Encodes in the standard alphabet with padding.
pub(crate) fn encode(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// For serde: bytes as base64 text.
pub(crate) mod bytes {
    use serde::de::Error as _;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(crate) fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&super::encode(bytes))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
        super::decode_text(&String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn either_alphabet_never_both() {
        let bytes = [0xfb, 0xef, 0xff];
        for good in ["++//", "--__"] {
            assert_eq!(decode("payload", good).unwrap(), bytes, "{good}");
        }
        assert_eq!(decode("payload", "TQ==").unwrap(), decode("payload", "TQ").unwrap());
        for bad in ["+-//", "TR==", "%%%", "T", "TQ==TQ==", "TQ =="] {
            assert_eq!(decode("payload", bad).unwrap_err().code(), "base64", "{bad}");
        }
    }
}
