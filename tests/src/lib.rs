//! assay-tests.
