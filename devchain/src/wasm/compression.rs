//! How a program stands on chain: a prefix, a dictionary byte, and brotli-compressed WASM.

use std::io::Read;

use super::activation_error::ActivationError;

/// What the code of a Stylus program starts with; the next byte names the dictionary.
pub const PREFIX: [u8; 3] = [0xef, 0xf0, 0x00];

/// Whether an account's code is a Stylus program.
pub fn is_program(code: &[u8]) -> bool {
    code.starts_with(&PREFIX) && code.len() > PREFIX.len()
}

/// Unpacks a program's code into WASM of at most `max` bytes; stops reading at the limit, so a bomb costs no memory.
///
/// # Errors
/// [`ActivationError::NotWasm`] without the prefix, [`ActivationError::Dictionary`] for a dictionary other than none,
/// [`ActivationError::Compression`] for bytes that do not begin with a whole brotli stream, [`ActivationError::TooLarge`].
pub fn decompress(code: &[u8], max: usize) -> Result<Vec<u8>, ActivationError> {
    let body = code.strip_prefix(&PREFIX).ok_or(ActivationError::NotWasm)?;
    let (dictionary, compressed) = body.split_first().ok_or(ActivationError::NotWasm)?;
    if *dictionary != 0 {
        return Err(ActivationError::Dictionary { got: *dictionary });
    }
    let mut wasm = Vec::new();
    let mut reader = brotli::Decompressor::new(compressed, 4096);
    let limit = u64::try_from(max).unwrap_or(u64::MAX).saturating_add(1);
    reader
        .by_ref()
        .take(limit)
        .read_to_end(&mut wasm)
        .map_err(ActivationError::Compression)?;
    if wasm.len() > max {
        return Err(ActivationError::TooLarge { max });
    }
    Ok(wasm)
}
