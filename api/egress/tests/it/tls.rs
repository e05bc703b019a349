use std::sync::Arc;

use assay_egress::Broker;
use assay_ports::{Egress, EgressError};
use rustls::{RootCertStore, ServerConfig};
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::TlsAcceptor;

use crate::server::{Server, ok};
use crate::world::{Names, broker, local, request};

/// A certificate for some names, and what accepts TLS with it.
pub(crate) struct Identity {
    pub(crate) acceptor: TlsAcceptor,
    certificate: CertificateDer<'static>,
}

impl Identity {
    pub(crate) fn of(names: &[&str]) -> Self {
        let names: Vec<_> = names.iter().map(|&name| name.to_owned()).collect();
        let made = rcgen::generate_simple_self_signed(names).unwrap();
        let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let builder = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let certificate = made.cert.der().clone();
        let config = builder.with_no_client_auth().with_single_cert(vec![certificate.clone()], key).unwrap();
        Self { acceptor: TlsAcceptor::from(Arc::new(config)), certificate }
    }

    /// A broker that trusts it.
    pub(crate) fn trusted_by(&self, broker: Broker) -> Broker {
        let mut roots = RootCertStore::empty();
        roots.add(self.certificate.clone()).unwrap();
        broker.with_roots(roots).unwrap()
    }

    async fn serve(&self) -> Server {
        let (server, listener) = Server::bind(ok).await;
        let (accepting, acceptor) = (server.clone(), self.acceptor.clone());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (accepting, acceptor) = (accepting.clone(), acceptor.clone());
                tokio::spawn(async move {
                    if let Ok(stream) = acceptor.accept(stream).await {
                        accepting.serve(stream).await;
                    }
                });
            }
        });
        server
    }
}

#[tokio::test]
async fn tls_is_spoken_with_the_name_of_the_host() {
    let identity = Identity::of(&["tracker.test", "127.0.0.1"]);
    let server = identity.serve().await;
    let names = Names::new(&[("tracker.test", &["127.0.0.1"]), ("other.test", &["127.0.0.1"])]);
    let broker = identity.trusted_by(local().with_resolver(names));
    let at = |host: &str| format!("https://{host}:{}/", server.port);
    for host in ["tracker.test", "127.0.0.1"] {
        assert_eq!(broker.send(request("GET", &at(host))).await.unwrap().status, 200, "{host}");
    }
    let wrong = broker.send(request("GET", &at("other.test"))).await;
    assert!(matches!(wrong, Err(EgressError::Tls(_))), "{wrong:?}");
    assert_eq!(server.seen().len(), 2);
}

#[tokio::test]
async fn nobody_is_trusted_who_is_not_known() {
    let (identity, stranger) = (Identity::of(&["127.0.0.1"]), Identity::of(&["127.0.0.1"]));
    let server = stranger.serve().await;
    let url = format!("https://127.0.0.1:{}/", server.port);
    let sent = identity.trusted_by(local()).send(request("GET", &url)).await;
    assert!(matches!(sent, Err(EgressError::Tls(_))), "{sent:?}");
    let sent = local().send(request("GET", &url)).await;
    assert!(matches!(sent, Err(EgressError::Tls(_))), "the authorities of the machine do not know it: {sent:?}");
    let plain = Server::start(ok).await;
    let url = format!("https://127.0.0.1:{}/", plain.port);
    let sent = identity.trusted_by(broker(&["127.0.0.1"])).send(request("GET", &url)).await;
    assert!(matches!(sent, Err(EgressError::Tls(_) | EgressError::Timeout(_))), "{sent:?}");
}
