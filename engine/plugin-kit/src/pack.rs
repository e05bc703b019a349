use assay_integration::Manifest;
use serde_json::Value;

use crate::KitError;

/// A component with its manifest in it.
#[derive(Debug, Clone)]
pub struct Packed {
    /// The component.
    pub component: Vec<u8>,
    /// What it says of itself.
    pub manifest: Manifest,
    /// The same as JSON.
    pub document: Value,
}

/// What a core module begins with (WebAssembly 1.0, section 5.5.16).
const MODULE: &[u8] = b"\0asm\x01\0\0\0";

/// Asks a component what it is, with nothing behind its imports, checks the answer, and puts it into the component. A core
/// module that carries the type of its world becomes a component first.
///
/// # Errors
/// [`KitError::Pack`], [`KitError::Describe`], [`KitError::Manifest`].
pub fn pack(bytes: &[u8]) -> Result<Packed, KitError> {
    let made = bytes.starts_with(MODULE).then(|| assay_pack::component(bytes)).transpose()?;
    let component = made.as_deref().unwrap_or(bytes);
    // Whatever it is, it must be a component before it is compiled.
    assay_pack::embed(component, "")?;
    let text = assay_sandbox::describe(component).map_err(KitError::Describe)?;
    let manifest = Manifest::parse(&text).map_err(KitError::Manifest)?;
    let document: Value = serde_json::from_str(&text).unwrap_or_default();
    // One form, whatever language wrote it.
    let text = document.to_string();
    Ok(Packed { component: assay_pack::embed(component, &text)?, manifest, document })
}
