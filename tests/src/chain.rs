use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use alloy::{
    consensus::Header as ConsensusHeader,
    providers::{DynProvider, Provider, ProviderBuilder},
    rpc::types::{
        Block, BlockId, EIP1186AccountProofResponse, TransactionReceipt, TransactionRequest,
    },
    transports::{RpcError, TransportError},
};
use alloy_primitives::{Address, B256, Bytes, U256, address};
use alloy_sol_types::{SolCall, SolError};
use serde::Serialize;
use serde_json::{Value, json};

use crate::Error;

/// Gas of every transaction and call of the tests: no estimate, so that a call that reverts is sent all the same.
pub const GAS_LIMIT: u64 = 28_000_000;

/// Keys of the first accounts of the development mnemonic, which every node here funds.
pub const PRIVATE_KEYS: [&str; 3] = [
    "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80",
    "0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d",
    "0x5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a",
];

/// Addresses of `PRIVATE_KEYS`.
const ACCOUNTS: [Address; 3] = [
    address!("f39Fd6e51aad88F6F4ce6aB8827279cffFb92266"),
    address!("70997970C51812dc3A010C7d01b50e0d17dc79C8"),
    address!("3C44CdDdB6a900fa2b585dd299e03d12FA4293BC"),
];

/// One slot in the answer of `debug_storageRangeAt`.
#[derive(serde::Deserialize)]
struct RangeEntry {
    key: U256,
    value: U256,
}

/// How a call fails.
#[derive(Debug, PartialEq, Eq)]
pub enum CallError {
    /// The contract reverted with these bytes.
    Reverted(Bytes),
    /// It ran out of gas or hit an invalid opcode, or the node refused the call: its message.
    Failed(String),
}

impl CallError {
    /// The typed error that the contract reverted with. Panics if it is another.
    #[track_caller]
    pub fn expect<E: SolError>(&self) -> E {
        match self {
            Self::Reverted(data) => match E::abi_decode_validate(data) {
                Ok(error) => error,
                Err(_) => panic!("expected {}, got revert data {data}", E::SIGNATURE),
            },
            Self::Failed(message) => panic!("expected {}, got: {message}", E::SIGNATURE),
        }
    }
}

/// A chain, over its JSON-RPC.
#[derive(Clone, Debug)]
pub struct Chain {
    url: String,
    provider: DynProvider,
}

impl Chain {
    /// Looks at the node that listens there.
    pub fn at(url: &str) -> Self {
        let provider = ProviderBuilder::new()
            .disable_recommended_fillers()
            .connect_http(url.parse().expect("a node's URL is a URL"))
            .erased();
        Self {
            url: url.to_owned(),
            provider,
        }
    }

    /// Where the node listens.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// alloy's provider.
    pub fn provider(&self) -> &DynProvider {
        &self.provider
    }

    /// One of the funded accounts.
    pub fn account(index: usize) -> Address {
        ACCOUNTS[index]
    }

    /// Any method.
    pub async fn rpc(&self, method: &'static str, parameters: Value) -> Result<Value, Error> {
        self.provider
            .raw_request(method.into(), parameters)
            .await
            .map_err(|error| rpc_error(method, error))
    }

    /// Number of the newest block.
    pub async fn block_number(&self) -> Result<u64, Error> {
        self.provider
            .get_block_number()
            .await
            .map_err(|error| rpc_error("eth_blockNumber", error))
    }

    /// Puts code at an account, in hexadecimal or as bytes.
    pub async fn set_code(&self, account: Address, code: impl Serialize) -> Result<(), Error> {
        self.rpc("anvil_setCode", json!([account, code])).await?;
        Ok(())
    }

    /// Mines a block without transactions; returns its number.
    pub async fn mine(&self) -> Result<u64, Error> {
        self.rpc("evm_mine", json!([])).await?;
        self.block_number().await
    }

    /// A block's header as RLP, checked against its hash.
    pub async fn header(&self, number: u64) -> Result<(ConsensusHeader, Bytes), Error> {
        const METHOD: &str = "eth_getBlockByNumber";
        let block: Option<Block> = self
            .provider
            .get_block_by_number(number.into())
            .await
            .map_err(|error| rpc_error(METHOD, error))?;
        let header = block
            .ok_or_else(|| Error::Rpc {
                method: METHOD,
                reason: format!("no block {number}"),
            })?
            .header;
        let rlp = alloy_rlp::encode(&header.inner);
        let computed = alloy_primitives::keccak256(&rlp);
        if computed != header.hash {
            let reason = format!(
                "block {number} has the hash {}, its header {computed}",
                header.hash
            );
            return Err(Error::Rpc {
                method: METHOD,
                reason,
            });
        }
        Ok((header.inner, rlp.into()))
    }

    /// EIP-1186 proof of an account and some of its slots at a block.
    pub async fn proof(
        &self,
        account: Address,
        slots: &[U256],
        block: impl Into<BlockId> + Send,
    ) -> Result<EIP1186AccountProofResponse, Error> {
        let keys = slots.iter().map(|slot| B256::from(*slot)).collect();
        let proof = self
            .provider
            .get_proof(account, keys)
            .block_id(block.into())
            .await;
        proof.map_err(|error| rpc_error("eth_getProof", error))
    }

    /// An account's storage root at the newest block.
    pub async fn storage_root(&self, account: Address) -> Result<B256, Error> {
        Ok(self
            .proof(account, &[], BlockId::latest())
            .await?
            .storage_hash)
    }

    /// All of an account's storage at the newest block, by `debug_storageRangeAt`.
    pub async fn storage(&self, account: Address) -> Result<BTreeMap<U256, U256>, Error> {
        const METHOD: &str = "debug_storageRangeAt";
        let malformed = |error: serde_json::Error| Error::Rpc {
            method: METHOD,
            reason: error.to_string(),
        };
        let block = self
            .rpc("eth_getBlockByNumber", json!(["latest", false]))
            .await?;
        let transactions = block["transactions"].as_array().map_or(0, Vec::len);
        let mut storage = BTreeMap::new();
        let mut start = json!(B256::ZERO);
        while !start.is_null() {
            let range = self
                .rpc(
                    METHOD,
                    json!([block["hash"], transactions, account, start, 1024]),
                )
                .await?;
            let entries: BTreeMap<B256, RangeEntry> =
                serde_json::from_value(range["storage"].clone()).map_err(malformed)?;
            for entry in entries.into_values() {
                storage.insert(entry.key, entry.value);
            }
            start = range["nextKey"].clone();
        }
        Ok(storage)
    }

    /// An account's code.
    pub async fn code(&self, account: Address) -> Result<Bytes, Error> {
        self.provider
            .get_code_at(account)
            .await
            .map_err(|error| rpc_error("eth_getCode", error))
    }

    /// An account's balance in wei.
    pub async fn balance(&self, account: Address) -> Result<U256, Error> {
        self.provider
            .get_balance(account)
            .await
            .map_err(|error| rpc_error("eth_getBalance", error))
    }

    /// `eth_call` with the newest state, from the first account.
    pub async fn call(&self, to: Address, data: impl Into<Bytes>) -> Result<Bytes, CallError> {
        self.call_with(request(to, data.into())).await
    }

    /// `eth_call` of any request.
    pub async fn call_with(&self, request: TransactionRequest) -> Result<Bytes, CallError> {
        self.provider.call(request).await.map_err(call_error)
    }

    /// `eth_call` of a typed function.
    pub async fn view<C: SolCall>(&self, to: Address, call: C) -> Result<C::Return, CallError> {
        decoded::<C>(&self.call(to, call.abi_encode()).await?)
    }

    /// The same at a block.
    pub async fn view_at<C: SolCall>(
        &self,
        to: Address,
        call: C,
        block: u64,
    ) -> Result<C::Return, CallError> {
        let request = request(to, call.abi_encode().into());
        let asked = self.provider.call(request).block(BlockId::number(block));
        decoded::<C>(&asked.await.map_err(call_error)?)
    }

    /// Sends a transaction and waits for its receipt, also if it reverts.
    pub async fn transact(&self, request: TransactionRequest) -> Result<TransactionReceipt, Error> {
        let hash = self.rpc("eth_sendTransaction", json!([request])).await?;
        self.receipt(&hash).await
    }

    async fn receipt(&self, hash: &Value) -> Result<TransactionReceipt, Error> {
        const METHOD: &str = "eth_getTransactionReceipt";
        let deadline = Instant::now() + Duration::from_secs(20);
        // Nodes mine at once, some of them answer a moment before.
        let mut ticks = tokio::time::interval(Duration::from_millis(2));
        while Instant::now() < deadline {
            ticks.tick().await;
            let receipt = self.rpc(METHOD, json!([hash])).await?;
            if !receipt.is_null() {
                return serde_json::from_value(receipt).map_err(|error| Error::Rpc {
                    method: METHOD,
                    reason: error.to_string(),
                });
            }
        }
        Err(Error::Rpc {
            method: METHOD,
            reason: format!("no receipt of {hash}"),
        })
    }

    /// Sends a typed call from the first account. An error if it reverts.
    pub async fn send(&self, to: Address, call: impl SolCall) -> Result<TransactionReceipt, Error> {
        self.send_request(request(to, call.abi_encode().into()))
            .await
    }

    /// Sends a request. An error with the revert data if it reverts.
    pub async fn send_request(
        &self,
        request: TransactionRequest,
    ) -> Result<TransactionReceipt, Error> {
        let receipt = self.transact(request.clone()).await?;
        if receipt.status() {
            return Ok(receipt);
        }
        let to = request.to.and_then(|to| to.into_to()).unwrap_or_default();
        Err(match self.call_with(request).await {
            Err(CallError::Reverted(data)) => Error::Reverted { to, data },
            Err(CallError::Failed(reason)) => Error::Rpc {
                method: "eth_sendTransaction",
                reason,
            },
            Ok(_) => Error::Rpc {
                method: "eth_sendTransaction",
                reason: format!(
                    "{} failed, and succeeds when called again",
                    receipt.transaction_hash
                ),
            },
        })
    }

    /// Creates a contract from its creation code.
    pub async fn create(&self, creation: impl Into<Bytes>, value: U256) -> Result<Address, Error> {
        let request = TransactionRequest {
            to: Some(alloy_primitives::TxKind::Create),
            ..request(Address::ZERO, creation.into()).value(value)
        };
        let receipt = self.send_request(request).await?;
        receipt.contract_address.ok_or_else(|| Error::Rpc {
            method: "eth_getTransactionReceipt",
            reason: "a creation without a contract address".into(),
        })
    }

    /// Creates a contract from its creation code and its encoded constructor arguments.
    pub async fn deploy(
        &self,
        bytecode: &Bytes,
        arguments: impl AsRef<[u8]>,
    ) -> Result<Address, Error> {
        self.create([bytecode, arguments.as_ref()].concat(), U256::ZERO)
            .await
    }
}

/// A request from the first account with the gas limit of the tests.
pub fn request(to: Address, data: Bytes) -> TransactionRequest {
    TransactionRequest::default()
        .from(ACCOUNTS[0])
        .to(to)
        .gas_limit(GAS_LIMIT)
        .input(data.into())
}

fn rpc_error(method: &'static str, error: TransportError) -> Error {
    Error::Rpc {
        method,
        reason: error.to_string(),
    }
}

fn decoded<C: SolCall>(output: &[u8]) -> Result<C::Return, CallError> {
    C::abi_decode_returns(output)
        .map_err(|error| CallError::Failed(format!("{}: {error}", C::SIGNATURE)))
}

fn call_error(error: TransportError) -> CallError {
    match &error {
        RpcError::ErrorResp(payload) => match payload.as_revert_data() {
            Some(data) => CallError::Reverted(data),
            // A revert without data.
            None if payload.message.contains("revert") => CallError::Reverted(Bytes::new()),
            None => CallError::Failed(payload.message.to_string()),
        },
        _ => CallError::Failed(error.to_string()),
    }
}

/// The bytes that a contract reverts with for this error.
pub fn revert_data(error: &impl SolError) -> Bytes {
    error.abi_encode().into()
}
