//! Traces: transactions run again on the state that they found.

use std::collections::BTreeMap;

use alloy_eips::{BlockId, BlockNumberOrTag, eip2718::Encodable2718};
use alloy_primitives::{B256, Bytes, U256};
use alloy_rpc_types_trace::geth::{
    GethDebugBuiltInTracerType, GethDebugTracerType, GethDebugTracingCallOptions,
    GethDebugTracingOptions, GethTrace,
};
use revm::{
    context::TxEnv, context_interface::result::ExecResultAndState, inspector::NoOpInspector,
};
use revm_inspectors::tracing::{DebugInspector, TransactionContext};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    api::Api,
    asked::Asked,
    error::RpcError,
    overrides::{self, BlockChange},
    params::Params,
    simulation,
    trace_limit::{self, Bounded},
    trace_options::{self, TraceOptions},
};
use crate::{
    chain::Block,
    evm::{Environment, Purpose, execute, execute_recording},
    state::{Hashes, Reader, State},
};

/// Characters of an unknown tracer that its error repeats.
const NAME_SHOWN: usize = 40;

/// What transaction `index` of a block found: the block so far, and the state; the state after the block if there are no more
/// transactions.
///
/// # Errors
/// Internal, if a mined transaction does not run again.
pub fn before(block: &Block, index: usize) -> Result<(Environment, State), RpcError> {
    let mut environment = block.environment.clone();
    if index >= block.transactions.len() {
        return Ok((environment, block.state.clone()));
    }
    let mut state = block.opening.clone();
    for (earlier, mined) in block.transactions[..index].iter().enumerate() {
        let tx = mined.transaction.environment();
        let purpose = purpose(block, earlier);
        let executed = execute::<NoOpInspector>(&environment, &state, tx, purpose, None)?.0;
        environment.recent_programs = executed.recent_programs;
        state.commit(&executed.changes);
    }
    Ok((environment, state))
}

/// Why a transaction of a block was executed.
pub fn purpose(block: &Block, index: usize) -> Purpose {
    match block.transactions.get(index) {
        Some(mined) if mined.transaction.impersonated => Purpose::Impersonated,
        _ => Purpose::Transaction,
    }
}

/// Whether the tracer is Nitro's for host functions: by its name, or the script that `cargo stylus trace` sends
/// unless it is told to use the native one.
fn traces_hostios(options: &GethDebugTracingOptions) -> bool {
    match &options.tracer {
        Some(GethDebugTracerType::JsTracer(code)) => {
            code == "stylusTracer" || code.contains("\"hostio\"")
        }
        _ => false,
    }
}

/// Whether the tracer, or one that muxTracer is to run, tells what code does by its opcodes.
fn asks_for_opcodes(options: &GethDebugTracingOptions) -> bool {
    use GethDebugBuiltInTracerType::{Erc7562Tracer, MuxTracer};
    match &options.tracer {
        Some(GethDebugTracerType::BuiltInTracer(Erc7562Tracer)) => true,
        Some(GethDebugTracerType::BuiltInTracer(MuxTracer)) => {
            options.tracer_config.0.get("erc7562Tracer").is_some()
        }
        _ => false,
    }
}

fn trace(
    environment: &mut Environment,
    state: &State,
    tx: TxEnv,
    purpose: Purpose,
    options: &GethDebugTracingOptions,
    context: TransactionContext,
    room: &mut usize,
) -> Result<(GethTrace, State), RpcError> {
    if traces_hostios(options) {
        let (executed, steps, left) = execute_recording(environment, state, tx, purpose, *room)?;
        environment.recent_programs = executed.recent_programs;
        *room = left.ok_or_else(trace_limit::exceeded)?;
        let mut after = state.clone();
        after.commit(&executed.changes);
        return Ok((GethTrace::JS(json!(steps)), after));
    }
    if let Some(GethDebugTracerType::JsTracer(code)) = &options.tracer {
        let name: String = code.chars().take(NAME_SHOWN).collect();
        return Err(RpcError::invalid_params(format!(
            "no tracer \"{name}\": this node runs no JavaScript; it has prestateTracer, callTracer, stylusTracer, \
             4byteTracer, flatCallTracer, muxTracer and struct logs"
        )));
    }
    if environment.arbitrum.is_some() && asks_for_opcodes(options) {
        return Err(RpcError::invalid_params(
            "erc7562Tracer knows opcodes only, and nothing of what Stylus programs do: use stylusTracer",
        ));
    }
    let inspector = DebugInspector::new(options.clone())
        .map_err(|error| RpcError::invalid_params(error.to_string()))?;
    let inspector = Bounded::new(inspector, options, *room);
    let (executed, inspector) = execute(environment, state, tx.clone(), purpose, Some(inspector))?;
    let Bounded {
        inner: mut inspector,
        left,
        ..
    } = inspector.ok_or_else(|| RpcError::internal("the tracer is gone"))?;
    *room = left.ok_or_else(trace_limit::exceeded)?;
    environment.recent_programs = executed.recent_programs;
    let mut after = state.clone();
    after.commit(&executed.changes);
    let result = ExecResultAndState::new(executed.result, executed.changes);
    let mut before = Reader {
        state: state.clone(),
        hashes: Hashes::Parent,
        named: BTreeMap::new(),
    };
    // Traces name this chain's block, not the parent chain's that the opcode gives.
    let mut seen = environment.block.clone();
    if let Some(arbitrum) = &environment.arbitrum {
        seen.number = U256::from(arbitrum.number);
    }
    let trace = inspector
        .get_result(Some(context), &tx, &seen, &result, &mut before)
        .map_err(|error| RpcError::server(error.to_string()))?;
    Ok((trace, after))
}

fn trace_mined(
    block: &Block,
    index: usize,
    environment: &mut Environment,
    state: &State,
    options: &GethDebugTracingOptions,
    room: &mut usize,
) -> Result<(GethTrace, State), RpcError> {
    let mined = block
        .transactions
        .get(index)
        .ok_or_else(|| RpcError::not_found("transaction"))?;
    let context = TransactionContext {
        block_hash: Some(block.hash),
        tx_hash: Some(mined.hash),
        tx_index: Some(index),
    };
    let tx = mined.transaction.environment();
    trace(
        environment,
        state,
        tx,
        purpose(block, index),
        options,
        context,
        room,
    )
}

/// `debug_traceTransaction`.
pub fn trace_transaction(api: &Api, params: &mut Params) -> Result<Value, RpcError> {
    let hash: B256 = params.next()?;
    let TraceOptions(options) = params.next_or_none()?.unwrap_or_default();
    let found = api
        .read()
        .transaction(hash)
        .map(|(block, index, _)| (block.clone(), index));
    let (block, index) = found.ok_or_else(|| RpcError::server("transaction not found"))?;
    let (mut environment, state) = before(&block, index)?;
    let mut room = trace_limit::WORDS;
    let (trace, _) = trace_mined(&block, index, &mut environment, &state, &options, &mut room)?;
    Ok(json!(trace))
}

/// `debug_traceBlockByNumber` and `debug_traceBlockByHash`.
pub fn trace_block(api: &Api, id: BlockId, params: &mut Params) -> Result<Value, RpcError> {
    let TraceOptions(options) = params.next_or_none()?.unwrap_or_default();
    let block = api.block(Some(id))?;
    let mut environment = block.environment.clone();
    let mut state = block.opening.clone();
    let mut traces = Vec::with_capacity(block.transactions.len());
    let mut room = trace_limit::WORDS;
    for (index, mined) in block.transactions.iter().enumerate() {
        let (trace, after) =
            trace_mined(&block, index, &mut environment, &state, &options, &mut room)?;
        traces.push(json!({ "txHash": mined.hash, "result": trace }));
        state = after;
    }
    Ok(Value::Array(traces))
}

/// Options of `debug_traceCall`, with the fields of the block that it overrides.
#[derive(Default, Deserialize)]
#[serde(try_from = "Value")]
struct CallOptions {
    options: GethDebugTracingCallOptions,
    change: BlockChange,
}

impl TryFrom<Value> for CallOptions {
    type Error = serde_json::Error;

    fn try_from(value: Value) -> Result<Self, serde_json::Error> {
        let change = match value.get("blockOverrides") {
            None | Some(Value::Null) => BlockChange::default(),
            Some(change) => serde_json::from_value(change.clone())?,
        };
        trace_options::known(&value, &["stateOverrides", "blockOverrides"])?;
        let options = serde_json::from_value(value)?;
        Ok(Self { options, change })
    }
}

/// `debug_traceCall`.
pub fn trace_call(api: &Api, params: &mut Params) -> Result<Value, RpcError> {
    let Asked(request) = params.next()?;
    let (mut at, mut state) = api.view(params.next_or_none()?)?;
    let CallOptions { options, change } = params.next_or_none()?.unwrap_or_default();
    overrides::apply(&mut at, &mut state, options.state_overrides)?;
    overrides::block(&mut at, change.0)?;
    let options = options.tracing_options;
    let tx = simulation::environment(&at, &state, &request)?;
    let mut room = trace_limit::WORDS;
    Ok(json!(
        trace(
            &mut at,
            &state,
            tx,
            Purpose::Call,
            &options,
            TransactionContext::default(),
            &mut room,
        )?
        .0
    ))
}

/// `debug_getRawHeader`.
pub fn raw_header(api: &Api, params: &mut Params) -> Result<Value, RpcError> {
    let block = api.block(Some(params.next::<BlockId>()?))?;
    Ok(json!(Bytes::from(alloy_rlp::encode(&block.header))))
}

/// `debug_getRawBlock`.
pub fn raw_block(api: &Api, params: &mut Params) -> Result<Value, RpcError> {
    let block = api.block(Some(params.next::<BlockId>()?))?;
    let whole = alloy_consensus::Block {
        header: block.header.clone(),
        body: alloy_consensus::BlockBody {
            transactions: block
                .transactions
                .iter()
                .map(|mined| mined.transaction.envelope.clone())
                .collect(),
            ommers: Vec::new(),
            withdrawals: block
                .header
                .withdrawals_root
                .map(|_none| Default::default()),
        },
    };
    Ok(json!(Bytes::from(alloy_rlp::encode(whole))))
}

/// `debug_getRawReceipts`.
pub fn raw_receipts(api: &Api, params: &mut Params) -> Result<Value, RpcError> {
    let block = api.block(Some(params.next::<BlockId>()?))?;
    let receipts: Vec<Bytes> = block
        .transactions
        .iter()
        .map(|mined| mined.receipt.encoded_2718().into())
        .collect();
    Ok(json!(receipts))
}

/// `debug_getRawTransaction` and `eth_getRawTransactionByHash`.
pub fn raw_transaction(api: &Api, params: &mut Params) -> Result<Value, RpcError> {
    let hash: B256 = params.next()?;
    let ledger = api.read();
    let found = match ledger.transaction(hash) {
        Some((_, _, mined)) => Some(&mined.transaction),
        None => ledger.pool().find(hash),
    };
    Ok(json!(found.map(|transaction| {
        Bytes::from(transaction.envelope.encoded_2718())
    })))
}

/// A block by number or tag, as the by-number methods take it.
pub fn by_number(params: &mut Params) -> Result<BlockId, RpcError> {
    Ok(BlockId::from(params.next::<BlockNumberOrTag>()?))
}

/// A block by hash.
pub fn by_hash(params: &mut Params) -> Result<BlockId, RpcError> {
    Ok(BlockId::from(params.next::<B256>()?))
}
