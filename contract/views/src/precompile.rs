use alloc::vec::Vec;

use alloy_primitives::{Address, U256};
use smartsync_abi::IReader::{LimitExceeded, NotAnswered, PrecompileFailed};
use smartsync_evm::Resolved;
use smartsync_program::{host, revert};

const HIGHEST: u8 = 9;
const MODEXP: u8 = 5;

/// Answers whatever it is asked.
const IDENTITY: Address = Address::with_last_byte(4);

/// Longest number that `MODEXP` takes under every fork (EIP-7823).
const MODEXP_FIELD: u64 = 1_024;

/// Most input that any other precompiled contract is given here; no fork takes less.
const INPUT: usize = 65_536;

/// The most gas that one takes which not every chain has: a pairing of 170 points of BLS12-381, which `INPUT` is (EIP-2537).
const MOST_GAS: u64 = 37_700 + 32_600 * 170;

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

/// Has the target's precompiled contract answer a call that is given so much gas, where that is limited. One that every chain has fails for
/// what its input is, on the source as here; another might take it there under another fork: a typed error.
pub fn call(account: &Address, input: &[u8], limit: Option<u64>) -> Result<Resolved, Vec<u8>> {
    let within = input.len() <= INPUT
        && (number(account) != Some(MODEXP) || (0..3).all(|field| is_short(input, field)));
    if !within {
        return Err(revert(LimitExceeded { limit: INPUT_LIMIT }));
    }
    let most = number(account).and_then(|number| smartsync_evm::precompile_gas(number, input));
    match host::static_call(account, input) {
        Ok(data) => Ok(Resolved::Answer {
            success: true,
            data,
            gas: most,
        }),
        // It was given all gas but a 64th (EIP-150), and took that.
        Err(_) if most.unwrap_or(MOST_GAS) > host::gas_left().saturating_mul(63) => {
            Err(revert(NotAnswered {}))
        }
        Err(_) if most.is_none() => Err(revert(PrecompileFailed { account: *account })),
        // At the depth where no call is made any more, this one fails, too.
        Err(_) if host::static_call(&IDENTITY, &[]).is_err() => Err(revert(NotAnswered {})),
        Err(_) => Ok(Resolved::Answer {
            success: false,
            data: Vec::new(),
            gas: limit,
        }),
    }
}

/// Whether a length at the head of `MODEXP`'s input (EIP-198), behind whose end are zeros, is short enough.
fn is_short(input: &[u8], field: usize) -> bool {
    let mut word = [0; 32];
    let tail = input.get(field.saturating_mul(32)..).unwrap_or_default();
    for (byte, data) in word.iter_mut().zip(tail) {
        *byte = *data;
    }
    U256::from_be_bytes(word) <= U256::from(MODEXP_FIELD)
}
