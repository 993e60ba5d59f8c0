//! What a call on another chain's state touches, proven under one state root (`docs/proof-format.md`).

use alloc::vec::Vec;

use alloy_primitives::{Address, B256, keccak256};

use crate::{
    Account, Check, EMPTY_ROOT,
    multiproof::{Cursor, Fault, Form, Walk, Witnessed, head},
};

/// What no deployed code begins with (EIP-3541).
const RESERVED: u8 = 0xef;

/// A witness is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WitnessError {
    /// The bytes break the format.
    #[error("malformed witness at byte {offset}: {reason:?}")]
    Malformed {
        /// The check that failed.
        reason: Check,
        /// Where the offending item begins.
        offset: u32,
    },
    /// The accounts do not fold to the state root: one of them is another, or the witness is of another block.
    #[error("the state root is {computed}, not {expected}")]
    StateRootMismatch {
        /// The state root that the source has.
        expected: B256,
        /// The one that the accounts give.
        computed: B256,
    },
    /// An account's slots do not fold to its storage root.
    #[error("the storage root of {account} is {computed}, not {expected}")]
    StorageRootMismatch {
        /// The account.
        account: Address,
        /// Its storage root.
        expected: B256,
        /// The one that the slots give.
        computed: B256,
    },
}

impl WitnessError {
    /// Number of the check, as in `docs/proof-format.md`; those over 100 are not about the format.
    pub const fn reason(&self) -> u8 {
        match self {
            Self::Malformed { reason, .. } => *reason as u8,
            Self::StateRootMismatch { .. } => 111,
            Self::StorageRootMismatch { .. } => 112,
        }
    }
}

impl From<Fault> for WitnessError {
    fn from(Fault { reason, offset }: Fault) -> Self {
        Self::Malformed { reason, offset }
    }
}

/// Accounts, slots and codes of one state. There is none whose roots were not compared.
#[derive(Clone, Debug)]
pub struct Witness<'a> {
    accounts: Vec<WitnessedAccount>,
    codes: Vec<(B256, &'a [u8])>,
}

/// An account that a witness lists.
#[derive(Clone, Debug)]
pub struct WitnessedAccount {
    address: Address,
    account: Option<Account>,
    has_slots: bool,
    /// Hashed slots, ascending, and their values.
    slots: Vec<(B256, B256)>,
}

impl<'a> Witness<'a> {
    /// Proves all that a witness lists under a state root.
    ///
    /// # Errors
    /// When the bytes break the format or a root is another one.
    pub fn prove(witness: &'a [u8], state_root: &B256) -> Result<Self, WitnessError> {
        let mut cursor = Cursor::new(witness);
        let mut accounts = Vec::new();
        let computed = fold(Form::Accounts, &mut cursor, &mut accounts, &mut Vec::new())?;
        if computed != *state_root {
            return Err(WitnessError::StateRootMismatch {
                expected: *state_root,
                computed,
            });
        }
        for account in &mut accounts {
            account.take_slots(&mut cursor)?;
        }
        let codes = codes(&mut cursor, &accounts)?;
        Ok(Self { accounts, codes })
    }

    /// An account, if it is listed.
    pub fn account(&self, address: &Address) -> Option<&WitnessedAccount> {
        self.accounts
            .iter()
            .find(|account| account.address == *address)
    }

    /// All listed accounts.
    pub fn accounts(&self) -> &[WitnessedAccount] {
        &self.accounts
    }

    /// Hashes of the listed codes, ascending, and the codes.
    pub fn codes(&self) -> &[(B256, &'a [u8])] {
        &self.codes
    }

    /// The code with a hash, if it is listed. It is never empty and does not begin with `EF`.
    pub fn code(&self, code_hash: &B256) -> Option<&'a [u8]> {
        self.codes
            .iter()
            .find(|(hash, _)| hash == code_hash)
            .map(|(_, code)| *code)
    }
}

impl WitnessedAccount {
    /// Its address.
    pub const fn address(&self) -> &Address {
        &self.address
    }

    /// The account; `None` when it is proven absent.
    pub const fn account(&self) -> Option<&Account> {
        self.account.as_ref()
    }

    /// Hashes of the listed slots, ascending, and their values.
    pub fn slots(&self) -> &[(B256, B256)] {
        &self.slots
    }

    /// A slot's value, zero when it is proven absent; `None` when the witness does not say. An empty storage says it of every slot.
    pub fn storage(&self, slot: &B256) -> Option<B256> {
        if self
            .account
            .is_none_or(|account| account.storage_root == EMPTY_ROOT)
        {
            return Some(B256::ZERO);
        }
        let hashed_slot = keccak256(slot);
        let index = self
            .slots
            .binary_search_by(|(listed, _)| listed.cmp(&hashed_slot));
        let (_, value) = self.slots.get(index.ok()?)?;
        Some(*value)
    }

    /// Takes the proof of the slots off the cursor, if there is one.
    fn take_slots(&mut self, cursor: &mut Cursor<'_>) -> Result<(), WitnessError> {
        let (true, Some(account)) = (self.has_slots, self.account) else {
            return Ok(());
        };
        let computed = fold(Form::Slots, cursor, &mut Vec::new(), &mut self.slots)?;
        if computed == account.storage_root {
            return Ok(());
        }
        Err(WitnessError::StorageRootMismatch {
            account: self.address,
            expected: account.storage_root,
            computed,
        })
    }
}

/// Takes the inclusion proof of accounts or of slots off the cursor: what it lists goes to either list. Returns its root.
#[inline(never)]
fn fold(
    form: Form,
    cursor: &mut Cursor<'_>,
    accounts: &mut Vec<WitnessedAccount>,
    slots: &mut Vec<(B256, B256)>,
) -> Result<B256, Fault> {
    let count = head(cursor)?;
    let mut walk = Walk::<Witnessed>::new(form, *cursor, count, false)?;
    match form {
        Form::Accounts => accounts.reserve_exact(usize::from(count)),
        Form::Slots => slots.reserve_exact(usize::from(count)),
    }
    loop {
        let mut list = |account, has_slots| {
            accounts.push(WitnessedAccount {
                address: Address::from_word(walk.listed().word),
                account,
                has_slots,
                slots: Vec::new(),
            });
        };
        match walk.post() {
            Witnessed::Word(word) => slots.push((*walk.hashed(), word.word)),
            Witnessed::Absent => list(None, false),
            Witnessed::Account(leaf) => list(Some(leaf.account()), leaf.has_slots),
        }
        if !walk.advance()? {
            break;
        }
    }
    let (folded, rest) = walk.end();
    *cursor = rest;
    Ok(folded.post_root)
}

/// Takes all codes off the cursor, up to the end.
fn codes<'a>(
    cursor: &mut Cursor<'a>,
    accounts: &[WitnessedAccount],
) -> Result<Vec<(B256, &'a [u8])>, WitnessError> {
    let mut codes: Vec<(B256, &[u8])> = Vec::new();
    while !cursor.is_empty() {
        let at = *cursor;
        let length = cursor.u16()?;
        let code = cursor.take(usize::from(length))?;
        match code.first() {
            None => return Err(at.fault(Check::CodeLength).into()),
            Some(&RESERVED) => return Err(at.fault(Check::ReservedCode).into()),
            Some(_) => {}
        }
        let hash = keccak256(code);
        if codes.last().is_some_and(|(last, _)| hash <= *last) {
            return Err(at.fault(Check::CodeNotAscending).into());
        }
        let has_it = |listed: &WitnessedAccount| {
            listed
                .account
                .is_some_and(|account| account.code_hash == hash)
        };
        if !accounts.iter().any(has_it) {
            return Err(at.fault(Check::CodeNotReferenced).into());
        }
        codes.push((hash, code));
    }
    Ok(codes)
}
