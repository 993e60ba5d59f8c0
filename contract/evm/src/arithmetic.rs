//! What instructions compute (Yellow Paper, appendix H.2), each out of line unless it is short.

use alloy_primitives::U256;

use crate::Host;

/// Whether a word is negative in two's complement.
fn is_negative(word: &U256) -> bool {
    word.bit(255)
}

fn absolute(word: U256) -> U256 {
    if is_negative(&word) {
        word.wrapping_neg()
    } else {
        word
    }
}

fn low(word: &U256) -> Option<u64> {
    let [low, rest @ ..] = word.as_limbs();
    (rest[0] | rest[1] | rest[2] == 0).then_some(*low)
}

/// `DIV`: 0 for a divisor of 0.
#[inline(never)]
pub fn div<H: Host>(host: &mut H, a: U256, b: U256) -> U256 {
    match (low(&a), low(&b)) {
        (Some(a), Some(b)) => U256::from(a.checked_div(b).unwrap_or_default()),
        _ => host.div(a, b),
    }
}

/// `MOD`: 0 for a divisor of 0.
#[inline(never)]
pub fn rem<H: Host>(host: &mut H, a: U256, b: U256) -> U256 {
    match (low(&a), low(&b)) {
        (Some(a), Some(b)) => U256::from(a.checked_rem(b).unwrap_or_default()),
        _ => host.rem(a, b),
    }
}

/// `SDIV`: rounds to zero; -2^255 by -1 is -2^255.
pub fn sdiv<H: Host>(host: &mut H, a: U256, b: U256) -> U256 {
    let quotient = div(host, absolute(a), absolute(b));
    if is_negative(&a) != is_negative(&b) {
        quotient.wrapping_neg()
    } else {
        quotient
    }
}

/// `SMOD`: the sign is the dividend's.
pub fn smod<H: Host>(host: &mut H, a: U256, b: U256) -> U256 {
    let remainder = rem(host, absolute(a), absolute(b));
    if is_negative(&a) {
        remainder.wrapping_neg()
    } else {
        remainder
    }
}

/// `SIGNEXTEND` from the byte of this number, the lowest being 0.
pub fn sign_extend(byte: U256, word: U256) -> U256 {
    match low(&byte) {
        Some(byte @ 0..31) => {
            let bits = (byte as usize).wrapping_mul(8).wrapping_add(8);
            let mask = U256::MAX.wrapping_shl(bits);
            if word.bit(bits.wrapping_sub(1)) {
                word | mask
            } else {
                word & !mask
            }
        }
        _ => word,
    }
}

/// `BYTE` of this number, the highest being 0.
pub fn byte(index: U256, word: U256) -> U256 {
    match low(&index) {
        Some(index @ 0..32) => U256::from(word.byte(31usize.wrapping_sub(index as usize))),
        _ => U256::ZERO,
    }
}

fn shift(word: &U256) -> Option<usize> {
    low(word)
        .filter(|shift| *shift < 256)
        .map(|shift| shift as usize)
}

/// `SHL`.
#[inline(never)]
pub fn shl(by: U256, word: U256) -> U256 {
    shift(&by).map_or(U256::ZERO, |by| word.wrapping_shl(by))
}

/// `SHR`.
#[inline(never)]
pub fn shr(by: U256, word: U256) -> U256 {
    shift(&by).map_or(U256::ZERO, |by| word.wrapping_shr(by))
}

/// `SAR`.
pub fn sar(by: U256, word: U256) -> U256 {
    let negative = is_negative(&word);
    match shift(&by) {
        Some(by) if negative => !(!word).wrapping_shr(by),
        Some(by) => word.wrapping_shr(by),
        None if negative => U256::MAX,
        None => U256::ZERO,
    }
}

/// `SLT`.
pub fn signed_less(a: &U256, b: &U256) -> bool {
    match (is_negative(a), is_negative(b)) {
        (true, false) => true,
        (false, true) => false,
        _ => a < b,
    }
}

/// `CLZ` (EIP-7939).
pub fn leading_zeros(word: &U256) -> U256 {
    U256::from(word.leading_zeros())
}
