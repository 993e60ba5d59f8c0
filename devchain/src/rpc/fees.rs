//! Gas prices.

use alloy_eips::BlockNumberOrTag;
use alloy_primitives::{U64, U128, U256};
use alloy_rpc_types_eth::FeeHistory;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    api::{self, Api},
    error::RpcError,
    params::Params,
};
use crate::config::Kind;

/// Tip that the EVM chain suggests, in wei per gas: 1 gwei.
const TIP: u128 = 1_000_000_000;
/// Most blocks that one history covers.
const HISTORY_LIMIT: u64 = 1024;

/// The tip to suggest, in wei per gas; Arbitrum takes none.
pub fn tip(kind: Kind) -> u128 {
    match kind {
        Kind::Evm => TIP,
        Kind::Stylus => 0,
    }
}

/// Base fee of the block that would be sealed now, in wei per gas.
pub fn base_fee(api: &Api) -> u128 {
    u128::from(api.read().pending().0.block.basefee)
}

/// `eth_gasPrice`.
pub fn gas_price(api: &Api) -> Value {
    json!(U256::from(base_fee(api) + tip(api.read().kind())))
}

/// `eth_maxPriorityFeePerGas`.
pub fn max_priority_fee(api: &Api) -> Value {
    json!(U128::from(tip(api.read().kind())))
}

/// A number of blocks, in either of the forms that clients send.
#[derive(Deserialize)]
#[serde(untagged)]
enum Count {
    Hex(U64),
    Plain(u64),
}

/// `eth_feeHistory`.
pub fn history(api: &Api, params: &mut Params) -> Result<Value, RpcError> {
    let count = match params.next::<Count>()? {
        Count::Hex(count) => count.to::<u64>(),
        Count::Plain(count) => count,
    };
    let newest: BlockNumberOrTag = params.next()?;
    let percentiles: Vec<f64> = params.next_or_none()?.unwrap_or_default();
    if percentiles
        .iter()
        .any(|percentile| !(0.0..=100.0).contains(percentile))
    {
        return Err(RpcError::invalid_params(
            "reward percentiles must lie between 0 and 100",
        ));
    }
    if !percentiles.is_sorted() {
        return Err(RpcError::invalid_params("reward percentiles must rise"));
    }
    let pending_base_fee = base_fee(api);
    let ledger = api.read();
    let head = ledger.head().header.number;
    let newest = api::number(&ledger, newest).min(head);
    let count = count.min(HISTORY_LIMIT).min(newest + 1);
    let oldest = newest + 1 - count;
    let blocks: Vec<_> = (oldest..=newest)
        .filter_map(|number| ledger.block(number))
        .collect();
    let fee = |number: u64| match ledger.block(number) {
        Some(block) => u128::from(block.header.base_fee_per_gas.unwrap_or_default()),
        None => pending_base_fee,
    };
    let tip = tip(ledger.kind());
    let reward = blocks
        .iter()
        .map(|_| vec![tip; percentiles.len()])
        .collect();
    let view = FeeHistory {
        base_fee_per_gas: (oldest..=newest + 1).map(fee).collect(),
        gas_used_ratio: blocks
            .iter()
            .map(|block| block.header.gas_used as f64 / block.header.gas_limit as f64)
            .collect(),
        base_fee_per_blob_gas: (oldest..=newest + 1).map(|_| 1).collect(),
        blob_gas_used_ratio: blocks.iter().map(|_| 0.0).collect(),
        oldest_block: oldest,
        reward: (!percentiles.is_empty()).then_some(reward),
    };
    Ok(json!(view))
}
