//! assay-rego.
