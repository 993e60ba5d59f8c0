//! Blocks, transactions and receipts as JSON.

use alloy_consensus::{Eip658Value, ReceiptEnvelope, transaction::Recovered};
use alloy_primitives::{U64, U256};
use alloy_rlp::Encodable;
use alloy_rpc_types_eth::{
    Block as RpcBlock, BlockTransactions, Header as RpcHeader, Transaction, TransactionReceipt,
};
use serde_json::{Value, json};

use super::{error::RpcError, logs};
use crate::{
    chain::{Block, Mined, Pooled, parent_number},
    config::Kind,
};

fn kind(block: &Block) -> Kind {
    if block.environment.arbitrum.is_some() {
        Kind::Stylus
    } else {
        Kind::Evm
    }
}

/// What an Arbitrum node adds to a header.
fn add_arbitrum(block: &Block, value: &mut Value) {
    if kind(block) == Kind::Stylus {
        value["l1BlockNumber"] = json!(U64::from(parent_number(&block.header)));
        value["sendCount"] = json!("0x0");
        value["sendRoot"] = json!(block.header.extra_data);
    }
}

/// Bytes of the block's RLP: header, transactions, no ommers, and where there are any, withdrawals.
fn size(block: &Block) -> usize {
    let list = |payload: usize| payload + alloy_rlp::length_of_length(payload);
    let transactions: usize = block
        .transactions
        .iter()
        .map(|mined| mined.transaction.envelope.length())
        .sum();
    let withdrawals = block.header.withdrawals_root.map_or(0, |_none| list(0));
    list(block.header.length() + list(transactions) + list(0) + withdrawals)
}

fn rpc_header(block: &Block) -> RpcHeader {
    RpcHeader {
        hash: block.hash,
        inner: block.header.clone(),
        total_difficulty: None,
        size: Some(U256::from(size(block))),
    }
}

/// A header, as `newHeads` pushes it.
pub fn header(block: &Block) -> Value {
    let mut value = json!(rpc_header(block));
    add_arbitrum(block, &mut value);
    value
}

/// A block, with whole transactions or their hashes.
pub fn block(block: &Block, full: bool) -> Value {
    let transactions = if full {
        BlockTransactions::Full(
            (0..block.transactions.len())
                .filter_map(|index| mined(block, index))
                .collect(),
        )
    } else {
        BlockTransactions::Hashes(block.transactions.iter().map(|mined| mined.hash).collect())
    };
    let view: RpcBlock = RpcBlock {
        header: rpc_header(block),
        uncles: Vec::new(),
        transactions,
        withdrawals: (kind(block) == Kind::Evm).then(Default::default),
    };
    let mut value = json!(view);
    add_arbitrum(block, &mut value);
    value
}

/// A mined transaction.
pub fn mined(block: &Block, index: usize) -> Option<Transaction> {
    let mined = block.transactions.get(index)?;
    Some(Transaction {
        block_hash: Some(block.hash),
        block_number: Some(block.header.number),
        transaction_index: Some(index as u64),
        effective_gas_price: Some(mined.effective_gas_price),
        block_timestamp: Some(block.header.timestamp),
        ..waiting(&mined.transaction)
    })
}

/// A transaction that waits.
pub fn waiting(transaction: &Pooled) -> Transaction {
    Transaction {
        inner: Recovered::new_unchecked(transaction.envelope.clone(), transaction.sender),
        block_hash: None,
        block_number: None,
        transaction_index: None,
        effective_gas_price: None,
        block_timestamp: None,
    }
}

/// A receipt.
///
/// # Errors
/// Internal, if there is no transaction with this index.
pub fn receipt(block: &Block, index: usize) -> Result<Value, RpcError> {
    let mined: &Mined = block
        .transactions
        .get(index)
        .ok_or_else(|| RpcError::internal("no such transaction"))?;
    let logs = logs::of_transaction(block, index);
    let receipt = alloy_consensus::Receipt {
        status: Eip658Value::Eip658(mined.receipt.status()),
        cumulative_gas_used: mined.receipt.cumulative_gas_used(),
        logs,
    };
    let inner = ReceiptEnvelope::from_typed(mined.transaction.envelope.tx_type(), receipt);
    let view = TransactionReceipt {
        inner,
        transaction_hash: mined.hash,
        transaction_index: Some(index as u64),
        block_hash: Some(block.hash),
        block_number: Some(block.header.number),
        gas_used: mined.gas_used,
        effective_gas_price: mined.effective_gas_price,
        blob_gas_used: None,
        blob_gas_price: None,
        from: mined.transaction.sender,
        to: alloy_consensus::Transaction::to(&mined.transaction.envelope),
        contract_address: mined.contract_address,
    };
    let mut value = json!(view);
    if kind(block) == Kind::Stylus {
        value["l1BlockNumber"] = json!(U64::from(parent_number(&block.header)));
        value["gasUsedForL1"] = json!("0x0");
    }
    Ok(value)
}
