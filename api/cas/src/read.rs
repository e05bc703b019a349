use std::fs::File;
use std::io::{self, Read as _};

use assay_base::{Digest, Hasher};
use assay_ports::ByteStream;
use bytes::Bytes;
use futures_util::stream;

use crate::local::blocking;

/// How many bytes are read at a time.
const CHUNK: u64 = 256 * 1024;

/// The bytes of a file, hashed on the way. The last chunk is handed out only when the digest is right; until then the
/// reader of a damaged blob is short of it, and learns so from the error that stands in its place.
///
/// No thread is held between two chunks, so that slow readers cost memory for two chunks and nothing else.
pub(crate) fn stream(file: File, digest: Digest) -> ByteStream {
    let start = State { file, hasher: Hasher::new(), digest, held: None };
    Box::pin(stream::try_unfold(Some(start), |state| async move {
        match state {
            Some(state) => blocking(|| step(state)).await,
            None => Ok(None),
        }
    }))
}

struct State {
    file: File,
    hasher: Hasher,
    digest: Digest,
    /// The chunk that was read before; it goes out when there is another one, or when all is well.
    held: Option<Bytes>,
}

/// Reads until there is a chunk to hand out; the state is absent after the last one.
fn step(mut state: State) -> io::Result<Option<(Bytes, Option<State>)>> {
    loop {
        let mut chunk = Vec::with_capacity(usize::try_from(CHUNK).unwrap_or_default());
        (&mut state.file).take(CHUNK).read_to_end(&mut chunk)?;
        if chunk.is_empty() {
            return last(state);
        }
        state.hasher.update(&chunk);
        if let Some(out) = state.held.replace(chunk.into()) {
            return Ok(Some((out, Some(state))));
        }
    }
}

fn last(state: State) -> io::Result<Option<(Bytes, Option<State>)>> {
    let (actual, _) = state.hasher.finish();
    if actual != state.digest {
        let expected = state.digest;
        return Err(io::Error::new(io::ErrorKind::InvalidData, Damaged { expected, actual }));
    }
    Ok(state.held.map(|out| (out, None)))
}

/// A file that does not hold what its name says.
#[derive(Debug, thiserror::Error)]
#[error("the stored blob {expected} is damaged: its bytes have the digest {actual}")]
struct Damaged {
    expected: Digest,
    actual: Digest,
}
