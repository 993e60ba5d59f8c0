//! The data fee of an activation: a price per predicted byte of machine code that rises with demand.

use alloy_primitives::U256;

use super::storage;
use crate::evm::context::Ctx;

/// Bytes that the price forgets each second: one terabyte (2^40) a year.
const BYTES_PER_SECOND: u64 = (1 << 40) / (365 * 24) / 3_600;
/// Least price in wei per byte.
const MIN_PRICE: u64 = 82_928_201;
/// Bytes of demand that raise the price by a factor e.
const INERTIA: u64 = 21_360_419;
/// One, in basis points.
const ONE: u64 = 10_000;
/// Terms of the exponential's series.
const TERMS: u64 = 12;

/// e^x by Horner's rule, in basis points.
fn exp_bips(x: u64) -> u64 {
    (1..=TERMS).rev().fold(ONE, |sum, term| {
        ONE.saturating_add(sum.saturating_mul(x) / (ONE * term))
    })
}

/// Counts a program's bytes in, and returns its data fee in wei.
pub fn charge(ctx: &mut Ctx, bytes: u32, now: u64) -> U256 {
    let demand_slot = storage::slot("data pricer", b"demand");
    let time_slot = storage::slot("data pricer", b"last update");
    let demand: u64 = storage::read(ctx, demand_slot).saturating_to();
    let last: u64 = storage::read(ctx, time_slot).saturating_to();
    let credit = BYTES_PER_SECOND.saturating_mul(now.saturating_sub(last));
    let demand = demand
        .saturating_sub(credit)
        .saturating_add(u64::from(bytes))
        .min(u64::from(u32::MAX));
    storage::write(ctx, demand_slot, U256::from(demand));
    storage::write(ctx, time_slot, U256::from(now));
    U256::from(fee(demand, bytes))
}

/// The fee in wei for so many bytes at this demand. The price of a byte is a whole number of wei, rounded down, as in Nitro's
/// `arbos/programs/data_pricer.go`.
fn fee(demand: u64, bytes: u32) -> u64 {
    let per_byte = MIN_PRICE.saturating_mul(exp_bips(ONE * demand / INERTIA)) / ONE;
    per_byte.saturating_mul(u64::from(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_series_is_close_to_the_exponential() {
        // e^0 = 1, e^1 = 2.71828, e^0.5 = 1.64872, each rounded down at every step.
        assert_eq!(exp_bips(0), 10_000);
        assert!(exp_bips(10_000).abs_diff(27_182) <= 3);
        assert!(exp_bips(5_000).abs_diff(16_487) <= 3);
    }

    #[test]
    fn the_price_of_a_byte_is_rounded_before_it_is_multiplied() {
        // 513,600 / 21,360,419 is 240 basis points, e to which is 10,242; 82,928,201 * 1.0242 is 84,935,063.46
        assert_eq!(fee(513_600, 513_600), 84_935_063 * 513_600);
        assert_eq!(fee(0, 1), 82_928_201);
    }
}
