use assay_ports::EgressError;
use aws_lc_rs::hmac;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use http::header::HeaderName;

use super::{set, unusable};
use crate::error;
use crate::target::denied;
use crate::wire::Draft;

/// The header of Standard Webhooks that the host sets.
pub(super) const SIGNATURE: HeaderName = HeaderName::from_static("webhook-signature");
const ID: HeaderName = HeaderName::from_static("webhook-id");
const TIMESTAMP: HeaderName = HeaderName::from_static("webhook-timestamp");

/// Signs as Standard Webhooks 1.0.0 says: HMAC-SHA-256 over `id.timestamp.body`, with the id and the time that the request
/// has.
pub(super) async fn standard(draft: &mut Draft, secret: &str) -> Result<(), EgressError> {
    let encoded = secret.strip_prefix("whsec_").ok_or(unusable("it does not begin with `whsec_`"))?;
    let key = BASE64_STANDARD.decode(encoded).map_err(|_| unusable("what follows `whsec_` is no base64"))?;
    if key.is_empty() {
        return Err(unusable("nothing follows `whsec_`"));
    }
    let begin = [one(draft, &ID)?, one(draft, &TIMESTAMP)?, String::new()].join(".");
    let tag = mac(draft, &key, begin.as_bytes()).await?;
    set(draft, SIGNATURE.as_str(), &format!("v1,{}", BASE64_STANDARD.encode(tag)))
}

/// Signs the body alone, `sha256=` and hexadecimal digits, as hubs of source code do.
pub(super) async fn hub(draft: &mut Draft, secret: &str, header: &str) -> Result<(), EgressError> {
    if secret.is_empty() {
        return Err(unusable("it is empty"));
    }
    let tag = mac(draft, secret.as_bytes(), b"").await?;
    set(draft, header, &format!("sha256={}", hex::encode(tag)))
}

/// The body is read once for the signature, and once more when it is sent.
async fn mac(draft: &mut Draft, key: &[u8], begin: &[u8]) -> Result<hmac::Tag, EgressError> {
    let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, key));
    context.update(begin);
    draft.content.read(|bytes| context.update(bytes)).await.map_err(error::protocol)?;
    Ok(context.sign())
}

fn one(draft: &Draft, name: &HeaderName) -> Result<String, EgressError> {
    let mut values = draft.headers.get_all(name).iter();
    match (values.next().map(|value| value.to_str()), values.next()) {
        (Some(Ok(value)), None) if !value.is_empty() => Ok(value.to_owned()),
        _ => Err(denied(format!("a signed webhook has one header `{name}`"))),
    }
}

#[cfg(test)]
mod tests {
    use http::Method;

    use super::super::tests::draft;
    use super::*;

    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const HEADERS: &[(&str, &str)] =
        &[("webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek"), ("webhook-timestamp", "1614265330")];

    #[tokio::test]
    async fn the_example_of_standard_webhooks_comes_out() {
        let mut draft = draft(&Method::POST, "https://a.example/", HEADERS, r#"{"test": 2432232314}"#);
        standard(&mut draft, SECRET).await.unwrap();
        assert_eq!(draft.headers[SIGNATURE], "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[tokio::test]
    async fn the_example_of_a_hub_comes_out() {
        let mut draft = draft(&Method::POST, "https://a.example/", &[], "Hello, World!");
        hub(&mut draft, "It's a Secret to Everybody", "X-Hub-Signature-256").await.unwrap();
        let expected = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
        assert_eq!(draft.headers["x-hub-signature-256"], expected);
    }

    #[tokio::test]
    async fn secrets_and_headers_must_have_their_form() {
        for secret in ["", "whsec_", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_*"] {
            let mut draft = draft(&Method::POST, "https://a.example/", HEADERS, "");
            assert!(matches!(standard(&mut draft, secret).await, Err(EgressError::Credential { .. })), "{secret}");
        }
        for headers in [&HEADERS[..1], &HEADERS[1..], &[HEADERS[0], HEADERS[0], HEADERS[1]]] {
            let mut draft = draft(&Method::POST, "https://a.example/", headers, "");
            assert!(matches!(standard(&mut draft, SECRET).await, Err(EgressError::Denied { .. })), "{headers:?}");
        }
    }
}
