use std::io::Write as _;

use brotli::{CompressorWriter, enc::BrotliEncoderParams};

/// Bytes that the encoder hands over at once.
const BUFFER: usize = 4_096;

/// Units of data that ArbOS counts for a compressed byte: what a non-zero byte of calldata costs on the parent chain (EIP-2028).
pub const UNITS_PER_BYTE: u64 = 16;

/// Length under brotli as ArbOS compresses a transaction to price it (`byteCountAfterBrotliLevel` of Nitro): at level 1, which
/// ArbOS 20 sets and a chain's owner may change, with a window of 2^22 bytes.
pub fn compressed_bytes(transaction: &[u8]) -> u64 {
    let parameters = BrotliEncoderParams {
        quality: 1,
        lgwin: 22,
        size_hint: transaction.len(),
        ..BrotliEncoderParams::default()
    };
    // All of it in one call, as Nitro does: the encoder ends a block where a call ends.
    let mut writer = CompressorWriter::with_params(Vec::new(), BUFFER, &parameters);
    // Writing to memory does not fail; if it did, the length would be that of no compression.
    match writer.write_all(transaction) {
        Ok(()) => writer.into_inner().len() as u64,
        Err(_) => transaction.len() as u64,
    }
}

/// Units of data of a signed transaction (EIP-2718 bytes), each of which costs the price that ArbOS estimates.
pub fn data_units(transaction: &[u8]) -> u64 {
    UNITS_PER_BYTE * compressed_bytes(transaction)
}

/// Gas that ArbOS adds to a transaction for its data: units times the price of a unit, divided by the base fee and rounded down,
/// both in wei. Charged at the base fee, that is the L1 data fee.
pub fn data_gas(units: u64, price_of_unit: u128, base_fee: u128) -> u128 {
    (u128::from(units) * price_of_unit)
        .checked_div(base_fee)
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bytes of a linear congruential generator.
    fn noise(length: usize) -> Vec<u8> {
        let mut state = 1u64;
        let mut next = || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 56) as u8
        };
        (0..length).map(|_| next()).collect()
    }

    /// Words as calldata has them: a padded number and a hash, in turn.
    fn words(count: usize) -> Vec<u8> {
        noise(32 * count)
            .chunks(32)
            .flat_map(|word| [&[0; 28], &word[..4], word].concat())
            .collect()
    }

    #[test]
    fn the_length_is_that_of_the_c_library_which_nitro_links() {
        // Lengths by Python's `brotli` 1.2, which is the C library: quality=1, lgwin=22.
        let repeated = [b"smartsync".as_slice(); 334].concat();
        for (data, expected) in [
            (repeated[..3_000].to_vec(), 39),
            (noise(100), 104),
            (noise(30_000), 30_004),
            (words(10), 471),
            (words(1_000), 38_252),
        ] {
            let got = compressed_bytes(&data);
            assert!(
                got == expected,
                "{got}, not {expected} bytes of {}",
                data.len()
            );
        }
    }

    #[test]
    fn the_data_of_a_transaction_costs_its_compressed_bytes_times_sixteen_times_the_price() {
        // By hand, from Nitro's getPosterUnitsWithoutCache and its GasChargingHook: 100 bytes of noise are 104 under brotli, so
        // units = 16 x 104 = 1,664,
        // cost = 1,664 x 250,000,000 wei = 416,000,000,000 wei,
        // gas = 416,000,000,000 wei / 20,000,000 wei = 20,800.
        let transaction = noise(100);
        assert_eq!(compressed_bytes(&transaction), 104);
        assert_eq!(data_units(&transaction), 1_664);
        assert_eq!(data_gas(1_664, 250_000_000, 20_000_000), 20_800);
        // Rounded down: 39 wei are one gas of 20 wei and 19 wei that nobody pays.
        assert_eq!(data_gas(1, 39, 20), 1);
    }
}
