use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use assay_attest::{BUNDLE_MEDIA_TYPE, Bundle};
use assay_base::{Digest, MaterialKind, OrgId, RunId};
use assay_model::{Material, Run};
use assay_ports::{BlobError, BlobStore, ByteStream, Evidence, EvidenceSource, Repositories};
use async_trait::async_trait;
use bytes::Bytes;
use serde_json::{Value, json};

use crate::{App, AppError};

/// The kind and the name under which an integration gets the attestation itself.
const ENVELOPE: (&str, &str) = ("ATTESTATION", "attestation");

/// The attestation of a run, and its materials that are of one of `kinds`. The bundle's bytes are in memory while they are
/// looked at here, and when somebody opens them.
pub(super) async fn of(app: &App, run: &Run, kinds: &[MaterialKind]) -> Result<(Evidence, Vec<Evidence>), AppError> {
    let absent = || AppError::NotFound { what: "attestation" };
    let digest = run.digest.ok_or_else(absent)?;
    let (bundle, _) = app.repositories.bundle(run.org, run.id).await?.ok_or_else(absent)?;
    let bundle = Bytes::from(bundle);
    let attested = Attested { repositories: Arc::clone(&app.repositories), org: run.org, run: run.id };
    let envelope = envelope(digest, length(bundle.len()), attested);
    Ok((envelope, materials(app, run, &bundle, kinds).await?))
}

/// The attestation of a run: its bundle as it was received.
fn envelope(digest: Digest, size: u64, source: Attested) -> Evidence {
    let (kind, name) = ENVELOPE;
    let metadata = json!({
        "name": name,
        "kind": kind,
        "digest": digest,
        "size": size,
        "media_type": BUNDLE_MEDIA_TYPE,
        "annotations": {},
    });
    Evidence { metadata, size, digest, source: Arc::new(source) }
}

/// The materials of a run that are of one of `kinds` and whose bytes are here, in the order of its statement. They stay in
/// the store until somebody reads them; only what travelled in the statement is taken from there.
async fn materials(app: &App, run: &Run, bundle: &Bytes, kinds: &[MaterialKind]) -> Result<Vec<Evidence>, AppError> {
    if kinds.is_empty() {
        return Ok(vec![]);
    }
    let mut found = vec![];
    let mut inline = None;
    for material in app.repositories.materials(run.org, run.id).await? {
        let Some(digest) = material.digest.filter(|_| kinds.contains(&material.kind)) else { continue };
        if let Some(reader) = app.blobs.get(run.org, digest).await? {
            let source = Stored { blobs: Arc::clone(&app.blobs), org: run.org, digest };
            found.push(evidence(&material, digest, reader.size, Arc::new(source)));
            continue;
        }
        let contents = match &mut inline {
            Some(contents) => contents,
            empty => empty.insert(contents(app, bundle.clone()).await?),
        };
        if let Some(content) = contents.get(material.name.as_str()).filter(|content| Digest::of(content) == digest) {
            let size = length(content.len());
            found.push(evidence(&material, digest, size, Arc::new(AtHand(content.clone()))));
        }
    }
    Ok(found)
}

fn evidence(material: &Material, digest: Digest, size: u64, source: Arc<dyn EvidenceSource>) -> Evidence {
    Evidence { metadata: metadata(material, digest, size), size, digest, source }
}

fn metadata(material: &Material, digest: Digest, size: u64) -> Value {
    let usual = assay_material::registry().iter().find(|info| info.kind == material.kind);
    let media_type = usual.and_then(|info| info.media_types.first()).unwrap_or(&"application/octet-stream");
    json!({
        "name": material.name,
        "kind": material.kind,
        "digest": digest,
        "size": size,
        "media_type": media_type,
        "annotations": material.annotations,
    })
}

/// The contents that travelled in a statement, by the name of the material.
async fn contents(app: &App, bundle: Bytes) -> Result<BTreeMap<String, Bytes>, AppError> {
    // Reading a statement takes memory: no more of them at a time than evaluations.
    let turn = Arc::clone(&app.evaluations).acquire_owned().await;
    let turn = turn.map_err(|e| AppError::Interrupted(Box::new(e)))?;
    let task = tokio::task::spawn_blocking(move || {
        let parsed = Bundle::parse(bundle.as_ref()).map_err(|e| AppError::stored("bundle", e));
        let contents = parsed.map(|bundle| of_statement(&bundle));
        drop(turn);
        contents
    });
    task.await.map_err(|e| AppError::Interrupted(Box::new(e)))?
}

fn of_statement(bundle: &Bundle) -> BTreeMap<String, Bytes> {
    let materials = &bundle.statement().claim().predicate.materials;
    let content = |m: &assay_attest::Material| Some((m.material_name()?.to_owned(), Bytes::from(m.content.clone())));
    materials.iter().filter(|m| !m.content.is_empty()).filter_map(content).collect()
}

fn length(bytes: usize) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX)
}

/// The bundle of a run, in the database.
struct Attested {
    repositories: Arc<dyn Repositories>,
    org: OrgId,
    run: RunId,
}

#[async_trait]
impl EvidenceSource for Attested {
    async fn open(&self) -> Result<ByteStream, BlobError> {
        let found = self.repositories.bundle(self.org, self.run).await;
        let (bundle, _) =
            found.map_err(|e| BlobError::Io(io::Error::other(e)))?.ok_or_else(|| BlobError::Io(gone()))?;
        Ok(Box::pin(futures_util::stream::once(async move { Ok(Bytes::from(bundle)) })))
    }
}

fn gone() -> io::Error {
    io::Error::new(io::ErrorKind::NotFound, "the evidence is not in the store any more")
}

/// Bytes in memory.
struct AtHand(Bytes);

#[async_trait]
impl EvidenceSource for AtHand {
    async fn open(&self) -> Result<ByteStream, BlobError> {
        let bytes = self.0.clone();
        Ok(Box::pin(futures_util::stream::once(async move { Ok(bytes) })))
    }
}

/// Bytes in the store.
struct Stored {
    blobs: Arc<dyn BlobStore>,
    org: OrgId,
    digest: Digest,
}

#[async_trait]
impl EvidenceSource for Stored {
    async fn open(&self) -> Result<ByteStream, BlobError> {
        let reader = self.blobs.get(self.org, self.digest).await?;
        reader.map(|reader| reader.body).ok_or_else(|| BlobError::Io(gone()))
    }
}
