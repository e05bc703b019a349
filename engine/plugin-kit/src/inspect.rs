use assay_base::Digest;
use assay_integration::{Manifest, ManifestError};
use assay_pack::PackError;
use assay_plugin_host::{ManifestSection, manifest_section};
use serde_json::Value;
use wasmparser::{Parser, Payload};

use crate::KitError;

/// What is in a component. Nothing of it ran.
#[derive(Debug)]
pub struct Inspected {
    /// The digest of its bytes.
    pub digest: Digest,
    /// Its size in bytes.
    pub size: usize,
    /// The names of what it imports.
    pub imports: Vec<String>,
    /// The names of what it exports.
    pub exports: Vec<String>,
    /// Its manifest as it stands in it; none when it was not packed.
    pub manifest: Option<Value>,
    /// What is wrong with the manifest.
    pub fault: Option<ManifestError>,
}

/// Looks into a component.
///
/// # Errors
/// [`KitError::Pack`] when it is none, [`KitError::Component`] when it is broken.
pub fn inspect(component: &[u8]) -> Result<Inspected, KitError> {
    if manifest_section(component) == ManifestSection::NoComponent {
        return Err(PackError::NotComponent.into());
    }
    let (imports, exports) = interface(component).map_err(KitError::Component)?;
    let text = match manifest_section(component) {
        ManifestSection::Found(text) => Some(text),
        _ => None,
    };
    Ok(Inspected {
        digest: Digest::of(component),
        size: component.len(),
        imports,
        exports,
        manifest: text.map(|text| serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned()))),
        fault: text.and_then(|text| Manifest::parse(text).err()),
    })
}

/// Imports and exports of the outermost component.
fn interface(bytes: &[u8]) -> Result<(Vec<String>, Vec<String>), wasmparser::BinaryReaderError> {
    let (mut imports, mut exports, mut depth) = (vec![], vec![], 0_usize);
    for payload in Parser::new(0).parse_all(bytes) {
        match payload? {
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) => depth = depth.saturating_sub(1),
            Payload::ComponentImportSection(section) if depth == 0 => {
                for import in section {
                    imports.push(import?.name.name.to_owned());
                }
            }
            Payload::ComponentExportSection(section) if depth == 0 => {
                for export in section {
                    exports.push(export?.name.name.to_owned());
                }
            }
            _ => {}
        }
    }
    Ok((imports, exports))
}
