use std::time::{Duration, Instant};

use assay_base::{Place, limits};
use assay_wire::{Exit, Problem};
use bytes::{Bytes, BytesMut};
use reqwest::header::{ACCEPT, HeaderMap};
use reqwest::{Method, RequestBuilder, Response, Url};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Client;
use crate::error::{CliError, exit_of_status};

/// Pauses before another attempt to connect.
const PAUSES: [Duration; 3] = [Duration::from_millis(100), Duration::from_millis(300), Duration::from_millis(900)];

impl Client {
    /// Asks for JSON.
    pub(super) fn get<A: DeserializeOwned>(&self, url: &Url, query: &(impl Serialize + ?Sized)) -> Result<A, CliError> {
        self.block(async { decode(&self.send(|| self.request(Method::GET, url).query(query)).await?.whole().await?) })
    }

    /// Asks for bytes.
    pub(super) fn get_bytes(&self, url: &Url) -> Result<Bytes, CliError> {
        self.block(async { self.send(|| self.request(Method::GET, url)).await?.whole().await })
    }

    /// Sends JSON and takes JSON.
    pub(super) fn send_json<A: DeserializeOwned>(
        &self,
        method: &Method,
        url: &Url,
        body: &impl Serialize,
    ) -> Result<A, CliError> {
        let request = || self.request(method.clone(), url).json(body);
        self.block(async { decode(&self.send(request).await?.whole().await?) })
    }

    /// Sends a JSON document as the bytes that it is, and takes JSON.
    pub(super) fn send_document<A: DeserializeOwned>(&self, url: &Url, body: &Bytes) -> Result<A, CliError> {
        let request = || self.request(Method::POST, url).header("content-type", "application/json").body(body.clone());
        self.block(async { decode(&self.send(request).await?.whole().await?) })
    }

    /// Removes something and takes what the answer says, which may be nothing.
    pub(super) fn delete(&self, url: &Url) -> Result<Bytes, CliError> {
        self.block(async { self.send(|| self.request(Method::DELETE, url)).await?.whole().await })
    }

    pub(super) fn request(&self, method: Method, url: &Url) -> RequestBuilder {
        self.http.request(method, url.clone()).header(ACCEPT, "application/json").bearer_auth(self.token.expose())
    }

    /// Sends what `request` builds, and again when no connection came about: then nothing was sent.
    pub(super) async fn send(&self, request: impl Fn() -> RequestBuilder) -> Result<Answer, CliError> {
        let mut pauses = PAUSES.iter();
        loop {
            match self.attempt(request()).await {
                Err(error) if error.is_connect() => match pauses.next() {
                    Some(pause) => tokio::time::sleep(*pause).await,
                    None => return Err(unreachable_server(self, error)),
                },
                Err(error) => return Err(unreachable_server(self, error)),
                Ok(response) if response.status().is_success() => return Ok(Answer(response)),
                Ok(response) => return Err(refusal(response).await),
            }
        }
    }

    async fn attempt(&self, request: RequestBuilder) -> Result<Response, reqwest::Error> {
        let request = request.build()?;
        let line = format!("{} {}", request.method(), request.url());
        let started = Instant::now();
        let outcome = self.http.execute(request).await;
        let took = started.elapsed().as_millis();
        match &outcome {
            Ok(response) => {
                let id = request_id(response.headers()).unwrap_or_default();
                self.ui.detail(&format!("{line}: {} in {took} ms {id}", response.status().as_u16()));
            }
            Err(error) => self.ui.detail(&format!("{line}: {error} after {took} ms")),
        }
        outcome
    }
}

/// An answer that says yes.
pub(super) struct Answer(pub(super) Response);

impl Answer {
    /// The whole body, which is at most as long as a JSON document may be.
    pub(super) async fn whole(mut self) -> Result<Bytes, CliError> {
        body(&mut self.0, limits::JSON_BYTES).await
    }

    pub(super) fn status(&self) -> u16 {
        self.0.status().as_u16()
    }
}

async fn body(response: &mut Response, limit: usize) -> Result<Bytes, CliError> {
    let mut whole = BytesMut::new();
    while let Some(part) = response.chunk().await.map_err(cut_short)? {
        if whole.len() + part.len() > limit {
            return Err(CliError::new(Exit::Unexpected, "answer", format!("the answer has more than {limit} bytes")));
        }
        whole.extend_from_slice(&part);
    }
    Ok(whole.freeze())
}

pub(super) fn decode<A: DeserializeOwned>(bytes: &[u8]) -> Result<A, CliError> {
    serde_json::from_slice(bytes).map_err(|error| {
        CliError::new(Exit::Unexpected, "answer", "the server answers what this version does not understand")
            .hint("is it an Assay server, and of the same version?")
            .because(error)
    })
}

/// What a server says that says no.
async fn refusal(mut response: Response) -> CliError {
    let status = response.status();
    let id = request_id(response.headers());
    let bytes = body(&mut response, limits::JSON_BYTES).await.unwrap_or_default();
    if let Ok(mut problem) = serde_json::from_slice::<Problem>(&bytes) {
        problem.request_id = problem.request_id.or(id);
        return problem.into();
    }
    let message = if status.is_redirection() {
        format!("the server answers {status} and redirects are not followed: is the URL right?")
    } else {
        format!("the server answers {status}")
    };
    let exit = if status.is_redirection() { Exit::Network } else { exit_of_status(status.as_u16()) };
    CliError::new(exit, "http", message).at(Place::default())
}

fn request_id(headers: &HeaderMap) -> Option<String> {
    headers.get("x-request-id").and_then(|value| value.to_str().ok()).map(str::to_owned)
}

fn unreachable_server(client: &Client, error: reqwest::Error) -> CliError {
    let what = if error.is_timeout() { "does not answer in time" } else { "cannot be reached" };
    let message = format!("the server `{}` {what}", client.server());
    // The URL is in the message already.
    CliError::new(Exit::Network, "network", message).because(error.without_url())
}

/// The connection broke inside of an answer.
pub(super) fn cut_short(error: reqwest::Error) -> CliError {
    CliError::new(Exit::Network, "network", "the answer was cut short").because(error.without_url())
}
