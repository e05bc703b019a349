//! DSSE, the Dead Simple Signing Envelope (secure-systems-lab/dsse, `protocol.md` and `envelope.md`).

/// The payload type of in-toto statements.
pub const PAYLOAD_TYPE: &str = "application/vnd.in-toto+json";

/// The pre-authentication encoding: the bytes that are signed, which bind the payload to its type.
///
/// `DSSEv1 <length of type> <type> <length of payload> <payload>`, lengths in bytes as decimal numbers.
pub fn pae(payload_type: &str, payload: &[u8]) -> Vec<u8> {
    let head = format!("DSSEv1 {} {payload_type} {} ", payload_type.len(), payload.len());
    let mut bytes = Vec::with_capacity(head.len() + payload.len());
    bytes.extend_from_slice(head.as_bytes());
    bytes.extend_from_slice(payload);
    bytes
}

/// An envelope with its one signature, decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    /// The signed bytes, of the type [`PAYLOAD_TYPE`].
    pub payload: std::sync::Arc<[u8]>,
    /// The signature over [`pae`]: ASN.1 DER for ECDSA, 64 bytes for Ed25519.
    pub signature: Vec<u8>,
}

impl Envelope {
    /// The bytes that the signature is over.
    pub fn pae(&self) -> Vec<u8> {
        pae(PAYLOAD_TYPE, &self.payload)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_vector_of_the_specification() {
        let bytes = pae("http://example.com/HelloWorld", b"hello world");
        assert_eq!(bytes, b"DSSEv1 29 http://example.com/HelloWorld 11 hello world");
        assert_eq!(pae("", b""), b"DSSEv1 0  0 ");
    }
}
