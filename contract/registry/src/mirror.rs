//! Messages to a mirror. Every address here was found in a record: the registry calls nothing else that a caller names.

use alloc::vec::Vec;

use alloy_primitives::{Address, B256};
use smartsync_abi::management::{LOAD, READ, SWEEP, TRANSITION};
use smartsync_program::host;

use crate::record::Record;

fn message(operation: u8, fields: &[&[u8]]) -> Vec<u8> {
    let length = fields
        .iter()
        .fold(1usize, |length, field| length.saturating_add(field.len()));
    let mut message = Vec::with_capacity(length);
    message.push(operation);
    for field in fields {
        message.extend_from_slice(field);
    }
    message
}

fn send(record: &Record, message: &[u8], value: &B256) -> Result<(), Vec<u8>> {
    host::call(&record.proxy, message, value)?;
    Ok(())
}

/// Has the mirror confirm and apply a transition.
pub fn transition(
    record: &Record,
    pre: &B256,
    post: &B256,
    multi_proof: &[u8],
) -> Result<(), Vec<u8>> {
    send(
        record,
        &message(TRANSITION, &[pre.as_slice(), post.as_slice(), multi_proof]),
        &B256::ZERO,
    )
}

/// Has the mirror write slots proven by inclusion; `lock` goes with it.
pub fn part(
    record: &Record,
    operation: u8,
    post: &B256,
    multi_proof: &[u8],
    lock: &B256,
) -> Result<(), Vec<u8>> {
    send(
        record,
        &message(operation, &[post.as_slice(), multi_proof]),
        lock,
    )
}

/// Has the mirror write unproven slots, given as (slot, value) pairs of words.
pub fn load(record: &Record, words: &[&[u8]]) -> Result<(), Vec<u8>> {
    send(record, &message(LOAD, words), &B256::ZERO)
}

/// A call by another mirror's code.
pub struct Call<'a> {
    /// Who calls, on the source.
    pub from: &'a Address,
    /// With how much gas (`UNLIMITED`: as much as it takes).
    pub gas: u64,
    /// How many frames wait for it.
    pub depth: u64,
    /// Calldata.
    pub data: &'a [u8],
}

/// Has the mirror answer a call of another mirror's code, statically: flag and data, or a failure of ours.
pub fn read(record: &Record, call: &Call<'_>) -> Result<Vec<u8>, Vec<u8>> {
    let (block, timestamp) = (
        record.source_block.to_be_bytes(),
        record.source_timestamp.to_be_bytes(),
    );
    let (gas, depth) = (call.gas.to_be_bytes(), call.depth.to_be_bytes());
    let fields = [
        call.from.as_slice(),
        &block,
        &timestamp,
        &gas,
        &depth,
        call.data,
    ];
    let message = message(READ, &fields);
    host::static_call(&record.proxy, &message)
}

/// Has the mirror send its balance away. The receiver may re-enter, so this comes last.
pub fn sweep(record: &Record, to: &Address) -> Result<(), Vec<u8>> {
    send(record, &message(SWEEP, &[to.as_slice()]), &B256::ZERO)
}
