use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::bound::Apply;
use crate::secret::How;

/// The way to use a secret, with the values of the registration, when the secret's text has the form that this way needs.
///
/// # Errors
/// The field that is wrong, when it is not the secret itself, and why.
pub(crate) fn apply<'h>(how: &'h How, secret: &str, input: &Value) -> Result<Apply, (Option<&'h str>, &'static str)> {
    let own = |fault: Option<&'static str>| fault.map_or(Ok(()), |message| Err((None, message)));
    match how {
        How::Header(name) => own(in_header(secret)).map(|()| Apply::Header(name.clone())),
        How::Bearer => own(in_header(secret)).map(|()| Apply::Bearer),
        How::Basic { user } => {
            own(empty(secret))?;
            let name = value(user, input)?;
            if name.contains(':') || name.chars().any(char::is_control) {
                return Err((Some(user), "the user of a login has no colon and no control characters"));
            }
            Ok(Apply::Basic { user: name.to_owned() })
        }
        How::Query(name) => own(empty(secret)).map(|()| Apply::Query(name.clone())),
        How::Mail => own(empty(secret)).map(|()| Apply::Mail),
        How::StandardWebhooks => own(standard_webhooks(secret)).map(|()| Apply::StandardWebhooks),
        How::HmacSha256 { header } => own(empty(secret)).map(|()| Apply::HmacSha256 { header: header.clone() }),
        How::SigV4 { service, region } => {
            own(members(secret, &["access_key_id", "secret_access_key"], AWS))?;
            let name = value(region, input)?;
            if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
                return Err((Some(region), "a region is letters, digits and hyphens, for example `eu-central-1`"));
            }
            Ok(Apply::SigV4 { service: service.clone(), region: name.to_owned() })
        }
        How::GcpServiceAccount { scope } => {
            own(members(secret, &["client_email", "private_key"], GCP))?;
            Ok(Apply::GcpServiceAccount { scope: scope.clone() })
        }
    }
}

const AWS: &str = "it must be a JSON object with `access_key_id` and `secret_access_key`";
const GCP: &str = "it must be the JSON key file of a service account, with `client_email` and `private_key`";

fn value<'v, 'h>(field: &'h str, input: &'v Value) -> Result<&'v str, (Option<&'h str>, &'static str)> {
    input.get(field).and_then(Value::as_str).ok_or((Some(field), "it is missing: a credential needs it"))
}

fn empty(secret: &str) -> Option<&'static str> {
    secret.is_empty().then_some("it is empty")
}

/// What fits into a header: printing ASCII and inner blanks (RFC 9110, section 5.5, without what is obsolete).
fn in_header(secret: &str) -> Option<&'static str> {
    let plain = secret.bytes().all(|b| b.is_ascii_graphic() || b == b' ') && secret.trim() == secret;
    if plain {
        empty(secret)
    } else {
        Some("it has blanks around it, line breaks or letters that a header cannot hold")
    }
}

/// Standard Webhooks 1.0.0, section on signature schemes: `whsec_` and base64.
fn standard_webhooks(secret: &str) -> Option<&'static str> {
    let bytes = secret.strip_prefix("whsec_").and_then(|text| STANDARD.decode(text).ok());
    if bytes.is_some_and(|bytes| !bytes.is_empty()) { None } else { Some("it must be `whsec_` and base64") }
}

fn members(secret: &str, names: &[&str], message: &'static str) -> Option<&'static str> {
    let value: Value = serde_json::from_str(secret).unwrap_or_default();
    let there = names.iter().all(|name| value[*name].as_str().is_some_and(|text| !text.is_empty()));
    if there { None } else { Some(message) }
}
