use alloy_primitives::{B256, keccak256};

use crate::rlp::{Item, integer, integer_u64, only_item, take_item};

/// A block header is not canonical RLP of the known fields. Fields are counted from 0, as in the Yellow Paper, section
/// 4.4.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HeaderError {
    /// The bytes are not exactly one canonical RLP list.
    #[error("the header is not exactly one canonical RLP list")]
    NotAList,
    /// A field is missing; there are at least 15.
    #[error("the header ends before field {field}")]
    MissingField {
        /// Index of the field.
        field: u8,
    },
    /// A field is not canonical RLP, or a list where bytes belong.
    #[error("field {field} of the header is not canonical RLP")]
    MalformedField {
        /// Index of the field; 255 for all from there on.
        field: u8,
    },
    /// A field of fixed width has another one.
    #[error("field {field} of the header has {got} bytes, not {expected}")]
    FieldWidth {
        /// Index of the field.
        field: u8,
        /// The width, in bytes.
        expected: u16,
        /// The width found, in bytes.
        got: u32,
    },
    /// An integer has leading zeros or is too large.
    #[error("field {field} of the header is not a minimal integer within its range")]
    Integer {
        /// Index of the field.
        field: u8,
    },
}

impl HeaderError {
    /// Number of the error, as in `docs/proof-format.md`.
    pub const fn reason(&self) -> u8 {
        match self {
            Self::NotAList => 1,
            Self::MissingField { .. } => 2,
            Self::MalformedField { .. } => 3,
            Self::FieldWidth { .. } => 4,
            Self::Integer { .. } => 5,
        }
    }
}

/// The fields of a block header that proofs need.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// Block hash: keccak-256 of the header.
    pub hash: B256,
    /// Block hash of the parent.
    pub parent_hash: B256,
    /// Root of the state trie after the block.
    pub state_root: B256,
    /// Block number.
    pub number: u64,
    /// Seconds since 1970.
    pub timestamp: u64,
}

/// Fields that every header has.
const FIELDS: u8 = 15;

impl Header {
    /// Reads a header. Fields after the fifteenth are skipped, so that new ones do no harm, but must be well-formed.
    ///
    /// # Errors
    /// When the bytes are not canonical, or a field has not its width.
    pub fn decode(rlp: &[u8]) -> Result<Self, HeaderError> {
        let mut fields = only_item(rlp)
            .and_then(Item::list)
            .ok_or(HeaderError::NotAList)?;
        let mut header = Self {
            hash: B256::ZERO,
            parent_hash: B256::ZERO,
            state_root: B256::ZERO,
            number: 0,
            timestamp: 0,
        };
        for field in 0..FIELDS {
            if fields.is_empty() {
                return Err(HeaderError::MissingField { field });
            }
            let bytes = take_item(&mut fields)
                .and_then(Item::string)
                .ok_or(HeaderError::MalformedField { field })?;
            match field {
                0 => header.parent_hash = B256::new(*fixed(field, bytes)?),
                2 => _ = fixed::<20>(field, bytes)?,
                3 => header.state_root = B256::new(*fixed(field, bytes)?),
                6 => _ = fixed::<256>(field, bytes)?,
                7 => _ = integer(bytes, 32).ok_or(HeaderError::Integer { field })?,
                8 => header.number = number(field, bytes)?,
                9 | 10 => _ = number(field, bytes)?,
                11 => header.timestamp = number(field, bytes)?,
                12 => {}
                14 => _ = fixed::<8>(field, bytes)?,
                _ => _ = fixed::<32>(field, bytes)?,
            }
        }
        while !fields.is_empty() {
            take_item(&mut fields).ok_or(HeaderError::MalformedField { field: u8::MAX })?;
        }
        header.hash = keccak256(rlp);
        Ok(header)
    }
}

fn fixed<const WIDTH: usize>(field: u8, bytes: &[u8]) -> Result<&[u8; WIDTH], HeaderError> {
    bytes.as_array().ok_or(HeaderError::FieldWidth {
        field,
        expected: u16::try_from(WIDTH).unwrap_or(u16::MAX),
        got: u32::try_from(bytes.len()).unwrap_or(u32::MAX),
    })
}

fn number(field: u8, bytes: &[u8]) -> Result<u64, HeaderError> {
    integer_u64(bytes).ok_or(HeaderError::Integer { field })
}
