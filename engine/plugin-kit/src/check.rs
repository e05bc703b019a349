use assay_integration::Manifest;
use assay_plugin_host::{ManifestSection, manifest_section};
use serde_json::Value;

use crate::points::Points;
use crate::workbench::Workbench;

/// Looks whether a component would be taken: what it imports and exports, its manifest, and whether it says the same of itself
/// when it is asked.
pub async fn check(bench: &Workbench, component: &[u8]) -> Points {
    let mut points = Points::new();
    points.add("manifest", manifest(component));
    points.add("loads", loads(bench, component).await);
    points.add("describe", describe(component));
    points
}

fn manifest(component: &[u8]) -> Result<String, Vec<String>> {
    let text = section(component)?;
    let manifest = Manifest::parse(text).map_err(|error| vec![format!("{error} (at `{}`)", error.pointer())])?;
    Ok(format!("{} {}: {}", manifest.id(), manifest.version(), manifest.title()))
}

/// The text of its manifest, or why there is none.
pub(crate) fn section(component: &[u8]) -> Result<&str, Vec<String>> {
    match manifest_section(component) {
        ManifestSection::Found(text) => Ok(text),
        ManifestSection::Missing => Err(vec!["it has no manifest: `assay plugin pack` puts it in".to_owned()]),
        ManifestSection::Ambiguous => Err(vec!["it has more than one manifest".to_owned()]),
        ManifestSection::NotText => Err(vec!["its manifest is not UTF-8".to_owned()]),
        ManifestSection::NoComponent => Err(vec!["this is not a WebAssembly component".to_owned()]),
    }
}

pub(crate) async fn loads(bench: &Workbench, component: &[u8]) -> Result<String, Vec<String>> {
    match bench.install(component).await {
        Ok(installed) => Ok(format!("{}, {} bytes", installed.digest, component.len())),
        Err(error) => Err(vec![error.to_string()]),
    }
}

/// Three answers with nothing behind the imports: all the same, and the same as in the section.
pub(crate) fn describe(component: &[u8]) -> Result<String, Vec<String>> {
    let embedded: Option<Value> = section(component).ok().and_then(|text| serde_json::from_str(text).ok());
    for _ in 0..3 {
        let text = assay_sandbox::describe(component).map_err(|trap| vec![format!("`describe` fails: {trap}")])?;
        let answer: Option<Value> = serde_json::from_str(&text).ok();
        if answer.is_none() || answer != embedded {
            return Err(vec!["`describe` answers another manifest than the one that is in the component".to_owned()]);
        }
    }
    Ok("three times the manifest that is in the component, without a host".to_owned())
}
