//! assay-wire.
