use brotli::enc::BrotliEncoderParams;

/// Units of data that ArbOS counts for a compressed byte: what a non-zero byte of calldata costs on the parent chain (EIP-2028).
pub const UNITS_PER_BYTE: u64 = 16;

/// Length under brotli as ArbOS compresses a transaction to price it: level 1 and a window of 2^22 bytes, which Nitro's
/// `byteCountAfterBrotliLevel` takes at the level that chains are at since ArbOS 20.
pub fn compressed_bytes(transaction: &[u8]) -> u64 {
    let parameters = BrotliEncoderParams {
        quality: 1,
        lgwin: 22,
        size_hint: transaction.len(),
        ..BrotliEncoderParams::default()
    };
    let mut compressed = Vec::new();
    // Reading from memory and writing to memory does not fail; if it did, the length would be that of no compression.
    match brotli::BrotliCompress(&mut &transaction[..], &mut compressed, &parameters) {
        Ok(_) => compressed.len() as u64,
        Err(_) => transaction.len() as u64,
    }
}

/// Units of data of a signed transaction (EIP-2718 bytes), each of which costs the price that ArbOS estimates.
pub fn data_units(transaction: &[u8]) -> u64 {
    UNITS_PER_BYTE * compressed_bytes(transaction)
}

/// The L1 data fee in gwei: units times the price of a unit. ArbOS charges it as gas at the base fee, rounded down to whole gas,
/// which is less than one gas below.
pub fn data_fee(units: u64, data_price: f64) -> f64 {
    units as f64 * data_price
}
