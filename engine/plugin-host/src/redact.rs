use std::sync::OnceLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use assay_integration::{Apply, Bound};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use bytes::Bytes;
use memchr::memmem;
use serde_json::Value;
use url::Url;

use crate::percent::percent_decode;

/// What stands where a secret stood.
pub(crate) const SECRET: &str = "[secret]";

/// Shortest text that is struck out, in bytes. What is shorter is no secret, and striking it out would damage everything.
const SHORTEST: usize = 4;

/// Shortest part of a hidden URL that is struck out by itself, in bytes.
const SHORTEST_PART: usize = 6;

/// Strikes the secrets of one registration out of whatever comes back, is logged, answered or remembered: as they are, and in
/// the forms in which servers echo them (JSON strings, percent-encoding, base64 at any alignment, hexadecimal).
///
/// The forms are made when something is to be filtered first, and what finds them all in one pass when that is large.
pub(crate) struct Redactor {
    secrets: Vec<Vec<u8>>,
    forms: OnceLock<Vec<Vec<u8>>>,
    matcher: OnceLock<Option<AhoCorasick>>,
}

/// A text of fewer bytes is searched for each form by itself: that is done before the matcher would be built.
const SMALL: usize = 4 << 10;

impl Redactor {
    /// The secrets of a registration: of its credentials, its mail servers, and its hidden endpoints.
    pub(crate) fn new(bound: &Bound) -> Self {
        let mut secrets: Vec<Vec<u8>> = Vec::new();
        for credential in bound.credentials.values() {
            credential_secrets(&credential.apply, credential.secret.expose(), &mut secrets);
        }
        for password in bound.mail.values().filter_map(|server| server.password.as_ref()) {
            secrets.push(password.expose().clone().into_bytes());
        }
        for endpoint in bound.endpoints.values().filter(|endpoint| endpoint.hidden) {
            url_secrets(endpoint.url.expose(), &mut secrets);
        }
        Self { secrets, forms: OnceLock::new(), matcher: OnceLock::new() }
    }

    /// A text without secrets.
    pub(crate) fn text(&self, text: String) -> String {
        match self.replaced(text.as_bytes()) {
            None => text,
            Some(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        }
    }

    /// Bytes without secrets.
    pub(crate) fn bytes(&self, bytes: Bytes) -> Bytes {
        self.replaced(&bytes).map_or(bytes, Bytes::from)
    }

    /// A document without secrets, in its texts and keys, whatever escapes they were written with.
    pub(crate) fn value(&self, value: Value) -> Value {
        if self.forms().is_empty() {
            return value;
        }
        match value {
            Value::String(text) => Value::String(self.text(text)),
            Value::Array(items) => items.into_iter().map(|item| self.value(item)).collect(),
            Value::Object(members) => {
                members.into_iter().map(|(key, value)| (self.text(key), self.value(value))).collect()
            }
            // A secret of digits may come back as a number.
            Value::Number(number) => match self.replaced(number.to_string().as_bytes()) {
                None => Value::Number(number),
                Some(_) => Value::String(SECRET.to_owned()),
            },
            plain => plain,
        }
    }

    fn replaced(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        let forms = self.forms();
        if forms.is_empty() || (bytes.len() < SMALL && !forms.iter().any(|form| memmem::find(bytes, form).is_some())) {
            return None;
        }
        let matcher = self.matcher.get_or_init(|| matcher(forms)).as_ref()?;
        matcher.is_match(bytes).then(|| {
            let mut out = Vec::with_capacity(bytes.len());
            matcher.replace_all_with_bytes(bytes, &mut out, |_, _, out| {
                out.extend_from_slice(SECRET.as_bytes());
                true
            });
            out
        })
    }

    fn forms(&self) -> &[Vec<u8>] {
        self.forms.get_or_init(|| all_forms(&self.secrets))
    }
}

fn all_forms(secrets: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let mut all: Vec<Vec<u8>> =
        secrets.iter().filter(|secret| secret.len() >= SHORTEST).flat_map(|s| forms(s)).collect();
    all.retain(|form| form.len() >= SHORTEST);
    all.sort_unstable();
    all.dedup();
    all
}

/// One is refused only for more text than a registration may have.
fn matcher(forms: &[Vec<u8>]) -> Option<AhoCorasick> {
    let kind = Some(AhoCorasickKind::NoncontiguousNFA);
    AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).kind(kind).build(forms).ok()
}

/// The parts of a credential that are secret, and what is made of it to be sent.
fn credential_secrets(apply: &Apply, text: &str, secrets: &mut Vec<Vec<u8>>) {
    secrets.push(text.as_bytes().to_vec());
    match apply {
        Apply::SigV4 { .. } | Apply::GcpServiceAccount { .. } => document_secrets(text, secrets),
        Apply::StandardWebhooks => {
            let encoded = text.strip_prefix("whsec_").unwrap_or(text);
            secrets.push(encoded.as_bytes().to_vec());
            secrets.extend(STANDARD_NO_PAD.decode(encoded.trim_end_matches('=')));
        }
        Apply::Header(_)
        | Apply::Bearer
        | Apply::Basic { .. }
        | Apply::Query(_)
        | Apply::Mail
        | Apply::HmacSha256 { .. } => {}
    }
}

/// The members of a key document that are secret, for `SigV4` and Google's service accounts.
fn document_secrets(text: &str, secrets: &mut Vec<Vec<u8>>) {
    let Ok(Value::Object(members)) = serde_json::from_str(text) else { return };
    for name in ["secret_access_key", "session_token", "private_key"] {
        let Some(secret) = members.get(name).and_then(Value::as_str) else { continue };
        secrets.push(secret.as_bytes().to_vec());
        // A private key is echoed without its line breaks, or line by line.
        secrets.extend(
            secret.lines().filter(|line| line.len() >= 16 && !line.contains("-----")).map(|l| l.as_bytes().to_vec()),
        );
    }
}

/// A hidden URL, whole and as the parts that somebody would need beside the host's name: its path, the segments of that (one
/// of them is the token of a hook), and its query. Short parts are words such as `hooks` and `true`, which tell nothing and
/// stand in every answer.
fn url_secrets(text: &str, secrets: &mut Vec<Vec<u8>>) {
    secrets.push(text.as_bytes().to_vec());
    let Ok(url) = Url::parse(text) else { return };
    secrets.push(url.as_str().as_bytes().to_vec());
    let mut parts = vec![url.path().to_owned(), url.path().trim_matches('/').to_owned()];
    parts.extend(url.path_segments().into_iter().flatten().map(str::to_owned));
    parts.extend(url.query().map(str::to_owned));
    parts.extend(url.query_pairs().map(|(_, value)| value.into_owned()));
    let decoded: Vec<_> = parts.iter().map(|part| percent_decode(part.as_bytes())).collect();
    let parts = parts.into_iter().map(String::into_bytes).chain(decoded);
    secrets.extend(parts.filter(|part| part.len() >= SHORTEST_PART));
}

/// The forms in which one secret may come back.
fn forms(secret: &[u8]) -> Vec<Vec<u8>> {
    let mut forms = vec![secret.to_vec()];
    let lower = hex::encode(secret);
    forms.push(lower.to_uppercase().into_bytes());
    forms.push(lower.into_bytes());
    for unreserved in [&b"-._~"[..], b"-._~/", b"-._~!*'()", b"-._~!$&'()*+,;=:@/"] {
        let upper = percent(secret, unreserved);
        forms.push(plus_for_space(&upper));
        forms.push(lower_escapes(&upper));
        forms.push(upper);
    }
    if let Ok(text) = std::str::from_utf8(secret) {
        forms.extend(json(text));
    }
    for alignment in 0..3 {
        forms.push(base64_at(&STANDARD_NO_PAD, secret, alignment));
        forms.push(base64_at(&URL_SAFE_NO_PAD, secret, alignment));
    }
    forms
}

/// The characters of a base64 text that `secret` alone decides, when it begins `alignment` bytes (modulo 3) into what was
/// encoded: 6 bits a character (RFC 4648, section 4).
fn base64_at(alphabet: &impl base64::Engine, secret: &[u8], alignment: usize) -> Vec<u8> {
    let mut padded = vec![0; alignment];
    padded.extend_from_slice(secret);
    let text = alphabet.encode(&padded).into_bytes();
    let (first, end) = ((alignment * 8).div_ceil(6), padded.len() * 8 / 6);
    text.get(first..end).unwrap_or_default().to_vec()
}

/// Percent-encoding of everything but letters, digits and `unreserved` (RFC 3986, section 2.1).
fn percent(secret: &[u8], unreserved: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(secret.len());
    for byte in secret {
        if byte.is_ascii_alphanumeric() || unreserved.contains(byte) {
            out.push(*byte);
        } else {
            out.extend(format!("%{byte:02X}").into_bytes());
        }
    }
    out
}

fn plus_for_space(encoded: &[u8]) -> Vec<u8> {
    String::from_utf8_lossy(encoded).replace("%20", "+").into_bytes()
}

/// The same with lower-case digits in the escapes.
fn lower_escapes(encoded: &[u8]) -> Vec<u8> {
    let mut out = encoded.to_vec();
    for i in 0..out.len() {
        if out[i] == b'%' {
            let end = out.len().min(i + 3);
            out[i..end].make_ascii_lowercase();
        }
    }
    out
}

/// The inside of a JSON string as writers have it: with or without escapes of what is beyond ASCII, of what HTML has a meaning
/// for, and of slashes.
fn json(text: &str) -> Vec<Vec<u8>> {
    let quoted = Value::String(text.to_owned()).to_string();
    let plain = quoted.get(1..quoted.len() - 1).unwrap_or_default().to_owned();
    let ascii = [ascii(&plain, |unit| format!("\\u{unit:04x}")), ascii(&plain, |unit| format!("\\u{unit:04X}"))];
    let mut forms: Vec<String> = ascii.into_iter().chain([plain]).collect();
    let html = |form: &String| form.replace('&', "\\u0026").replace('<', "\\u003c").replace('>', "\\u003e");
    forms.extend(forms.iter().map(html).collect::<Vec<_>>());
    forms.extend(forms.iter().map(|form| form.replace('/', "\\/")).collect::<Vec<_>>());
    forms.into_iter().map(String::into_bytes).collect()
}

fn ascii(text: &str, escape: impl Fn(u16) -> String) -> String {
    let mut out = String::with_capacity(text.len());
    for unit in text.encode_utf16() {
        match u8::try_from(unit) {
            Ok(byte) if byte.is_ascii() => out.push(byte.into()),
            _ => out.push_str(&escape(unit)),
        }
    }
    out
}

#[cfg(test)]
mod tests;
