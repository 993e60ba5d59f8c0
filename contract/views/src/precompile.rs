use alloc::vec::Vec;

use alloy_primitives::Address;
use smartsync_abi::IReader::{LimitExceeded, PrecompileFailed};
use smartsync_evm::Resolved;
use smartsync_program::{Arguments, host, revert};

const HIGHEST: u8 = 9;
const MODEXP: u8 = 5;

/// Longest number that `MODEXP` takes under every fork (EIP-7823).
const MODEXP_FIELD: u64 = 1_024;

/// Most input that any other precompiled contract is given here; no fork takes less.
const INPUT: usize = 65_536;

/// `LimitExceeded`: input.
const INPUT_LIMIT: u8 = 2;

/// The number of a precompiled contract that every chain has (1 to 9).
fn number(account: &Address) -> Option<u8> {
    match account.split_last() {
        Some((number @ 1..=HIGHEST, head)) if head.iter().all(|byte| *byte == 0) => Some(*number),
        _ => None,
    }
}

/// Whether every chain has this precompiled contract.
pub fn is_common(account: &Address) -> bool {
    number(account).is_some()
}

/// Has the target's precompiled contract answer. What it refuses, the source's might take under another fork: a typed error.
pub fn call(account: &Address, input: &[u8]) -> Result<Resolved, Vec<u8>> {
    let within = input.len() <= INPUT
        && (number(account) != Some(MODEXP) || (0..3).all(|field| is_short(input, field)));
    if !within {
        return Err(revert(LimitExceeded { limit: INPUT_LIMIT }));
    }
    match host::static_call(account, input) {
        Ok(data) => Ok(Resolved::Answer {
            success: true,
            data,
            gas: number(account).and_then(|number| smartsync_evm::precompile_gas(number, input)),
        }),
        Err(_) => Err(revert(PrecompileFailed { account: *account })),
    }
}

/// Whether a length at the head of `MODEXP`'s input (EIP-198) is short enough. A head that ends early is refused, too.
fn is_short(input: &[u8], field: usize) -> bool {
    Arguments::new(input)
        .uint64(field)
        .is_ok_and(|length| length <= MODEXP_FIELD)
}
