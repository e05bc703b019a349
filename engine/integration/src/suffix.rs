//! Names under which anybody may have a name.

/// Well-known second-level suffixes of registries, and domains of hosting services.
///
/// This is not the Public Suffix List (<https://publicsuffix.org>), which has ten thousand entries and changes every week: it
/// keeps authors from the mistakes that are made, and whoever installs an integration reads its hosts.
const SHARED: &str = include_str!("suffixes.txt");

/// Whether `host`, in lower case and without a dot at its end, is one of them, or a top-level domain.
pub(crate) fn is_shared(host: &str) -> bool {
    let mut names = SHARED.lines().filter(|line| !line.starts_with('#')).flat_map(str::split_ascii_whitespace);
    !host.contains('.') || names.any(|name| name == host)
}
