//! Secrets, put into requests by the host: the guest names a slot and never has the bytes.

mod beside;
mod gcp;
mod sigv4;
mod webhook;

use assay_base::Secret;
use assay_integration::{Apply, Credential};
use assay_ports::EgressError;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use http::header::{AUTHORIZATION, HeaderName};

use crate::broker::Broker;
use crate::headers;
use crate::target::denied;
use crate::wire::Draft;

pub(crate) use beside::check_beside;
pub(crate) use gcp::Tokens;

/// The headers that credentials set: nobody else may.
///
/// # Errors
/// [`EgressError::Credential`] for a header that is the broker's or no header.
pub(crate) fn owned_headers(credentials: &[Credential]) -> Result<Vec<HeaderName>, EgressError> {
    let mut owned = vec![];
    for credential in credentials {
        match &credential.apply {
            Apply::Header(name) | Apply::HmacSha256 { header: name } => {
                let name = HeaderName::from_bytes(name.as_bytes()).ok().filter(|name| !headers::is_framing(name));
                owned.push(name.ok_or(unusable("its header cannot be set"))?);
            }
            Apply::Bearer | Apply::Basic { .. } | Apply::GcpServiceAccount { .. } => owned.push(AUTHORIZATION),
            Apply::StandardWebhooks => owned.push(webhook::SIGNATURE),
            Apply::SigV4 { .. } => owned.extend_from_slice(&sigv4::HEADERS),
            Apply::Query(_) | Apply::Mail => {}
        }
    }
    owned.sort_unstable_by(|a, b| a.as_str().cmp(b.as_str()));
    if owned.windows(2).any(|pair| pair[0] == pair[1]) {
        return Err(unusable("two secrets want the same header"));
    }
    Ok(owned)
}

impl Broker {
    /// Puts the secrets in: first those that are written into the request, then signatures over its body, at last the one
    /// that signs all of it. Answers what was sent and is as secret as they are, and nobody else knows of.
    pub(crate) async fn authorize(
        &self,
        draft: &mut Draft,
        credentials: &[Credential],
        pool: &str,
    ) -> Result<Vec<Secret<String>>, EgressError> {
        let mut derived = vec![];
        let mut credentials: Vec<_> = credentials.iter().collect();
        credentials.sort_by_key(|credential| match credential.apply {
            Apply::StandardWebhooks | Apply::HmacSha256 { .. } => 1,
            Apply::SigV4 { .. } => 2,
            _ => 0,
        });
        for credential in credentials {
            derived.extend(self.apply(draft, credential, pool).await?);
        }
        Ok(derived)
    }

    async fn apply(
        &self,
        draft: &mut Draft,
        credential: &Credential,
        pool: &str,
    ) -> Result<Option<Secret<String>>, EgressError> {
        let secret = credential.secret.expose();
        match &credential.apply {
            Apply::Header(name) => set(draft, name, secret),
            Apply::Bearer => set(draft, AUTHORIZATION.as_str(), &format!("Bearer {secret}")),
            Apply::Basic { user } => set(draft, AUTHORIZATION.as_str(), &basic(user, secret)?),
            Apply::Query(name) => query(draft, name, secret),
            Apply::Mail => Err(unusable("the password of a mail server belongs into no request")),
            Apply::StandardWebhooks => webhook::standard(draft, secret).await,
            Apply::HmacSha256 { header } => webhook::hub(draft, secret, header).await,
            Apply::SigV4 { service, region } => {
                sigv4::sign(draft, secret, &sigv4::Scope { service, region, at: self.clock.now() }).await
            }
            Apply::GcpServiceAccount { scope } => {
                let token = self.google_token(secret, scope, pool).await?;
                set(draft, AUTHORIZATION.as_str(), &format!("Bearer {}", token.expose()))?;
                return Ok(Some(token));
            }
        }?;
        Ok(None)
    }
}

fn set(draft: &mut Draft, name: &str, value: &str) -> Result<(), EgressError> {
    let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| unusable("its header cannot be set"))?;
    draft.headers.insert(name, headers::secret(value)?);
    Ok(())
}

/// RFC 7617, section 2: a user with a colon would end before it.
fn basic(user: &str, password: &str) -> Result<String, EgressError> {
    if user.contains(':') || [user, password].iter().any(|text| text.contains(char::is_control)) {
        return Err(unusable("a user without colons and a password without control characters are needed"));
    }
    Ok(format!("Basic {}", BASE64_STANDARD.encode(format!("{user}:{password}"))))
}

fn query(draft: &mut Draft, name: &str, secret: &str) -> Result<(), EgressError> {
    if draft.target.url.query_pairs().any(|(own, _)| own == name) {
        return Err(denied(format!("the query has `{name}`, which is set from a secret of the registration")));
    }
    draft.target.url.query_pairs_mut().append_pair(name, secret);
    Ok(())
}

/// A secret, or the way it is applied, that does not work.
pub(crate) const fn unusable(reason: &'static str) -> EgressError {
    EgressError::Credential { reason }
}

#[cfg(test)]
pub(super) mod tests {
    use http::Method;
    use http::header::HeaderMap;

    use super::*;
    use crate::body::Content;
    use crate::target::Target;

    /// A request with headers and a body.
    pub(super) fn draft(method: &Method, url: &str, headers: &[(&'static str, &str)], body: &str) -> Draft {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, value.parse().unwrap());
        }
        let target = Target::parse(url).unwrap();
        Draft { method: method.clone(), target, headers: map, content: Content::of(body.to_owned()) }
    }

    #[test]
    fn secrets_are_written_where_they_belong() {
        // RFC 7617, section 2.
        assert_eq!(basic("Aladdin", "open sesame").unwrap(), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
        assert!(basic("a:b", "c").is_err() && basic("a", "c\n").is_err());
        let mut draft = draft(&Method::GET, "https://a.example/x?y=1", &[], "");
        query(&mut draft, "token", "a&b=ü").unwrap();
        assert_eq!(draft.target.url.as_str(), "https://a.example/x?y=1&token=a%26b%3D%C3%BC");
        assert!(matches!(query(&mut draft, "y", "x"), Err(EgressError::Denied { .. })));
        assert!(set(&mut draft, "x-key", "a\r\nHost: b").is_err());
        set(&mut draft, "x-key", "s3cret").unwrap();
        assert!(!format!("{:?}", draft.headers).contains("s3cret"));
    }

    #[test]
    fn two_secrets_do_not_share_a_header() {
        let credential =
            |apply| Credential { secret: assay_base::Secret::new(String::new()), endpoint: "a".into(), apply };
        assert!(
            owned_headers(&[credential(Apply::Bearer), credential(Apply::Header("Authorization".into()))]).is_err()
        );
        assert!(owned_headers(&[credential(Apply::Header("Host".into()))]).is_err());
        assert!(owned_headers(&[credential(Apply::Header("a b".into()))]).is_err());
        assert_eq!(
            owned_headers(&[credential(Apply::Bearer), credential(Apply::Header("X-A".into()))]).unwrap().len(),
            2
        );
    }
}
