/// Instructions that stay, as inclusive ranges, in order. Everything else is trapped, unassigned bytes included.
///
/// | stay | why |
/// | --- | --- |
/// | `00` | the trap itself |
/// | `01-0b` `10-1d` `20` | pure: arithmetic, comparison, bits, Keccak-256 |
/// | `33-37` | the true caller; value, which is 0, since value is balance and balance is the lock; calldata |
/// | `38` | the length of the code is the same |
/// | `3d` `3e` | the buffer of return data begins empty, and nothing is called |
/// | `50-54` `56-59` `5b` | stack, memory, own storage, jumps to the same offsets |
/// | `5c` | always 0: nothing that runs in a mirror writes transient storage (EIP-1153) |
/// | `5e` `5f` | `MCOPY` (EIP-5656), `PUSH0` (EIP-3855): from Cancun on, as the source is |
/// | `60-9f` | pushes, copies and swaps |
/// | `f3` `fd` | answers |
///
/// Not among them: `ADDRESS`, `BALANCE` and `SELFBALANCE`, `CODECOPY` (the bytes differ), everything about other accounts and the
/// block, `GAS`, `CLZ` (which the source may not know yet), writes, calls, and `INVALID`, which consumes the gas that the exact
/// lane needs.
const PURE: [(u8, u8); 13] = [
    (0x00, 0x0b),
    (0x10, 0x1d),
    (0x20, 0x20),
    (0x33, 0x38),
    (0x3d, 0x3e),
    (0x50, 0x54),
    (0x56, 0x59),
    (0x5b, 0x5c),
    (0x5e, 0x5f),
    (0x60, 0x7f),
    (0x80, 0x9f),
    (0xf3, 0xf3),
    (0xfd, 0xfd),
];

/// The same, one bit an instruction, lowest first: programs carry no data for it.
const MASK: [u64; 4] = mask();

const fn mask() -> [u64; 4] {
    let mut mask = [0; 4];
    let mut words = mask.as_mut_slice();
    let mut first = 0u16;
    while let [word, rest @ ..] = words {
        let mut bit = 0;
        while bit < 64 {
            if listed(first.wrapping_add(bit)) {
                *word |= 1 << bit;
            }
            bit = bit.wrapping_add(1);
        }
        first = first.wrapping_add(64);
        words = rest;
    }
    mask
}

const fn listed(instruction: u16) -> bool {
    let mut rows = PURE.as_slice();
    while let [(first, last), rest @ ..] = rows {
        if *first as u16 <= instruction && instruction <= *last as u16 {
            return true;
        }
        rows = rest;
    }
    false
}

/// Whether an instruction stays in trapped code.
pub const fn is_pure(instruction: u8) -> bool {
    let [low, lower, upper, high] = MASK;
    let word = match instruction >> 6 {
        0 => low,
        1 => lower,
        2 => upper,
        _ => high,
    };
    word >> (instruction & 63) & 1 == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every instruction of Osaka and every unassigned byte by name of the reason, written down a second time: one line of 16 for
    /// each high nibble, `+` stays, `.` is trapped.
    const SIDES: [&str; 16] = [
        "++++++++++++....", // 0: STOP ADD MUL SUB DIV SDIV MOD SMOD ADDMOD MULMOD EXP SIGNEXTEND
        "++++++++++++++..", // 1: LT GT SLT SGT EQ ISZERO AND OR XOR NOT BYTE SHL SHR SAR, not CLZ
        "+...............", // 2: KECCAK256
        "...++++++....++.", // 3: CALLER CALLVALUE CALLDATALOAD CALLDATASIZE CALLDATACOPY CODESIZE RETURNDATASIZE RETURNDATACOPY
        "................", // 4: the block, SELFBALANCE, blobs
        "+++++.++++.++.++", // 5: not SSTORE, GAS, TSTORE
        "++++++++++++++++", // 6: PUSH1 to PUSH16
        "++++++++++++++++", // 7: PUSH17 to PUSH32
        "++++++++++++++++", // 8: DUP
        "++++++++++++++++", // 9: SWAP
        "................", // a: LOG
        "................", // b
        "................", // c
        "................", // d
        "................", // e
        "...+.........+..", // f: RETURN REVERT
    ];

    #[test]
    fn each_of_the_256_instructions_is_on_its_side() {
        for (high, row) in SIDES.iter().enumerate() {
            assert_eq!(row.len(), 16, "{high:x}");
            for (low, side) in row.bytes().enumerate() {
                let instruction = (high * 16 + low) as u8;
                assert_eq!(is_pure(instruction), side == b'+', "{instruction:02x}");
            }
        }
    }

    #[test]
    fn instructions_114_stay_and_142_are_trapped() {
        let pure = (0..=u8::MAX).filter(|byte| is_pure(*byte)).count();
        assert_eq!((pure, 256 - pure), (114, 142));
    }
}
