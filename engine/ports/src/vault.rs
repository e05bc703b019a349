use assay_base::{OrgId, Secret};

/// Secrets at rest: authenticated encryption under a key that is not in the database, bound to the organization and to the
/// row that the secret belongs to.
pub trait Vault: Send + Sync {
    /// Encrypts `secret` for the row `row` (for example `registration/<id>`) of an organization.
    ///
    /// # Errors
    /// [`VaultError::Other`].
    fn seal(&self, org: OrgId, row: &str, secret: &Secret<Vec<u8>>) -> Result<Vec<u8>, VaultError>;

    /// Decrypts what [`Vault::seal`] made for the same organization and row.
    ///
    /// # Errors
    /// [`VaultError::Sealed`] for another key, organization or row, or changed bytes.
    fn open(&self, org: OrgId, row: &str, sealed: &[u8]) -> Result<Secret<Vec<u8>>, VaultError>;
}

/// Why a secret was not sealed or opened.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// It does not open.
    #[error("the sealed secret cannot be opened: another master key, another row, or changed bytes")]
    Sealed,
    /// Anything else, from a library.
    #[error("the vault failed")]
    Other(#[source] Box<dyn std::error::Error + Send + Sync>),
}
