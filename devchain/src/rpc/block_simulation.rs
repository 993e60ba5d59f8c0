//! `eth_simulateV1`: blocks that could follow one, and what their calls come to.

use alloy_eips::BlockId;
use alloy_primitives::{TxKind, U256};
use alloy_rpc_types_eth::{TransactionRequest, state::StateOverride};
use revm::context_interface::result::{ExecutionResult, InvalidTransaction};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    api::Api,
    asked::Asked,
    block_view,
    error::RpcError,
    logs,
    overrides::{self, BlockChange},
    params::Params,
    send, simulation,
    transfers::Transfers,
};
use crate::{
    chain::{Block, Opening, Pooled},
    config::Config,
    evm::{CALL_GAS_LIMIT, Purpose, Rejected},
};

/// Most blocks of one request, those included that fill gaps.
const BLOCK_LIMIT: u64 = 256;
/// Seconds from block to block where nothing else is said.
const INTERVAL: u64 = 12;

/// Codes of errors that the method's specification names.
mod code {
    pub const NONCE_TOO_LOW: i64 = -38_010;
    pub const NONCE_TOO_HIGH: i64 = -38_011;
    pub const INTRINSIC_GAS: i64 = -38_013;
    pub const INSUFFICIENT_FUNDS: i64 = -38_014;
    pub const BLOCK_GAS_LIMIT: i64 = -38_015;
    pub const BLOCK_NUMBER: i64 = -38_020;
    pub const BLOCK_TIMESTAMP: i64 = -38_021;
    pub const SENDER_WITH_CODE: i64 = -38_024;
    pub const INIT_CODE_SIZE: i64 = -38_025;
    pub const CLIENT_LIMIT: i64 = -38_026;
    pub const VM_ERROR: i64 = -32_015;
    pub const INVALID_PARAMS: i64 = -32_602;
    pub const INTERNAL: i64 = -32_603;
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Payload {
    block_state_calls: Vec<Part>,
    #[serde(default)]
    trace_transfers: bool,
    #[serde(default)]
    validation: bool,
    #[serde(default)]
    return_full_transactions: bool,
}

/// A block to simulate.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
struct Part {
    block_overrides: Option<BlockChange>,
    state_overrides: Option<StateOverride>,
    calls: Vec<Asked>,
}

/// A request while it is served.
struct Simulation<'a> {
    api: &'a Api,
    config: Config,
    transfers: bool,
    validation: bool,
    /// Gas that the calls may still use, all together.
    gas: u64,
}

/// `eth_simulateV1`.
pub fn simulate(api: &Api, params: &mut Params) -> Result<Value, RpcError> {
    let payload: Payload = params.next()?;
    let base = api.block(params.next_or_none::<BlockId>()?)?;
    if payload.block_state_calls.is_empty() {
        return Err(RpcError::invalid_params("empty input"));
    }
    let mut simulation = Simulation {
        api,
        config: api.read().config().clone(),
        transfers: payload.trace_transfers,
        validation: payload.validation,
        gas: CALL_GAS_LIMIT,
    };
    let last = base.header.number.saturating_add(BLOCK_LIMIT);
    let mut parent = Block::clone(&base);
    let mut views = Vec::new();
    for part in payload.block_state_calls {
        let latest = parent.header.number;
        let change = part.block_overrides.as_ref();
        let number = change
            .and_then(|change| change.0.number)
            .unwrap_or_else(|| U256::from(latest) + U256::ONE);
        if number <= U256::from(latest) {
            return Err(RpcError::coded(
                code::BLOCK_NUMBER,
                format!("block numbers must be in order: {number} <= {latest}"),
            ));
        }
        if number > U256::from(last) {
            return Err(RpcError::coded(code::CLIENT_LIMIT, "too many blocks"));
        }
        let mut gap = number.saturating_to::<u64>().saturating_sub(latest + 1);
        while gap > 0 {
            let (block, view) = simulation.block(&parent, Part::default(), false)?;
            views.push(view);
            parent = block;
            gap -= 1;
        }
        let full = payload.return_full_transactions;
        let (block, view) = simulation.block(&parent, part, full)?;
        views.push(view);
        parent = block;
    }
    Ok(Value::Array(views))
}

impl Simulation<'_> {
    /// Simulates the block after `parent`; returns it also as JSON.
    fn block(
        &mut self,
        parent: &Block,
        part: Part,
        full: bool,
    ) -> Result<(Block, Value), RpcError> {
        let mut opening = self.open(parent, part.block_overrides, part.state_overrides)?;
        let mut results = Vec::with_capacity(part.calls.len());
        for Asked(call) in part.calls {
            results.push(self.call(&mut opening, call)?);
        }
        let block = opening.seal();
        let calls: Vec<Value> = results
            .iter()
            .enumerate()
            .map(|(index, result)| outcome(&block, index, result))
            .collect();
        let mut view = block_view::block(&block, full);
        view["calls"] = Value::Array(calls);
        Ok((block, view))
    }

    fn open(
        &self,
        parent: &Block,
        change: Option<BlockChange>,
        state_change: Option<StateOverride>,
    ) -> Result<Opening, RpcError> {
        let mut change = change.unwrap_or_default().0;
        // It is the parent's successor, whatever it was called by.
        change.number = None;
        let before = &parent.header;
        let time = change
            .time
            .unwrap_or_else(|| before.timestamp.saturating_add(INTERVAL));
        if time <= before.timestamp {
            return Err(RpcError::coded(
                code::BLOCK_TIMESTAMP,
                format!(
                    "block timestamps must be in order: {time} <= {}",
                    before.timestamp
                ),
            ));
        }
        let mut header = self.api.read().header_after(parent, time);
        header.beneficiary = change.coinbase.unwrap_or(before.beneficiary);
        header.gas_limit = change.gas_limit.unwrap_or(before.gas_limit);
        if !self.validation {
            // A call without a price could not pay any other.
            header.base_fee_per_gas = Some(0);
        }
        if let Some(fee) = change.base_fee {
            header.base_fee_per_gas = Some(fee.saturating_to());
        }
        let mut opening = Opening::new(&self.config, parent, header);
        let mut at = opening.environment().clone();
        let mut state = opening.state().clone();
        overrides::apply(&mut at, &mut state, state_change)?;
        overrides::block(&mut at, change)?;
        *opening.environment_mut() = at;
        *opening.state_mut() = state;
        Ok(opening)
    }

    /// Runs a call in a block that is being filled.
    fn call(
        &mut self,
        opening: &mut Opening,
        mut request: TransactionRequest,
    ) -> Result<ExecutionResult, RpcError> {
        let sender = *request.from.get_or_insert_default();
        let left = opening.gas_left();
        let gas = request.gas.unwrap_or(left);
        if gas > left {
            return Err(RpcError::coded(
                code::BLOCK_GAS_LIMIT,
                format!("block gas limit reached: {gas} > {left}"),
            ));
        }
        let tx = {
            let at = opening.environment();
            request.gas = Some(gas.min(self.gas));
            request.chain_id = Some(at.chain_id);
            simulation::environment(at, opening.state(), &request)?
        };
        request.nonce = Some(tx.nonce);
        request.to.get_or_insert(TxKind::Create);
        request.value.get_or_insert_default();
        if request.gas_price.is_none() {
            request.max_fee_per_gas.get_or_insert(0);
            request.max_priority_fee_per_gas.get_or_insert(0);
        }
        let pooled = Pooled {
            envelope: send::unsigned(send::typed(request)?, sender),
            sender,
            impersonated: true,
        };
        let purpose = if self.validation {
            Purpose::Impersonated
        } else {
            Purpose::Call
        };
        let inspector = self.transfers.then(Transfers::default);
        let result = opening
            .run(pooled, tx, purpose, inspector)
            .map_err(refusal)?;
        self.gas = self.gas.saturating_sub(result.tx_gas_used());
        Ok(result)
    }
}

/// What a call came to.
fn outcome(block: &Block, index: usize, result: &ExecutionResult) -> Value {
    let mut view = json!({
        "returnData": result.output().cloned().unwrap_or_default(),
        "logs": logs::of_transaction(block, index),
        "gasUsed": alloy_primitives::U64::from(result.tx_gas_used()),
        "status": if result.is_success() { "0x1" } else { "0x0" },
    });
    match result {
        ExecutionResult::Success { .. } => {}
        ExecutionResult::Revert { output, .. } => {
            view["error"] = json!(RpcError::reverted(output));
        }
        ExecutionResult::Halt { reason, .. } => {
            let message = RpcError::halted(reason).message;
            view["error"] = json!(RpcError::coded(code::VM_ERROR, message));
        }
    }
    view
}

/// Why a call may not be part of a block, by the specification's codes.
fn refusal(rejected: Rejected) -> RpcError {
    let code = match &rejected {
        Rejected::Invalid(invalid) => match invalid {
            InvalidTransaction::NonceTooLow { .. } => code::NONCE_TOO_LOW,
            InvalidTransaction::NonceTooHigh { .. } => code::NONCE_TOO_HIGH,
            InvalidTransaction::CallGasCostMoreThanGasLimit { .. }
            | InvalidTransaction::GasFloorMoreThanGasLimit { .. } => code::INTRINSIC_GAS,
            InvalidTransaction::LackOfFundForMaxFee { .. } => code::INSUFFICIENT_FUNDS,
            InvalidTransaction::CallerGasLimitMoreThanBlock => code::BLOCK_GAS_LIMIT,
            InvalidTransaction::RejectCallerWithCode => code::SENDER_WITH_CODE,
            InvalidTransaction::CreateInitCodeSizeLimit => code::INIT_CODE_SIZE,
            InvalidTransaction::GasPriceLessThanBasefee
            | InvalidTransaction::PriorityFeeGreaterThanMaxFee => code::INVALID_PARAMS,
            _ => code::INTERNAL,
        },
        Rejected::Machine(_) => code::INTERNAL,
    };
    RpcError::coded(code, RpcError::from(rejected).message)
}
