//! Requests over HTTP. alloy's own transport shows the whole address in its spans, follows a redirect with another method,
//! and keeps whole answers in its errors.

use std::{
    sync::{Arc, OnceLock},
    task::{Context, Poll},
    time::Duration,
};

use alloy::{
    rpc::json_rpc::{RequestPacket, ResponsePacket},
    transports::{
        TransportError, TransportErrorKind, TransportFut,
        http::reqwest::{
            Client, Error, Response, StatusCode, Url,
            header::{LOCATION, RETRY_AFTER},
            redirect::Policy,
        },
    },
};
use tower::Service;

use crate::{
    error::chain_of_causes,
    private_url::{PrivateUrl, public_part},
};

/// How often a node may send a request elsewhere.
const REDIRECTS: u32 = 5;
/// Most bytes of an error's body that are worth showing.
const LONGEST_REASON: usize = 200;

/// A node behind HTTP.
#[derive(Clone)]
pub(super) struct Http {
    client: Client,
    url: PrivateUrl,
    /// Where it is for good, if it said so.
    moved: Arc<OnceLock<Url>>,
}

impl Http {
    pub(super) fn new(url: &PrivateUrl) -> Result<Self, TransportError> {
        let client = Client::builder()
            .redirect(Policy::none())
            .build()
            .map_err(|error| failed(url.expose(), error))?;
        Ok(Self {
            client,
            url: url.clone(),
            moved: Arc::default(),
        })
    }

    async fn send(self, request: RequestPacket) -> Result<ResponsePacket, TransportError> {
        let mut url = self.moved.get().unwrap_or(self.url.expose()).clone();
        let mut for_good = true;
        for _ in 0..=REDIRECTS {
            let response = self
                .client
                .post(url.clone())
                .json(&request)
                .send()
                .await
                .map_err(|error| failed(&url, error))?;
            let status = response.status();
            for_good &= matches!(status.as_u16(), 301 | 308);
            if !matches!(status.as_u16(), 301 | 302 | 307 | 308) {
                return answer(response).await;
            }
            url = elsewhere(&url, &response)?;
            if for_good {
                tracing::debug!(from = self.url.name(), to = public_part(&url), "moved");
                // Another request may have found out first.
                let _known = self.moved.set(url.clone());
            }
        }
        Err(TransportErrorKind::non_retryable_str(
            "it sends requests from one place to the next without end",
        ))
    }
}

/// Where a redirect leads.
fn elsewhere(url: &Url, response: &Response) -> Result<Url, TransportError> {
    let next = response
        .headers()
        .get(LOCATION)
        .and_then(|location| location.to_str().ok())
        .and_then(|location| url.join(location).ok())
        .filter(|next| matches!(next.scheme(), "http" | "https"));
    match next {
        Some(next) if url.scheme() == "https" && next.scheme() == "http" => {
            Err(TransportErrorKind::non_retryable_str(&format!(
                "it sends requests to {}, which is not encrypted",
                public_part(&next)
            )))
        }
        Some(next) => Ok(next),
        None => Err(TransportErrorKind::non_retryable_str(&format!(
            "it sends requests elsewhere (HTTP {}) and does not say where",
            response.status().as_u16()
        ))),
    }
}

async fn answer(response: Response) -> Result<ResponsePacket, TransportError> {
    let status = response.status();
    let retry_after = response
        .headers()
        .get(RETRY_AFTER)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.trim().parse().ok())
        .map(Duration::from_secs);
    let url = response.url().clone();
    let body = match response.bytes().await {
        Ok(body) => body,
        Err(_broken) if !status.is_success() => return Err(refusal(status, &[], retry_after)),
        Err(error) => return Err(failed(&url, error)),
    };
    match serde_json::from_slice::<ResponsePacket>(&body) {
        Ok(packet) if status.is_success() || packet.is_error() => Ok(packet),
        _ if !status.is_success() => Err(refusal(status, &body, retry_after)),
        Ok(packet) => Ok(packet),
        // An answer is never kept for a message.
        Err(error) => Err(TransportErrorKind::custom_str(&format!(
            "its answer is not JSON-RPC: {error}"
        ))),
    }
}

/// Says why in the node's words where those are few; else its body is a page for people, if anything.
fn refusal(status: StatusCode, body: &[u8], retry_after: Option<Duration>) -> TransportError {
    let reason = match std::str::from_utf8(body) {
        Ok(text) if (1..=LONGEST_REASON).contains(&text.trim().len()) && !text.contains('<') => {
            text.trim()
        }
        _ => status.canonical_reason().unwrap_or_default(),
    };
    TransportErrorKind::http_error_with_retry_after(status.as_u16(), reason.to_owned(), retry_after)
}

/// A request that came to nothing, with the node's name instead of its address.
fn failed(url: &Url, error: Error) -> TransportError {
    let causes = chain_of_causes(&error.without_url());
    TransportErrorKind::custom_str(&format!("{}: {causes}", public_part(url)))
}

impl Service<RequestPacket> for Http {
    type Response = ResponsePacket;
    type Error = TransportError;
    type Future = TransportFut<'static>;

    fn poll_ready(&mut self, _context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: RequestPacket) -> Self::Future {
        Box::pin(self.clone().send(request))
    }
}
