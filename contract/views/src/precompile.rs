use alloc::vec::Vec;

use alloy_primitives::Address;
use smartsync_abi::IReader::{LimitExceeded, NotAnswered, PrecompileFailed};
use smartsync_evm::Resolved;
use smartsync_program::{host, revert};

const HIGHEST: u8 = 9;
const MODEXP: u8 = 5;

/// Answers whatever it is asked.
const IDENTITY: Address = Address::with_last_byte(4);

/// Most input that any precompiled contract is given here; no fork takes less.
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
    let number = number(account);
    let most = number.and_then(|number| smartsync_evm::precompile_gas(number, input));
    // Of `MODEXP` that is known as long as every fork takes its numbers (EIP-7823).
    if input.len() > INPUT || (number == Some(MODEXP) && most.is_none()) {
        return Err(revert(LimitExceeded { limit: INPUT_LIMIT }));
    }
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
