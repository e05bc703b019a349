use std::error::Error;
use std::io;
use std::time::Duration;

use assay_ports::ByteStream;
use assay_wire::ProblemKind;
use axum::body::{Body, to_bytes};
use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use http_body_util::LengthLimitError;
use tokio::time::timeout;

use crate::problem::{ClientGone, Fault};

/// How long a whole body may take that is read into memory.
const WHOLE: Duration = Duration::from_mins(1);
/// How long the next piece of a streamed body may take.
const PIECE: Duration = Duration::from_mins(1);

/// Reads a body into memory. `limit` is its name, which stands in the error, and the most bytes.
pub(crate) async fn read(body: Body, limit: (&'static str, usize)) -> Result<Bytes, Fault> {
    read_within(WHOLE, body, limit).await
}

/// The body piece by piece. It ends with an error, and for good, when the client falls silent or goes away.
pub(crate) fn stream(body: Body) -> ByteStream {
    stream_within(PIECE, body)
}

async fn read_within(time: Duration, body: Body, (name, bytes): (&'static str, usize)) -> Result<Bytes, Fault> {
    let Ok(whole) = timeout(time, to_bytes(body, bytes)).await else {
        let detail = format!("the body did not arrive within {} seconds", time.as_secs());
        return Err(Fault::new(ProblemKind::InvalidRequest, "body-timeout", detail));
    };
    whole.map_err(|error| {
        if error.source().is_some_and(<dyn Error>::is::<LengthLimitError>) {
            let detail = format!("the body has more than {bytes} bytes (limit `{name}`)");
            Fault::new(ProblemKind::TooLarge, name, detail)
        } else {
            Fault::new(ProblemKind::InvalidRequest, "body-broken", ClientGone.to_string())
        }
    })
}

fn stream_within(time: Duration, body: Body) -> ByteStream {
    let pieces = Some(body.into_data_stream());
    Box::pin(stream::unfold(pieces, move |pieces| async move {
        let mut pieces = pieces?;
        match timeout(time, pieces.next()).await {
            Ok(None) => None,
            Ok(Some(Ok(piece))) => Some((Ok(piece), Some(pieces))),
            Ok(Some(Err(_))) | Err(_) => Some((Err(io::Error::other(ClientGone)), None)),
        }
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_body_over_its_limit_is_refused_by_name() {
        assert_eq!(read(Body::from("12345"), ("demo-size", 5)).await.unwrap(), "12345");
        let fault = read(Body::from("123456"), ("demo-size", 5)).await.unwrap_err();
        assert_eq!((fault.problem.status, fault.problem.code.as_str()), (413, "demo-size"));
    }

    #[tokio::test]
    async fn a_broken_body_is_the_fault_of_its_client() {
        let broken = || {
            let pieces = [Ok(Bytes::from_static(b"a")), Err(io::Error::other("reset"))];
            Body::from_stream(stream::iter(pieces))
        };
        let fault = read(broken(), ("demo-size", 5)).await.unwrap_err();
        assert_eq!((fault.problem.status, fault.problem.code.as_str()), (400, "body-broken"));
        let pieces: Vec<_> = super::stream(broken()).collect().await;
        assert_eq!(pieces.len(), 2);
        let error = pieces[1].as_ref().unwrap_err();
        assert!(error.get_ref().unwrap().is::<ClientGone>());
    }

    #[tokio::test]
    async fn a_client_that_falls_silent_is_not_waited_for() {
        let silent = || Body::from_stream(stream::pending::<io::Result<Bytes>>());
        let soon = Duration::from_millis(1);
        let fault = read_within(soon, silent(), ("demo-size", 5)).await.unwrap_err();
        assert_eq!(fault.problem.code, "body-timeout");
        assert_eq!(stream_within(soon, silent()).collect::<Vec<_>>().await.len(), 1);
    }
}
