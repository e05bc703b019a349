//! assay-material.
