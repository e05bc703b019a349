use assay_integration::Apply;

/// Headers that the broker writes: about the connection, the length, the host; a guest that sets them could smuggle a second
/// request (RFC 9112, section 11.2). Encodings of the answer are not asked for, because nobody would decode them.
const OF_THE_HOST: [&str; 13] = [
    "host",
    "content-length",
    "transfer-encoding",
    "te",
    "trailer",
    "connection",
    "keep-alive",
    "upgrade",
    "expect",
    "accept-encoding",
    "http2-settings",
    "cookie2",
    "via",
];

/// Most bytes of all headers together.
const HEADERS_BYTES: usize = 32 << 10;

/// The headers of a request in lower case, with the type of the body that the host wrote.
///
/// # Errors
/// Which header a guest may not set, and why.
pub(crate) fn admit(
    given: Vec<(String, String)>,
    owned: &[String],
    content_type: Option<String>,
) -> Result<Vec<(String, String)>, String> {
    let bytes: usize = given.iter().map(|(name, value)| name.len() + value.len() + 4).sum();
    if bytes > HEADERS_BYTES {
        return Err(format!("the headers of a request have at most {HEADERS_BYTES} bytes"));
    }
    let mut admitted = Vec::with_capacity(given.len() + 1);
    for (name, value) in given {
        let name = name.to_ascii_lowercase();
        check(&name, &value, owned)?;
        if content_type.is_some() && name == "content-type" {
            return Err("the host writes `content-type` for a multipart body".to_owned());
        }
        admitted.push((name, value));
    }
    admitted.extend(content_type.map(|value| ("content-type".to_owned(), value)));
    Ok(admitted)
}

/// The headers that a credential is written into.
pub(crate) fn of_credential(apply: &Apply) -> Vec<String> {
    let names: &[&str] = match apply {
        Apply::Header(name) | Apply::HmacSha256 { header: name } => return vec![name.to_ascii_lowercase()],
        Apply::Bearer | Apply::Basic { .. } | Apply::GcpServiceAccount { .. } => &["authorization"],
        Apply::StandardWebhooks => &["webhook-signature"],
        Apply::SigV4 { .. } => &["authorization", "x-amz-date", "x-amz-content-sha256", "x-amz-security-token"],
        Apply::Query(_) | Apply::Mail => &[],
    };
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn check(name: &str, value: &str, owned: &[String]) -> Result<(), String> {
    let token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    if name.is_empty() || !name.bytes().all(token) {
        return Err("a header's name has letters, digits and `-` alone".to_owned());
    }
    if OF_THE_HOST.contains(&name) || name.starts_with("proxy-") {
        return Err(format!("the header `{name}` is the host's"));
    }
    if owned.iter().any(|of_credential| of_credential == name) {
        return Err(format!("the header `{name}` belongs to a credential, which the host puts in (`auth`)"));
    }
    let control = |c: char| c.is_control() && c != '\t';
    if value.contains(control) {
        return Err(format!("the value of the header `{name}` has line breaks or controls"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_the_hosts_is_refused() {
        let owned = of_credential(&Apply::Header("X-Api-Key".to_owned()));
        let cases = [
            ("Content-Type", "application/json", true),
            ("x-api-key", "mine", false),
            ("X-API-KEY", "mine", false),
            ("Host", "other.example", false),
            ("Content-Length", "3", false),
            ("Transfer-Encoding", "chunked", false),
            ("Proxy-Authorization", "x", false),
            ("Accept-Encoding", "gzip", false),
            ("Expect", "100-continue", false),
            ("x-note", "a\r\nhost: b", false),
            ("x-note", "a\0", false),
            ("x note", "a", false),
            ("", "a", false),
            ("x-note", "ä\tb", true),
        ];
        for (name, value, fits) in cases {
            let admitted = admit(vec![(name.to_owned(), value.to_owned())], &owned, None);
            assert_eq!(admitted.is_ok(), fits, "{name}: {admitted:?}");
        }
        let large = vec![("x".to_owned(), "y".repeat(HEADERS_BYTES))];
        assert!(admit(large, &owned, None).is_err());
    }

    #[test]
    fn the_type_of_a_multipart_body_is_the_hosts() {
        let given = vec![("content-type".to_owned(), "text/plain".to_owned())];
        assert!(admit(given, &[], Some("multipart/form-data; boundary=x".to_owned())).is_err());
        let admitted = admit(vec![], &[], Some("multipart/form-data; boundary=x".to_owned())).unwrap();
        assert_eq!(admitted, [("content-type".to_owned(), "multipart/form-data; boundary=x".to_owned())]);
    }
}
