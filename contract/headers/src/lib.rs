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

mod frontier;
mod variables;

use alloc::vec::Vec;

use alloy_primitives::B256;
use smartsync_abi::IRootSource::{
    ConflictingHeader, HeaderAccepted, HeaderFromFuture, NotTheParent, UnknownBlock, UnknownChild,
};
use smartsync_program::{
    Arguments, Reply, ToWord, emit, encode, header_revert, host, revert, storage,
};
use smartsync_proof::Header;

pub use frontier::initialize;
use frontier::{CLOCK_TOLERANCE, Frontier};
use variables::{STAMPS, STATE_ROOTS};

/// Bytes of a stamp: timestamp (5), the first bytes of the parent's block hash (24), the first bytes of the block hash (3).
const PARENT_AT: usize = 5;
const HASH_AT: usize = 29;
/// What is behind the timestamp in the first 8 bytes of a stamp, in bits.
const TIMESTAMP_SHIFT: u32 = 24;

fn state_root_slot(number: u64) -> B256 {
    storage::mapping(STATE_ROOTS, number.to_word())
}

fn stamp_slot(number: u64) -> B256 {
    storage::mapping(STAMPS, number.to_word())
}

/// What is stored of a header beside its state root, in one word. Nobody can find two parents, one of them in the chain,
/// that share 192 bits of their hashes (some 2^96 trials). Five bytes hold a timestamp for 34,000 years; `accept` refuses
/// one from the future. The bits of the header's own hash only tell a conflicting header from the stored one: a header with
/// the same state root, timestamp, parent and these bits would say nothing else than the stored one does.
fn stamp(header: &Header) -> B256 {
    let timestamp = header.timestamp.to_be_bytes();
    let timestamp = timestamp.last_chunk::<PARENT_AT>();
    let mut stamp = B256::ZERO;
    let parts = [
        (0, timestamp.map_or(&[][..], |bytes| bytes)),
        (PARENT_AT, parent_bits(&header.parent_hash)),
        (HASH_AT, header.hash.as_slice()),
    ];
    for (at, part) in parts {
        for (byte, value) in stamp.iter_mut().skip(at).zip(part) {
            *byte = *value;
        }
    }
    stamp
}

/// The part of a parent's block hash that its child's stamp holds.
fn parent_bits(hash: &B256) -> &[u8] {
    hash.get(..HASH_AT - PARENT_AT).unwrap_or_default()
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
    if stored != stamp(header) || host::load(&state_root_slot(header.number)) != header.state_root {
        return Err(revert(ConflictingHeader {
            blockNumber: header.number,
            blockHash: header.hash,
        }));
    }
    Ok(true)
}

/// Stores a header that is not known and that the root source believes. Reverts `HeaderFromFuture` and
/// `HeaderTooFarAhead`.
pub fn accept(header: &Header) -> Result<(), Vec<u8>> {
    let latest_allowed = host::timestamp().saturating_add(CLOCK_TOLERANCE);
    if header.timestamp > latest_allowed {
        return Err(revert(HeaderFromFuture {
            timestamp: header.timestamp,
            latestAllowed: latest_allowed,
        }));
    }
    Frontier::load().reach(header)?;
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

/// `stateRoot(uint64)`: state root and timestamp of a known block. Reverts `UnknownBlock`.
pub fn state_root(arguments: Arguments<'_>) -> Reply {
    let number = arguments.uint64(0)?;
    let state_root = host::load(&state_root_slot(number));
    if state_root.is_zero() {
        return Err(revert(UnknownBlock {
            blockNumber: number,
        }));
    }
    let [first, ..] = storage::unpack(&host::load(&stamp_slot(number)));
    Ok(encode(&[state_root, (first >> TIMESTAMP_SHIFT).to_word()]))
}

/// `latestBlock()`: the highest known block; 0 when none is known.
pub fn latest_block() -> Reply {
    Ok(encode(&[Frontier::load().latest.to_word()]))
}

/// `minBlockTime()`: milliseconds that a block takes at least, on average.
pub fn min_block_time() -> Reply {
    Ok(encode(&[Frontier::load().min_block_time.to_word()]))
}

/// `extend(bytes)`: takes the parent of a known header.
pub fn extend(arguments: Arguments<'_>) -> Reply {
    accept_parent(arguments.bytes(0)?)?;
    Ok(Vec::new())
}

/// `extendMany(bytes[])`: takes headers each of which is, by its turn, the parent of a known one.
pub fn extend_many(arguments: Arguments<'_>) -> Reply {
    for header in arguments.byte_arrays(0)? {
        accept_parent(header)?;
    }
    Ok(Vec::new())
}

/// Stores the parent of a known header: the child's stamp vouches for its hash. A known header is taken for what it is.
fn accept_parent(rlp: &[u8]) -> Result<(), Vec<u8>> {
    let header = decode(rlp)?;
    if is_known(&header)? {
        return Ok(());
    }
    let child = header.number.saturating_add(1);
    let stamp = host::load(&stamp_slot(child));
    if stamp.is_zero() {
        return Err(revert(UnknownChild { blockNumber: child }));
    }
    if stamp.get(PARENT_AT..HASH_AT) != Some(parent_bits(&header.hash)) {
        return Err(revert(NotTheParent {
            blockNumber: header.number,
            blockHash: header.hash,
        }));
    }
    accept(&header)
}
