//! assay-attest.
