//! Instructions that no proof says anything about.

use alloy_sol_types::SolCall;
use smartsync_tests::World;

/// Calls of a `World` that come to each of them, with its number.
pub fn unknown_instructions() -> [(Vec<u8>, u8); 10] {
    [
        (World::originCall {}.abi_encode(), 0x32),
        (World::priceCall {}.abi_encode(), 0x3a),
        (World::parentCall {}.abi_encode(), 0x40),
        (World::minerCall {}.abi_encode(), 0x41),
        (World::randomCall {}.abi_encode(), 0x44),
        (World::limitCall {}.abi_encode(), 0x45),
        (World::feesCall {}.abi_encode(), 0x48),
        (World::blobCall {}.abi_encode(), 0x49),
        (World::blobFeesCall {}.abi_encode(), 0x4a),
        // No frame of the source's catches it.
        (World::swallowUnknownCall {}.abi_encode(), 0x41),
    ]
}
