//! The members, in storage, and what they answer.

use alloc::vec::Vec;

use alloy_primitives::{Address, B256, keccak256};
use alloy_sol_types::SolCall;
use smartsync_abi::{
    ICombined::InvalidMembers,
    IProgramErrors::AlreadyInitialized,
    IRootSource::{latestBlockCall, stateRootCall},
};
use smartsync_program::{Arguments, Reply, ToWord, encode, host, revert, storage};

const SETTINGS: u8 = 0;
const MEMBERS: u8 = 1;

const MOST_MEMBERS: usize = 32;

/// One packed word.
pub struct Settings {
    count: u64,
    /// Number of members that must agree; 0 before the constructor has run.
    pub threshold: u64,
    /// Gas that each member is given at most.
    pub gas_cap: u64,
}

/// What a member says of a block.
#[derive(PartialEq, Eq)]
pub struct Answer {
    /// State root, not zero.
    pub state_root: B256,
    /// Timestamp, seconds.
    pub timestamp: u64,
}

fn slot_of(index: u64) -> B256 {
    storage::member(&keccak256(storage::variable(MEMBERS)), index)
}

impl Settings {
    /// Reads the settings.
    pub fn load() -> Self {
        let [_, count, threshold, gas_cap] = storage::unpack(&storage::load_variable(SETTINGS));
        Self {
            count,
            threshold,
            gas_cap,
        }
    }

    /// A member.
    pub fn member(&self, index: u64) -> Option<Address> {
        (index < self.count).then(|| storage::address(&host::load(&slot_of(index))))
    }

    /// All members.
    pub fn members(&self) -> impl Iterator<Item = Address> {
        (0..self.count).map(|index| storage::address(&host::load(&slot_of(index))))
    }

    /// A member's answer for a block; `None` when it fails, answers short or with zero, or its timestamp is none.
    pub fn ask(&self, member: &Address, block: u64) -> Option<Answer> {
        let output = host::static_call_capped(
            member,
            &stateRootCall { blockNumber: block }.abi_encode(),
            self.gas_cap,
        )
        .ok()?;
        let words = Arguments::new(&output);
        let answer = Answer {
            state_root: words.word(0).ok()?,
            timestamp: words.uint64(1).ok()?,
        };
        (!answer.state_root.is_zero()).then_some(answer)
    }

    /// A member's latest block; `None` when it fails or answers short.
    pub fn ask_latest(&self, member: &Address) -> Option<u64> {
        let output =
            host::static_call_capped(member, &latestBlockCall {}.abi_encode(), self.gas_cap)
                .ok()?;
        Arguments::new(&output).uint64(0).ok()
    }
}

/// The members, ascending, as an encoded `address[]`.
pub fn all() -> Vec<u8> {
    let settings = Settings::load();
    let mut words = Vec::with_capacity(MOST_MEMBERS.saturating_add(2));
    words.extend([32.to_word(), settings.count.to_word()]);
    words.extend(settings.members().map(|member| member.to_word()));
    encode(&words)
}

/// The constructor: sets members, threshold and gas cap, once. Deployment and this call are one transaction.
pub fn initialize(arguments: Arguments<'_>) -> Reply {
    if Settings::load().threshold != 0 {
        return Err(revert(AlreadyInitialized {}));
    }
    let (members, threshold, gas_cap) = (
        arguments.words(0)?,
        arguments.uint64(1)?,
        arguments.uint64(2)?,
    );
    let count = members.len();
    if count == 0
        || count > MOST_MEMBERS
        || threshold == 0
        || threshold > count as u64
        || gas_cap == 0
    {
        return Err(revert(InvalidMembers {}));
    }
    let mut before = Address::ZERO;
    for (index, word) in (0..).zip(members) {
        let member = Arguments::new(word).address(0)?;
        // Strictly ascending from zero: no member is zero, none is twice.
        if member <= before {
            return Err(revert(InvalidMembers {}));
        }
        host::store(&slot_of(index), &member.into_word());
        before = member;
    }
    storage::store_variable(
        SETTINGS,
        &storage::pack([0, count as u64, threshold, gas_cap]),
    );
    Ok(Vec::new())
}
