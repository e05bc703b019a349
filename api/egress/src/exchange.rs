use std::error::Error as _;
use std::sync::Arc;

use assay_ports::{EgressError, EgressResponse};
use bytes::BytesMut;
use http::header::{CONTENT_ENCODING, TRANSFER_ENCODING};
use http::{HeaderMap, Request, Response};
use http_body_util::BodyExt;
use hyper::body::{Body, Incoming};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::timeout;

use crate::broker::Broker;
use crate::error::{self, Cause};
use crate::pool::{Connection, Driver, Key};
use crate::target::Target;
use crate::wire::{Draft, Progress, WireBody};

/// Most bytes of the head of an answer, and most headers in it.
const HEAD_BYTES: usize = 32 * 1024;
const HEAD_COUNT: usize = 100;

/// What is accepted as an answer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Accept {
    /// Most bytes of the body.
    pub(crate) bytes: usize,
    /// Whether a body may be encoded: not where it must be searched for secrets.
    pub(crate) encoded: bool,
}

impl Broker {
    /// Sends a checked request on a connection of its pool and reads the answer.
    pub(crate) async fn exchange(
        &self,
        draft: &Draft,
        pool: &str,
        accept: Accept,
    ) -> Result<EgressResponse, EgressError> {
        let key = Key { pool: pool.to_owned(), origin: draft.target.origin() };
        let progress = Progress::start();
        let mut request = draft.to_wire(&progress)?;
        let mut connection = match self.pool.take(&key) {
            Some(connection) => connection,
            None => self.open(&draft.target).await?,
        };
        let answer = loop {
            match self.transmit(&mut connection, request, &progress).await? {
                Ok(answer) => break answer,
                // The other side had closed what waited in the pool, and nothing was sent: a new connection may be tried.
                Err((_, Some(unsent))) if connection.used => {
                    connection = self.open(&draft.target).await?;
                    request = unsent;
                }
                Err((error, _)) => return Err(broken(error)),
            }
        };
        let answer = read(answer, accept, &progress, &connection).await?;
        self.pool.put(key, connection).await;
        Ok(answer)
    }

    /// One try; a request of which nothing was sent comes back.
    async fn transmit(&self, connection: &mut Connection, request: Request<WireBody>, progress: &Progress) -> Tried {
        let answer = connection.sender.try_send_request(request);
        let answer = progress.while_moving(self.waits.first_byte, answer).await?;
        Ok(answer.map_err(|mut failed| {
            let unsent = failed.take_message();
            (failed.into_error(), unsent)
        }))
    }

    async fn open(&self, target: &Target) -> Result<Connection, EgressError> {
        let (stream, peer) = self.way.connect(&target.host, target.port).await?;
        let (sender, driver) = if target.secure {
            let handshake = timeout(self.waits.connect, self.tls.connect(&target.host, stream)).await;
            shake_hands(handshake.map_err(|_| EgressError::Timeout(self.waits.connect))??).await?
        } else {
            shake_hands(stream).await?
        };
        Ok(Connection { sender, peer, used: false, driver })
    }
}

type Tried = Result<Result<Response<Incoming>, (hyper::Error, Option<Request<WireBody>>)>, EgressError>;

async fn shake_hands(
    io: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
) -> Result<(http1::SendRequest<WireBody>, Driver), EgressError> {
    let mut builder = http1::Builder::new();
    builder.max_headers(HEAD_COUNT).max_header_size(HEAD_BYTES);
    let (sender, connection) = builder.handshake(TokioIo::new(io)).await.map_err(broken)?;
    // What goes wrong on the connection is told to whoever has the sender.
    let driver = tokio::spawn(async move { drop(connection.await) });
    Ok((sender, Driver(driver)))
}

async fn read(
    answer: Response<Incoming>,
    accept: Accept,
    progress: &Arc<Progress>,
    connection: &Connection,
) -> Result<EgressResponse, EgressError> {
    let (head, mut incoming) = answer.into_parts();
    let limit = accept.bytes;
    if !accept.encoded && is_encoded(&head.headers) {
        return Err(error::protocol(Cause::Encoded));
    }
    if incoming.size_hint().lower() > limit as u64 {
        return Err(EgressError::TooLarge { limit });
    }
    let mut body = BytesMut::new();
    while let Some(frame) = incoming.frame().await {
        let Ok(bytes) = frame.map_err(broken)?.into_data() else { continue };
        if body.len() + bytes.len() > limit {
            return Err(EgressError::TooLarge { limit });
        }
        body.extend_from_slice(&bytes);
    }
    Ok(EgressResponse {
        status: head.status.as_u16(),
        headers: texts(&head.headers),
        body: body.freeze(),
        sent: progress.sent(),
        peer: Some(connection.peer.to_string()),
    })
}

/// Whether the body is encoded, as content or for its transfer (chunks are no encoding).
fn is_encoded(headers: &HeaderMap) -> bool {
    let other = |name, plain: &[u8]| {
        headers.get_all(name).iter().any(|value| !value.as_bytes().trim_ascii().eq_ignore_ascii_case(plain))
    };
    other(CONTENT_ENCODING, b"identity") || other(TRANSFER_ENCODING, b"chunked")
}

fn texts(headers: &HeaderMap) -> Vec<(String, String)> {
    let text = |value: &http::HeaderValue| std::str::from_utf8(value.as_bytes()).map(str::to_owned).ok();
    headers.iter().filter_map(|(name, value)| Some((name.to_string(), text(value)?))).collect()
}

/// An error of the library: the connection's, the evidence's, or the other side's way of speaking.
fn broken(failed: hyper::Error) -> EgressError {
    let io = failed.source().and_then(|source| source.downcast_ref::<std::io::Error>());
    if io.is_some_and(error::is_tls) {
        EgressError::Tls(Box::new(failed))
    } else if io.is_some() || failed.is_incomplete_message() || failed.is_closed() || failed.is_canceled() {
        EgressError::Connect(Box::new(failed))
    } else {
        EgressError::Protocol(Box::new(failed))
    }
}
