use std::sync::Arc;

use assay_ports::EgressError;
use rustls::client::Resumption;
use rustls::crypto::aws_lc_rs;
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::ServerName;
use tokio::net::TcpStream;
use tokio::sync::OnceCell;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::error::{self, Cause};
use crate::target::Host;

/// TLS with the certificates of the machine, or with given ones. They are read when they are needed for the first time.
///
/// Sessions are not resumed: a ticket would tie the connections of different registrations together.
#[derive(Default)]
pub(crate) struct Tls {
    config: OnceCell<Arc<ClientConfig>>,
}

impl Tls {
    /// TLS that trusts these authorities and no others.
    pub(crate) fn trusting(roots: RootCertStore) -> Result<Self, rustls::Error> {
        Ok(Self { config: OnceCell::new_with(Some(Arc::new(config(roots)?))) })
    }

    /// Speaks TLS over `stream` with the server that `host` names.
    pub(crate) async fn connect(&self, host: &Host, stream: TcpStream) -> Result<TlsStream<TcpStream>, EgressError> {
        let config = self.config.get_or_try_init(of_the_machine).await?;
        let name = match host {
            Host::Address(address) => ServerName::IpAddress((*address).into()),
            Host::Name(name) => ServerName::try_from(name.clone()).map_err(error::tls)?,
        };
        TlsConnector::from(Arc::clone(config)).connect(name, stream).await.map_err(error::connect)
    }
}

async fn of_the_machine() -> Result<Arc<ClientConfig>, EgressError> {
    let found = tokio::task::spawn_blocking(rustls_native_certs::load_native_certs).await.map_err(error::tls)?;
    let mut roots = RootCertStore::empty();
    let (good, _) = roots.add_parsable_certificates(found.certs);
    if good == 0 {
        return Err(error::tls(Cause::NoRoots));
    }
    config(roots).map(Arc::new).map_err(error::tls)
}

fn config(roots: RootCertStore) -> Result<ClientConfig, rustls::Error> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    let mut config = builder.with_root_certificates(roots).with_no_client_auth();
    config.resumption = Resumption::disabled();
    Ok(config)
}
