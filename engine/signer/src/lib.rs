//! assay-signer.
