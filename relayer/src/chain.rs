use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use alloy::{
    rpc::{
        client::{ClientBuilder, RpcClient},
        json_rpc::{ErrorPayload, RpcRecv, RpcSend},
    },
    transports::{RpcError, TransportErrorKind, http::reqwest::Url, layers::RetryBackoffLayer},
};
use alloy_primitives::{Address, B256, Bytes, TxHash, U64, U256};
use alloy_sol_types::SolCall;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    error::{AnswerProblem, Error, Side},
    revert::Revert,
};

/// How long one request may take.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(120);
/// Rate-limited requests (HTTP 429, also inside a 200) are repeated this often, with growing pauses.
const RATE_LIMIT_RETRIES: u32 = 8;

/// One chain behind a JSON-RPC node (`http://`, `https://`, `ws://` or `wss://`).
#[derive(Clone)]
pub struct Chain {
    side: Side,
    url: String,
    client: RpcClient,
    chain_id: u64,
    /// Requests that failed, by kind.
    failures: Arc<Failures>,
}

/// Requests to one endpoint that failed.
#[derive(Debug, Default)]
struct Failures {
    /// The transport failed: no connection, no answer in time, no JSON.
    transport: AtomicU64,
    /// The node answered with an error other than a revert.
    refused: AtomicU64,
}

/// How many requests to one endpoint failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndpointErrors {
    /// Which chain's.
    pub side: Side,
    /// Scheme, host and port: the rest of a URL may hold a secret.
    pub endpoint: String,
    /// No connection, no answer in time, no JSON.
    pub transport: u64,
    /// Answered with an error other than a revert.
    pub refused: u64,
}

impl fmt::Debug for Chain {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Chain({}, {})", self.side, self.chain_id)
    }
}

/// What is needed of a block.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Block {
    /// Block number.
    pub number: U64,
    /// Block hash.
    pub hash: B256,
    /// Timestamp in seconds.
    pub timestamp: U64,
    /// Base fee in wei, where the chain has one.
    pub base_fee_per_gas: Option<U256>,
    /// Hashes of its transactions.
    #[serde(default)]
    pub transactions: Vec<TxHash>,
}

impl Chain {
    /// Connects to a node and asks for its chain id.
    pub async fn connect(side: Side, url: &str) -> Result<Self, Error> {
        let rpc_error = |source| Error::Rpc {
            side,
            method: format!("connecting to {url}"),
            source,
        };
        let client = ClientBuilder::default()
            .layer(RetryBackoffLayer::new(RATE_LIMIT_RETRIES, 250, 100))
            .connect(url)
            .await
            .map_err(rpc_error)?;
        let chain_id: U64 = client
            .request_noparams("eth_chainId")
            .await
            .map_err(rpc_error)?;
        Ok(Self {
            side,
            url: url.to_owned(),
            client,
            chain_id: chain_id.to(),
            failures: Arc::default(),
        })
    }

    /// Which chain it is.
    pub fn side(&self) -> Side {
        self.side
    }

    /// Address of the node.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Chain id (EIP-155).
    pub fn chain_id(&self) -> u64 {
        self.chain_id
    }

    /// One JSON-RPC request, with the transport's own error.
    pub(crate) async fn try_request<P: RpcSend, R: RpcRecv>(
        &self,
        method: &str,
        params: P,
    ) -> Result<R, RpcError<TransportErrorKind>> {
        let answer = match tokio::time::timeout(
            REQUEST_TIMEOUT,
            self.client.request(method.to_owned(), params),
        )
        .await
        {
            Ok(answer) => answer,
            Err(_elapsed) => Err(TransportErrorKind::custom_str(&format!(
                "no answer within {} s",
                REQUEST_TIMEOUT.as_secs()
            ))),
        };
        match &answer {
            Ok(_) => {}
            Err(RpcError::ErrorResp(payload)) if is_revert(payload) => {}
            Err(RpcError::ErrorResp(_)) => {
                self.failures.refused.fetch_add(1, Ordering::Relaxed);
            }
            Err(_) => {
                self.failures.transport.fetch_add(1, Ordering::Relaxed);
            }
        }
        answer
    }

    /// How many requests failed since the connection was made, by endpoint.
    pub fn endpoint_errors(&self) -> Vec<EndpointErrors> {
        vec![EndpointErrors {
            side: self.side,
            endpoint: public_part(&self.url),
            transport: self.failures.transport.load(Ordering::Relaxed),
            refused: self.failures.refused.load(Ordering::Relaxed),
        }]
    }

    /// One JSON-RPC request.
    pub async fn request<P: RpcSend, R: RpcRecv>(
        &self,
        method: &str,
        params: P,
    ) -> Result<R, Error> {
        self.try_request(method, params)
            .await
            .map_err(|source| Error::Rpc {
                side: self.side,
                method: method.to_owned(),
                source,
            })
    }

    /// Number of the newest block.
    pub async fn head(&self) -> Result<u64, Error> {
        let number: U64 = self.request("eth_blockNumber", ()).await?;
        Ok(number.to())
    }

    /// The newest block.
    pub async fn latest_block(&self) -> Result<Block, Error> {
        self.tagged_block("latest").await
    }

    /// The block a tag stands for: `latest`, `safe`, `finalized`.
    pub async fn tagged_block(&self, tag: &'static str) -> Result<Block, Error> {
        let block: Option<Block> = self.request("eth_getBlockByNumber", (tag, false)).await?;
        block.ok_or(self.bad_answer("eth_getBlockByNumber", AnswerProblem::UnknownBlock(0)))
    }

    /// A block by number.
    pub async fn block(&self, number: u64) -> Result<Block, Error> {
        let block: Option<Block> = self
            .request("eth_getBlockByNumber", (U64::from(number), false))
            .await?;
        block.ok_or(self.bad_answer("eth_getBlockByNumber", AnswerProblem::UnknownBlock(number)))
    }

    /// A block by number as the node shows it.
    pub(crate) async fn raw_block(&self, number: u64) -> Result<Value, Error> {
        let block: Option<Value> = self
            .request("eth_getBlockByNumber", (U64::from(number), false))
            .await?;
        block.ok_or(self.bad_answer("eth_getBlockByNumber", AnswerProblem::UnknownBlock(number)))
    }

    /// Code of an account at a block.
    pub async fn code(&self, address: Address, block: u64) -> Result<Bytes, Error> {
        self.request("eth_getCode", (address, U64::from(block)))
            .await
    }

    /// Balance of an account in wei, at the newest block.
    pub async fn balance(&self, address: Address) -> Result<U256, Error> {
        self.request("eth_getBalance", (address, "latest")).await
    }

    /// Calls a view function of a contract at the newest block.
    pub fn view<C: SolCall>(
        &self,
        to: Address,
        call: &C,
    ) -> impl Future<Output = Result<C::Return, Error>> + Send + use<'_, C> {
        self.view_tagged::<C>(to, call.abi_encode().into(), json!("latest"))
    }

    /// Calls a view function of a contract at a block.
    pub fn view_at<C: SolCall>(
        &self,
        to: Address,
        call: &C,
        block: u64,
    ) -> impl Future<Output = Result<C::Return, Error>> + Send + use<'_, C> {
        self.view_tagged::<C>(to, call.abi_encode().into(), json!(U64::from(block)))
    }

    async fn view_tagged<C: SolCall>(
        &self,
        to: Address,
        data: Bytes,
        block: Value,
    ) -> Result<C::Return, Error> {
        let answer: Bytes = self
            .try_request("eth_call", (json!({ "to": to, "data": data }), block))
            .await
            .map_err(|error| self.call_error(error, "eth_call", C::SIGNATURE))?;
        C::abi_decode_returns(&answer).map_err(|_undecodable| {
            self.bad_answer(
                "eth_call",
                AnswerProblem::Undecodable {
                    contract: to,
                    call: C::SIGNATURE,
                },
            )
        })
    }

    /// Tells a revert from a failed request.
    pub(crate) fn call_error(
        &self,
        error: RpcError<TransportErrorKind>,
        method: &str,
        call: &'static str,
    ) -> Error {
        if let RpcError::ErrorResp(payload) = &error {
            if let Some(data) = payload.as_revert_data() {
                return Error::Reverted {
                    call,
                    revert: Revert::decode(data),
                };
            }
            if payload.message.contains("revert") {
                return Error::Reverted {
                    call,
                    revert: Revert::decode(Bytes::new()),
                };
            }
        }
        Error::Rpc {
            side: self.side,
            method: method.to_owned(),
            source: error,
        }
    }

    pub(crate) fn bad_answer(&self, method: &'static str, problem: AnswerProblem) -> Error {
        Error::BadAnswer {
            side: self.side,
            method,
            problem,
        }
    }
}

fn is_revert(payload: &ErrorPayload) -> bool {
    payload.as_revert_data().is_some() || payload.message.contains("revert")
}

/// Scheme, host and port of a URL.
fn public_part(url: &str) -> String {
    url.parse::<Url>().map_or_else(
        |_no_url| "unknown".to_owned(),
        |url| url.origin().ascii_serialization(),
    )
}

impl Error {
    /// Whether a contract refused with this error.
    pub fn is_revert(&self, name: &str) -> bool {
        matches!(self, Self::Reverted { revert, .. } if revert.name == name)
    }

    /// Whether the node does not offer the method, or not for this block.
    pub(crate) fn is_refusal(&self) -> bool {
        matches!(
            self,
            Self::Rpc {
                source: RpcError::ErrorResp(_),
                ..
            }
        )
    }
}
