//! Arbitrum's precompiled contracts, and the state of ArbOS that they keep.

mod abi;
mod address_set;
mod burner;
mod data_pricer;
mod debug;
mod gas_info;
mod info;
mod owner;
mod owner_public;
pub mod programs;
mod storage;
mod sys;
mod wasm;
mod wasm_cache;

use alloy_primitives::{Address, Bytes, U256, address, map::AddressSet};
use alloy_sol_types::SolCall;
use revm::{
    context::LocalContextTr,
    interpreter::{CallInputs, CallScheme, Gas, InstructionResult, InterpreterResult},
};

use super::machine::Ctx;
pub use address_set::CACHE_MANAGERS;
use burner::{Burner, Fault};
pub use storage::ARBOS;

/// Gas of reading one slot of ArbOS's state.
const STORAGE_READ: u64 = 800;
/// Gas of copying one word in or out.
const COPY_WORD: u64 = 3;

const ARB_SYS: Address = address!("0000000000000000000000000000000000000064");
const ARB_INFO: Address = address!("0000000000000000000000000000000000000065");
const ARB_OWNER_PUBLIC: Address = address!("000000000000000000000000000000000000006b");
const ARB_GAS_INFO: Address = address!("000000000000000000000000000000000000006c");
const ARB_OWNER: Address = address!("0000000000000000000000000000000000000070");
const ARB_WASM: Address = address!("0000000000000000000000000000000000000071");
const ARB_WASM_CACHE: Address = address!("0000000000000000000000000000000000000072");
const ARB_DEBUG: Address = address!("00000000000000000000000000000000000000ff");

/// Where transaction fees and data fees go.
pub const NETWORK_FEE_ACCOUNT: Address = address!("a4b000000000000000000073657175656e636572");

/// The precompiled contracts' addresses; each has the code `0xFE` on chain.
pub const ADDRESSES: [Address; 8] = [
    ARB_SYS,
    ARB_INFO,
    ARB_OWNER_PUBLIC,
    ARB_GAS_INFO,
    ARB_OWNER,
    ARB_WASM,
    ARB_WASM_CACHE,
    ARB_DEBUG,
];

/// The addresses as a set.
pub fn addresses() -> AddressSet {
    ADDRESSES.into_iter().collect()
}

/// A call of a precompiled contract.
struct Request<'a> {
    /// Who calls it.
    caller: Address,
    /// Wei sent along.
    value: U256,
    /// Whether it may change state: not in a static context, nor under somebody else's address.
    writable: bool,
    /// Depth of its frame.
    depth: usize,
    /// Calldata.
    input: &'a [u8],
}

/// Whether the method that is called takes value.
fn payable(request: &Request<'_>) -> bool {
    let payable = [
        abi::ArbWasm::activateProgramCall::SELECTOR,
        abi::ArbWasm::codehashKeepaliveCall::SELECTOR,
        abi::ArbDebug::eventsCall::SELECTOR,
    ];
    payable
        .iter()
        .any(|selector| request.input.starts_with(selector))
}

/// Runs the contract that is called, if it is one of these.
pub fn run(ctx: &mut Ctx, inputs: &CallInputs) -> Option<InterpreterResult> {
    ctx.chain.arbitrum.as_ref()?;
    let contract = match inputs.bytecode_address {
        ARB_SYS => sys::run,
        ARB_INFO => info::run,
        ARB_OWNER_PUBLIC => owner_public::run,
        ARB_GAS_INFO => gas_info::run,
        ARB_OWNER => owner::run,
        ARB_WASM => wasm::run,
        ARB_WASM_CACHE => wasm_cache::run,
        ARB_DEBUG => debug::run,
        _ => return None,
    };
    let input = inputs.input.bytes_local(&ctx.local);
    let own_address = !matches!(
        inputs.scheme,
        CallScheme::DelegateCall | CallScheme::CallCode
    );
    let depth = revm::context::JournalTr::depth(&ctx.journaled_state);
    let request = Request {
        caller: inputs.caller,
        value: inputs.value.get(),
        writable: own_address && !inputs.is_static,
        depth,
        input: &input,
    };
    let mut burner = Burner::new(inputs.gas_limit);
    let accepted = request.value.is_zero() || payable(&request);
    let words = |bytes: usize| (bytes as u64).div_ceil(32);
    let result = burner
        .burn(COPY_WORD * words(input.len().saturating_sub(4)))
        .and_then(|()| burner.burn(STORAGE_READ))
        .and_then(|()| match accepted {
            true => Ok(()),
            false => Err(Fault::Refused("this method takes no value")),
        })
        .and_then(|()| contract(ctx, &mut burner, &request))
        .and_then(|output| {
            burner
                .burn(COPY_WORD * words(output.len()))
                .map(|()| output)
        });
    let (status, output) = match result {
        Ok(output) => {
            if inputs.bytecode_address == ARB_OWNER {
                burner.refund_to(inputs.gas_limit);
            }
            (InstructionResult::Return, output)
        }
        // Copying a typed error out is paid for like any other output.
        Err(Fault::Revert(output)) => match burner.burn(COPY_WORD * words(output.len())) {
            Ok(()) => (InstructionResult::Revert, output),
            Err(_) => {
                burner.burn_out();
                (InstructionResult::Revert, Bytes::new())
            }
        },
        Err(Fault::Reason(output)) => (InstructionResult::Revert, output),
        Err(Fault::BurnedOut(output)) => {
            burner.burn_out();
            (InstructionResult::Revert, output)
        }
        Err(Fault::OutOfGas) => {
            burner.burn_out();
            (InstructionResult::PrecompileOOG, Bytes::new())
        }
        Err(Fault::Refused(reason)) => {
            if depth == 1 {
                ctx.local.set_precompile_error_context(reason.to_owned());
            }
            burner.burn_out();
            (InstructionResult::PrecompileError, Bytes::new())
        }
    };
    let mut gas = Gas::new(inputs.gas_limit);
    gas.set_remaining(burner.left());
    Some(InterpreterResult::new(status, output, gas))
}
