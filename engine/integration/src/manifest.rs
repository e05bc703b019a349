/// The manifest of an integration.
#[derive(Debug, Clone)]
pub struct Manifest {}
