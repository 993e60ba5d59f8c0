//! The gas that a frame takes at most, for calls that are given little of it.
//!
//! Prices are Osaka's (Yellow Paper, appendix G; EIP-2929, 5656, 7883, 7939), with every account and slot taken for cold. So a frame
//! that stays within what it is given does so on the source, whatever was touched before; one that does not may.

use alloy_primitives::{Address, U256};

use crate::{host::Refusal, stack::Items};

const COLD_ACCOUNT: u64 = 2_600;
const COLD_SLOT: u64 = 2_100;
const WORD: u64 = 32;

/// What a frame that is given little gas has of it.
#[derive(Clone, Copy, Debug)]
pub struct Allowance {
    account: Address,
    given: u64,
    /// At least so much is left.
    left: u64,
    /// Bytes of memory that are paid for.
    memory: usize,
}

impl Allowance {
    /// So much gas for a call of an account.
    pub fn new(account: Address, gas: u64) -> Self {
        Self {
            account,
            given: gas,
            left: gas,
            memory: 0,
        }
    }

    /// What is taken from it: all when it halts.
    pub fn used(&self, halted: bool) -> u64 {
        if halted {
            self.given
        } else {
            self.given.saturating_sub(self.left)
        }
    }

    /// What a call from here is given at most: all but a 64th (EIP-150).
    pub fn for_calls(&self) -> u64 {
        self.left.saturating_sub(self.left / 64)
    }

    /// Takes gas.
    pub fn pay(&mut self, gas: u64) -> Result<(), Refusal> {
        self.left = self.left.checked_sub(gas).ok_or(Refusal::GasLimited {
            account: self.account,
            gas: U256::from(self.given),
        })?;
        Ok(())
    }

    /// Pays for the memory that is there by now (Yellow Paper, appendix H.1).
    pub fn pay_memory(&mut self, bytes: usize) -> Result<(), Refusal> {
        let paid = core::mem::replace(&mut self.memory, bytes);
        self.pay(memory(bytes).saturating_sub(memory(paid)))
    }
}

fn memory(bytes: usize) -> u64 {
    let words = (bytes as u64).div_ceil(WORD);
    let square = words.saturating_mul(words) / 512;
    words.saturating_mul(3).saturating_add(square)
}

/// Pays for the memory that the last instruction took, and for the next instruction; a call, for what it is given, pays later.
#[inline(never)]
pub fn charge(
    items: &Items<'_>,
    memory: usize,
    allowance: &mut Allowance,
    instruction: u8,
) -> Result<(), Refusal> {
    allowance.pay_memory(memory)?;
    // A size on the stack, in words.
    let words = |depth, price: u64| {
        let size = items.peek(depth).unwrap_or_default();
        let words = size.saturating_to::<u64>().div_ceil(WORD);
        words.saturating_mul(price)
    };
    let price = match instruction {
        0x0a => {
            let exponent = items.peek(2).unwrap_or_default();
            (exponent.byte_len() as u64)
                .saturating_mul(50)
                .saturating_add(10)
        }
        0x02 | 0x04..=0x07 | 0x0b | 0x1e | 0x47 => 5,
        0x08 | 0x09 => 8,
        // With the destination, which is passed over.
        0x56 => 9,
        0x57 => 11,
        0x20 => words(2, 6).saturating_add(30),
        0x31 | 0x3b | 0x3f | 0xf1 | 0xf2 | 0xf4 | 0xfa => COLD_ACCOUNT,
        0x3c => words(4, 3).saturating_add(COLD_ACCOUNT),
        0x37 | 0x39 | 0x3e | 0x5e => words(3, 3).saturating_add(3),
        0x54 => COLD_SLOT,
        0x5c => 100,
        // What ends the frame, halts or is refused.
        0x00 | 0xa0.. => 0,
        // Whatever takes less takes no more than this.
        _ => 3,
    };
    allowance.pay(price)
}

/// The most gas that one of the precompiled contracts 1 to 9 takes for an input, under every fork from Cancun to Osaka. `None` for
/// others, and for `MODEXP` beyond its 1,024 bytes (EIP-7823).
pub fn precompile(number: u8, input: &[u8]) -> Option<u64> {
    let length = input.len() as u64;
    let by_word = |base: u64, word: u64| {
        let words = length.div_ceil(WORD);
        Some(words.saturating_mul(word).saturating_add(base))
    };
    match number {
        1 => Some(3_000),
        2 => by_word(60, 12),
        3 => by_word(600, 120),
        4 => by_word(15, 3),
        5 => modexp(input),
        6 => Some(150),
        7 => Some(6_000),
        8 => Some((length / 192).saturating_mul(34_000).saturating_add(45_000)),
        // EIP-152: one gas a round.
        9 => input
            .first_chunk()
            .map(|rounds| u64::from(u32::from_be_bytes(*rounds))),
        _ => None,
    }
}

/// EIP-7883, which no earlier fork exceeds, with all bits of the exponent's first word set.
fn modexp(input: &[u8]) -> Option<u64> {
    const LONGEST: u64 = 1_024;
    let field = |index: usize| {
        let mut word = [0; 32];
        let tail = input.get(index.saturating_mul(32)..).unwrap_or_default();
        for (byte, data) in word.iter_mut().zip(tail) {
            *byte = *data;
        }
        u64::try_from(U256::from_be_bytes(word))
            .ok()
            .filter(|length| *length <= LONGEST)
    };
    let (base, exponent, modulus) = (field(0)?, field(1)?, field(2)?);
    let longest = base.max(modulus);
    let words = longest.div_ceil(8);
    let multiplication = if longest <= 32 {
        16
    } else {
        words.saturating_mul(words).saturating_mul(2)
    };
    let iterations = exponent
        .saturating_sub(32)
        .saturating_mul(16)
        .saturating_add(255);
    Some(multiplication.saturating_mul(iterations).max(500))
}
