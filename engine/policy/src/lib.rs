//! assay-policy.
