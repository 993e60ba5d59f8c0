//! What instructions compute (Yellow Paper, appendix H.2), each out of line unless it is short.

use alloy_primitives::U256;

use crate::Host;

/// 1 or 0.
#[inline(always)]
pub fn truth(is: bool) -> U256 {
    U256::from_limbs([u64::from(is), 0, 0, 0])
}

/// Whether a word is 0.
#[inline(always)]
pub fn is_zero(word: &U256) -> bool {
    let [a, b, c, d] = word.as_limbs();
    a | b | c | d == 0
}

/// `LT`. Limb by limb, without a branch: each would cost more than it saves.
#[inline(always)]
pub fn less(a: &U256, b: &U256) -> bool {
    let mut less = false;
    for (a, b) in a.as_limbs().iter().zip(b.as_limbs()) {
        less = (a < b) | ((a == b) & less);
    }
    less
}

/// `ADD`, modulo 2^256.
#[inline(always)]
pub fn add(a: U256, b: U256) -> U256 {
    carrying(a, b, u64::overflowing_add)
}

/// `SUB`, modulo 2^256.
#[inline(always)]
pub fn sub(a: U256, b: U256) -> U256 {
    carrying(a, b, u64::overflowing_sub)
}

/// Two words limb by limb, and what is carried from each to the next.
#[inline(always)]
fn carrying(a: U256, b: U256, step: impl Fn(u64, u64) -> (u64, bool)) -> U256 {
    let mut limbs = a.into_limbs();
    let mut carry = false;
    for (a, b) in limbs.iter_mut().zip(b.as_limbs()) {
        let (both, over) = step(*a, *b);
        let (all, over_again) = step(both, u64::from(carry));
        (*a, carry) = (all, over | over_again);
    }
    U256::from_limbs(limbs)
}

/// `MUL`, modulo 2^256.
#[inline(never)]
pub fn mul(a: U256, b: U256) -> U256 {
    match (low(&a), low(&b)) {
        (Some(a), Some(b)) => {
            let product = u128::from(a).wrapping_mul(u128::from(b));
            U256::from_limbs([product as u64, (product >> 64) as u64, 0, 0])
        }
        _ => a.wrapping_mul(b),
    }
}

/// Whether a word is negative in two's complement.
#[inline(always)]
fn is_negative(word: &U256) -> bool {
    word.bit(255)
}

#[inline(always)]
fn absolute(word: U256) -> U256 {
    if is_negative(&word) {
        word.wrapping_neg()
    } else {
        word
    }
}

/// The lowest limb of a word, and the others, one over the other.
#[inline(always)]
pub fn halves(word: &U256) -> (u64, u64) {
    let [low, rest @ ..] = word.as_limbs();
    (*low, rest[0] | rest[1] | rest[2])
}

#[inline(always)]
fn low(word: &U256) -> Option<u64> {
    let (low, high) = halves(word);
    (high == 0).then_some(low)
}

/// A limb of the sign that this one has.
#[inline(always)]
fn sign(limb: u64) -> u64 {
    ((limb as i64) >> 63) as u64
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
    let Some(byte @ 0..31) = low(&byte) else {
        return word;
    };
    // The limb that the byte is in, and what is above it there.
    let unused = 56u32.wrapping_sub((byte as u32 & 7).wrapping_mul(8));
    let extend = |limb: u64| (limb.wrapping_shl(unused) as i64).wrapping_shr(unused) as u64;
    let [a, b, c, d] = *word.as_limbs();
    U256::from_limbs(match byte >> 3 {
        0 => {
            let a = extend(a);
            [a, sign(a), sign(a), sign(a)]
        }
        1 => {
            let b = extend(b);
            [a, b, sign(b), sign(b)]
        }
        2 => {
            let c = extend(c);
            [a, b, c, sign(c)]
        }
        _ => [a, b, c, extend(d)],
    })
}

/// `BYTE` of this number, the highest being 0.
#[inline(always)]
pub fn byte(index: U256, word: U256) -> U256 {
    match low(&index) {
        Some(index @ 0..32) => U256::from(word.byte(31usize.wrapping_sub(index as usize))),
        _ => U256::ZERO,
    }
}

#[inline(always)]
fn shift(word: &U256) -> Option<usize> {
    low(word)
        .filter(|shift| *shift < 256)
        .map(|shift| shift as usize)
}

/// `SHL`.
#[inline(never)]
pub fn shl(by: U256, word: U256) -> U256 {
    let Some(by) = shift(&by) else {
        return U256::ZERO;
    };
    let [a, b, c, d] = *word.as_limbs();
    let bits = by as u32 & 63;
    let join = |high: u64, low: u64| high.wrapping_shl(bits) | (low >> 1).wrapping_shr(bits ^ 63);
    let lowest = a.wrapping_shl(bits);
    U256::from_limbs(match by >> 6 {
        0 => [lowest, join(b, a), join(c, b), join(d, c)],
        1 => [0, lowest, join(b, a), join(c, b)],
        2 => [0, 0, lowest, join(b, a)],
        _ => [0, 0, 0, lowest],
    })
}

/// `SHR`.
#[inline(never)]
pub fn shr(by: U256, word: U256) -> U256 {
    right(&word, by, 0)
}

/// `SAR`.
pub fn sar(by: U256, word: U256) -> U256 {
    let [.., highest] = word.as_limbs();
    right(&word, by, sign(*highest))
}

/// A word moved to the right, and limbs that come in from the left.
#[inline(always)]
fn right(word: &U256, by: U256, fill: u64) -> U256 {
    let Some(by) = shift(&by) else {
        return U256::from_limbs([fill; 4]);
    };
    let [a, b, c, d] = *word.as_limbs();
    let bits = by as u32 & 63;
    let join = |low: u64, high: u64| low.wrapping_shr(bits) | (high << 1).wrapping_shl(bits ^ 63);
    let highest = join(d, fill);
    U256::from_limbs(match by >> 6 {
        0 => [join(a, b), join(b, c), join(c, d), highest],
        1 => [join(b, c), join(c, d), highest, fill],
        2 => [join(c, d), highest, fill, fill],
        _ => [highest, fill, fill, fill],
    })
}

/// `SLT`.
#[inline(always)]
pub fn signed_less(a: &U256, b: &U256) -> bool {
    match (is_negative(a), is_negative(b)) {
        (true, false) => true,
        (false, true) => false,
        _ => less(a, b),
    }
}

/// `CLZ` (EIP-7939).
pub fn leading_zeros(word: &U256) -> U256 {
    U256::from(word.leading_zeros())
}
