//! What the prover hands to the runner: calls, and all that a witness proves, without its proofs; and what it gets back.

use alloc::vec::Vec;

use alloy_primitives::{Address, B256, KECCAK256_EMPTY, U256};

/// Calls on a proven state. Integers are big-endian: keeper of codes (20), block (8), timestamp (8), `from` (20), number of calls (2), calls
/// (`to` (20), length of the calldata (4), calldata), number of accounts (2), accounts, codes (hash, length (2), bytes) up to the end.
#[derive(Debug)]
pub struct Message<'a> {
    /// What keeps codes.
    pub keeper: Address,
    /// Source block.
    pub block: u64,
    /// Its timestamp, seconds.
    pub timestamp: u64,
    /// Who calls.
    pub from: Address,
    /// What is called, and the calldata.
    pub calls: Vec<(Address, &'a [u8])>,
    /// The accounts that are known.
    pub accounts: Vec<KnownAccount<'a>>,
    /// Codes by hash.
    pub codes: Vec<(B256, &'a [u8])>,
}

/// An account: address (20), balance (32), code hash (32; zero when it is absent or empty, EIP-161), whether its storage is empty (1),
/// number of slots (2), hashes of slots, ascending, each with its value.
#[derive(Debug)]
pub struct KnownAccount<'a> {
    /// Its address.
    pub address: Address,
    /// In wei.
    pub balance: U256,
    /// As `EXTCODEHASH` says it.
    pub code_hash: B256,
    has_no_storage: bool,
    /// Hash and value of each slot.
    slots: &'a [[u8; 64]],
}

impl KnownAccount<'_> {
    /// The hash of its code; `None` when it has none.
    pub fn code(&self) -> Option<&B256> {
        Some(&self.code_hash).filter(|hash| !hash.is_zero() && **hash != KECCAK256_EMPTY)
    }

    /// A slot by its hash; `None` when it is not known.
    pub fn storage(&self, hashed_slot: &B256) -> Option<B256> {
        if self.has_no_storage {
            return Some(B256::ZERO);
        }
        let index = self
            .slots
            .binary_search_by(|slot| slot.first_chunk::<32>().cmp(&Some(&hashed_slot.0)))
            .ok()?;
        let value = self.slots.get(index)?.last_chunk::<32>()?;
        Some(B256::new(*value))
    }
}

/// Begins a message: all up to the accounts.
pub fn begin(
    keeper: &Address,
    [block, timestamp]: [u64; 2],
    from: &Address,
    calls: &[(Address, &[u8])],
    accounts: usize,
    spare: usize,
) -> Vec<u8> {
    const HEAD: usize = 60;
    const CALL: usize = 24;
    let length = calls
        .iter()
        .map(|(_, data)| data.len().saturating_add(CALL))
        .fold(HEAD, usize::saturating_add);
    let mut message = Vec::with_capacity(length.saturating_add(spare));
    message.extend_from_slice(keeper.as_slice());
    message.extend_from_slice(&block.to_be_bytes());
    message.extend_from_slice(&timestamp.to_be_bytes());
    message.extend_from_slice(from.as_slice());
    message.extend_from_slice(&(calls.len() as u16).to_be_bytes());
    for (to, data) in calls {
        message.extend_from_slice(to.as_slice());
        message.extend_from_slice(&(data.len() as u32).to_be_bytes());
        message.extend_from_slice(data);
    }
    message.extend_from_slice(&(accounts as u16).to_be_bytes());
    message
}

/// Appends an account.
pub fn append_account(
    message: &mut Vec<u8>,
    address: &Address,
    balance: U256,
    code_hash: &B256,
    has_no_storage: bool,
    slots: &[(B256, B256)],
) {
    message.extend_from_slice(address.as_slice());
    message.extend_from_slice(&balance.to_be_bytes::<32>());
    message.extend_from_slice(code_hash.as_slice());
    message.push(u8::from(has_no_storage));
    message.extend_from_slice(&(slots.len() as u16).to_be_bytes());
    for (hashed_slot, value) in slots {
        message.extend_from_slice(hashed_slot.as_slice());
        message.extend_from_slice(value.as_slice());
    }
}

/// Appends a code.
pub fn append_code(message: &mut Vec<u8>, code_hash: &B256, code: &[u8]) {
    message.extend_from_slice(code_hash.as_slice());
    message.extend_from_slice(&(code.len() as u16).to_be_bytes());
    message.extend_from_slice(code);
}

impl<'a> Message<'a> {
    /// Reads a message; `None` when it is none.
    pub fn read(message: &'a [u8]) -> Option<Self> {
        let mut rest = message;
        let keeper = Address::new(take(&mut rest)?);
        let block = u64::from_be_bytes(take(&mut rest)?);
        let timestamp = u64::from_be_bytes(take(&mut rest)?);
        let from = Address::new(take(&mut rest)?);
        let mut calls = Vec::new();
        for _ in 0..u16::from_be_bytes(take(&mut rest)?) {
            let to = Address::new(take(&mut rest)?);
            calls.push((to, take_counted(&mut rest)?));
        }
        let count = u16::from_be_bytes(take(&mut rest)?);
        let mut accounts = Vec::new();
        for _ in 0..count {
            accounts.push(KnownAccount {
                address: Address::new(take(&mut rest)?),
                balance: U256::from_be_bytes(take::<32>(&mut rest)?),
                code_hash: B256::new(take(&mut rest)?),
                has_no_storage: take::<1>(&mut rest)? != [0],
                slots: {
                    let slots = usize::from(u16::from_be_bytes(take(&mut rest)?));
                    take_slice(&mut rest, slots.saturating_mul(64))?
                        .as_chunks()
                        .0
                },
            });
        }
        let mut codes = Vec::new();
        while !rest.is_empty() {
            let hash = B256::new(take(&mut rest)?);
            let length = u16::from_be_bytes(take(&mut rest)?);
            codes.push((hash, take_slice(&mut rest, usize::from(length))?));
        }
        Some(Self {
            keeper,
            block,
            timestamp,
            from,
            calls,
            accounts,
            codes,
        })
    }
}

/// Appends what a call came to: whether it returned (1), length of the data (4), data.
pub fn append_answer(answers: &mut Vec<u8>, flag: u8, data: &[u8]) {
    answers.push(flag);
    answers.extend_from_slice(&(data.len() as u32).to_be_bytes());
    answers.extend_from_slice(data);
}

/// Takes what a call came to; `None` when there is none.
pub fn take_answer<'a>(rest: &mut &'a [u8]) -> Option<(u8, &'a [u8])> {
    let [flag] = take(rest)?;
    Some((flag, take_counted(rest)?))
}

fn take_counted<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = u32::from_be_bytes(take(rest)?);
    take_slice(rest, usize::try_from(length).ok()?)
}

fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (chunk, tail) = rest.split_first_chunk::<N>()?;
    *rest = tail;
    Some(*chunk)
}

fn take_slice<'a>(rest: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
    let (slice, tail) = rest.split_at_checked(length)?;
    *rest = tail;
    Some(slice)
}
