//! assay-contract.
