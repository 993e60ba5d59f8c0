//! Logs of blocks, filtered.

use alloy_rpc_types_eth::{Filter, Log};

use crate::chain::Block;

/// The logs of a transaction.
pub fn of_transaction(block: &Block, index: usize) -> Vec<Log> {
    let before: usize = block
        .transactions
        .iter()
        .take(index)
        .map(|mined| mined.receipt.logs().len())
        .sum();
    let Some(mined) = block.transactions.get(index) else {
        return Vec::new();
    };
    mined
        .receipt
        .logs()
        .iter()
        .enumerate()
        .map(|(offset, log)| Log {
            inner: log.clone(),
            block_hash: Some(block.hash),
            block_number: Some(block.header.number),
            block_timestamp: Some(block.header.timestamp),
            transaction_hash: Some(mined.hash),
            transaction_index: Some(index as u64),
            log_index: Some((before + offset) as u64),
            removed: false,
        })
        .collect()
}

/// The logs of a block that a filter wants, whatever blocks it names.
pub fn of_block(block: &Block, filter: &Filter) -> Vec<Log> {
    if !filter.matches_bloom(block.header.logs_bloom) {
        return Vec::new();
    }
    (0..block.transactions.len())
        .flat_map(|index| of_transaction(block, index))
        .filter(|log| filter.matches_address(log.address()) && filter.matches_topics(log.topics()))
        .collect()
}
