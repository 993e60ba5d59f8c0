//! `eth_getLogs` and the methods of installed filters: what a filter finds.

use std::sync::Arc;

use alloy_eips::{BlockId, BlockNumberOrTag};
use alloy_primitives::U256;
use alloy_rpc_types_eth::{Filter, FilterBlockOption, Log};
use serde_json::{Value, json};

use super::{
    api::{self, Api},
    error::RpcError,
    filters::{Installed, What},
    logs,
    params::Params,
};
use crate::chain::Block;

/// The blocks that a filter names.
fn range(api: &Api, filter: &Filter) -> Result<Vec<Arc<Block>>, RpcError> {
    match filter.block_option {
        FilterBlockOption::AtBlockHash(hash) => Ok(vec![api.block(Some(BlockId::from(hash)))?]),
        FilterBlockOption::Range {
            from_block,
            to_block,
        } => {
            let ledger = api.read();
            let head = ledger.head().header.number;
            let from = api::number(&ledger, from_block.unwrap_or(BlockNumberOrTag::Latest));
            let to = api::number(&ledger, to_block.unwrap_or(BlockNumberOrTag::Latest));
            if from > to && to_block.is_some() {
                return Err(RpcError::invalid_params(format!(
                    "invalid block range: {from} to {to}"
                )));
            }
            Ok((from..=to.min(head))
                .filter_map(|number| ledger.block(number).cloned())
                .collect())
        }
    }
}

/// `eth_getLogs`.
pub fn logs(api: &Api, params: &mut Params) -> Result<Value, RpcError> {
    let filter: Filter = params.next()?;
    Ok(json!(matching(api, &filter)?))
}

fn matching(api: &Api, filter: &Filter) -> Result<Vec<Log>, RpcError> {
    Ok(range(api, filter)?
        .iter()
        .flat_map(|block| logs::of_block(block, filter))
        .collect())
}

fn install(api: &Api, what: What) -> Result<Value, RpcError> {
    let next = api.read().head().header.number + 1;
    Ok(json!(api.filters().install(Installed { what, next })))
}

/// `eth_newFilter`.
pub fn new_filter(api: &Api, params: &mut Params) -> Result<Value, RpcError> {
    let filter: Filter = params.next()?;
    install(api, What::Logs(Box::new(filter)))
}

/// `eth_newBlockFilter`.
pub fn new_block_filter(api: &Api) -> Result<Value, RpcError> {
    install(api, What::Blocks)
}

/// `eth_newPendingTransactionFilter`.
pub fn new_transaction_filter(api: &Api) -> Result<Value, RpcError> {
    install(api, What::Transactions)
}

/// `eth_uninstallFilter`.
pub fn uninstall(api: &Api, params: &mut Params) -> Result<Value, RpcError> {
    let id: U256 = params.next()?;
    Ok(json!(api.filters().remove(id)))
}

/// `eth_getFilterLogs`.
pub fn filter_logs(api: &Api, params: &mut Params) -> Result<Value, RpcError> {
    let id: U256 = params.next()?;
    let what = api
        .filters()
        .get(id)
        .map(|installed| installed.what.clone());
    match what {
        Some(What::Logs(filter)) => Ok(json!(matching(api, &filter)?)),
        _ => Err(RpcError::server("filter not found")),
    }
}

/// `eth_getFilterChanges`.
pub fn changes(api: &Api, params: &mut Params) -> Result<Value, RpcError> {
    let id: U256 = params.next()?;
    let ledger = api.read();
    let head = ledger.head().header.number;
    let mut filters = api.filters();
    let installed = filters
        .get_mut(id)
        .ok_or_else(|| RpcError::server("filter not found"))?;
    // A chain that went back to a snapshot grows anew from there.
    let first = installed.next.min(head + 1);
    installed.next = head + 1;
    let blocks = (first..=head).filter_map(|number| ledger.block(number));
    Ok(match &installed.what {
        What::Blocks => json!(blocks.map(|block| block.hash).collect::<Vec<_>>()),
        What::Transactions => {
            json!(
                blocks
                    .flat_map(|block| block.transactions.iter().map(|mined| mined.hash))
                    .collect::<Vec<_>>()
            )
        }
        What::Logs(filter) => json!(
            blocks
                .flat_map(|block| logs::of_block(block, filter))
                .collect::<Vec<_>>()
        ),
    })
}
