//! Sending transactions to the target chain, so that each takes effect once or not at all.

mod broadcast;
mod fees;
mod flight;
mod landing;
mod limits;
mod nonce;
mod nonces;
mod signed;
mod transaction;

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize},
    },
};

use alloy::{network::TxSigner, signers::Signature};
use alloy_primitives::{Address, U64, U256};
use serde_json::json;
use tokio::sync::Mutex;

pub use limits::Limits;
use nonces::Nonces;
pub use transaction::{Receipt, Transaction};

use crate::{
    chain::Chain,
    error::{Error, SettingError},
};

/// Gas that one transaction takes on an Arbitrum chain.
pub const TRANSACTION_GAS: u64 = 32_000_000;

/// Calldata that a sequencer surely takes; it refuses raw transactions over 95,000 bytes.
pub const CALLDATA_LIMIT: usize = 90_000;

/// What signs transactions: a key in memory, or in a key service or hardware wallet.
pub type TransactionSigner = Arc<dyn TxSigner<Signature> + Send + Sync>;

/// Signs and sends transactions to one chain, and waits until they are mined. Several may be under way, each with its own
/// nonce. Clones share the nonces.
#[derive(Clone)]
pub struct Submitter {
    chain: Chain,
    signer: Option<TransactionSigner>,
    limits: Limits,
    /// Held from choosing a nonce until the node has the transaction.
    nonces: Arc<Mutex<Nonces>>,
    /// How many transactions are under way.
    flights: Arc<AtomicUsize>,
    /// Gas that may still be spent; `None`: any.
    budget: Option<Arc<AtomicU64>>,
}

impl fmt::Debug for Submitter {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Submitter")
            .field("chain", &self.chain)
            .field(
                "signer",
                &self.signer.as_ref().map(|signer| signer.address()),
            )
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

impl Submitter {
    /// A submitter for a chain and key.
    pub fn new(chain: Chain, signer: impl TxSigner<Signature> + Send + Sync + 'static) -> Self {
        Self::with_signer(chain, Arc::new(signer))
    }

    /// A submitter for a chain and a signer that is shared.
    pub fn with_signer(chain: Chain, signer: TransactionSigner) -> Self {
        Self {
            signer: Some(signer),
            ..Self::without_key(chain)
        }
    }

    /// One that cannot send, for commands that only read.
    pub fn without_key(chain: Chain) -> Self {
        Self {
            chain,
            signer: None,
            limits: Limits::default(),
            nonces: Arc::default(),
            flights: Arc::default(),
            budget: None,
        }
    }

    /// The same with other limits.
    pub fn with_limits(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    /// The same account, which offers no more than this for a unit of gas, wei, priority fee included. A lower ceiling
    /// that it has already stays.
    pub fn capped(&self, max_fee_per_gas: u128) -> Self {
        let ceiling = self.limits.max_fee_per_gas.unwrap_or(u128::MAX);
        let mut capped = self.clone();
        capped.limits.max_fee_per_gas = Some(ceiling.min(max_fee_per_gas));
        capped
    }

    /// The same account, which spends no more than so much gas, in all transactions that it and its clones send from now on. A
    /// transaction that is expected to need more than is left is `OverBudget`, and not sent.
    pub fn with_budget(&self, gas: u64) -> Self {
        Self {
            budget: Some(Arc::new(AtomicU64::new(gas))),
            ..self.clone()
        }
    }

    /// What it may spend.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// The chain it sends to.
    pub fn chain(&self) -> &Chain {
        &self.chain
    }

    /// The account it sends from.
    pub fn address(&self) -> Result<Address, Error> {
        Ok(self.signer()?.address())
    }

    fn signer(&self) -> Result<&TransactionSigner, Error> {
        self.signer
            .as_ref()
            .ok_or(Error::Setting(SettingError::Missing {
                option: "--private-key or --keystore",
                variable: "SMARTSYNC_PRIVATE_KEY",
            }))
    }

    /// Balance of the account it sends from, in wei. Warns when it is below the limit.
    pub async fn balance(&self) -> Result<U256, Error> {
        let address = self.address()?;
        let balance = self.chain.balance(address).await?;
        if balance < self.limits.low_balance {
            tracing::warn!(chain = %self.chain.side(), %address, %balance, limit = %self.limits.low_balance, "the paying account runs out of ether");
        }
        Ok(balance)
    }

    /// Simulates a transaction and returns the gas it needs. A refusal is `Reverted` with the typed error.
    pub async fn estimate(&self, transaction: &Transaction) -> Result<u64, Error> {
        let request = self.request(transaction)?;
        match self.chain.try_request("eth_estimateGas", (request,)).await {
            Ok::<U64, _>(gas) => Ok(gas.to()),
            Err(error) => Err(self
                .refused(error, "eth_estimateGas", transaction.call)
                .await),
        }
    }

    /// Simulates, signs, sends, and waits for the receipt.
    pub async fn send(&self, transaction: Transaction) -> Result<Receipt, Error> {
        let gas = self.estimate(&transaction).await?;
        self.send_with_gas(transaction, gas).await
    }

    fn request(&self, transaction: &Transaction) -> Result<serde_json::Value, Error> {
        let mut request = json!({
            "from": self.address()?,
            "value": transaction.value,
            "data": transaction.data,
        });
        if let (Some(to), Some(fields)) = (transaction.to, request.as_object_mut()) {
            fields.insert("to".to_owned(), json!(to));
        }
        Ok(request)
    }
}
