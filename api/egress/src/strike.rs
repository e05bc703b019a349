//! Tokens that the broker got for a request: nobody else knows them, and so nobody else finds them in what comes back.

use assay_base::Secret;
use assay_ports::EgressResponse;
use base64::Engine;
use base64::prelude::{BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD};
use bytes::Bytes;
use memchr::memmem;

/// What stands where a token stood.
const STRUCK: &[u8] = b"[secret]";
/// Fewest bytes that are struck out: what is shorter is no secret.
const SHORTEST: usize = 4;

/// The answer without the tokens, as they are and in the forms in which servers echo them: base64 at any alignment,
/// hexadecimal, percent-encoded, in a JSON string.
pub(crate) fn out(mut answer: EgressResponse, tokens: &[Secret<String>]) -> EgressResponse {
    let forms: Vec<_> = tokens.iter().flat_map(|token| forms(token.expose())).collect();
    if forms.is_empty() {
        return answer;
    }
    for (name, value) in &mut answer.headers {
        for text in [name, value] {
            if let Some(struck) = struck(text.as_bytes(), &forms) {
                *text = String::from_utf8_lossy(&struck).into_owned();
            }
        }
    }
    if let Some(struck) = struck(&answer.body, &forms) {
        answer.body = Bytes::from(struck);
    }
    answer
}

/// The bytes without the forms, if there is one in them.
fn struck(bytes: &[u8], forms: &[Secret<Vec<u8>>]) -> Option<Vec<u8>> {
    forms.iter().fold(None, |found, form| {
        let next = without(found.as_deref().unwrap_or(bytes), form.expose());
        next.or(found)
    })
}

fn without(bytes: &[u8], form: &[u8]) -> Option<Vec<u8>> {
    let (mut out, mut end) = (vec![], 0);
    for at in memmem::find_iter(bytes, form) {
        out.extend_from_slice(&bytes[end..at]);
        out.extend_from_slice(STRUCK);
        end = at + form.len();
    }
    (end > 0).then(|| {
        out.extend_from_slice(&bytes[end..]);
        out
    })
}

fn forms(token: &str) -> Vec<Secret<Vec<u8>>> {
    let bytes = token.as_bytes();
    let percent: String = url::form_urlencoded::byte_serialize(bytes).collect();
    let mut forms =
        vec![token.to_owned(), hex::encode(bytes), hex::encode_upper(bytes), token.replace('/', "\\/"), percent];
    for alignment in 0..3 {
        forms.push(base64_at(&BASE64_STANDARD_NO_PAD, bytes, alignment));
        forms.push(base64_at(&BASE64_URL_SAFE_NO_PAD, bytes, alignment));
    }
    forms.retain(|form| form.len() >= SHORTEST);
    forms.into_iter().map(|form| Secret::new(form.into_bytes())).collect()
}

/// The characters of a base64 text that the token alone decides, when it begins `alignment` bytes (modulo 3) into what was
/// encoded: 6 bits a character (RFC 4648, section 4).
fn base64_at(alphabet: &impl Engine, token: &[u8], alignment: usize) -> String {
    let padded = [&[0; 3][..alignment], token].concat();
    let text = alphabet.encode(&padded);
    text.get((alignment * 8).div_ceil(6)..padded.len() * 8 / 6).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "ya29.c/b0+Aaekm1-t_0~ken==";

    fn answered(echo: &str) -> EgressResponse {
        let headers = vec![("x-echo".to_owned(), echo.to_owned())];
        let body = Bytes::from(format!("you sent <{echo}>, and <{echo}>!"));
        out(EgressResponse { status: 200, headers, body, sent: 0, peer: None }, &[Secret::new(TOKEN.to_owned())])
    }

    #[test]
    fn no_form_of_a_token_comes_back() {
        let mut echoes = vec![
            TOKEN.to_owned(),
            hex::encode(TOKEN),
            hex::encode_upper(TOKEN),
            TOKEN.replace('/', "\\/"),
            url::form_urlencoded::byte_serialize(TOKEN.as_bytes()).collect(),
        ];
        for before in ["", "u", "us", "use", "Bearer "] {
            for after in ["", "x", "xy", "xyz"] {
                echoes.push(BASE64_STANDARD_NO_PAD.encode(format!("{before}{TOKEN}{after}")));
                echoes.push(BASE64_URL_SAFE_NO_PAD.encode(format!("{before}{TOKEN}{after}")));
            }
        }
        for echo in echoes {
            let answer = answered(&echo);
            let body = String::from_utf8(answer.body.to_vec()).unwrap();
            assert_eq!(body.matches("[secret]").count(), 2, "{echo}: {body}");
            assert!(body.starts_with("you sent <") && body.ends_with(">!"), "{body}");
            assert!(answer.headers[0].1.contains("[secret]") && !answer.headers[0].1.contains(&echo), "{answer:?}");
        }
    }

    #[test]
    fn what_holds_no_token_stays_as_it_is() {
        let answer = answered("ya29.another\u{0}\u{fc}");
        assert_eq!(answer.headers[0].1, "ya29.another\u{0}\u{fc}");
        assert!(!answer.body.windows(8).any(|w| w == b"[secret]"));
        let body = Bytes::from_static(b"\xff\0abc");
        let answer = EgressResponse { status: 200, headers: vec![], body, sent: 0, peer: None };
        for tokens in [vec![], vec![Secret::new("abc".to_owned())]] {
            assert_eq!(out(answer.clone(), &tokens), answer, "nothing, or what is no secret");
        }
    }
}
