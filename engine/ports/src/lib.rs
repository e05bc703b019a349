//! assay-ports.
