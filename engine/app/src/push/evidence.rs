use assay_base::{Diagnostic, MaterialKind, OrgId, limits};
use assay_material::{MaterialError, PolicyInput, Strictness, inspect};
use assay_ports::{BlobError, collect};
use bytes::Bytes;

use crate::bind::BoundMaterial;
use crate::{App, AppError};

/// Most text of a value that a run keeps to show.
const SHOWN: usize = 1024;

/// Looks at the evidence itself: every material is stored under its digest and is of the kind that it claims. The answer
/// has the size of each in bytes, where it is known.
pub(super) async fn check(app: &App, org: OrgId, materials: &[BoundMaterial]) -> Result<Vec<Option<u64>>, AppError> {
    let mut sizes = Vec::with_capacity(materials.len());
    for material in materials {
        sizes.push(check_one(app, org, material).await?);
    }
    Ok(sizes)
}

async fn check_one(app: &App, org: OrgId, material: &BoundMaterial) -> Result<Option<u64>, AppError> {
    if let Some(content) = &material.content {
        parse(material, content)?;
        return Ok(u64::try_from(content.len()).ok());
    }
    if material.kind == MaterialKind::ContainerImage || material.skip_upload {
        return Ok(None);
    }
    let absent = || refused(material, "material-absent", "its bytes were not uploaded to this server");
    if is_opaque(material.kind) {
        return app.blobs.size(org, material.digest).await?.ok_or_else(absent).map(Some);
    }
    let bytes = read(app, org, material).await?.ok_or_else(absent)?;
    let size = u64::try_from(bytes.len()).ok();
    let owned = material.clone();
    tokio::task::spawn_blocking(move || parse(&owned, &bytes).map(drop))
        .await
        .map_err(|e| AppError::Interrupted(Box::new(e)))??;
    Ok(size)
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
        Some(content) => Some(Bytes::copy_from_slice(content)),
        None => read(app, org, material).await?,
    };
    let bytes = bytes.ok_or_else(|| refused(material, "material-absent", "its bytes are not on this server"))?;
    let owned = material.clone();
    let projected = tokio::task::spawn_blocking(move || projection(&owned, &bytes)).await;
    projected.map_err(|e| AppError::Interrupted(Box::new(e)))?
}

fn projection(material: &BoundMaterial, bytes: &Bytes) -> Result<Bytes, AppError> {
    Ok(match parse(material, bytes)? {
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

fn parse(material: &BoundMaterial, bytes: &[u8]) -> Result<PolicyInput, AppError> {
    let strictness = if material.lenient { Strictness::Lenient } else { Strictness::Strict };
    let inspection = inspect(bytes, Some(material.kind), strictness).map_err(|error| invalid(material, &error))?;
    Ok(inspection.input)
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
