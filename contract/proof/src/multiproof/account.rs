use alloy_primitives::{Address, B256, KECCAK256_EMPTY, U256};

use super::{
    check::{Check, Fault},
    cursor::Cursor,
    leaf::Leaf,
    subtree::Scratch,
    word::{Word, right_aligned},
};
use crate::{Account, EMPTY_ROOT};

/// Head of an account that is absent.
pub const ABSENT: u8 = 0xff;
/// Bit of a head: the storage root follows; else it is that of the empty trie.
pub const STORAGE_ROOT: u8 = 0x10;
/// Bit of a head: the code hash follows; else it is that of no code.
pub const CODE_HASH: u8 = 0x20;
/// Bit of a head: some of the account's slots are proven.
pub const SLOTS: u8 = 0x40;
/// Bits of a head that are the nonce's length.
const NONCE_LENGTH: u8 = 0x0f;

/// An account under an address, as a witness lists it.
#[derive(Clone, Copy, Default)]
pub struct AccountLeaf {
    /// `None` when it is absent.
    pub account: Option<Account>,
    /// Whether a proof of slots follows.
    pub has_slots: bool,
}

impl AccountLeaf {
    /// An account as it is in the trie.
    #[cfg(feature = "std")]
    pub const fn present(account: Account) -> Self {
        Self {
            account: Some(account),
            has_slots: false,
        }
    }

    /// An account's fields behind their head.
    fn fields(cursor: &mut Cursor<'_>, at: &Cursor<'_>, head: u8) -> Result<Self, Fault> {
        let (nonce_length, balance_length) = lengths(cursor, at, head)?;
        let (nonce, balance) = (cursor.take(nonce_length)?, cursor.take(balance_length)?);
        if nonce.first() == Some(&0) || balance.first() == Some(&0) {
            return Err(at.fault(Check::AccountLeadingZero));
        }
        let mut hash = |bit: u8, default: B256| {
            if head & bit == 0 {
                return Ok(default);
            }
            let hash = B256::new(*cursor.chunk()?);
            if hash == default {
                return Err(at.fault(Check::AccountDefault));
            }
            Ok(hash)
        };
        let (storage_root, code_hash) = (
            hash(STORAGE_ROOT, EMPTY_ROOT)?,
            hash(CODE_HASH, KECCAK256_EMPTY)?,
        );
        let account = Account {
            // At most 8 bytes.
            nonce: right_aligned(nonce)
                .last_chunk()
                .map_or(0, |bytes| u64::from_be_bytes(*bytes)),
            balance: right_aligned(balance).into(),
            storage_root,
            code_hash,
        };
        Ok(Self {
            account: Some(account),
            has_slots: head & SLOTS != 0,
        })
    }
}

/// Lengths of nonce and balance.
fn lengths(cursor: &mut Cursor<'_>, at: &Cursor<'_>, head: u8) -> Result<(usize, usize), Fault> {
    let nonce_length = head & NONCE_LENGTH;
    let balance_length = cursor.byte()?;
    if head & 0x80 != 0 || nonce_length > 8 || balance_length > 32 {
        return Err(at.fault(Check::AccountHead));
    }
    if head & SLOTS != 0 && head & STORAGE_ROOT == 0 {
        return Err(at.fault(Check::SlotsWithoutStorage));
    }
    Ok((usize::from(nonce_length), usize::from(balance_length)))
}

impl Leaf for AccountLeaf {
    type Key = Address;

    // An account has two hashes, so no node of a state trie is short.
    const INLINE_DEPTH: u8 = 64;

    fn pass(cursor: &mut Cursor<'_>) -> Result<(), Fault> {
        cursor.chunk::<20>()?;
        let at = *cursor;
        let head = cursor.byte()?;
        if head == ABSENT {
            return Ok(());
        }
        let (nonce, balance) = lengths(cursor, &at, head)?;
        let mut length = nonce.wrapping_add(balance);
        for bit in [STORAGE_ROOT, CODE_HASH] {
            if head & bit != 0 {
                length = length.wrapping_add(32);
            }
        }
        cursor.take(length)?;
        Ok(())
    }

    fn read(cursor: &mut Cursor<'_>, address: &mut Address) -> Result<Self, Fault> {
        *address = Address::new(*cursor.chunk()?);
        let at = *cursor;
        match cursor.byte()? {
            ABSENT => Ok(Self::default()),
            head => Self::fields(cursor, &at, head),
        }
    }

    fn revealed(cursor: &mut Cursor<'_>) -> Result<Self, Fault> {
        let at = *cursor;
        let head = cursor.byte()?;
        if head & SLOTS != 0 {
            return Err(at.fault(Check::RevealedSlots));
        }
        Self::fields(cursor, &at, head)
    }

    fn is_absent(&self) -> bool {
        self.account.is_none()
    }

    fn item_length(&self) -> usize {
        // The list is longer than 55 bytes and shorter than 256, and so is the string around it: two bytes in front of each.
        self.account.as_ref().map_or(0, |account| {
            let [nonce, balance] = integers(account);
            payload_length(&nonce, &balance).wrapping_add(4)
        })
    }

    fn append(&self, out: &mut Scratch) {
        let Some(account) = &self.account else { return };
        let [nonce, balance] = integers(account);
        let length = payload_length(&nonce, &balance) as u8;
        out.extend(&[0xb8, length.wrapping_add(2), 0xf8, length]);
        for integer in [nonce, balance] {
            match integer.bytes() {
                [byte @ 1..0x80] => out.push(*byte),
                bytes => {
                    out.push((bytes.len() as u8).wrapping_add(0x80));
                    out.extend(bytes);
                }
            }
        }
        out.push_hash(&account.storage_root);
        out.push_hash(&account.code_hash);
    }
}

fn integers(account: &Account) -> [Word; 2] {
    [U256::from(account.nonce), account.balance].map(|integer| Word::from_word(integer.into()))
}

/// Length of an account's four RLP items: at most 9, 33, 33 and 33.
fn payload_length(nonce: &Word, balance: &Word) -> usize {
    [nonce, balance].iter().fold(66, |length, integer| {
        length.wrapping_add(match integer.bytes() {
            [1..0x80] => 1,
            bytes => bytes.len().wrapping_add(1),
        })
    })
}
