//! Slots whose hashes share many nibbles, found by `cargo run -p smartsync-proof --example grind -- 33554432`.

use alloy_primitives::U256;

/// Two slots that share 12 nibbles.
pub const PAIR_12: [u32; 2] = [27_314_463, 28_501_824];
/// Two more that share 12 nibbles.
pub const OTHER_PAIR_12: [u32; 2] = [21_243_830, 19_408_257];
/// Two slots that share 11 nibbles.
pub const PAIR_11: [u32; 2] = [7_083_008, 10_214_695];
/// Three slots that share 9 nibbles.
pub const TRIPLE_9: [u32; 3] = [7_179_091, 1_282_511, 28_227_565];
/// Three more that share 9 nibbles.
pub const OTHER_TRIPLE_9: [u32; 3] = [32_835_874, 26_845_730, 7_206_028];
/// Four slots that share 7 nibbles.
pub const QUADRUPLE_7: [u32; 4] = [3_273_958, 18_701_517, 5_119_248, 27_544_177];

/// All of them.
pub fn all() -> Vec<U256> {
    [
        &PAIR_12[..],
        &OTHER_PAIR_12,
        &PAIR_11,
        &TRIPLE_9,
        &OTHER_TRIPLE_9,
        &QUADRUPLE_7,
    ]
    .concat()
    .into_iter()
    .map(U256::from)
    .collect()
}
