//! Signing: the authorities of an organization, which certify keys and stamp times, and the keys of a client.
//!
//! [`LocalAuthority`] is the adapter of [`assay_ports::Authority`] that holds its keys itself, sealed under one master key.
//! [`LocalVault`] seals secrets of the database under the same key.
//! A client signs with a [`PrivateKey`], ephemeral or from a [`KeyFile`], by way of [`SignedPayload`].
//!
//! Key pairs and signatures draw from the generator of the cryptographic library; serial numbers, salts and nonces come
//! from the [`assay_base::Entropy`] that is handed in.
//!
//! **Must not know:** storage, HTTP, files, the clock, other adapters. It gets records and instants and returns bytes.

mod authority;
mod certificate;
mod error;
mod key_file;
mod master;
mod private_key;
mod signed;
mod timestamp;
mod vault;

pub use authority::LocalAuthority;
pub use error::SignerError;
pub use key_file::{EncryptedKey, KeyFile};
pub use master::MasterKey;
pub use private_key::PrivateKey;
pub use signed::SignedPayload;
pub use vault::LocalVault;
