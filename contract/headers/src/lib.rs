//! The header store that root sources share: what is known of source blocks, in the root source's own storage. A root
//! source adds what makes it believe a header.
#![no_std]
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::arithmetic_side_effects
)]

extern crate alloc;

use alloc::vec::Vec;

use alloy_primitives::B256;
use smartsync_abi::IRootSource::{
    ConflictingHeader, HeaderAccepted, HeaderFromFuture, NotTheParent, UnknownBlock, UnknownHeader,
};
use smartsync_program::{
    Arguments, Reply, ToWord, emit, encode, header_revert, host, revert, storage, uint64,
};
use smartsync_proof::Header;

/// Variables from this number on belong to the store; a root source's own come before.
const FIRST: u8 = 16;

/// The highest known block.
const LATEST: u8 = FIRST;
/// Mapping from block number to state root.
const STATE_ROOTS: u8 = FIRST + 1;
/// Mapping from block number to timestamp (8 bytes) and the last 24 bytes of the block hash. 192 bits are more than
/// anyone can find a second header for, and they share the word.
const STAMPS: u8 = FIRST + 2;

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

/// Decodes a header. Reverts `MalformedHeader`.
pub fn decode(rlp: &[u8]) -> Result<Header, Vec<u8>> {
    Header::decode(rlp).map_err(header_revert)
}

/// Whether exactly this header is stored; another one for its number is `ConflictingHeader`.
pub fn is_known(header: &Header) -> Result<bool, Vec<u8>> {
    let stored = host::load(&stamp_slot(header.number));
    if stored.is_zero() {
        return Ok(false);
    }
    if stored != stamp(header) {
        return Err(revert(ConflictingHeader {
            blockNumber: header.number,
            blockHash: header.hash,
        }));
    }
    Ok(true)
}

/// Stores a header that is not known and that the root source believes. Reverts `HeaderFromFuture`.
pub fn accept(header: &Header) -> Result<(), Vec<u8>> {
    let latest_allowed = host::timestamp().saturating_add(CLOCK_TOLERANCE);
    if header.timestamp > latest_allowed {
        return Err(revert(HeaderFromFuture {
            timestamp: header.timestamp,
            latestAllowed: latest_allowed,
        }));
    }
    host::store(&state_root_slot(header.number), &header.state_root);
    host::store(&stamp_slot(header.number), &stamp(header));
    if uint64(&storage::load_variable(LATEST))? < header.number {
        storage::store_variable(LATEST, &header.number.to_word());
    }
    emit(&HeaderAccepted {
        blockNumber: header.number,
        blockHash: header.hash,
        stateRoot: header.state_root,
        timestamp: header.timestamp,
    });
    Ok(())
}

/// `stateRoot(uint64)`: state root and timestamp of a known block. Reverts `UnknownBlock`.
pub fn state_root(arguments: Arguments<'_>) -> Reply {
    let number = arguments.uint64(0)?;
    let state_root = host::load(&state_root_slot(number));
    if state_root.is_zero() {
        return Err(revert(UnknownBlock {
            blockNumber: number,
        }));
    }
    let [timestamp, ..] = storage::unpack(&host::load(&stamp_slot(number)));
    Ok(encode(&[state_root, timestamp.to_word()]))
}

/// `latestBlock()`: the highest known block; 0 when none is known.
pub fn latest_block() -> Reply {
    Ok(encode(&[storage::load_variable(LATEST)]))
}

/// `extend(bytes[])`: takes the parents of a known header, each by the hash in the one before it.
pub fn extend(arguments: Arguments<'_>) -> Reply {
    let mut child: Option<Header> = None;
    for (index, rlp) in (0..).zip(arguments.byte_arrays(0)?) {
        let header = decode(rlp)?;
        let known = is_known(&header)?;
        match child {
            None if !known => {
                return Err(revert(UnknownHeader {
                    blockNumber: header.number,
                    blockHash: header.hash,
                }));
            }
            // A parent's number follows from its hash only if the source chain is sound: check it.
            Some(child)
                if child.parent_hash != header.hash
                    || child.number.checked_sub(1) != Some(header.number) =>
            {
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
