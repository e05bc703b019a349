//! assay-storage.
