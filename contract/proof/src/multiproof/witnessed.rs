#[cfg(feature = "std")]
use alloy_primitives::U256;
use alloy_primitives::{Address, B256, KECCAK256_EMPTY};

use super::{
    buffer::Scratch,
    check::{Check, Fault},
    cursor::Cursor,
    leaf::Leaf,
    word::Word,
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

/// Which trie of a witness is walked.
#[derive(Clone, Copy)]
pub enum Form {
    /// The state trie.
    Accounts,
    /// An account's storage trie.
    Slots,
}

/// What a witness lists: an account under its address or a word under its slot. One type for both, since each walk is 10 KB of code.
#[derive(Clone, Copy, Default)]
pub enum Witnessed {
    /// There is no account.
    #[default]
    Absent,
    /// There is one.
    Account(AccountLeaf),
    /// A word, absent when zero.
    Word(Word),
}

/// An account with its integers as they are written.
#[derive(Clone, Copy)]
pub struct AccountLeaf {
    nonce: Word,
    balance: Word,
    storage_root: B256,
    code_hash: B256,
    /// Whether a proof of slots follows.
    pub has_slots: bool,
}

impl AccountLeaf {
    /// An account as the trie has it.
    #[cfg(feature = "std")]
    pub fn new(account: &Account) -> Self {
        Self {
            nonce: Word::from_word(U256::from(account.nonce).into()),
            balance: Word::from_word(account.balance.into()),
            storage_root: account.storage_root,
            code_hash: account.code_hash,
            has_slots: false,
        }
    }

    /// The account.
    pub fn account(&self) -> Account {
        Account {
            // At most 8 bytes.
            nonce: self
                .nonce
                .word
                .last_chunk()
                .map_or(0, |bytes| u64::from_be_bytes(*bytes)),
            balance: self.balance.word.into(),
            storage_root: self.storage_root,
            code_hash: self.code_hash,
        }
    }

    /// Length of the four RLP items: at most 9, 33, 33 and 33.
    fn payload_length(&self) -> usize {
        [&self.nonce, &self.balance]
            .iter()
            .fold(66, |length, integer| {
                length.wrapping_add(match integer.bytes() {
                    [1..0x80] => 1,
                    bytes => bytes.len().wrapping_add(1),
                })
            })
    }
}

/// An address or a slot.
#[derive(Clone, Copy, Default)]
pub struct Key {
    /// Right-aligned.
    pub word: B256,
    is_address: bool,
}

impl AsRef<[u8]> for Key {
    fn as_ref(&self) -> &[u8] {
        let skipped = if self.is_address { 12 } else { 0 };
        self.word.get(skipped..).unwrap_or_default()
    }
}

impl Witnessed {
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
        Ok(Self::Account(AccountLeaf {
            nonce: Word::from_minimal(nonce),
            balance: Word::from_minimal(balance),
            storage_root,
            code_hash,
            has_slots: head & SLOTS != 0,
        }))
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

impl Leaf for Witnessed {
    type Key = Key;

    type Form = Form;

    const ONE_LANE: bool = true;

    fn inline_depth(form: Form) -> u8 {
        match form {
            // An account has two hashes, so no node of a state trie is short.
            Form::Accounts => 64,
            Form::Slots => Word::inline_depth(()),
        }
    }

    fn pass(form: Form, cursor: &mut Cursor<'_>) -> Result<(), Fault> {
        if let Form::Slots = form {
            return Word::pass((), cursor);
        }
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

    fn read(
        form: Form,
        cursor: &mut Cursor<'_>,
        key: &mut Key,
        leaf: &mut Self,
    ) -> Result<(), Fault> {
        if let Form::Slots = form {
            let mut word = Word::default();
            Word::read((), cursor, &mut key.word, &mut word)?;
            key.is_address = false;
            *leaf = Self::Word(word);
            return Ok(());
        }
        key.is_address = true;
        key.word = Address::new(*cursor.chunk()?).into_word();
        let at = *cursor;
        *leaf = match cursor.byte()? {
            ABSENT => Self::Absent,
            head => Self::fields(cursor, &at, head)?,
        };
        Ok(())
    }

    fn revealed(form: Form, cursor: &mut Cursor<'_>) -> Result<Self, Fault> {
        if let Form::Slots = form {
            return Word::revealed((), cursor).map(Self::Word);
        }
        let at = *cursor;
        let head = cursor.byte()?;
        if head & SLOTS != 0 {
            return Err(at.fault(Check::RevealedSlots));
        }
        Self::fields(cursor, &at, head)
    }

    fn is_absent(&self) -> bool {
        match self {
            Self::Absent => true,
            Self::Account(_) => false,
            Self::Word(word) => word.is_absent(),
        }
    }

    fn item_length(&self) -> usize {
        match self {
            Self::Absent => 0,
            // The list is longer than 55 bytes and shorter than 256, and so is the string around it: two bytes in front of each.
            Self::Account(account) => account.payload_length().wrapping_add(4),
            Self::Word(word) => word.item_length(),
        }
    }

    fn append(&self, out: &mut Scratch) {
        let account = match self {
            Self::Absent => return,
            Self::Account(account) => account,
            Self::Word(word) => return word.append(out),
        };
        let length = account.payload_length() as u8;
        out.extend(&[0xb8, length.wrapping_add(2), 0xf8, length]);
        for integer in [&account.nonce, &account.balance] {
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
