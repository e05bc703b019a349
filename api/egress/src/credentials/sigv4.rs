use std::collections::BTreeMap;

use assay_base::{Digest, Hasher, Secret, Timestamp};
use assay_ports::EgressError;
use aws_lc_rs::hmac;
use http::header::{ACCEPT_ENCODING, AUTHORIZATION, HeaderName, USER_AGENT};
use serde::Deserialize;
use zeroize::Zeroize;

use super::{set, unusable};
use crate::error;
use crate::wire::Draft;

const DATE: HeaderName = HeaderName::from_static("x-amz-date");
const CONTENT: HeaderName = HeaderName::from_static("x-amz-content-sha256");
const TOKEN: HeaderName = HeaderName::from_static("x-amz-security-token");
/// The headers that are set here.
pub(super) static HEADERS: [HeaderName; 4] = [AUTHORIZATION, DATE, CONTENT, TOKEN];
const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// What a signature is for.
pub(super) struct Scope<'a> {
    pub(super) service: &'a str,
    pub(super) region: &'a str,
    pub(super) at: Timestamp,
}

#[derive(Deserialize)]
struct Keys {
    access_key_id: String,
    secret_access_key: String,
    session_token: Option<String>,
}

impl Drop for Keys {
    fn drop(&mut self) {
        self.secret_access_key.zeroize();
        self.session_token.zeroize();
    }
}

/// Signs the whole request (AWS Signature Version 4, "Create a signed AWS API request"). The URL is sent in the canonical
/// form that was signed, so that both sides read the same.
pub(super) async fn sign(draft: &mut Draft, secret: &str, scope: &Scope<'_>) -> Result<(), EgressError> {
    let form = "it is no JSON with access_key_id and secret_access_key";
    let keys: Keys = serde_json::from_str(secret).map_err(|_| unusable(form))?;
    let at = jiff::Timestamp::from_microsecond(scope.at.micros()).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    let (day, time) = (at.strftime("%Y%m%d").to_string(), at.strftime("%Y%m%dT%H%M%SZ").to_string());
    let payload = payload(draft).await?.hex();
    set(draft, DATE.as_str(), &time)?;
    if scope.service == "s3" {
        set(draft, CONTENT.as_str(), &payload)?;
    }
    if let Some(token) = &keys.session_token {
        set(draft, TOKEN.as_str(), token)?;
    }
    let (canonical, signed) = canonical(draft, scope.service, &payload);
    let within = format!("{day}/{}/{}/aws4_request", scope.region, scope.service);
    let to_sign = format!("{ALGORITHM}\n{time}\n{within}\n{}", Digest::of(canonical.as_bytes()).hex());
    let key = signing_key(&keys.secret_access_key, &[&day, scope.region, scope.service, "aws4_request"]);
    let signature = hex::encode(mac(key.expose(), to_sign.as_bytes()));
    let credential = format!("{}/{within}", keys.access_key_id);
    let value = format!("{ALGORITHM} Credential={credential}, SignedHeaders={signed}, Signature={signature}");
    set(draft, AUTHORIZATION.as_str(), &value)
}

/// The digest of the body; evidence that goes out as it is has one already.
async fn payload(draft: &mut Draft) -> Result<Digest, EgressError> {
    if let Some(known) = draft.content.known_digest() {
        return Ok(known);
    }
    let mut hasher = Hasher::new();
    draft.content.read(|bytes| hasher.update(bytes)).await.map_err(error::protocol)?;
    Ok(hasher.finish().0)
}

/// The canonical request, and the names of the headers in it.
fn canonical(draft: &mut Draft, service: &str, payload: &str) -> (String, String) {
    let path = encode_path(draft.target.url.path());
    let mut query: Vec<_> =
        draft.target.url.query_pairs().map(|(name, value)| (encode(&name), encode(&value))).collect();
    query.sort_unstable();
    let query: Vec<_> = query.into_iter().map(|(name, value)| format!("{name}={value}")).collect();
    let query = query.join("&");
    draft.target.url.set_path(&path);
    draft.target.url.set_query((!query.is_empty()).then_some(&query));
    // Every service but S3 reads a path that was encoded twice.
    let path = if service == "s3" { path } else { encode_bytes(path.as_bytes(), b'/') };
    let headers = headers(draft);
    let signed = headers.keys().cloned().collect::<Vec<_>>().join(";");
    let lines = headers.iter().fold(String::new(), |lines, (name, value)| lines + name + ":" + value + "\n");
    (format!("{}\n{path}\n{query}\n{lines}\n{signed}\n{payload}", draft.method), signed)
}

/// The headers by name, values joined. What something on the way may change is not signed.
fn headers(draft: &Draft) -> BTreeMap<String, String> {
    let mut headers: BTreeMap<String, String> = [("host".to_owned(), draft.target.authority())].into();
    for (name, value) in &draft.headers {
        if [USER_AGENT, ACCEPT_ENCODING].contains(name) {
            continue;
        }
        let value = String::from_utf8_lossy(value.as_bytes()).split_ascii_whitespace().collect::<Vec<_>>().join(" ");
        let entry = headers.entry(name.to_string());
        entry.and_modify(|joined| *joined = format!("{joined},{value}")).or_insert(value);
    }
    headers
}

/// The path with everything encoded that is not unreserved: what it stands for stays the same.
fn encode_path(path: &str) -> String {
    let mut bytes = vec![];
    let mut rest = path.bytes();
    while let Some(byte) = rest.next() {
        let mut ahead = rest.clone();
        let digits =
            (byte == b'%').then(|| [ahead.next(), ahead.next()].map(|b| char::from(b.unwrap_or(0)).to_digit(16)));
        match digits {
            Some([Some(high), Some(low)]) => {
                bytes.push(u8::try_from(high * 16 + low).unwrap_or(0));
                rest = ahead;
            }
            _ => bytes.push(byte),
        }
    }
    encode_bytes(&bytes, b'/')
}

fn encode(text: &str) -> String {
    encode_bytes(text.as_bytes(), b'~')
}

/// Percent-encodes all but the unreserved characters of RFC 3986, section 2.3, and one more.
fn encode_bytes(bytes: &[u8], also: u8) -> String {
    let mut out = String::with_capacity(bytes.len());
    for &byte in bytes {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) || byte == also {
            out.push(char::from(byte));
        } else {
            out.extend(['%', hex_digit(byte >> 4), hex_digit(byte & 15)]);
        }
    }
    out
}

fn hex_digit(value: u8) -> char {
    char::from_digit(value.into(), 16).unwrap_or('0').to_ascii_uppercase()
}

fn signing_key(secret: &str, parts: &[&str]) -> Secret<Vec<u8>> {
    let first = Secret::new(format!("AWS4{secret}").into_bytes());
    parts.iter().fold(first, |key, part| Secret::new(mac(key.expose(), part.as_bytes())))
}

fn mac(key: &[u8], bytes: &[u8]) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), bytes).as_ref().to_vec()
}

#[cfg(test)]
mod tests {
    use http::Method;

    use super::super::tests::draft;
    use super::*;

    #[derive(Deserialize)]
    struct Vector {
        name: String,
        service: String,
        region: String,
        at: Timestamp,
        keys: serde_json::Value,
        method: String,
        url: String,
        headers: Vec<(String, String)>,
        body: String,
        sent: String,
        signed: String,
        signature: String,
    }

    #[tokio::test]
    async fn published_vectors_come_out() {
        let vectors: Vec<Vector> = serde_json::from_str(include_str!("../../tests/data/sigv4.json")).unwrap();
        assert!(vectors.len() >= 12);
        for vector in vectors {
            let method = Method::from_bytes(vector.method.as_bytes()).unwrap();
            let mut draft = draft(&method, &vector.url, &[], &vector.body);
            for (name, value) in &vector.headers {
                draft.headers.append(HeaderName::from_bytes(name.as_bytes()).unwrap(), value.parse().unwrap());
            }
            let scope = Scope { service: &vector.service, region: &vector.region, at: vector.at };
            sign(&mut draft, &vector.keys.to_string(), &scope).await.unwrap();
            let value = draft.headers[AUTHORIZATION].to_str().unwrap();
            let rest = value.split_once("SignedHeaders=").unwrap().1;
            assert_eq!(rest, format!("{}, Signature={}", vector.signed, vector.signature), "{}", vector.name);
            assert_eq!(draft.target.url.as_str(), vector.sent, "{}", vector.name);
        }
    }

    #[test]
    fn paths_are_encoded_once() {
        for (path, expected) in [
            ("/a/b", "/a/b"),
            ("/a%20b", "/a%20b"),
            ("/a b", "/a%20b"),
            ("/%e1%88%b4", "/%E1%88%B4"),
            ("/a%zz%", "/a%25zz%25"),
            ("/sha256_a=b+c", "/sha256_a%3Db%2Bc"),
        ] {
            assert_eq!(encode_path(path), expected);
        }
    }
}
