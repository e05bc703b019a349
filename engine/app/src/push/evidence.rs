use std::collections::BTreeMap;
use std::sync::Arc;

use assay_base::{Diagnostic, MaterialKind, OrgId, limits};
use assay_material::{Inspection, MaterialError, PolicyInput, Strictness, inspect};
use assay_model::Caller;
use assay_ports::{BlobError, collect};
use bytes::Bytes;

use super::descriptor;
use crate::bind::BoundMaterial;
use crate::{App, AppError};

/// Most text of a value that a run keeps to show.
const SHOWN: usize = 1024;

/// What the server found out about a material.
pub(super) struct Examined {
    /// Its size in bytes, where it is known.
    pub(super) size: Option<u64>,
    /// Its annotations, as the server stands for them.
    pub(super) annotations: BTreeMap<String, String>,
}

/// Looks at the evidence itself: every material is stored under its digest, is of the kind that it claims, and is the
/// caller's to speak of.
pub(super) async fn check(app: &App, caller: &Caller, materials: &[BoundMaterial]) -> Result<Vec<Examined>, AppError> {
    let mut examined = Vec::with_capacity(materials.len());
    for material in materials {
        let (size, found) = check_one(app, caller, material).await?;
        examined.push(Examined { size, annotations: descriptor::annotations(material, found, size) });
    }
    Ok(examined)
}

type Found = (Option<u64>, BTreeMap<String, String>);

async fn check_one(app: &App, caller: &Caller, material: &BoundMaterial) -> Result<Found, AppError> {
    if let Some(content) = &material.content {
        let inspection = parse(material, content)?;
        return Ok((u64::try_from(content.len()).ok(), inspection.annotations));
    }
    if material.kind == MaterialKind::ContainerImage || material.skip_upload {
        return Ok((None, BTreeMap::new()));
    }
    let absent = || refused(material, "material-absent", "its bytes were not uploaded to this server");
    if let Some(project) = &caller.project
        && !app.repositories.project_has(caller.org, project, material.digest).await?
    {
        return Err(absent());
    }
    let size = app.blobs.keep(caller.org, material.digest).await?.ok_or_else(absent)?;
    if is_opaque(material.kind) {
        return Ok((Some(size), BTreeMap::new()));
    }
    // Reading a document takes memory: no more of them at a time than evaluations.
    let turn = Arc::clone(&app.evaluations).acquire_owned().await;
    let turn = turn.map_err(|e| AppError::Interrupted(Box::new(e)))?;
    let bytes = read(app, caller.org, material).await?.ok_or_else(absent)?;
    let owned = material.clone();
    let task = tokio::task::spawn_blocking(move || {
        let inspection = parse(&owned, &bytes);
        drop(turn);
        inspection
    });
    let inspection = task.await.map_err(|e| AppError::Interrupted(Box::new(e)))??;
    Ok((Some(size), inspection.annotations))
}

/// What a policy sees of a material, as JSON text.
///
/// # Errors
/// [`AppError::Material`] when its bytes are not here, or are more than policies are shown.
pub(super) async fn input(app: &App, org: OrgId, material: &BoundMaterial) -> Result<Bytes, AppError> {
    if matches!(material.kind, MaterialKind::ContainerImage | MaterialKind::String) {
        return Ok(Bytes::from_static(b"{}"));
    }
    let bytes = match &material.content {
        None if material.skip_upload => None,
        Some(content) => Some(Bytes::copy_from_slice(content)),
        None => read(app, org, material).await?,
    };
    let bytes = bytes.ok_or_else(|| refused(material, "material-absent", "its bytes are not on this server"))?;
    let owned = material.clone();
    let projected = tokio::task::spawn_blocking(move || projection(&owned, &bytes)).await;
    projected.map_err(|e| AppError::Interrupted(Box::new(e)))?
}

fn projection(material: &BoundMaterial, bytes: &Bytes) -> Result<Bytes, AppError> {
    Ok(match parse(material, bytes)?.input {
        PolicyInput::Document => bytes.slice_ref(assay_base::json::without_bom(bytes)),
        PolicyInput::Projected(json) => Bytes::from(json),
        PolicyInput::Empty => Bytes::from_static(b"{}"),
    })
}

async fn read(app: &App, org: OrgId, material: &BoundMaterial) -> Result<Option<Bytes>, AppError> {
    let Some(reader) = app.blobs.get(org, material.digest).await? else { return Ok(None) };
    match collect(reader, material.digest, limits::JSON_BYTES).await {
        Ok(bytes) => Ok(Some(bytes)),
        Err(BlobError::Size { limit }) => {
            Err(refused(material, "material-size", format!("it has more than {limit} bytes (limit `json-size`)")))
        }
        Err(error) if is_damage(&error) => Err(AppError::Damaged { digest: material.digest }),
        Err(error) => Err(error.into()),
    }
}

/// Whether the store noticed that bytes are not what they were.
fn is_damage(error: &BlobError) -> bool {
    match error {
        BlobError::Digest { .. } => true,
        BlobError::Io(error) => error.kind() == std::io::ErrorKind::InvalidData,
        BlobError::Size { .. } => false,
    }
}

/// Kinds of which any bytes will do.
const fn is_opaque(kind: MaterialKind) -> bool {
    matches!(kind, MaterialKind::Artifact | MaterialKind::Evidence)
}

fn parse(material: &BoundMaterial, bytes: &[u8]) -> Result<Inspection, AppError> {
    let strictness = if material.lenient { Strictness::Lenient } else { Strictness::Strict };
    inspect(bytes, Some(material.kind), strictness).map_err(|error| invalid(material, &error))
}

fn invalid(material: &BoundMaterial, error: &MaterialError) -> AppError {
    let diagnostic =
        error.diagnostics().into_iter().next().unwrap_or_else(|| Diagnostic::new(error.code(), error.to_string()));
    AppError::Material { material: material.name.to_string(), diagnostic: Box::new(diagnostic) }
}

fn refused(material: &BoundMaterial, code: &'static str, message: impl Into<String>) -> AppError {
    AppError::Material { material: material.name.to_string(), diagnostic: Box::new(Diagnostic::new(code, message)) }
}

/// What a run shows as the value of a material: a text itself, a reference, the name of a file.
pub(super) fn shown_value(material: &BoundMaterial) -> Option<String> {
    let text = match (material.kind, &material.content) {
        (MaterialKind::String, Some(content)) => String::from_utf8_lossy(content).into_owned(),
        _ => material.value.clone(),
    };
    (!text.is_empty()).then(|| assay_base::text::head(&text, SHOWN))
}
