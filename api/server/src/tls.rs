use std::sync::Arc;

use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem};

/// What a server shows of itself over TLS: its certificate and key.
#[derive(Debug, Clone)]
pub struct Tls(pub(crate) Arc<ServerConfig>);

/// Why a certificate and a key do not make a server.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The certificates do not read.
    #[error("the certificate file is not PEM")]
    Certificate(#[source] pem::Error),
    /// There is no certificate.
    #[error("there is no certificate in the certificate file")]
    NoCertificate,
    /// The key does not read.
    #[error("the key file holds no private key in PEM")]
    Key(#[source] pem::Error),
    /// They do not belong together, or are of a kind that is not used.
    #[error("the certificate and the key cannot be used together")]
    Config(#[from] rustls::Error),
}

impl Tls {
    /// Reads a chain of certificates, the server's own first, and its private key, both PEM.
    ///
    /// # Errors
    /// [`TlsError`] when they do not read or do not belong together.
    pub fn from_pem(certificates: &[u8], key: &[u8]) -> Result<Self, TlsError> {
        let chain: Vec<_> =
            CertificateDer::pem_slice_iter(certificates).collect::<Result<_, _>>().map_err(TlsError::Certificate)?;
        if chain.is_empty() {
            return Err(TlsError::NoCertificate);
        }
        let key = PrivateKeyDer::from_pem_slice(key).map_err(TlsError::Key)?;
        let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(chain, key)?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self(Arc::new(config)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_certificate_is_said() {
        let broken = b"-----BEGIN CERTIFICATE-----\n%%%\n-----END CERTIFICATE-----\n";
        assert!(matches!(Tls::from_pem(b"", b""), Err(TlsError::NoCertificate)));
        assert!(matches!(Tls::from_pem(broken, b""), Err(TlsError::Certificate(_))));
        let some = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        assert!(matches!(Tls::from_pem(some, b""), Err(TlsError::Key(_))));
    }
}
