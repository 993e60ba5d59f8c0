use alloy::rpc::types::Log;
use alloy_primitives::{Address, Bytes, TxHash, U64, U256};
use serde::Deserialize;

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
    /// Price paid, wei per gas.
    #[serde(default)]
    pub effective_gas_price: U256,
    /// 1 for success.
    pub status: U64,
    /// Created contract.
    pub contract_address: Option<Address>,
    /// Events.
    #[serde(default)]
    pub logs: Vec<Log>,
}

impl Receipt {
    /// What it cost in wei, without the value sent. On an Arbitrum chain the gas used includes the data fee.
    pub fn fee(&self) -> U256 {
        self.effective_gas_price
            .saturating_mul(U256::from(self.gas_used))
    }
}
