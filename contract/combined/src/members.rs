//! The members, in storage, and what they answer.

use alloc::vec::Vec;

use alloy_primitives::{Address, B256};
use alloy_sol_types::SolCall;
use smartsync_abi::{
    ICombined::{InvalidMembers, TooLittleGas},
    IProgramErrors::AlreadyInitialized,
    IRootSource::{latestBlockCall, stateRootCall},
};
use smartsync_program::{AddressSet, Arguments, Reply, host, revert, storage};

const SETTINGS: u8 = 0;
const MEMBERS: u8 = 1;

const MOST_MEMBERS: u64 = 32;

/// What a call costs the caller at most, beside the gas that it gives: a cold account (2,600, EIP-2929) and the host function.
const CALL_OVERHEAD: u64 = 5_000;

/// One packed word.
pub struct Settings {
    /// Number of members.
    pub count: u64,
    /// Number of members that must agree, more than half of them; 0 before the constructor has run.
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
        (index < self.count).then(|| AddressSet::at(MEMBERS).get(index))
    }

    /// What the members say of a block. One that fails, answers short, with a zero root or without a timestamp says
    /// nothing.
    pub fn state_roots(&self, block: u64) -> Result<Vec<Answer>, Vec<u8>> {
        self.ask::<64, _>(
            &stateRootCall { blockNumber: block }.abi_encode(),
            |words| {
                let answer = Answer {
                    state_root: words.word(0).ok()?,
                    timestamp: words.uint64(1).ok()?,
                };
                (!answer.state_root.is_zero()).then_some(answer)
            },
        )
    }

    /// The members' latest blocks, without those that fail or answer short.
    pub fn latest_blocks(&self) -> Result<Vec<u64>, Vec<u8>> {
        self.ask::<32, _>(&latestBlockCall {}.abi_encode(), |words| {
            words.uint64(0).ok()
        })
    }

    /// Asks all members. Each is given the whole gas cap, else `TooLittleGas`: by sending little gas nobody chooses which of
    /// them can answer. There are other ways to silence one, and nothing is gained by them: see `latest_block`.
    fn ask<const N: usize, T>(
        &self,
        input: &[u8],
        parse: impl Fn(Arguments<'_>) -> Option<T>,
    ) -> Result<Vec<T>, Vec<u8>> {
        // A call is given 63/64 of what is left (EIP-150).
        let required = self
            .gas_cap
            .saturating_add(self.gas_cap / 63)
            .saturating_add(CALL_OVERHEAD);
        let mut answers = Vec::new();
        for member in AddressSet::at(MEMBERS).iter(self.count) {
            let left = host::gas_left();
            if left < required {
                return Err(revert(TooLittleGas { required, left }));
            }
            let head = host::static_call_head::<N>(&member, input, self.gas_cap);
            answers.extend(head.and_then(|head| parse(Arguments::new(&head))));
        }
        Ok(answers)
    }
}

/// The members, ascending, as an encoded `address[]`.
pub fn all() -> Vec<u8> {
    AddressSet::at(MEMBERS).encode(Settings::load().count)
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
    let invalid = || revert(InvalidMembers {});
    if gas_cap == 0 {
        return Err(invalid());
    }
    let count =
        AddressSet::at(MEMBERS).replace(members, threshold, MOST_MEMBERS, invalid, |_member| {})?;
    // Else two answers could each have a quorum, and who silences members would choose between them.
    if threshold.saturating_mul(2) <= count {
        return Err(invalid());
    }
    storage::store_variable(SETTINGS, &storage::pack([0, count, threshold, gas_cap]));
    Ok(Vec::new())
}
