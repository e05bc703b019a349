use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use assay_base::{Digest, Secret, Timestamp};
use assay_integration::{Apply, Credential};
use assay_ports::EgressError;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use http::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use http::{Method, StatusCode};
use rustls_pki_types::PrivatePkcs8KeyDer;
use rustls_pki_types::pem::PemObject;
use serde::Deserialize;
use serde_json::json;
use zeroize::Zeroize;

use super::unusable;
use crate::audit::Audit;
use crate::body::Content;
use crate::broker::Broker;
use crate::error::{self, Cause};
use crate::exchange::Accept;
use crate::target::{Host, Target, denied};
use crate::wire::Draft;

/// Where Google gives tokens.
const ENDPOINT: &str = "https://oauth2.googleapis.com/token";
/// How long an assertion is good.
const ASSERTED: i64 = 3600;
/// A token is not used when it ends that soon.
const MARGIN: Duration = Duration::from_mins(1);
/// Most bytes of the endpoint's answer.
const ANSWER: usize = 64 * 1024;
/// How many tokens are kept; when there are more, all are asked for again.
const KEPT: usize = 1024;

/// Access tokens until they end, by the digest of pool, key file and scope: a token of one registration is never that of
/// another.
#[derive(Default)]
pub(crate) struct Tokens {
    kept: Mutex<HashMap<Digest, Token>>,
}

struct Token {
    text: Secret<String>,
    end: Timestamp,
}

/// The parts of a service account's key file that are needed.
#[derive(Deserialize)]
struct KeyFile {
    client_email: String,
    private_key_id: Option<String>,
    private_key: String,
    token_uri: Option<String>,
}

impl Drop for KeyFile {
    fn drop(&mut self) {
        self.private_key.zeroize();
    }
}

#[derive(Deserialize)]
struct Answer {
    access_token: String,
    expires_in: u64,
}

impl Broker {
    /// An access token for a service account (RFC 7523, section 2.1; Google, "Using OAuth 2.0 for server to server
    /// applications").
    pub(super) async fn google_token(
        &self,
        secret: &str,
        scope: &str,
        pool: &str,
    ) -> Result<Secret<String>, EgressError> {
        let key = token_key(secret, scope, pool);
        let now = self.clock.now();
        if let Some(token) = self.tokens.get(key, now) {
            return Ok(token);
        }
        let file: KeyFile =
            serde_json::from_str(secret).map_err(|_| unusable("it is no key file of a service account"))?;
        let target = self.token_endpoint(file.token_uri.as_deref().unwrap_or(ENDPOINT))?;
        let assertion = assertion(&file, scope, target.url.as_str(), now)?;
        let body = format!("grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion={assertion}");
        let form = HeaderValue::from_static("application/x-www-form-urlencoded");
        let headers = HeaderMap::from_iter([(CONTENT_TYPE, form)]);
        let audit = Audit::token(&target, pool);
        let draft = Draft { method: Method::POST, target, headers, content: Content::of(body) };
        let answer = self.exchange(&draft, pool, Accept { bytes: ANSWER, encoded: false }).await;
        audit.answered(&answer);
        let answer = answer?;
        let token = match StatusCode::from_u16(answer.status) {
            Ok(StatusCode::OK) => token(&answer.body, now).ok_or_else(|| error::protocol(Cause::Token))?,
            Ok(StatusCode::BAD_REQUEST | StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) => {
                return Err(unusable("the token endpoint does not accept it"));
            }
            _ => return Err(error::protocol(Cause::TokenEndpoint { status: answer.status })),
        };
        let text = token.text.clone();
        self.tokens.keep(key, token);
        Ok(text)
    }

    /// A key file may name where its assertion is sent: only Google, or where the operator allows it.
    fn token_endpoint(&self, uri: &str) -> Result<Target, EgressError> {
        let target = Target::parse(uri)?;
        let listed = match &target.host {
            Host::Name(name) => self.way.policy.has_name(name, target.port),
            Host::Address(address) => self.way.policy.has(None, *address, target.port),
        };
        if target.url.as_str() == ENDPOINT || listed {
            Ok(target)
        } else {
            Err(denied(format!(
                "the key file names `{}` for tokens: only {ENDPOINT} is asked, or what an operator permits with --egress-allow",
                target.origin()
            )))
        }
    }
}

impl Tokens {
    fn get(&self, key: Digest, now: Timestamp) -> Option<Secret<String>> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.get(&key).filter(|token| now.after(MARGIN) < token.end).map(|token| token.text.clone())
    }

    fn keep(&self, key: Digest, token: Token) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= KEPT {
            kept.clear();
        }
        kept.insert(key, token);
    }

    /// Forgets a token that was refused.
    pub(crate) fn forget(&self, credential: &Credential, pool: &str) {
        if let Apply::GcpServiceAccount { scope } = &credential.apply {
            let key = token_key(credential.secret.expose(), scope, pool);
            self.kept.lock().unwrap_or_else(PoisonError::into_inner).remove(&key);
        }
    }
}

fn token_key(secret: &str, scope: &str, pool: &str) -> Digest {
    Digest::of(json!([pool, scope, Digest::of(secret.as_bytes()).hex()]).to_string().as_bytes())
}

fn token(body: &[u8], now: Timestamp) -> Option<Token> {
    let answer: Answer = serde_json::from_slice(body).ok()?;
    let end = now.after(Duration::from_secs(answer.expires_in));
    Some(Token { text: Secret::new(answer.access_token), end })
}

/// A JWT (RFC 7519) signed with RS256, by which the account asks for a token.
fn assertion(file: &KeyFile, scope: &str, audience: &str, now: Timestamp) -> Result<String, EgressError> {
    let mut header = json!({"alg": "RS256", "typ": "JWT"});
    if let Some(id) = &file.private_key_id {
        header["kid"] = id.as_str().into();
    }
    let (from, until) = (now.seconds(), now.seconds() + ASSERTED);
    let claims = json!({"iss": file.client_email, "scope": scope, "aud": audience, "iat": from, "exp": until});
    let part = |value: serde_json::Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
    let text = format!("{}.{}", part(header), part(claims));
    let bad = unusable("its private_key is no RSA key");
    let Ok(pem) = PrivatePkcs8KeyDer::from_pem_slice(file.private_key.as_bytes()) else { return Err(bad) };
    let Ok(key) = RsaKeyPair::from_pkcs8(pem.secret_pkcs8_der()) else { return Err(bad) };
    let mut signature = vec![0; key.public_modulus_len()];
    if key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), text.as_bytes(), &mut signature).is_err() {
        return Err(bad);
    }
    Ok(format!("{text}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature)))
}
