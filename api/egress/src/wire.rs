use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use assay_ports::EgressError;
use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use http::header::{self, HeaderMap, HeaderValue};
use http::{Method, Request, Uri};
use http_body_util::StreamBody;
use hyper::body::Frame;
use tokio::time::{Instant, sleep};

use crate::body::Content;
use crate::error::Cause;
use crate::target::{Target, denied};

/// A body as it goes out.
pub(crate) type WireBody = StreamBody<BoxStream<'static, Result<Frame<Bytes>, Cause>>>;

const USER_AGENT: HeaderValue = HeaderValue::from_static(concat!("assay/", env!("CARGO_PKG_VERSION")));
const IDENTITY: HeaderValue = HeaderValue::from_static("identity");

/// A request that is checked, and complete but for what frames it.
pub(crate) struct Draft {
    pub(crate) method: Method,
    pub(crate) target: Target,
    pub(crate) headers: HeaderMap,
    pub(crate) content: Content,
}

impl Draft {
    /// The request as it goes out: origin form, from the URL that was checked.
    pub(crate) fn to_wire(&self, progress: &Arc<Progress>) -> Result<Request<WireBody>, EgressError> {
        let url = &self.target.url;
        let path = url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()));
        let unfit = || denied("the path of the URL has characters that no request can hold".to_owned());
        let uri: Uri = path.parse().map_err(|_| unfit())?;
        if uri.authority().is_some() || !path.starts_with('/') {
            return Err(unfit());
        }
        let mut request = Request::new(self.body(progress));
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = uri;
        *request.headers_mut() = self.framed()?;
        Ok(request)
    }

    fn framed(&self) -> Result<HeaderMap, EgressError> {
        let mut headers = self.headers.clone();
        let host = HeaderValue::from_str(&self.target.authority());
        headers.insert(header::HOST, host.map_err(|_| denied("the host fits no header".to_owned()))?);
        headers.entry(header::USER_AGENT).or_insert(USER_AGENT);
        headers.entry(header::ACCEPT_ENCODING).or_insert(IDENTITY);
        let bodiless = matches!(self.method, Method::GET | Method::HEAD | Method::DELETE | Method::OPTIONS);
        match self.content.length() {
            Some(0) if bodiless => {}
            Some(length) => drop(headers.insert(header::CONTENT_LENGTH, length.into())),
            None => drop(headers.insert(header::TRANSFER_ENCODING, HeaderValue::from_static("chunked"))),
        }
        Ok(headers)
    }

    fn body(&self, progress: &Arc<Progress>) -> WireBody {
        let progress = Arc::clone(progress);
        let counted = self.content.stream().map(move |piece| {
            let piece = piece?;
            progress.advance(piece.len());
            Ok(Frame::data(piece))
        });
        StreamBody::new(counted.boxed())
    }
}

/// How far a request is: what was taken of its body, and when.
#[derive(Debug)]
pub(crate) struct Progress {
    sent: AtomicU64,
    last: Mutex<Instant>,
}

impl Progress {
    pub(crate) fn start() -> Arc<Self> {
        Arc::new(Self { sent: AtomicU64::new(0), last: Mutex::new(Instant::now()) })
    }

    /// Bytes of the body that were taken for sending.
    pub(crate) fn sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }

    fn advance(&self, bytes: usize) {
        self.sent.fetch_add(bytes as u64, Ordering::Relaxed);
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    /// The result of `work`, unless nothing moves for `patience`: a large body may take long, as long as it flows.
    pub(crate) async fn while_moving<T>(
        &self,
        patience: Duration,
        work: impl Future<Output = T>,
    ) -> Result<T, EgressError> {
        tokio::pin!(work);
        loop {
            let last = *self.last.lock().unwrap_or_else(PoisonError::into_inner);
            let left = patience.saturating_sub(last.elapsed());
            if left.is_zero() {
                return Err(EgressError::Timeout(patience));
            }
            tokio::select! {
                done = &mut work => return Ok(done),
                () = sleep(left) => {}
            }
        }
    }
}
