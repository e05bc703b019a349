use assay_base::Secret;
use assay_integration::{Apply, Bound, Credential, InputIssue};
use serde_json::{Map, Value};

use crate::AppError;

/// Refuses to send a secret that is kept to another place than the one that it was given for, or by a way that shows it there
/// when it was not shown so far. `before` is what the registration was; absent when it fits the integration no more.
pub(super) fn stay_where_they_are(
    before: Option<&Bound>,
    after: &Bound,
    given: &Map<String, Value>,
) -> Result<(), AppError> {
    let moved = |credential: &Credential, slot: &str| {
        let earlier = before.and_then(|before| Some((before, before.credentials.get(slot)?)));
        !earlier.is_some_and(|(before, old)| leaves(&old.apply) && place(before, old) == place(after, credential))
    };
    let kept = fields(after).filter(|(field, _)| given.get(*field).is_none_or(Value::is_null));
    let issues: Vec<_> = kept
        .filter_map(|(field, slot)| Some((field, slot, after.credentials.get(slot)?)))
        .filter(|(_, slot, credential)| leaves(&credential.apply) && moved(credential, slot))
        .map(|(field, ..)| issue(field))
        .collect();
    if issues.is_empty() { Ok(()) } else { Err(AppError::Input(issues)) }
}

fn issue(field: &str) -> InputIssue {
    let message = format!(
        "`{field}` was given for another destination: a change of the address needs it again, so that nobody has it sent to \
         a place of their own"
    );
    InputIssue { pointer: format!("/{}", field.replace('~', "~0").replace('/', "~1")), message }
}

/// The fields that hold a secret, and its slot.
fn fields(bound: &Bound) -> impl Iterator<Item = (&str, &str)> {
    let fields = bound.input.as_object().into_iter().flatten();
    fields.filter_map(|(field, value)| Some((field.as_str(), value.get("$secret")?.as_str()?)))
}

/// Whether the destination gets the secret itself, and not only what was made with it.
const fn leaves(apply: &Apply) -> bool {
    match apply {
        Apply::Header(_)
        | Apply::Bearer
        | Apply::Basic { .. }
        | Apply::Query(_)
        | Apply::Mail
        | Apply::GcpServiceAccount { .. } => true,
        Apply::StandardWebhooks | Apply::HmacSha256 { .. } | Apply::SigV4 { .. } => false,
    }
}

/// Where a secret goes: scheme, host and port of its endpoint, or its mail server and how it is spoken to.
fn place(bound: &Bound, credential: &Credential) -> Option<String> {
    if let Some(mail) = bound.mail.get(&credential.endpoint) {
        return Some(format!("{:?} {} {}", mail.tls, mail.port, mail.host));
    }
    bound.endpoints.get(&credential.endpoint).map(|endpoint| origin(&endpoint.url).to_owned())
}

/// The origin of a URL: it is stored as it was normalized, without user information, so that a path follows the authority.
fn origin(url: &Secret<String>) -> &str {
    let url = url.expose();
    let authority = url.find("://").map_or(0, |at| at + 3);
    url[authority..].find(['/', '?', '#']).map_or(url, |end| &url[..authority + end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_ends_before_the_path() {
        for (url, expected) in [
            ("https://example.org/a/b?c", "https://example.org"),
            ("https://example.org:8443/", "https://example.org:8443"),
            ("http://[::1]:80?x=/", "http://[::1]:80"),
        ] {
            assert_eq!(origin(&Secret::new(url.to_owned())), expected);
        }
    }
}
