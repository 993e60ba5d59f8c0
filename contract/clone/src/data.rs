extern crate alloc;

use alloc::vec::Vec;

use alloy_primitives::{Address, B256};

/// Fixed init code that returns its tail, so that the code at the address it leads to can only ever be that tail.
#[rustfmt::skip]
pub const DATA_INIT_PREFIX: [u8; 11] = [
    0x60, 11, 0x38, 0x03,                     // PUSH1 11 CODESIZE SUB
    0x80,                                     // DUP1
    0x60, 11,                                 // PUSH1 11
    0x5f, 0x39,                               // PUSH0 CODECOPY
    0x5f, 0xf3,                               // PUSH0 RETURN
];

/// The init code of an account whose code are these pieces, one behind the other.
pub fn data_init_code(pieces: &[&[u8]]) -> Vec<u8> {
    let length = pieces.iter().fold(DATA_INIT_PREFIX.len(), |length, piece| {
        length.saturating_add(piece.len())
    });
    let mut code = Vec::with_capacity(length);
    code.extend_from_slice(&DATA_INIT_PREFIX);
    for piece in pieces {
        code.extend_from_slice(piece);
    }
    code
}

/// Longest code that an account can have (EIP-170), in bytes.
pub const MAX_CODE: usize = 24_576;

/// Bytes before the bitmap in the first piece of an original.
const HEADER: usize = 55;

/// What stands in front of a piece, so that nobody can run it: `STOP`.
const INERT: u8 = 0;

/// A contract's own code as it is kept on the target: data that nobody can run, in one account, or two when it is too long for
/// one. The first piece is `00`, the address of the second piece or zero (20), code hash (32), code length (2), a bitmap of the
/// jump destinations (one bit a byte of code, lowest first) and the code; the second piece is `00` and what did not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OriginalHeader {
    /// Where the second piece stands; zero when there is none.
    pub next: Address,
    /// Keccak-256 of the code.
    pub code_hash: B256,
    /// Length of the code in bytes.
    pub length: u16,
}

impl OriginalHeader {
    /// How many bytes of bitmap and code stand in the first piece.
    pub fn first_piece(length: usize) -> usize {
        let whole = length.saturating_add(length.div_ceil(8));
        whole.min(MAX_CODE.saturating_sub(HEADER))
    }

    /// The header's bytes.
    pub fn encode(&self) -> [u8; HEADER] {
        let mut bytes = [INERT; HEADER];
        let fields = self
            .next
            .iter()
            .chain(self.code_hash.iter())
            .copied()
            .chain(self.length.to_be_bytes());
        for (byte, field) in bytes.iter_mut().skip(1).zip(fields) {
            *byte = field;
        }
        bytes
    }

    /// Takes the header off a first piece; `None` when it is shorter than one.
    pub fn split(piece: &[u8]) -> Option<(Self, &[u8])> {
        let (_inert, rest) = piece.split_first()?;
        let (next, rest) = rest.split_first_chunk::<20>()?;
        let (code_hash, rest) = rest.split_first_chunk::<32>()?;
        let (length, rest) = rest.split_first_chunk::<2>()?;
        let header = Self {
            next: Address::new(*next),
            code_hash: B256::new(*code_hash),
            length: u16::from_be_bytes(*length),
        };
        Some((header, rest))
    }
}

/// The init code of the second piece of an original.
pub fn second_piece_init_code(rest: &[u8]) -> Vec<u8> {
    data_init_code(&[&[INERT], rest])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_read_as_it_was_written() {
        let header = OriginalHeader {
            next: Address::repeat_byte(0x11),
            code_hash: B256::repeat_byte(0x22),
            length: 0x5fff,
        };
        let piece = [header.encode().as_slice(), &[7, 8]].concat();
        assert_eq!(
            OriginalHeader::split(&piece),
            Some((header, [7, 8].as_slice()))
        );
        assert_eq!(piece[0], 0);
        assert_eq!(OriginalHeader::split(&piece[..HEADER - 1]), None);
    }

    #[test]
    fn the_longest_code_needs_two_pieces_and_each_fits_an_account() {
        for length in [1, 21_795, 21_796, 21_797, MAX_CODE] {
            let whole = length + length.div_ceil(8);
            let first = OriginalHeader::first_piece(length);
            assert!(
                HEADER + first <= MAX_CODE && 1 + whole - first <= MAX_CODE,
                "{length}"
            );
            assert_eq!(first == whole, length <= 21_796, "{length}");
        }
    }
}
