//! Activated programs, by code hash.

use alloy_primitives::{B256, U256};

use super::storage;
use crate::{
    evm::context::Ctx,
    wasm::{ProgramInfo, StylusParams},
};

/// What the hours of activations are counted from, in seconds since 1970, as on Arbitrum One.
const EPOCH: u64 = 1_421_388_000;
const HOUR: u64 = 3_600;
/// Seconds of a day.
pub const DAY: u64 = 86_400;

/// An activated program, as it is kept.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Program {
    /// Stylus version it was activated for; 0 if it never was.
    pub version: u16,
    /// Unscaled init cost in gas.
    pub init_cost: u16,
    /// Unscaled cached cost in gas.
    pub cached_cost: u16,
    /// Memory pages it starts with.
    pub footprint: u16,
    /// Hours since the epoch.
    pub activated_at: u32,
    /// Predicted machine code in KiB.
    pub asm_estimate_kb: u32,
    /// Whether a cache manager has put it into the cache.
    pub cached: bool,
}

/// A program that may run.
#[derive(Clone, Copy, Debug)]
pub struct Active {
    /// What running it costs.
    pub info: ProgramInfo,
    /// Whether it is in the cache.
    pub cached: bool,
}

/// Why a program may not run.
#[derive(Clone, Copy, Debug, thiserror::Error)]
pub enum Inactive {
    /// It was never activated.
    #[error("program not activated")]
    NotActivated,
    /// It was activated for another version.
    #[error("program needs upgrade: activated for Stylus version {version}, current {current}")]
    NeedsUpgrade {
        /// The version it was activated for.
        version: u16,
        /// The current one.
        current: u16,
    },
    /// Its activation has expired.
    #[error("program expired: activated {age} seconds ago")]
    Expired {
        /// Seconds since its activation.
        age: u64,
    },
}

impl Program {
    /// Seconds since its activation.
    pub fn age(&self, now: u64) -> u64 {
        now.saturating_sub(EPOCH + u64::from(self.activated_at) * HOUR)
    }

    /// Starts its age anew.
    pub fn renew(&mut self, now: u64) {
        // Until the year 3929.
        self.activated_at = (now.saturating_sub(EPOCH) / HOUR) as u32;
    }

    /// What running it costs.
    pub fn info(&self) -> ProgramInfo {
        ProgramInfo {
            version: self.version,
            init_cost: self.init_cost,
            cached_cost: self.cached_cost,
            footprint: self.footprint,
            asm_estimate: self.asm_estimate_kb.saturating_mul(1024),
            activation_gas: 0,
        }
    }

    fn pack(&self) -> U256 {
        let mut word = [0u8; 32];
        word[0..2].copy_from_slice(&self.version.to_be_bytes());
        word[2..4].copy_from_slice(&self.init_cost.to_be_bytes());
        word[4..6].copy_from_slice(&self.cached_cost.to_be_bytes());
        word[6..8].copy_from_slice(&self.footprint.to_be_bytes());
        word[8..11].copy_from_slice(&self.activated_at.to_be_bytes()[1..]);
        word[11..14].copy_from_slice(&self.asm_estimate_kb.to_be_bytes()[1..]);
        word[14] = u8::from(self.cached);
        U256::from_be_bytes(word)
    }

    fn unpack(word: U256) -> Self {
        let word = word.to_be_bytes::<32>();
        let short = |at: usize| u16::from_be_bytes([word[at], word[at + 1]]);
        let three = |at: usize| u32::from_be_bytes([0, word[at], word[at + 1], word[at + 2]]);
        Self {
            version: short(0),
            init_cost: short(2),
            cached_cost: short(4),
            footprint: short(6),
            activated_at: three(8),
            asm_estimate_kb: three(11),
            cached: word[14] != 0,
        }
    }
}

/// The program with this code hash.
pub fn get(ctx: &mut Ctx, code_hash: B256) -> Program {
    Program::unpack(storage::read(ctx, storage::of_code("program", code_hash)))
}

/// Keeps a program.
pub fn set(ctx: &mut Ctx, code_hash: B256, program: &Program) {
    storage::write(ctx, storage::of_code("program", code_hash), program.pack());
}

/// A program that was activated for the current version and has not expired.
///
/// # Errors
/// [`Inactive`] says why it may not run.
pub fn check(program: Program, now: u64, params: &StylusParams) -> Result<Program, Inactive> {
    if program.version == 0 {
        return Err(Inactive::NotActivated);
    }
    if program.version != params.version {
        return Err(Inactive::NeedsUpgrade {
            version: program.version,
            current: params.version,
        });
    }
    let age = program.age(now);
    if age > u64::from(params.expiry_days) * DAY {
        return Err(Inactive::Expired { age });
    }
    Ok(program)
}

/// The program with this code hash, if it may run.
///
/// # Errors
/// [`Inactive`] says why not.
pub fn active(
    ctx: &mut Ctx,
    code_hash: B256,
    now: u64,
    params: &StylusParams,
) -> Result<Active, Inactive> {
    let program = check(get(ctx, code_hash), now, params)?;
    Ok(Active {
        info: program.info(),
        cached: program.cached,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_packed_program_unpacks_to_itself() {
        let program = Program {
            version: 2,
            init_cost: 0x1234,
            cached_cost: 0x5678,
            footprint: 17,
            activated_at: 0x00ab_cdef,
            asm_estimate_kb: 0x0012_3456,
            cached: true,
        };
        assert_eq!(Program::unpack(program.pack()), program);
        assert_eq!(Program::unpack(U256::ZERO), Program::default());
    }
}
