//! Addresses of strangers on their way into a statement, without what only their owner should know.

/// The address of a remote without user, password, query and fragment. The user `git` of `git@host:path` is everybody's,
/// and stays.
pub(crate) fn of_remote(url: &str) -> String {
    let is_path = url.starts_with(['/', '.', '~']);
    let bare = if is_path { url } else { url.split(['?', '#']).next().unwrap_or(url) };
    if bare.contains("://") {
        return without_user(bare);
    }
    let (first, path) = bare.find('/').map_or((bare, ""), |at| bare.split_at(at));
    match first.rsplit_once('@') {
        Some((user, host)) if user != "git" && host.contains(':') => format!("{host}{path}"),
        _ => bare.to_owned(),
    }
}

/// `scheme://user:password@host/…` without what stands before the `@`; every other text as it is.
pub(crate) fn without_user(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://").filter(|(scheme, _)| is_scheme(scheme)) else {
        return url.to_owned();
    };
    let (authority, path) = rest.find(['/', '?', '#']).map_or((rest, ""), |at| rest.split_at(at));
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    format!("{scheme}://{host}{path}")
}

/// RFC 3986, section 3.1; with `::`, by which git names its transport helpers.
fn is_scheme(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.:".contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remotes_lose_what_is_secret() {
        let cases = [
            ("https://u:p@h.example/a.git", "https://h.example/a.git"),
            ("https://token@h.example:8443/a", "https://h.example:8443/a"),
            ("https://a@b:c@h/x@y", "https://h/x@y"),
            ("https://h/a@b", "https://h/a@b"),
            ("https://u:p@h", "https://h"),
            ("https://h/a.git?token=s", "https://h/a.git"),
            ("https://u:p@h?token=s", "https://h"),
            ("https://h/a#s", "https://h/a"),
            ("ext::https://u:p@h/a", "ext::https://h/a"),
            ("git@github.com:acme/app.git", "git@github.com:acme/app.git"),
            ("user:pw@h:x", "h:x"),
            ("token@h:x/y@z", "h:x/y@z"),
            ("git@h:x?token=s", "git@h:x"),
            ("h:x@y", "h:x@y"),
            ("/srv/a@b:c?d", "/srv/a@b:c?d"),
            ("../a", "../a"),
        ];
        for (url, clean) in cases {
            assert_eq!(of_remote(url), clean, "{url}");
        }
    }

    #[test]
    fn pages_keep_their_query() {
        assert_eq!(without_user("https://u:p@h/a?b=c"), "https://h/a?b=c");
        assert_eq!(without_user("https://u:p@h?b=c@d"), "https://h?b=c@d");
        assert_eq!(without_user("see https://u:p@h"), "see https://u:p@h");
    }
}
