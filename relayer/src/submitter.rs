use std::time::{Duration, Instant};

use alloy::{
    consensus::{SignableTransaction, TxEip1559, TxEnvelope, TxLegacy},
    eips::eip2718::Encodable2718,
    rpc::types::Log,
    signers::{SignerSync, local::PrivateKeySigner},
};
use alloy_primitives::{Address, Bytes, TxHash, TxKind, U64, U256};
use serde::Deserialize;
use serde_json::json;
use tokio::sync::Mutex;

use crate::{
    chain::Chain,
    error::{Error, SettingError},
};

/// Gas that one transaction takes on an Arbitrum chain.
pub const TRANSACTION_GAS: u64 = 32_000_000;
/// How long a transaction may take to be mined.
const RECEIPT_TIMEOUT: Duration = Duration::from_secs(120);
const FIRST_POLL: Duration = Duration::from_millis(4);
const LAST_POLL: Duration = Duration::from_secs(1);

/// Signs and sends transactions to one chain, one at a time, and waits until they are mined.
#[derive(Debug)]
pub struct Submitter {
    chain: Chain,
    signer: Option<PrivateKeySigner>,
    /// Held from reading the nonce until the node has the transaction.
    sending: Mutex<()>,
}

/// A transaction to send.
#[derive(Clone, Debug)]
pub struct Transaction {
    /// What it is, for messages.
    pub call: &'static str,
    /// Receiver; `None` creates a contract.
    pub to: Option<Address>,
    /// In wei.
    pub value: U256,
    /// Calldata or init code.
    pub data: Bytes,
}

/// What came of a transaction.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Receipt {
    /// Hash of the transaction.
    #[serde(rename = "transactionHash")]
    pub tx_hash: TxHash,
    /// Block it is in.
    pub block_number: U64,
    /// Gas used.
    pub gas_used: U64,
    /// 1 for success.
    pub status: U64,
    /// Created contract.
    pub contract_address: Option<Address>,
    /// Events.
    #[serde(default)]
    pub logs: Vec<Log>,
}

impl Submitter {
    /// A submitter for a chain and key.
    pub fn new(chain: Chain, signer: PrivateKeySigner) -> Self {
        Self {
            chain,
            signer: Some(signer),
            sending: Mutex::new(()),
        }
    }

    /// One that cannot send, for commands that only read.
    pub fn without_key(chain: Chain) -> Self {
        Self {
            chain,
            signer: None,
            sending: Mutex::new(()),
        }
    }

    /// The chain it sends to.
    pub fn chain(&self) -> &Chain {
        &self.chain
    }

    /// The account it sends from.
    pub fn address(&self) -> Result<Address, Error> {
        Ok(self.signer()?.address())
    }

    fn signer(&self) -> Result<&PrivateKeySigner, Error> {
        self.signer
            .as_ref()
            .ok_or(Error::Setting(SettingError::Missing {
                option: "--private-key or --keystore",
                variable: "SMARTSYNC_PRIVATE_KEY",
            }))
    }

    /// Simulates a transaction and returns the gas it needs. A refusal is `Reverted` with the typed error.
    pub async fn estimate(&self, transaction: &Transaction) -> Result<u64, Error> {
        let request = self.request(transaction)?;
        let gas: U64 = self
            .chain
            .try_request("eth_estimateGas", (request,))
            .await
            .map_err(|error| {
                self.chain
                    .call_error(error, "eth_estimateGas", transaction.call)
            })?;
        Ok(gas.to())
    }

    /// Simulates, signs, sends, and waits for the receipt.
    pub async fn send(&self, transaction: Transaction) -> Result<Receipt, Error> {
        let gas = self.estimate(&transaction).await?;
        self.send_with_gas(transaction, gas).await
    }

    /// Signs, sends and waits for the receipt, with gas that `estimate` found (a margin is added).
    pub async fn send_with_gas(
        &self,
        transaction: Transaction,
        gas: u64,
    ) -> Result<Receipt, Error> {
        let gas_limit = gas.saturating_add(gas / 8).min(TRANSACTION_GAS.max(gas));
        let sending = self.sending.lock().await;
        let call = transaction.call;
        let raw = self.sign(transaction, gas_limit).await?;
        let tx_hash: TxHash = self
            .chain
            .try_request("eth_sendRawTransaction", (raw,))
            .await
            .map_err(|error| self.chain.call_error(error, "eth_sendRawTransaction", call))?;
        drop(sending);
        tracing::debug!(%tx_hash, call, "sent");
        self.receipt(call, tx_hash).await
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

    async fn sign(&self, transaction: Transaction, gas_limit: u64) -> Result<Bytes, Error> {
        let signer = self.signer()?;
        let (nonce, block, tip): (U64, _, _) = futures::try_join!(
            self.chain
                .request("eth_getTransactionCount", (signer.address(), "pending")),
            self.chain.latest_block(),
            self.priority_fee(),
        )?;
        let to = transaction.to.map_or(TxKind::Create, TxKind::Call);
        let (value, input) = (transaction.value, transaction.data);
        let envelope: TxEnvelope = match block.base_fee_per_gas {
            Some(base_fee) => {
                let transaction = TxEip1559 {
                    chain_id: self.chain.chain_id(),
                    nonce: nonce.to(),
                    gas_limit,
                    max_fee_per_gas: base_fee
                        .saturating_to::<u128>()
                        .saturating_mul(2)
                        .saturating_add(tip),
                    max_priority_fee_per_gas: tip,
                    to,
                    value,
                    access_list: Default::default(),
                    input,
                };
                let signature = signer.sign_hash_sync(&transaction.signature_hash())?;
                transaction.into_signed(signature).into()
            }
            None => {
                let gas_price: U256 = self.chain.request("eth_gasPrice", ()).await?;
                let transaction = TxLegacy {
                    chain_id: Some(self.chain.chain_id()),
                    nonce: nonce.to(),
                    gas_price: gas_price.saturating_to(),
                    gas_limit,
                    to,
                    value,
                    input,
                };
                let signature = signer.sign_hash_sync(&transaction.signature_hash())?;
                transaction.into_signed(signature).into()
            }
        };
        Ok(envelope.encoded_2718().into())
    }

    /// Suggested priority fee in wei; none where the node suggests none, as on an Arbitrum chain.
    async fn priority_fee(&self) -> Result<u128, Error> {
        match self
            .chain
            .request::<_, U256>("eth_maxPriorityFeePerGas", ())
            .await
        {
            Ok(fee) => Ok(fee.saturating_to()),
            Err(error) if error.is_refusal() => Ok(0),
            Err(error) => Err(error),
        }
    }

    async fn receipt(&self, call: &'static str, tx_hash: TxHash) -> Result<Receipt, Error> {
        let started = Instant::now();
        let mut pause = FIRST_POLL;
        loop {
            let receipt: Option<Receipt> = self
                .chain
                .request("eth_getTransactionReceipt", (tx_hash,))
                .await?;
            if let Some(receipt) = receipt {
                let block = receipt.block_number.to();
                return match receipt.status.is_zero() {
                    true => Err(Error::TransactionFailed {
                        call,
                        tx_hash,
                        block,
                    }),
                    false => Ok(receipt),
                };
            }
            if started.elapsed() > RECEIPT_TIMEOUT {
                return Err(Error::TransactionPending {
                    call,
                    tx_hash,
                    seconds: RECEIPT_TIMEOUT.as_secs(),
                });
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LAST_POLL);
        }
    }
}
