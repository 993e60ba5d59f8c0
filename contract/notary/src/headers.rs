//! The headers that are known, in storage.

use alloc::vec::Vec;

use alloy_primitives::B256;
use smartsync_abi::{
    INotary::{NotTheParent, UnknownHeader},
    IRootSource::{ConflictingHeader, HeaderAccepted, HeaderFromFuture, MalformedSubmission, UnknownBlock},
};
use smartsync_program::{Arguments, Reply, ToWord, emit, encode, header_revert, host, revert, storage};
use smartsync_proof::Header;

use crate::{
    signatures,
    signers::Settings,
    typed_data,
};

/// Mapping from block number to state root.
const STATE_ROOTS: u8 = 4;
/// Mapping from block number to timestamp (8 bytes) and the last 24 bytes of the block hash. 192 bits are more than
/// anyone can find a second header for, and they share the word.
const STAMPS: u8 = 5;

/// How far a header may be ahead of the target chain's clock, in seconds.
const CLOCK_TOLERANCE: u64 = 3600;

fn state_root_slot(number: u64) -> B256 {
    storage::mapping(STATE_ROOTS, number.to_word())
}

fn stamp_slot(number: u64) -> B256 {
    storage::mapping(STAMPS, number.to_word())
}

fn stamp(header: &Header) -> B256 {
    let mut stamp = header.hash;
    if let Some(timestamp) = stamp.first_chunk_mut::<8>() {
        *timestamp = header.timestamp.to_be_bytes();
    }
    stamp
}

/// Whether exactly this header is stored; another one for its number is `ConflictingHeader`.
fn is_known(header: &Header) -> Result<bool, Vec<u8>> {
    let stored = host::load(&stamp_slot(header.number));
    if stored.is_zero() {
        return Ok(false);
    }
    if stored != stamp(header) {
        return Err(revert(ConflictingHeader { blockNumber: header.number, blockHash: header.hash }));
    }
    Ok(true)
}

fn accept(header: &Header) -> Result<(), Vec<u8>> {
    let latest = host::timestamp().saturating_add(CLOCK_TOLERANCE);
    if header.timestamp > latest {
        return Err(revert(HeaderFromFuture { timestamp: header.timestamp, latestAllowed: latest }));
    }
    host::store(&state_root_slot(header.number), &header.state_root);
    host::store(&stamp_slot(header.number), &stamp(header));
    emit(&HeaderAccepted {
        blockNumber: header.number,
        blockHash: header.hash,
        stateRoot: header.state_root,
        timestamp: header.timestamp,
    });
    Ok(())
}

/// State root and timestamp of a known block.
pub fn state_root(arguments: Arguments<'_>) -> Reply {
    let number = arguments.uint64(0)?;
    let state_root = host::load(&state_root_slot(number));
    if state_root.is_zero() {
        return Err(revert(UnknownBlock { blockNumber: number }));
    }
    let [timestamp, ..] = storage::unpack(&host::load(&stamp_slot(number)));
    Ok(encode(&[state_root, timestamp.to_word()]))
}

/// Takes a header with signatures. A known header is not checked again.
pub fn submit(arguments: Arguments<'_>) -> Reply {
    let submission = Arguments::new(arguments.bytes(0)?);
    let (Ok(header), Ok(evidence)) = (submission.bytes(0), submission.bytes(1)) else {
        return Err(revert(MalformedSubmission {}));
    };
    let header = Header::decode(header).map_err(header_revert)?;
    if is_known(&header)? {
        return Ok(Vec::new());
    }
    let mut settings = Settings::load();
    signatures::check(&typed_data::header_digest(&header.hash, settings.epoch), evidence, &settings)?;
    accept(&header)?;
    if header.number > settings.latest_block {
        settings.latest_block = header.number;
        settings.store();
    }
    Ok(Vec::new())
}

/// Takes the parents of a known header, each by the hash in the one before it.
pub fn extend(arguments: Arguments<'_>) -> Reply {
    let mut child: Option<Header> = None;
    for (index, rlp) in (0..).zip(arguments.byte_arrays(0)?) {
        let header = Header::decode(rlp).map_err(header_revert)?;
        let known = is_known(&header)?;
        match child {
            None if !known => {
                return Err(revert(UnknownHeader { blockNumber: header.number, blockHash: header.hash }));
            }
            // A parent's number follows from its hash only if the source chain is sound: check it.
            Some(child) if child.parent_hash != header.hash || child.number.checked_sub(1) != Some(header.number) => {
                return Err(revert(NotTheParent { index }));
            }
            _ => {}
        }
        if !known {
            accept(&header)?;
        }
        child = Some(header);
    }
    Ok(Vec::new())
}
