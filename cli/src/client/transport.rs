use std::time::Duration;

use assay_wire::Exit;

use crate::config::ServerUrl;
use crate::error::CliError;

const CONNECT: Duration = Duration::from_secs(10);
/// Between two reads: a push may be judged for ten seconds before the first byte of the answer.
const SILENCE: Duration = Duration::from_mins(1);

/// The connection pool: no redirects and no proxies (they would carry the token elsewhere), and time limits on
/// everything.
pub(super) fn build(server: &ServerUrl) -> Result<reqwest::Client, CliError> {
    // The process may have one already: the server side installs the same.
    drop(rustls::crypto::aws_lc_rs::default_provider().install_default());
    let builder = reqwest::Client::builder()
        .user_agent(concat!("assay/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .connect_timeout(CONNECT)
        .read_timeout(SILENCE);
    // Reading the certificates of the system takes longer than a request on loopback: only where they are needed.
    // There they are those of the platform, or of SSL_CERT_FILE and SSL_CERT_DIR.
    let builder = if server.is_tls() { builder } else { builder.tls_certs_only([]) };
    builder
        .build()
        .map_err(|error| CliError::new(Exit::Unexpected, "tls", "cannot set up the connection").because(error))
}
