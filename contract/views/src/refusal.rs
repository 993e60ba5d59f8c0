use alloc::vec::Vec;

use smartsync_abi::IReader::{GasLimited, LimitExceeded, UnsupportedInstruction};
use smartsync_evm::{Limit, Refusal};
use smartsync_program::revert;

/// What the interpreter itself cannot answer, as revert data.
#[cold]
pub fn refusal_revert(refusal: Refusal) -> Vec<u8> {
    match refusal {
        Refusal::Unsupported {
            instruction,
            account,
        } => revert(UnsupportedInstruction {
            instruction,
            account,
        }),
        Refusal::GasLimited { account, gas } => revert(GasLimited { account, gas }),
        Refusal::Limit(limit) => revert(LimitExceeded {
            limit: match limit {
                Limit::Frames => 0,
                Limit::Memory => 1,
            },
        }),
    }
}
