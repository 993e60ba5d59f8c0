//! Any code, trapped: boundaries and jump destinations are those of a second sweep, written down differently; what stays stands where it
//! stood; the rest is `STOP`; a map that is too short is no reason to panic.
#![no_main]

use libfuzzer_sys::fuzz_target;
use smartsync_trap::{bitmap_length, is_jump_destination, is_pure, trap};

/// Offsets of instructions, from the back of a list of those that lie before.
fn boundaries(code: &[u8]) -> Vec<bool> {
    let mut data = vec![false; code.len() + 33];
    for (offset, byte) in code.iter().enumerate() {
        if !data[offset] && (0x60..=0x7f).contains(byte) {
            data[offset + 1..offset + 2 + usize::from(byte - 0x60)].fill(true);
        }
    }
    data.truncate(code.len());
    data.into_iter().map(|data| !data).collect()
}

fuzz_target!(|original: &[u8]| {
    let mut code = original.to_vec();
    let mut jumps = vec![0; bitmap_length(code.len())];
    trap(&mut code, &mut jumps);
    let starts = boundaries(original);
    assert_eq!(starts, boundaries(&code), "boundaries move");
    for (offset, start) in starts.iter().enumerate() {
        let (was, is) = (original[offset], code[offset]);
        let expected = if *start && !is_pure(was) { 0 } else { was };
        assert_eq!(is, expected, "at {offset}");
        assert_eq!(
            is_jump_destination(&jumps, offset),
            *start && was == 0x5b,
            "at {offset}"
        );
    }
    assert!(!is_jump_destination(&jumps, bitmap_length(code.len()) * 8));
    let mut again = code.clone();
    let half = bitmap_length(code.len()) / 2;
    let mut short = vec![0; half];
    trap(&mut again, &mut short);
    assert_eq!(again, code, "trapped twice");
    assert_eq!(short, jumps[..half], "a map that is too short");
});
