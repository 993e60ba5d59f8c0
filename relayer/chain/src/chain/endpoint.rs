use std::{
    sync::{
        Arc, Mutex, OnceLock, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use alloy::{
    rpc::{
        client::{ClientBuilder, RpcClient},
        json_rpc::{ErrorPayload, RpcRecv, RpcSend},
    },
    transports::{HttpError, RpcError, TransportErrorKind},
};
use alloy_primitives::U64;
use tokio::sync::RwLock;

use super::{
    fault::{Fault, is_revert},
    http::Http,
    identity::SameId,
    pause::back_off,
};
use crate::{
    error::{Side, chain_of_causes},
    private_url::PrivateUrl,
};

/// One node of a chain.
#[derive(Debug)]
pub(super) struct Endpoint {
    url: PrivateUrl,
    timeout: Duration,
    /// Made at the first request, and again when a WebSocket is gone for good.
    client: RwLock<Option<RpcClient>>,
    /// The chain that it must be on, once that is known, and whether it was seen to be.
    chain_id: Arc<OnceLock<u64>>,
    checked: AtomicBool,
    rest: Mutex<Rest>,
    transport: AtomicU64,
    refused: AtomicU64,
}

/// A node that failed is left alone for a while.
#[derive(Debug, Default)]
struct Rest {
    until: Option<Instant>,
    failed: u32,
}

/// How many requests to one endpoint failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndpointErrors {
    /// Which chain's.
    pub side: Side,
    /// Scheme, host and port: the rest of a URL may hold a secret.
    pub endpoint: String,
    /// No connection, no answer in time, no JSON, an answer to another request, or a rate limit.
    pub transport: u64,
    /// Answered with an error other than a revert.
    pub refused: u64,
}

impl Endpoint {
    pub(super) fn new(url: &PrivateUrl, timeout: Duration, chain_id: Arc<OnceLock<u64>>) -> Self {
        Self {
            url: url.clone(),
            timeout,
            client: RwLock::default(),
            chain_id,
            checked: AtomicBool::new(false),
            rest: Mutex::default(),
            transport: AtomicU64::new(0),
            refused: AtomicU64::new(0),
        }
    }

    /// The same node with a connection of its own.
    pub(super) fn again(&self, chain_id: Arc<OnceLock<u64>>) -> Self {
        Self::new(&self.url, self.timeout, chain_id)
    }

    /// Its address without what may be secret.
    pub(super) fn name(&self) -> String {
        self.url.name()
    }

    pub(super) fn url(&self) -> &PrivateUrl {
        &self.url
    }

    /// One request, once.
    pub(super) async fn request<P: RpcSend, R: RpcRecv>(
        &self,
        method: &str,
        params: P,
    ) -> Result<R, RpcError<TransportErrorKind>> {
        let answer = tokio::time::timeout(self.timeout, async {
            let client = self.client().await?;
            self.check_chain(&client).await?;
            client.request(method.to_owned(), params).await
        })
        .await
        .unwrap_or_else(|_elapsed| {
            Err(TransportErrorKind::custom_str(&format!(
                "no answer within {} s",
                self.timeout.as_secs_f64()
            )))
        });
        let answer = answer.map_err(|error| self.without_secrets(error));
        match &answer {
            Ok(_) => {}
            Err(RpcError::ErrorResp(payload)) if is_revert(payload) => {}
            Err(RpcError::ErrorResp(_)) => {
                self.refused.fetch_add(1, Ordering::Relaxed);
            }
            Err(error) => {
                self.transport.fetch_add(1, Ordering::Relaxed);
                if let RpcError::Transport(TransportErrorKind::BackendGone) = error {
                    *self.client.write().await = None;
                }
            }
        }
        answer
    }

    /// An error without what may be secret in the node's address, which nodes and transports like to repeat, and without
    /// whole answers.
    fn without_secrets(&self, error: RpcError<TransportErrorKind>) -> RpcError<TransportErrorKind> {
        let clean = |text: &str| self.url.without_secrets(text);
        let http = |http: HttpError| HttpError {
            status: http.status,
            body: clean(&http.body),
        };
        match error {
            RpcError::ErrorResp(payload) => RpcError::ErrorResp(ErrorPayload {
                code: payload.code,
                message: clean(&payload.message).into(),
                // What a contract reverts with is hexadecimal, and has no address in it.
                data: payload.data.filter(|data| clean(data.get()) == data.get()),
            }),
            RpcError::DeserError { err, .. } => RpcError::DeserError {
                err: serde::de::Error::custom(clean(&err.to_string())),
                text: String::new(),
            },
            RpcError::Transport(TransportErrorKind::Custom(cause)) => {
                TransportErrorKind::custom_str(&clean(&chain_of_causes(cause.as_ref())))
            }
            RpcError::Transport(TransportErrorKind::NonRetryable(cause)) => {
                TransportErrorKind::non_retryable_str(&clean(&chain_of_causes(cause.as_ref())))
            }
            RpcError::Transport(TransportErrorKind::HttpError(error)) => {
                RpcError::Transport(TransportErrorKind::HttpError(http(error)))
            }
            RpcError::Transport(TransportErrorKind::HttpErrorWithRetryAfter {
                error,
                retry_after,
            }) => RpcError::Transport(TransportErrorKind::HttpErrorWithRetryAfter {
                error: http(error),
                retry_after,
            }),
            other => other,
        }
    }

    /// A node of another chain must never be asked.
    async fn check_chain(&self, client: &RpcClient) -> Result<(), RpcError<TransportErrorKind>> {
        let Some(expected) = self.chain_id.get() else {
            return Ok(());
        };
        if self.checked.load(Ordering::Relaxed) {
            return Ok(());
        }
        let got: U64 = client.request_noparams("eth_chainId").await?;
        if got.to::<u64>() != *expected {
            return Err(TransportErrorKind::non_retryable_str(&format!(
                "{} is a node of chain {got}, not {expected}",
                self.name()
            )));
        }
        self.checked.store(true, Ordering::Relaxed);
        Ok(())
    }

    async fn client(&self) -> Result<RpcClient, RpcError<TransportErrorKind>> {
        if let Some(client) = self.client.read().await.as_ref() {
            return Ok(client.clone());
        }
        let mut place = self.client.write().await;
        if let Some(client) = place.as_ref() {
            return Ok(client.clone());
        }
        let client = self.connect().await?;
        *place = Some(client.clone());
        Ok(client)
    }

    async fn connect(&self) -> Result<RpcClient, RpcError<TransportErrorKind>> {
        let builder = ClientBuilder::default().layer(SameId);
        #[cfg(feature = "tls")]
        if let Some(websocket) = self.url.websocket() {
            return builder.ws(websocket).await;
        }
        #[cfg(not(feature = "tls"))]
        if self.url.is_websocket() {
            let problem = "WebSocket is not built in";
            return Err(TransportErrorKind::non_retryable_str(problem));
        }
        // Where the node is changes nothing: nothing is polled for.
        Ok(builder.transport(Http::new(&self.url)?, false))
    }

    /// Until when it is left alone.
    pub(super) fn rests_until(&self) -> Option<Instant> {
        let rest = self.rest.lock().unwrap_or_else(PoisonError::into_inner);
        rest.until.filter(|until| *until > Instant::now())
    }

    /// It answered.
    pub(super) fn well(&self) {
        *self.rest.lock().unwrap_or_else(PoisonError::into_inner) = Rest::default();
    }

    /// It failed: leave it alone for as long as it asks for, or longer each time.
    pub(super) fn failed(&self, fault: Fault) {
        let mut rest = self.rest.lock().unwrap_or_else(PoisonError::into_inner);
        rest.failed = rest.failed.saturating_add(1);
        let pause = match fault {
            Fault::Busy(Some(asked)) => asked,
            _ => back_off(rest.failed),
        };
        rest.until = Instant::now().checked_add(pause);
    }

    pub(super) fn errors(&self, side: Side) -> EndpointErrors {
        EndpointErrors {
            side,
            endpoint: self.name(),
            transport: self.transport.load(Ordering::Relaxed),
            refused: self.refused.load(Ordering::Relaxed),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_node_that_is_not_there_is_named_without_its_key() {
        let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let host = free.local_addr().expect("an address");
        drop(free);
        let url = format!("http://{host}/v3/secret");
        let url = PrivateUrl::of_node(&url).expect("an address");
        let endpoint = Endpoint::new(&url, Duration::from_secs(20), Arc::default());
        let answer: Result<U64, _> = endpoint.request("eth_blockNumber", ()).await;
        let text = answer.expect_err("nobody there").to_string();
        assert!(
            text.contains(&host.to_string()) && !text.contains("secret"),
            "{text}"
        );
        assert_eq!(endpoint.errors(Side::Source).transport, 1);
    }
}
