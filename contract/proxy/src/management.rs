use alloc::vec::Vec;

use alloy_primitives::{Address, B256};
use smartsync_abi::{
    IProofErrors::SlotUnchanged,
    IProxy::{TransferFailed, UnknownManagement},
    management::{LOAD, OPENING_PART, PART, SWEEP, TRANSITION},
};
use smartsync_program::{Reply, host, malformed, multi_proof_revert, revert};
use smartsync_proof::{MultiProofError, Slots, confirm_transition, prove_inclusion};

/// The mirror's own storage. Writes are cached by the runtime and dropped when the call reverts.
struct OwnStorage;

impl Slots for OwnStorage {
    fn load(&mut self, slot: &B256) -> B256 {
        host::load(slot)
    }

    fn store(&mut self, slot: &B256, value: &B256) {
        host::store(slot, value);
    }
}

/// Carries out a message of the registry (`smartsync_abi::management`). Its caller is the registry.
pub fn perform(message: &[u8]) -> Reply {
    let (operation, fields) = message.split_first().ok_or_else(malformed)?;
    match *operation {
        TRANSITION => transition(fields),
        OPENING_PART => part(fields, true),
        PART => part(fields, false),
        LOAD => load(fields),
        SWEEP => sweep(fields),
        operation => Err(revert(UnknownManagement { operation })),
    }
}

fn word(fields: &[u8]) -> Result<(B256, &[u8]), Vec<u8>> {
    fields
        .split_first_chunk::<32>()
        .map(|(word, rest)| (B256::new(*word), rest))
        .ok_or_else(malformed)
}

fn transition(fields: &[u8]) -> Reply {
    let (pre_storage_root, fields) = word(fields)?;
    let (post_storage_root, multi_proof) = word(fields)?;
    confirm_transition(
        multi_proof,
        &pre_storage_root,
        &post_storage_root,
        &mut OwnStorage,
    )
    .map_err(multi_proof_revert)?;
    Ok(Vec::new())
}

/// Why a part is refused; the walk stops at the first reason.
struct PartRefused(Vec<u8>);

impl From<MultiProofError> for PartRefused {
    fn from(error: MultiProofError) -> Self {
        Self(multi_proof_revert(error))
    }
}

/// Writes what is proven. Somebody else's part may have come first: slots that have their value are passed over, unless
/// `all` must change; one must.
fn part(fields: &[u8], all: bool) -> Reply {
    let (post_storage_root, multi_proof) = word(fields)?;
    let (mut done, mut changed) = (None, false);
    prove_inclusion(multi_proof, &post_storage_root, |slot, value| {
        if host::load(slot) != *value {
            host::store(slot, value);
            changed = true;
            return Ok(());
        }
        done = Some(*slot);
        if all { Err(unchanged(slot)) } else { Ok(()) }
    })
    .map_err(|refused| refused.0)?;
    match done {
        Some(slot) if !changed => Err(unchanged(&slot).0),
        _ => Ok(Vec::new()),
    }
}

fn unchanged(slot: &B256) -> PartRefused {
    PartRefused(revert(SlotUnchanged {
        slot: (*slot).into(),
    }))
}

fn load(mut fields: &[u8]) -> Reply {
    while !fields.is_empty() {
        let (slot, rest) = word(fields)?;
        let (value, rest) = word(rest)?;
        host::store(&slot, &value);
        fields = rest;
    }
    Ok(Vec::new())
}

fn sweep(fields: &[u8]) -> Reply {
    let to = fields
        .as_array::<20>()
        .map(|to| Address::new(*to))
        .ok_or_else(malformed)?;
    if host::call(&to, &[], &host::balance(&host::this())).is_err() {
        return Err(revert(TransferFailed { to }));
    }
    Ok(Vec::new())
}
