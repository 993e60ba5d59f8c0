//! Words and bytes. What LLVM makes of a byte swap takes twice the instructions on WASM, which has none of its own.

use alloy_primitives::U256;

/// The bytes of a limb in the other order: halves, then quarters, then bytes.
#[inline(always)]
fn swap(limb: u64) -> u64 {
    const QUARTERS: u64 = 0x0000_ffff_0000_ffff;
    const BYTES: u64 = 0x00ff_00ff_00ff_00ff;
    let limb = limb.rotate_left(32);
    let limb = (limb & QUARTERS) << 16 | limb >> 16 & QUARTERS;
    (limb & BYTES) << 8 | limb >> 8 & BYTES
}

/// A big-endian limb.
#[inline(always)]
pub fn limb(bytes: [u8; 8]) -> u64 {
    swap(u64::from_le_bytes(bytes))
}

/// A big-endian word.
#[inline(always)]
pub fn word(bytes: &[u8; 32]) -> U256 {
    let (limbs, _) = bytes.as_chunks::<8>();
    let mut word = [0; 4];
    for (to, from) in word.iter_mut().rev().zip(limbs) {
        *to = limb(*from);
    }
    U256::from_limbs(word)
}

/// The big-endian bytes of a word.
#[inline(always)]
pub fn bytes(word: &U256) -> [u8; 32] {
    let mut bytes = [0; 32];
    let (limbs, _) = bytes.as_chunks_mut::<8>();
    for (to, from) in limbs.iter_mut().zip(word.as_limbs().iter().rev()) {
        *to = swap(*from).to_le_bytes();
    }
    bytes
}
