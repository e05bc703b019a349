//! assay-model.
