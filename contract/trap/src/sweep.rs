use crate::is_pure;

const STOP: u8 = 0x00;
const JUMPDEST: u8 = 0x5b;
const PUSH0: u8 = 0x5f;
const PUSH1: u8 = 0x60;
const PUSH32: u8 = 0x7f;

/// Length in bytes of the map of jump destinations of code of some length.
pub const fn bitmap_length(code_length: usize) -> usize {
    code_length.div_ceil(8)
}

/// Traps code in place, and sets in `jumps` the bit of every jump destination, lowest first. `jumps` is zero before, and
/// `bitmap_length` long: destinations that do not fit are not noted.
pub fn trap(code: &mut [u8], jumps: &mut [u8]) {
    let mut offset = 0usize;
    while let Some(byte) = code.get_mut(offset) {
        match *byte {
            push @ PUSH1..=PUSH32 => {
                offset = offset.wrapping_add(usize::from(push.wrapping_sub(PUSH0)));
            }
            JUMPDEST => {
                if let Some(byte) = jumps.get_mut(offset >> 3) {
                    *byte |= 1 << (offset & 7);
                }
            }
            instruction if is_pure(instruction) => {}
            _ => *byte = STOP,
        }
        offset = offset.wrapping_add(1);
    }
}

/// Whether a map of jump destinations has an offset.
pub fn is_jump_destination(jumps: &[u8], offset: usize) -> bool {
    jumps
        .get(offset >> 3)
        .is_some_and(|byte| byte >> (offset & 7) & 1 == 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use revm::bytecode::{Bytecode, JumpTable};

    extern crate alloc;
    use alloc::{vec, vec::Vec};

    fn trapped(code: &[u8]) -> (Vec<u8>, Vec<u8>) {
        let mut code = code.to_vec();
        let mut jumps = vec![0; bitmap_length(code.len())];
        trap(&mut code, &mut jumps);
        (code, jumps)
    }

    fn table(code: &[u8]) -> JumpTable {
        let code = Bytecode::new_legacy(code.to_vec().into());
        code.legacy_jump_table()
            .expect("legacy code has one")
            .clone()
    }

    #[test]
    fn push_data_is_neither_trapped_nor_a_jump_destination() {
        let (code, jumps) = trapped(&[0x61, 0x31, 0x5b, 0x31, 0x5b]);
        assert_eq!(code, [0x61, 0x31, 0x5b, 0x00, 0x5b]);
        assert_eq!(jumps, [0b10000]);
    }

    #[test]
    fn a_push_whose_data_the_code_ends_in_is_left_alone() {
        let (code, jumps) = trapped(&[0x5b, 0x7f, 0x31, 0x5b]);
        assert_eq!(code, [0x5b, 0x7f, 0x31, 0x5b]);
        assert_eq!(jumps, [0b1]);
    }

    #[test]
    fn every_byte_by_itself_is_kept_or_becomes_stop() {
        for byte in 0..=u8::MAX {
            let (code, _) = trapped(&[byte]);
            assert_eq!(
                code,
                [if is_pure(byte) { byte } else { STOP }],
                "{byte:02x}"
            );
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4_000))]

        #[test]
        fn boundaries_and_jump_destinations_are_those_of_the_original_as_revm_sees_them(
            original in prop::collection::vec(prop_oneof![any::<u8>(), 0x58..0x80u8], 1..400)
        ) {
            // revm takes code that begins with EF for something else (EIP-7702), and the registry refuses it.
            prop_assume!(original[0] != 0xef);
            let (code, jumps) = trapped(&original);
            let (before, after) = (table(&original), table(&code));
            for offset in 0..original.len() {
                let is_destination = is_jump_destination(&jumps, offset);
                prop_assert_eq!(is_destination, before.is_valid(offset), "{}", offset);
                prop_assert_eq!(is_destination, after.is_valid(offset), "{}", offset);
            }
            // Trapping what is trapped changes nothing: all of it is pure.
            prop_assert_eq!(trapped(&code).0, code);
        }
    }
}
