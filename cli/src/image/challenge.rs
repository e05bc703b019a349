use reqwest::Url;

/// What a registry asks for (`WWW-Authenticate`, RFC 9110, section 11.6.1; the token flow of the CNCF distribution project).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Challenge {
    /// User and password.
    Basic,
    /// A token of `realm`.
    Bearer {
        /// Where tokens are given out.
        realm: String,
        /// The service to name there.
        service: Option<String>,
        /// The scope to ask for.
        scope: Option<String>,
    },
}

impl Challenge {
    /// Reads one challenge; nothing for a scheme that is not known.
    pub(super) fn parse(header: &str) -> Option<Self> {
        let (scheme, rest) = header.trim().split_once(' ').unwrap_or((header.trim(), ""));
        if scheme.eq_ignore_ascii_case("basic") {
            return Some(Self::Basic);
        }
        if !scheme.eq_ignore_ascii_case("bearer") {
            return None;
        }
        let parameters = parameters(rest);
        let value = |name: &str| parameters.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
        Some(Self::Bearer { realm: value("realm")?, service: value("service"), scope: value("scope") })
    }
}

/// `key="value", key=value`; quoted values may hold commas.
fn parameters(text: &str) -> Vec<(String, String)> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some((key, after)) = rest.split_once('=') {
        let key = key.trim_matches([' ', ',']).to_ascii_lowercase();
        let (value, next) = match after.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"').unwrap_or((quoted, "")),
            None => after.split_once(',').unwrap_or((after, "")),
        };
        out.push((key, value.trim().to_owned()));
        rest = next;
    }
    out
}

/// Whether a registry may send its clients to `realm` for a token: the same host, one of the same domain, or Docker Hub's
/// own pair; over TLS, unless the registry itself is on loopback.
pub(super) fn may_ask(registry: &Url, realm: &Url) -> bool {
    let (Some(from), Some(to)) = (registry.host_str(), realm.host_str()) else { return false };
    if realm.scheme() != "https" && !(realm.scheme() == "http" && super::is_loopback(from) && super::is_loopback(to)) {
        return false;
    }
    let same = from == to && registry.port_or_known_default() == realm.port_or_known_default();
    same || (from, to) == ("registry-1.docker.io", "auth.docker.io") || related(from, to)
}

/// Whether the two hosts have a domain in common, once the first label of the registry's is taken away.
fn related(registry: &str, realm: &str) -> bool {
    let Some((_, domain)) = registry.split_once('.') else { return false };
    let named = |host: &str| host.parse::<std::net::IpAddr>().is_err() && !host.starts_with('[');
    named(registry)
        && named(realm)
        && domain.contains('.')
        && (realm == domain || realm.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn challenges_are_read() {
        let header = r#"Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:a/b:pull,push""#;
        let Some(Challenge::Bearer { realm, service, scope }) = Challenge::parse(header) else { panic!() };
        assert_eq!(realm, "https://auth.docker.io/token");
        assert_eq!(service.as_deref(), Some("registry.docker.io"));
        assert_eq!(scope.as_deref(), Some("repository:a/b:pull,push"));
        assert_eq!(Challenge::parse("Basic realm=\"x\""), Some(Challenge::Basic));
        assert_eq!(Challenge::parse("Negotiate"), None);
        assert_eq!(Challenge::parse("Bearer"), None);
    }

    #[test]
    fn a_registry_cannot_send_credentials_to_a_stranger() {
        let url = |text: &str| Url::parse(text).unwrap();
        let cases = [
            ("https://ghcr.io/", "https://ghcr.io/token", true),
            ("https://registry-1.docker.io/", "https://auth.docker.io/token", true),
            ("https://registry.gitlab.com/", "https://gitlab.com/jwt/auth", true),
            ("https://registry.acme.example/", "https://gitlab.acme.example/jwt/auth", true),
            ("https://ghcr.io/", "https://evil.example/token", false),
            ("https://ghcr.io/", "http://ghcr.io/token", false),
            ("https://ghcr.io/", "https://evil.io/token", false),
            ("https://registry.gitlab.com/", "https://evilgitlab.com/", false),
            ("https://10.0.0.1/", "https://10.0.0.2/", false),
            ("http://127.0.0.1:5000/", "http://127.0.0.1:6000/token", false),
            ("http://127.0.0.1:5000/", "http://127.0.0.1:5000/token", true),
            ("https://ghcr.io/", "http://127.0.0.1/token", false),
            ("https://ghcr.io/", "file:///etc/passwd", false),
        ];
        for (registry, realm, expected) in cases {
            assert_eq!(may_ask(&url(registry), &url(realm)), expected, "{registry} {realm}");
        }
    }
}
