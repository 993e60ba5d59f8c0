use std::collections::BTreeSet;

use crate::error::Unmirrorable;

const JUMPDEST: u8 = 0x5b;
const PUSH0: u8 = 0x5f;
const PUSH1: u8 = 0x60;
const PUSH32: u8 = 0x7f;
const CALLCODE: u8 = 0xf2;
const DELEGATECALL: u8 = 0xf4;

/// What marks the code of an EIP-7702 account, before the 20 bytes of the delegate's address.
const DELEGATION: [u8; 3] = [0xef, 0x01, 0x00];

/// Whether code can be mirrored: there is some, it is no EIP-7702 delegation, and no `DELEGATECALL` or `CALLCODE` can
/// be reached.
///
/// Reachable is what stands between the start, or any `JUMPDEST`, and the next instruction that ends a run. Bytes that
/// are never executed (constants, solc's metadata) may look like a `JUMPDEST`; the EVM would jump there all the same,
/// so they count, except in the metadata when no instruction pushes their offset.
pub fn check(code: &[u8], allow_unproven_code: bool) -> Result<(), Unmirrorable> {
    if code.is_empty() {
        return Err(Unmirrorable::NoCode);
    }
    if code.len() == 23 && code.starts_with(&DELEGATION) {
        return Err(Unmirrorable::Delegated);
    }
    match reachable_foreign_code(code) {
        Some((offset, opcode)) if !allow_unproven_code => {
            Err(Unmirrorable::UnprovenCode { opcode, offset })
        }
        _ => Ok(()),
    }
}

/// The first reachable `DELEGATECALL` or `CALLCODE`.
fn reachable_foreign_code(code: &[u8]) -> Option<(usize, &'static str)> {
    let metadata = metadata_start(code);
    let pushed = pushed_offsets(code);
    let mut reachable = true;
    for (offset, opcode, _) in instructions(code) {
        if opcode == JUMPDEST && (offset < metadata || pushed.contains(&offset)) {
            reachable = true;
        }
        if !reachable {
            continue;
        }
        match opcode {
            DELEGATECALL => return Some((offset, "DELEGATECALL")),
            CALLCODE => return Some((offset, "CALLCODE")),
            _ => reachable = !ends_run(opcode),
        }
    }
    None
}

/// Offset, opcode and pushed bytes of every instruction, from offset 0 as the EVM reads code.
fn instructions(code: &[u8]) -> impl Iterator<Item = (usize, u8, &[u8])> {
    let mut offset = 0;
    std::iter::from_fn(move || {
        let at = offset;
        let opcode = *code.get(at)?;
        let length = if (PUSH1..=PUSH32).contains(&opcode) {
            usize::from(opcode - PUSH0)
        } else {
            0
        };
        let end = (at + 1 + length).min(code.len());
        offset = at + 1 + length;
        Some((at, opcode, code.get(at + 1..end).unwrap_or_default()))
    })
}

/// Whether execution does not go on behind an instruction: `STOP`, `JUMP`, `RETURN`, `REVERT`, `INVALID`,
/// `SELFDESTRUCT`, and whatever no fork defines.
fn ends_run(opcode: u8) -> bool {
    match opcode {
        0x00 | 0x56 | 0xf3 | 0xfd | 0xfe | 0xff => true,
        0x01..=0x0b
        | 0x10..=0x1e
        | 0x20
        | 0x30..=0x4b
        | 0x50..=0xa4
        | 0xf0..=0xf2
        | 0xf4
        | 0xf5
        | 0xfa => false,
        _ => true,
    }
}

/// Numbers that instructions push and that could be offsets.
fn pushed_offsets(code: &[u8]) -> BTreeSet<usize> {
    instructions(code)
        .filter(|(_, opcode, _)| (PUSH1..=PUSH1 + 2).contains(opcode))
        .map(|(_, _, pushed)| {
            pushed
                .iter()
                .fold(0, |number, byte| number << 8 | usize::from(*byte))
        })
        .collect()
}

/// Where solc's metadata begins: a CBOR map at the end, whose length is in the last two bytes.
fn metadata_start(code: &[u8]) -> usize {
    let Some((rest, length)) = code.split_last_chunk::<2>() else {
        return code.len();
    };
    let Some(start) = rest
        .len()
        .checked_sub(usize::from(u16::from_be_bytes(*length)))
    else {
        return code.len();
    };
    match rest.get(start..) {
        // A map of 1 to 4 entries whose first key is a text of 4 or 5 letters ("ipfs", "solc", "bzzr0", "bzzr1").
        Some([0xa1..=0xa4, 0x64 | 0x65, b'i' | b's' | b'b', ..]) => start,
        _ => code.len(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_primitives::hex;

    fn refused(code: &[u8]) -> Option<(usize, &'static str)> {
        match check(code, false) {
            Err(Unmirrorable::UnprovenCode { opcode, offset }) => Some((offset, opcode)),
            _ => None,
        }
    }

    #[test]
    fn code_that_starts_with_a_delegate_call_is_refused() {
        assert_eq!(refused(&hex!("5f5f5f5f305af4")), Some((6, "DELEGATECALL")));
        assert_eq!(refused(&hex!("5f5f5f5f5f305af2")), Some((7, "CALLCODE")));
        assert!(check(&hex!("5f5f5f5f305af4"), true).is_ok());
    }

    #[test]
    fn a_delegate_call_byte_within_a_push_is_data() {
        // PUSH1 f4 STOP
        assert_eq!(refused(&hex!("60f400")), None);
    }

    #[test]
    fn a_delegate_call_behind_a_stop_is_not_reached() {
        assert_eq!(refused(&hex!("00f4")), None);
    }

    #[test]
    fn a_delegate_call_behind_a_jump_destination_is_reached() {
        assert_eq!(refused(&hex!("005b00f4")), None);
        assert_eq!(refused(&hex!("005b01f4")), Some((3, "DELEGATECALL")));
    }

    #[test]
    fn a_delegate_call_behind_a_conditional_jump_is_reached() {
        // PUSH1 9 JUMPI DELEGATECALL
        assert_eq!(refused(&hex!("600957f4")), Some((3, "DELEGATECALL")));
    }

    #[test]
    fn metadata_does_not_count_unless_its_offset_is_pushed() {
        // STOP, then metadata {"ipfs": ..} that holds 5b f4, then its length.
        let metadata = hex!("a16469706673425bf4");
        let mut code = vec![0x00];
        code.extend_from_slice(&metadata);
        code.extend_from_slice(&(metadata.len() as u16).to_be_bytes());
        assert_eq!(refused(&code), None);
        // PUSH1 10 in front: the JUMPDEST at offset 10 may be a target.
        let mut jumping = vec![0x60, 10];
        jumping.extend_from_slice(&code);
        assert_eq!(refused(&jumping), Some((11, "DELEGATECALL")));
    }

    #[test]
    fn no_code_and_delegated_accounts_are_refused() {
        assert!(matches!(check(&[], true), Err(Unmirrorable::NoCode)));
        let mut delegated = DELEGATION.to_vec();
        delegated.extend_from_slice(&[0x11; 20]);
        assert!(matches!(
            check(&delegated, true),
            Err(Unmirrorable::Delegated)
        ));
    }

    #[test]
    fn a_push_at_the_end_of_code_is_cut_short() {
        assert_eq!(refused(&hex!("7f01")), None);
    }
}
