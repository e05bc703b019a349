use std::fmt;
use std::str::FromStr;

use sha2::Digest as _;
use subtle::ConstantTimeEq;

use crate::{Entropy, Secret, TokenId};

/// An API token: `assay_<id>_<secret>_<crc>`.
///
/// The id (32 hexadecimal digits) finds the row, the secret (64 hexadecimal digits, 256 bits) proves possession, and the
/// CRC-32 over what stands before it lets a secret scanner tell a token from noise. Only [`TokenHash`] is ever stored.
#[derive(Clone)]
pub struct Token {
    id: TokenId,
    text: Secret<String>,
}

/// SHA-256 of a token's text: what the server stores. 256 random bits need no slow hash.
#[derive(Clone, PartialEq, Eq)]
pub struct TokenHash([u8; 32]);

/// Why a text is not a token; it never repeats the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is not an API token (they look like `assay_…_…_…`)")]
pub struct TokenError;

const PREFIX: &str = "assay_";

impl Token {
    /// Mints a token for `id`.
    pub fn mint(id: TokenId, entropy: &dyn Entropy) -> Self {
        let mut secret = [0; 32];
        entropy.fill(&mut secret);
        let body = format!("{PREFIX}{}_{}", id.uuid().simple(), hex::encode(secret));
        let crc = crc32fast::hash(body.as_bytes());
        Self { id, text: Secret::new(format!("{body}_{crc:08x}")) }
    }

    /// The id of the row that knows its hash.
    pub const fn id(&self) -> TokenId {
        self.id
    }

    /// The text to hand to its owner, once.
    pub fn expose(&self) -> &str {
        self.text.expose()
    }

    /// The hash to store, or to compare.
    pub fn hash(&self) -> TokenHash {
        TokenHash(sha2::Sha256::digest(self.expose().as_bytes()).into())
    }
}

impl TokenHash {
    /// The stored form.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// A hash read back from storage.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Whether `token` is the one, in constant time.
    pub fn matches(&self, token: &Token) -> bool {
        self.0.ct_eq(&token.hash().0).into()
    }
}

impl FromStr for Token {
    type Err = TokenError;
    fn from_str(text: &str) -> Result<Self, TokenError> {
        let (body, crc) = text.rsplit_once('_').ok_or(TokenError)?;
        let (id, secret) = body.strip_prefix(PREFIX).and_then(|rest| rest.split_once('_')).ok_or(TokenError)?;
        let hex_of =
            |part: &str, length| part.len() == length && part.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        if !hex_of(id, 32) || !hex_of(secret, 64) || format!("{:08x}", crc32fast::hash(body.as_bytes())) != crc {
            return Err(TokenError);
        }
        let uuid = uuid::Uuid::try_parse(id).map_err(|_| TokenError)?;
        Ok(Self { id: TokenId::from_uuid(uuid), text: Secret::new(text.to_owned()) })
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Token({})", self.id)
    }
}

impl fmt::Debug for TokenHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenHash(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::CountingEntropy;

    #[test]
    fn a_token_reads_back_and_one_changed_character_does_not() {
        let id = TokenId::from_uuid(uuid::Uuid::from_u128(7));
        let token = Token::mint(id, &CountingEntropy::default());
        let again: Token = token.expose().parse().unwrap();
        assert!(again.id() == id && token.hash().matches(&again));
        for at in [0, 6, 40, token.expose().len() - 1] {
            let mut bytes = token.expose().as_bytes().to_vec();
            bytes[at] = if bytes[at] == b'0' { b'1' } else { b'0' };
            assert!(String::from_utf8(bytes).unwrap().parse::<Token>().is_err(), "{at}");
        }
        assert!(!format!("{token:?}").contains(&token.expose()[40..80]));
    }
}
