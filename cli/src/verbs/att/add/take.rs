use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::Path;

use assay_base::{Diagnostic, Digest, MaterialKind};
use assay_material::Strictness;
use assay_wire::Exit;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;

use super::super::judging::policy_input;
use super::super::session::material_error;
use crate::client::BlobSource;
use crate::context::Ctx;
use crate::error::CliError;
use crate::evidence::{self, Evidence, EvidenceError, Source, Value, ValueError};
use crate::image::{self, Image, ImageError};
use crate::system;

/// The most bytes that travel in a statement.
const INLINE: usize = 1 << 20;

/// A piece of evidence, read and recognised.
pub(super) struct Taken {
    pub(super) kind: MaterialKind,
    /// Why it is of that kind.
    pub(super) reason: String,
    /// Name of the file or image; absent for a text.
    pub(super) title: Option<String>,
    pub(super) digest: Digest,
    pub(super) size: Option<u64>,
    /// Bytes in base64 that travel in the statement.
    pub(super) content: Option<String>,
    /// Bytes to upload.
    pub(super) source: Option<BlobSource>,
    pub(super) annotations: BTreeMap<String, String>,
    pub(super) warnings: Vec<Diagnostic>,
    /// What policies see as `input`.
    pub(super) input: Bytes,
}

/// Takes a value of the command line as evidence of `kind`, or finds out its kind.
///
/// # Errors
/// [`CliError`] when it is nothing, cannot be read, or is not what it is called.
pub(super) fn take(
    ctx: &Ctx,
    value: &OsStr,
    kind: Option<MaterialKind>,
    strictness: Strictness,
) -> Result<Taken, CliError> {
    match evidence::resolve(value, kind, &ctx.cwd)? {
        Value::Text(text) => text_of(ctx, text),
        Value::Layout(path, digest) => Ok(image_of(image::of_layout(&path, digest)?, "a directory in the OCI layout")),
        Value::Image(reference) => {
            Ok(image_of(system::block_on(image::of_reference(&reference, &ctx.env))??, "the reference of an image"))
        }
        Value::File(path) => {
            let evidence = evidence::read(&path, kind, strictness).map_err(|error| evidence_error(ctx, error))?;
            Ok(file_of(&path, evidence))
        }
    }
}

fn text_of(ctx: &Ctx, text: String) -> Result<Taken, CliError> {
    let kind = Some(MaterialKind::String);
    let evidence = evidence::of_bytes(text.into(), kind, Strictness::Strict).map_err(|e| material_error(ctx, &e))?;
    let mut taken = of(evidence, None);
    "a text that is no path and names no image".clone_into(&mut taken.reason);
    if let Some(BlobSource::Bytes(bytes)) = taken.source.take() {
        taken.content = Some(STANDARD.encode(bytes));
    }
    Ok(taken)
}

fn file_of(path: &Path, evidence: Evidence) -> Taken {
    of(evidence, path.file_name().map(|name| name.to_string_lossy().into_owned()))
}

fn of(evidence: Evidence, title: Option<String>) -> Taken {
    let input = policy_input(&evidence);
    let source = match evidence.source {
        Source::Memory(bytes) => BlobSource::Bytes(bytes),
        Source::File(path) => BlobSource::File(path),
    };
    Taken {
        kind: evidence.inspection.kind,
        reason: evidence.inspection.reason,
        title,
        digest: evidence.digest,
        size: Some(evidence.size),
        content: None,
        source: Some(source),
        annotations: evidence.inspection.annotations,
        warnings: evidence.inspection.warnings,
        input,
    }
}

fn image_of(image: Image, reason: &str) -> Taken {
    let tag = image.tag.map(|tag| ("chainloop.material.image.tag".to_owned(), tag));
    let latest = image.latest.map(|is| ("chainloop.material.image.is_latest_tag".to_owned(), is.to_string()));
    Taken {
        kind: MaterialKind::ContainerImage,
        reason: reason.to_owned(),
        title: Some(image.name),
        digest: image.digest,
        size: None,
        content: None,
        source: None,
        annotations: tag.into_iter().chain(latest).collect(),
        warnings: Vec::new(),
        input: Bytes::from_static(b"{}"),
    }
}

/// Bytes for the statement, unless they are too many.
pub(super) fn inline(bytes: &Bytes) -> Option<String> {
    (bytes.len() <= INLINE).then(|| STANDARD.encode(bytes))
}

/// What is wrong with a file, as the user is told.
pub(crate) fn evidence_error(ctx: &Ctx, error: EvidenceError) -> CliError {
    match error {
        EvidenceError::Material(error) => material_error(ctx, &error),
        EvidenceError::Io { path, source } => CliError::file("read", &path, source),
        error @ EvidenceError::Special(_) => CliError::new(Exit::Invalid, "not-a-file", error.to_string()),
        error @ EvidenceError::Size { .. } => CliError::new(Exit::Invalid, "json-size", error.to_string())
            .hint("`--kind ARTIFACT` records it without looking into it"),
    }
}

impl From<ValueError> for CliError {
    fn from(error: ValueError) -> Self {
        let told = Self::new(Exit::Invalid, error.code(), error.to_string());
        match error.hint() {
            Some(hint) => told.hint(hint),
            None => told,
        }
    }
}

impl From<ImageError> for CliError {
    fn from(error: ImageError) -> Self {
        let (exit, code) = match &error {
            ImageError::Host { .. } => (Exit::Invalid, "image-reference"),
            ImageError::Layout { .. } => (Exit::Invalid, "image-layout"),
            ImageError::Component { .. } => (Exit::Invalid, "component-artifact"),
            ImageError::Network { .. } => (Exit::Network, "registry"),
            ImageError::Denied { .. } => (Exit::Forbidden, "registry-denied"),
            ImageError::NotFound { .. } => (Exit::Forbidden, "image-not-found"),
            ImageError::Answer { .. } | ImageError::Requests { .. } | ImageError::Size { .. } => {
                (Exit::Network, "registry-answer")
            }
            ImageError::Manifest { .. } => (Exit::Network, "registry-manifest"),
            ImageError::Digest { .. } => (Exit::Network, "registry-digest"),
            ImageError::Realm { .. } => (Exit::Network, "registry-realm"),
        };
        Self::new(exit, code, error.to_string()).because(error)
    }
}
