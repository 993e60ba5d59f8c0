//! Which precompiled contract is called, whether it may be, and what becomes of its gas.

use std::sync::LazyLock;

use alloy_primitives::{Address, Bytes, address, map::AddressSet};
use revm::{
    context::LocalContextTr,
    interpreter::{CallInputs, CallScheme, Gas, InstructionResult, InterpreterResult},
};

use super::{
    address::{ARB_DEBUG, ARB_OWNER, ARB_WASM, ARB_WASM_CACHE, DEVELOPER},
    address_table, aggregator,
    burner::{Burner, Fault},
    contract::{Contract, Purity},
    cost::{COPY_WORD, STORAGE_READ},
    debug, gas_info, info, legacy, owner, owner_public,
    request::Request,
    retryable, sys, wasm, wasm_cache,
};
use crate::evm::context::Ctx;

/// The precompiled contracts by address; each has the code `0xFE` on chain.
const CONTRACTS: [(Address, Contract); 17] = [
    (
        address!("0000000000000000000000000000000000000064"),
        sys::CONTRACT,
    ),
    (
        address!("0000000000000000000000000000000000000065"),
        info::CONTRACT,
    ),
    (
        address!("0000000000000000000000000000000000000066"),
        address_table::CONTRACT,
    ),
    (
        address!("0000000000000000000000000000000000000067"),
        legacy::BLS,
    ),
    (
        address!("0000000000000000000000000000000000000068"),
        legacy::FUNCTION_TABLE,
    ),
    (
        address!("0000000000000000000000000000000000000069"),
        legacy::TEST,
    ),
    (
        address!("000000000000000000000000000000000000006b"),
        owner_public::CONTRACT,
    ),
    (
        address!("000000000000000000000000000000000000006c"),
        gas_info::CONTRACT,
    ),
    (
        address!("000000000000000000000000000000000000006d"),
        aggregator::CONTRACT,
    ),
    (
        address!("000000000000000000000000000000000000006e"),
        retryable::CONTRACT,
    ),
    (
        address!("000000000000000000000000000000000000006f"),
        legacy::STATISTICS,
    ),
    (ARB_OWNER, owner::CONTRACT),
    (ARB_WASM, wasm::CONTRACT),
    (ARB_WASM_CACHE, wasm_cache::CONTRACT),
    (
        address!("0000000000000000000000000000000000000073"),
        legacy::NATIVE_TOKEN_MANAGER,
    ),
    (ARB_DEBUG, debug::CONTRACT),
    (
        address!("00000000000000000000000000000000000a4b05"),
        legacy::ACTS,
    ),
];

/// The addresses of the precompiled contracts.
pub fn addresses() -> &'static AddressSet {
    static ADDRESSES: LazyLock<AddressSet> =
        LazyLock::new(|| CONTRACTS.iter().map(|(address, _)| *address).collect());
    &ADDRESSES
}

/// Whether a precompiled contract of Arbitrum's stands there.
pub fn is_precompile(address: Address) -> bool {
    CONTRACTS.iter().any(|(contract, _)| *contract == address)
}

fn words(bytes: usize) -> u64 {
    (bytes as u64).div_ceil(32)
}

/// Runs the contract that is called, if it is one of these.
pub fn run(ctx: &mut Ctx, inputs: &CallInputs) -> Option<InterpreterResult> {
    ctx.chain.arbitrum.as_ref()?;
    let (_, contract) = CONTRACTS
        .iter()
        .find(|(address, _)| *address == inputs.bytecode_address)?;
    let input = inputs.input.bytes_local(&ctx.local);
    let own_address = !matches!(
        inputs.scheme,
        CallScheme::DelegateCall | CallScheme::CallCode
    );
    let depth = revm::context::JournalTr::depth(&ctx.journaled_state);
    let request = Request {
        caller: inputs.caller,
        value: inputs.value.get(),
        is_static: inputs.is_static,
        depth,
        input: &input,
    };
    let mut burner = Burner::new(inputs.gas_limit);
    let admitted = admit(ctx, contract, inputs.gas_limit, &request);
    // An owner pays nothing for what he does, whether it works or not.
    let is_free = contract.owners_only && admitted.is_ok();
    let result = admitted.and_then(|()| serve(ctx, contract, &mut burner, &request, own_address));
    let (status, output) = match result {
        Ok(output) => (InstructionResult::Return, output),
        // Copying a typed error out is paid for like any other output.
        Err(Fault::Revert(output)) => match burner.burn(COPY_WORD * words(output.len())) {
            Ok(()) => (InstructionResult::Revert, output),
            Err(_) => {
                burner.burn_out();
                (InstructionResult::Revert, Bytes::new())
            }
        },
        Err(Fault::Reason(output)) => (InstructionResult::Revert, output),
        Err(Fault::Failed(reason)) => {
            tracing::debug!(
                contract = contract.name,
                reason,
                "a precompiled contract reverted"
            );
            (InstructionResult::Revert, Bytes::new())
        }
        Err(Fault::BurnedOut(output)) => {
            burner.burn_out();
            (InstructionResult::Revert, output)
        }
        Err(Fault::OutOfGas | Fault::Refused(_)) if is_free => {
            (InstructionResult::Revert, Bytes::new())
        }
        Err(Fault::OutOfGas) => {
            burner.burn_out();
            (InstructionResult::PrecompileOOG, Bytes::new())
        }
        Err(Fault::Refused(reason)) => {
            if depth == 1 {
                ctx.local
                    .set_precompile_error_context(format!("{}: {reason}", contract.name));
            }
            burner.burn_out();
            (InstructionResult::PrecompileError, Bytes::new())
        }
    };
    let mut gas = Gas::new(inputs.gas_limit);
    gas.set_remaining(if is_free {
        inputs.gas_limit
    } else {
        burner.left()
    });
    Some(InterpreterResult::new(status, output, gas))
}

/// Whether the caller may call the contract at all.
///
/// # Errors
/// [`Fault::Refused`] if not.
fn admit(ctx: &mut Ctx, contract: &Contract, gas: u64, request: &Request<'_>) -> Result<(), Fault> {
    let debug = ctx
        .chain
        .arbitrum
        .as_ref()
        .is_some_and(|arbitrum| arbitrum.stylus.debug);
    let may_anyway = request.caller == DEVELOPER && contract.is_for_developer(request.input);
    if contract.debug_only && !debug && !may_anyway {
        return Err(Fault::Refused("debug precompiles are disabled"));
    }
    if contract.owners_only {
        // The ArbOS version and the owner are looked up with the caller's gas, which is not taken.
        Burner::new(gas).burn(2 * STORAGE_READ)?;
        if !owner::may(ctx, request.caller) {
            return Err(Fault::Refused(
                "unauthorized caller to access-controlled method",
            ));
        }
    }
    Ok(())
}

/// Serves a call if its method may be called in this way.
fn serve(
    ctx: &mut Ctx,
    contract: &Contract,
    burner: &mut Burner,
    request: &Request<'_>,
    own_address: bool,
) -> Result<Bytes, Fault> {
    let Some(purity) = contract.purity(request.input, ctx.chain.arbos()) else {
        return Err(Fault::Refused("unknown method"));
    };
    if purity >= Purity::View && !own_address {
        return Err(Fault::Refused("delegate-called"));
    }
    if purity >= Purity::Write && request.is_static {
        return Err(Fault::Refused("write protection"));
    }
    if purity < Purity::Payable && !request.value.is_zero() {
        return Err(Fault::Refused("this method takes no value"));
    }
    // All but pure methods open ArbOS's state, which reads its version.
    if purity != Purity::Pure {
        burner.burn(STORAGE_READ)?;
    }
    burner.burn(COPY_WORD * words(request.input.len().saturating_sub(4)))?;
    let output = (contract.serve)(ctx, burner, request)?;
    burner.burn(COPY_WORD * words(output.len()))?;
    if contract.owners_only && !request.is_static {
        owner::record(ctx, request)?;
    }
    Ok(output)
}
