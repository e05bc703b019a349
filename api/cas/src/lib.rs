//! assay-cas.
