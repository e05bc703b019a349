//! assay-app.
