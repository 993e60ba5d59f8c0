//! Requests that are run and leave no trace: what the machine is given for one, what comes of it, and how much gas it needs.

use alloy_primitives::{Address, Bytes, TxKind, U256};
use alloy_rpc_types_eth::TransactionRequest;
use revm::{
    context::{TxEnv, either::Either},
    context_interface::result::{ExecutionResult, HaltReason},
    inspector::NoOpInspector,
};

use super::error::RpcError;
use crate::{
    evm::{CALL_GAS_LIMIT, Environment, Executed, Purpose, execute},
    state::State,
};

/// Gas of a plain transfer.
pub const TRANSFER_GAS: u64 = 21_000;
/// How close an estimate is to the least gas that works, as a fraction: 1/32.
const PRECISION: u64 = 32;
/// Closer than this, in gas, is close enough however small the estimate.
const NEAR: u64 = 5_000;

/// What the machine runs for a request.
pub fn environment(
    environment: &Environment,
    state: &State,
    request: &TransactionRequest,
) -> Result<TxEnv, RpcError> {
    if let (Some(input), Some(data)) = (&request.input.input, &request.input.data)
        && input != data
    {
        return Err(RpcError::invalid_params(
            "input and data are both given and differ",
        ));
    }
    let caller = request.from.unwrap_or_default();
    let (gas_price, priority) = match (request.gas_price, request.max_fee_per_gas) {
        (Some(_), Some(_)) => {
            return Err(RpcError::invalid_params(
                "both gasPrice and (maxFeePerGas or maxPriorityFeePerGas) specified",
            ));
        }
        (Some(price), None) => (price, None),
        (None, Some(max_fee)) => (max_fee, Some(request.max_priority_fee_per_gas.unwrap_or(0))),
        (None, None) => (0, request.max_priority_fee_per_gas.map(|_| 0)),
    };
    check_fees(environment, caller, gas_price, priority)?;
    let nonce = request
        .nonce
        .unwrap_or_else(|| state.account(caller).map_or(0, |account| account.nonce));
    let mut tx = TxEnv {
        caller,
        gas_limit: request.gas.unwrap_or(CALL_GAS_LIMIT).min(CALL_GAS_LIMIT),
        gas_price,
        kind: request.to.unwrap_or(TxKind::Create),
        value: request.value.unwrap_or_default(),
        data: request.input.input().cloned().unwrap_or_default(),
        nonce,
        chain_id: Some(environment.chain_id),
        access_list: request.access_list.clone().unwrap_or_default(),
        gas_priority_fee: priority,
        authorization_list: request
            .authorization_list
            .iter()
            .flatten()
            .cloned()
            .map(Either::Left)
            .collect(),
        ..TxEnv::default()
    };
    tx.derive_tx_type()
        .map_err(|error| RpcError::invalid_params(format!("{error:?}")))?;
    Ok(tx)
}

/// Runs a request as a call.
///
/// # Errors
/// If it is not valid.
pub fn run(environment: &Environment, state: &State, tx: TxEnv) -> Result<Executed, RpcError> {
    Ok(execute::<NoOpInspector>(environment, state, tx, Purpose::Call, None)?.0)
}

/// The output of a call that succeeded.
///
/// # Errors
/// The revert with its data, or why the machine halted.
pub fn output(result: ExecutionResult) -> Result<Bytes, RpcError> {
    match result {
        ExecutionResult::Success { output, .. } => Ok(output.into_data()),
        ExecutionResult::Revert { output, .. } => Err(RpcError::reverted(&output)),
        ExecutionResult::Halt { reason, .. } => Err(RpcError::halted(&reason)),
    }
}

/// A call that names a price must name one that a transaction could pay.
fn check_fees(
    at: &Environment,
    caller: Address,
    gas_price: u128,
    priority: Option<u128>,
) -> Result<(), RpcError> {
    let base_fee = at.block.basefee;
    if let Some(tip) = priority
        && tip > gas_price
    {
        return Err(RpcError::server(format!(
            "max priority fee per gas higher than max fee per gas: address {caller}, \
             maxPriorityFeePerGas: {tip}, maxFeePerGas: {gas_price}"
        )));
    }
    if gas_price > 0 && gas_price < u128::from(base_fee) {
        return Err(RpcError::server(format!(
            "max fee per gas less than block base fee: address {caller}, maxFeePerGas: {gas_price}, \
             baseFee: {base_fee}"
        )));
    }
    Ok(())
}

/// The least gas limit, to within 1/32, with which a request succeeds.
///
/// # Errors
/// What stops the request however much gas it has.
pub fn estimate_gas(
    at: &Environment,
    state: &State,
    request: &TransactionRequest,
) -> Result<u64, RpcError> {
    let tx = environment(at, state, request)?;
    let limit = at
        .compute_limit
        .unwrap_or(CALL_GAS_LIMIT)
        .min(at.block.gas_limit)
        .min(CALL_GAS_LIMIT);
    let mut enough = request.gas.unwrap_or(limit).min(limit);
    let mut poor = None;
    if tx.gas_price > 0 {
        let balance = state
            .account(tx.caller)
            .map_or(U256::ZERO, |account| account.balance);
        let available = balance.checked_sub(tx.value).ok_or_else(|| {
            RpcError::server(format!(
                "insufficient funds for gas * price + value: address {} have {balance} want {}",
                tx.caller, tx.value
            ))
        })?;
        let allowance: u64 = (available / U256::from(tx.gas_price)).saturating_to();
        if allowance < enough {
            let price = U256::from(tx.gas_price);
            let want = price
                .saturating_mul(U256::from(enough))
                .saturating_add(tx.value);
            poor = Some(RpcError::server(format!(
                "insufficient funds for gas * price + value: address {} have {balance} want {want}",
                tx.caller
            )));
            enough = allowance;
        }
    }
    let with = |gas: u64| {
        run(
            at,
            state,
            TxEnv {
                gas_limit: gas,
                ..tx.clone()
            },
        )
    };
    let first = match (with(enough), poor) {
        // Money for more gas is what it lacks.
        (
            Err(_)
            | Ok(Executed {
                result:
                    ExecutionResult::Halt {
                        reason: HaltReason::OutOfGas(_),
                        ..
                    },
                ..
            }),
            Some(poor),
        ) => {
            return Err(poor);
        }
        (first, _) => first?.result,
    };
    let used = first.gas().total_gas_spent();
    if let ExecutionResult::Halt {
        reason: HaltReason::OutOfGas(_),
        ..
    } = &first
    {
        return Err(RpcError::server(format!(
            "gas required exceeds allowance ({enough})"
        )));
    }
    output(first)?;
    // A plain transfer needs no search.
    if tx.data.is_empty() && used == TRANSFER_GAS {
        return Ok(TRANSFER_GAS);
    }
    let mut too_little = used.saturating_sub(1);
    // What nested calls need on top, because each keeps back 1/64, and a stipend's worth. Two levels of them are as much as
    // the precision allows, so one execution confirms most estimates.
    let guess = (used + 2_300).saturating_add(used / (PRECISION + 1));
    let mut next = guess.min(enough.saturating_sub(1));
    while too_little + 1 < enough && enough - too_little > (too_little / PRECISION).max(NEAR) {
        if next <= too_little || next >= enough {
            next = too_little + (enough - too_little) / 2;
        }
        // A limit below the intrinsic gas is refused rather than run.
        match with(next) {
            Ok(executed) if executed.result.is_success() => enough = next,
            Ok(_) | Err(_) => too_little = next,
        }
        next = too_little + (enough - too_little) / 2;
    }
    Ok(enough)
}
