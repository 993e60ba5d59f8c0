//! The chains, each behind one or several JSON-RPC nodes that may fail, lag, limit or lie.

mod agreement;
mod endpoint;
mod endpoints;
mod fault;
mod http;
mod identity;
mod pause;
mod pool;
mod tally;

use std::{fmt, sync::Arc};

use alloy::{
    rpc::json_rpc::{RpcRecv, RpcSend},
    transports::{RpcError, TransportErrorKind},
};
use alloy_primitives::{Address, B256, Bytes, TxHash, U64, U256};
use alloy_sol_types::SolCall;
use endpoint::Endpoint;
pub use endpoint::EndpointErrors;
pub use endpoints::{Endpoints, separate_urls};
pub use pause::back_off;
use pool::Pool;
use serde::Deserialize;
use serde_json::{Value, json};
pub use tally::Tally;

use crate::{
    error::{AnswerProblem, Error, Side},
    private_url::PrivateUrl,
    revert::Revert,
};

/// One chain behind its JSON-RPC nodes.
#[derive(Clone)]
pub struct Chain {
    side: Side,
    pool: Arc<Pool>,
    chain_id: u64,
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
    /// Connects to the nodes of a chain and asks for its chain id. As many of them as the quorum must answer, and all
    /// that do must be nodes of the same chain.
    pub async fn connect<E>(side: Side, endpoints: E) -> Result<Self, Error>
    where
        E: TryInto<Endpoints>,
        Error: From<E::Error>,
    {
        let mut chain = Self {
            side,
            pool: Arc::new(Pool::new(&endpoints.try_into()?)),
            chain_id: 0,
        };
        chain.chain_id = chain.common_chain_id().await?;
        Ok(chain)
    }

    /// Each of its nodes alone, as one that nobody else answers for.
    pub fn nodes(&self) -> Vec<Self> {
        self.pool
            .endpoints
            .iter()
            .map(|endpoint| Self {
                side: self.side,
                pool: Arc::new(self.pool.only(endpoint)),
                chain_id: self.chain_id,
            })
            .collect()
    }

    /// How many of its nodes must agree.
    pub fn quorum(&self) -> usize {
        self.pool.quorum
    }

    /// Which chain it is.
    pub fn side(&self) -> Side {
        self.side
    }

    /// Scheme, host and port of the preferred node: the rest of an address may hold a secret.
    pub fn name(&self) -> String {
        self.pool
            .endpoints
            .first()
            .map_or_else(String::new, Endpoint::name)
    }

    /// Addresses of all nodes, the preferred first.
    pub fn urls(&self) -> Vec<PrivateUrl> {
        self.pool
            .endpoints
            .iter()
            .map(|endpoint| endpoint.url().clone())
            .collect()
    }

    /// How many requests failed since the connection was made, by endpoint.
    pub fn endpoint_errors(&self) -> Vec<EndpointErrors> {
        self.pool
            .endpoints
            .iter()
            .map(|endpoint| endpoint.errors(self.side))
            .collect()
    }

    /// Chain id (EIP-155).
    pub fn chain_id(&self) -> u64 {
        self.chain_id
    }

    /// One JSON-RPC request, with the transport's own error.
    pub async fn try_request<P: RpcSend, R: RpcRecv>(
        &self,
        method: &str,
        params: P,
    ) -> Result<R, RpcError<TransportErrorKind>> {
        // On the heap: the futures of all that asks a node stay small, and with them the stack.
        Box::pin(self.pool.request(method, params)).await
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

    /// Whether its nodes are known not to offer a method.
    pub fn lacks(&self, method: &str) -> bool {
        self.pool.lacks(method)
    }

    /// Remembers that its nodes do not offer a method, as long as the connection lives.
    pub fn learn_lack(&self, method: &'static str) {
        self.pool.learn_lack(method);
    }

    /// Number of the newest block; with a quorum, the newest that so many nodes have.
    pub async fn head(&self) -> Result<u64, Error> {
        if self.pool.quorum > 1 {
            return Ok(self.tagged_block("latest").await?.number.to());
        }
        let number: U64 = self.request("eth_blockNumber", ()).await?;
        self.pool.saw(number.to());
        Ok(number.to())
    }

    /// The newest block.
    pub async fn latest_block(&self) -> Result<Block, Error> {
        self.tagged_block("latest").await
    }

    /// The block a tag stands for: `latest`, `safe`, `finalized`; with a quorum, the newest that so many nodes have.
    pub async fn tagged_block(&self, tag: &'static str) -> Result<Block, Error> {
        if self.pool.quorum > 1 {
            let block = self.common_block(tag).await?;
            self.pool.saw(block.number.to());
            return Ok(block);
        }
        let block: Option<Block> = self.request("eth_getBlockByNumber", (tag, false)).await?;
        let block =
            block.ok_or(self.bad_answer("eth_getBlockByNumber", AnswerProblem::NoBlock(tag)))?;
        self.pool.saw(block.number.to());
        Ok(block)
    }

    /// A block by number.
    pub async fn block(&self, number: u64) -> Result<Block, Error> {
        self.found_block(number).await
    }

    /// A block by number as the node shows it.
    pub async fn raw_block(&self, number: u64) -> Result<Value, Error> {
        self.found_block(number).await
    }

    /// A block by number. A node that does not have a block that another one spoke of lags: others are asked, and it gets
    /// time.
    async fn found_block<R: RpcRecv>(&self, number: u64) -> Result<R, Error> {
        let mut round = 0;
        loop {
            round += 1;
            let block: Option<R> = self
                .request("eth_getBlockByNumber", (U64::from(number), false))
                .await?;
            match block {
                Some(block) => return Ok(block),
                None if round < self.pool.rounds && self.pool.knows_of(number) => {
                    self.pool.distrust();
                    tokio::time::sleep(back_off(round)).await;
                }
                None => {
                    return Err(self
                        .bad_answer("eth_getBlockByNumber", AnswerProblem::UnknownBlock(number)));
                }
            }
        }
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

    /// The same at a block.
    pub async fn balance_at(&self, address: Address, block: u64) -> Result<U256, Error> {
        self.request("eth_getBalance", (address, U64::from(block)))
            .await
    }

    /// What a unit of gas costs in the block after `latest`, in wei, without a priority fee.
    pub async fn gas_price(&self, latest: &Block) -> Result<U256, Error> {
        match latest.base_fee_per_gas {
            Some(base_fee) => Ok(base_fee),
            None => self.request("eth_gasPrice", ()).await,
        }
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
        let at = block.clone();
        let answer = self.call_tagged(C::SIGNATURE, to, data, block).await?;
        if let Ok(decoded) = C::abi_decode_returns(&answer) {
            return Ok(decoded);
        }
        match answer.is_empty() && !self.is_contract(to, &at).await? {
            true => Err(Error::NoCode {
                side: self.side,
                address: to,
            }),
            false => Err(self.bad_answer(
                "eth_call",
                AnswerProblem::Undecodable {
                    contract: to,
                    call: C::SIGNATURE,
                },
            )),
        }
    }

    /// Calls a contract at a block, with calldata as it is. `call` is what errors name.
    pub async fn call_at(
        &self,
        call: &'static str,
        to: Address,
        data: Bytes,
        block: u64,
    ) -> Result<Bytes, Error> {
        self.call_tagged(call, to, data, json!(U64::from(block)))
            .await
    }

    async fn call_tagged(
        &self,
        call: &'static str,
        to: Address,
        data: Bytes,
        block: Value,
    ) -> Result<Bytes, Error> {
        let request = (json!({ "to": to, "data": data }), block);
        // Only what is asked of a given block has one answer.
        match self.pool.quorum > 1 && request.1 != "latest" {
            true => {
                let what = format!("{call} of {to} at block {}", request.1);
                self.common_call(&what, request)
                    .await
                    .map_err(|error| match error {
                        Error::Reverted { revert, .. } => Error::Reverted { call, revert },
                        error => error,
                    })
            }
            false => self
                .try_request("eth_call", request)
                .await
                .map_err(|error| self.call_error(error, "eth_call", call)),
        }
    }

    /// Whether there is code at a block, which may be a tag.
    async fn is_contract(&self, address: Address, block: &Value) -> Result<bool, Error> {
        let code: Bytes = self.request("eth_getCode", (address, block)).await?;
        Ok(!code.is_empty())
    }

    /// Tells a revert from a failed request.
    pub fn call_error(
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

    pub fn bad_answer(&self, method: &'static str, problem: AnswerProblem) -> Error {
        Error::BadAnswer {
            side: self.side,
            method,
            problem,
        }
    }
}

impl Error {
    /// Whether a contract refused with this error.
    pub fn is_revert(&self, name: &str) -> bool {
        matches!(self, Self::Reverted { revert, .. } if revert.name == name)
    }

    /// Whether the node does not offer the method, or not for this block.
    pub fn is_refusal(&self) -> bool {
        matches!(
            self,
            Self::Rpc {
                source: RpcError::ErrorResp(_),
                ..
            }
        )
    }
}
