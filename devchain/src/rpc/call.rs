//! Calls, estimates and access lists: execution that leaves no trace.

use std::collections::{BTreeMap, BTreeSet};

use alloy_eips::BlockId;
use alloy_primitives::{Address, B256, U64};
use alloy_rpc_types_eth::{AccessList, AccessListItem};
use revm::{context::TxEnv, context_interface::result::ExecutionResult};
use revm_inspectors::access_list::AccessListInspector;
use serde_json::{Value, json};

use super::{
    api::Api,
    asked::Asked,
    error::RpcError,
    node_interface,
    overrides::{self, BlockChange},
    params::Params,
    simulation::{environment, estimate_gas, output, run},
};
use crate::{
    evm::{Environment, execute_listing},
    state::State,
};

/// The block to call on, with what the next two parameters override of its state and itself.
fn view(api: &Api, params: &mut Params) -> Result<(Environment, State), RpcError> {
    let (mut at, mut state) = api.view(params.next_or_none::<BlockId>()?)?;
    overrides::apply(&mut at, &mut state, params.next_or_none()?)?;
    let change: Option<BlockChange> = params.next_or_none()?;
    overrides::block(&mut at, change.unwrap_or_default().0)?;
    Ok((at, state))
}

/// `eth_call`.
pub fn call(api: &Api, params: &mut Params) -> Result<Value, RpcError> {
    let Asked(request) = params.next()?;
    let (at, state) = view(api, params)?;
    if let Some(answer) = node_interface::answer(api, &at, &state, &request) {
        return Ok(json!(answer?));
    }
    let tx = environment(&at, &state, &request)?;
    Ok(json!(output(run(&at, &state, tx)?.result)?))
}

/// `eth_estimateGas`.
pub fn estimate(api: &Api, params: &mut Params) -> Result<Value, RpcError> {
    let Asked(request) = params.next()?;
    let (at, state) = view(api, params)?;
    Ok(json!(U64::from(estimate_gas(&at, &state, &request)?)))
}

/// `eth_createAccessList`.
pub fn create_access_list(api: &Api, params: &mut Params) -> Result<Value, RpcError> {
    let Asked(request) = params.next()?;
    let (at, state) = view(api, params)?;
    let tx = environment(&at, &state, &request)?;
    let inspector = AccessListInspector::new(AccessList::default());
    let (executed, inspector, accesses) = execute_listing(&at, &state, tx.clone(), inspector)?;
    let excluded = inspector.excluded().clone();
    let mut touched: BTreeMap<Address, BTreeSet<B256>> =
        inspector.into_touched_slots().into_iter().collect();
    for (address, slots) in accesses.into_iter() {
        if !slots.is_empty() || !excluded.contains(&address) {
            touched.entry(address).or_default().extend(slots);
        }
    }
    let access_list: AccessList = touched
        .into_iter()
        .map(|(address, slots)| AccessListItem {
            address,
            storage_keys: slots.into_iter().collect(),
        })
        .collect::<Vec<_>>()
        .into();
    let error = match executed.result {
        ExecutionResult::Success { .. } => None,
        ExecutionResult::Revert { output, .. } => Some(RpcError::reverted(&output).message),
        ExecutionResult::Halt { reason, .. } => Some(RpcError::halted(&reason).message),
    };
    let listed = TxEnv {
        access_list: access_list.clone(),
        tx_type: tx.tx_type.max(1),
        ..tx
    };
    let gas_used = run(&at, &state, listed)?.result.tx_gas_used();
    let mut answer = json!({ "accessList": access_list, "gasUsed": U64::from(gas_used) });
    if let Some(error) = error {
        answer["error"] = json!(error);
    }
    Ok(answer)
}

/// The nonce that a sender's next transaction should have, counting what waits.
pub fn next_nonce(api: &Api, sender: Address) -> u64 {
    let ledger = api.read();
    let mined = ledger
        .head()
        .state
        .account(sender)
        .map_or(0, |account| account.nonce);
    ledger.pool().next_nonce(sender, mined)
}
