//! Stylus programs inside the machine: a frame whose code is a program.

use alloy_primitives::{B256, Bytes, U256, keccak256};
use revm::{
    context::{Block, LocalContextTr, Transaction},
    context_interface::context::ContextError,
    handler::evm::ContextDbError,
    interpreter::{
        FrameInput, InstructionResult, InterpreterAction, InterpreterResult,
        interpreter_types::RuntimeFlag,
    },
};

use super::{
    arbitrum::{
        fragments, params,
        programs::{self, Active},
    },
    context::Ctx,
    frames::Frames,
    program_host::ProgramHost,
};
use crate::{
    arbos::ArbOs,
    wasm::{Env, ModuleCache, Outcome, Root, Status, call_program, is_program, is_root},
};

/// The program that the frame on top runs, if its code is one: its hash and its code.
pub(super) fn of_frame(frames: &mut impl Frames) -> Option<(B256, Bytes)> {
    let chain = &frames.context().chain;
    chain.arbitrum.as_ref()?;
    let in_pieces = chain.arbos() >= ArbOs::V60;
    match &frames.top().input {
        FrameInput::Call(inputs) => {
            let (hash, code) = &inputs.known_bytecode;
            let code = code.original_bytes();
            let runs = is_program(&code) || (in_pieces && is_root(&code));
            runs.then_some((*hash, code))
        }
        FrameInput::Create(_) | FrameInput::Empty => None,
    }
}

/// Runs the program in the frame on top.
///
/// # Errors
/// What is not the program's fault.
pub(super) fn run(
    frames: &mut impl Frames,
    code_hash: B256,
    code: &Bytes,
) -> Result<InterpreterAction, ContextDbError<Ctx>> {
    let frame = frames.top();
    let depth = frame.depth;
    let mut gas = frame.interpreter.gas;
    let is_static = frame.interpreter.runtime_flag.is_static();
    let inputs = frame.interpreter.input.clone();
    let ctx = frames.context_mut();
    let input = inputs.input.bytes_local(&ctx.local);
    let params = params::get(ctx);
    let now: u64 = ctx.block.timestamp.saturating_to();
    let active = match programs::active(ctx, code_hash, now, &params) {
        Ok(active) => active,
        Err(inactive) => {
            if depth == 0 {
                ctx.local.set_precompile_error_context(inactive.to_string());
            }
            gas.spend_all();
            let result =
                InterpreterResult::new(InstructionResult::PrecompileError, Bytes::new(), gas);
            return Ok(InterpreterAction::Return(result));
        }
    };
    let Active { info, cached } = active;
    // Before the entry is paid for: a call that fails for want of gas is remembered as well.
    let cached = (ctx.chain.arbos() >= ArbOs::V60
        && ctx
            .chain
            .recent_programs
            .insert(code_hash, params.block_cache_size))
        || cached;
    let failed = |error: &dyn std::fmt::Display| ContextError::Custom(error.to_string());
    let (module_key, whole) = if is_root(code) {
        // What a root's addresses hold differs from chain to chain, so the pieces are the key.
        let whole = Root::parse(code)
            .and_then(|root| fragments::assemble(ctx, &root))
            .map_err(|error| failed(&error))?;
        (keccak256(&whole), whole)
    } else {
        (code_hash, code.clone())
    };
    let module = ModuleCache::shared()
        .and_then(|modules| modules.get(module_key, &whole, &params))
        .map_err(|error| failed(&error))?;
    let env = Env {
        base_fee: U256::from(ctx.block.basefee),
        coinbase: ctx.block.beneficiary(),
        gas_limit: ctx.block.gas_limit,
        l1_block_number: ctx.block.number.saturating_to(),
        timestamp: now,
        chain_id: ctx.cfg.chain_id,
        contract_address: inputs.target_address,
        msg_sender: inputs.caller_address,
        msg_value: inputs.call_value,
        tx_origin: ctx.tx.caller(),
        gas_price: U256::from(ctx.tx.effective_gas_price(u128::from(ctx.block.basefee))),
        reentrant: ctx.chain.open_spans(inputs.target_address) > 1,
    };
    let mut host = ProgramHost {
        frames,
        env,
        is_static,
        depth,
        refund: 0,
    };
    let Outcome {
        status,
        output,
        gas_left,
    } = call_program(
        &module,
        &info,
        cached,
        &mut host,
        &input,
        gas.remaining(),
        &params,
    );
    let refund = host.refund;
    gas.set_remaining(gas_left);
    gas.record_refund(refund);
    let result = match status {
        Status::Return => InstructionResult::Return,
        Status::Revert => InstructionResult::Revert,
        Status::Trap(reason) => {
            tracing::debug!(program = %inputs.target_address, %reason, "a program trapped");
            InstructionResult::Revert
        }
        Status::OutOfInk => InstructionResult::OutOfGas,
        Status::OutOfStack => InstructionResult::StackOverflow,
        Status::Fatal(reason) => return Err(ContextError::Custom(reason)),
    };
    Ok(InterpreterAction::Return(InterpreterResult::new(
        result,
        output.into(),
        gas,
    )))
}
