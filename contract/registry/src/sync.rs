use alloc::vec::Vec;

use alloy_primitives::B256;
use smartsync_abi::{
    IProofErrors::PostRootMismatch,
    IRegistry::{NotAtBlock, NotNewer, Status, SyncSkipped, Synced},
};
use smartsync_clone::Configuration;
use smartsync_program::{Arguments, Reply, emit, malformed, revert, source_chain::SourceState};
use smartsync_proof::change_count;

use crate::{call::Call, carried, mirror, primary, record::Record, source};

/// The multi-proof of no change: version and count 0.
const EMPTY_MULTI_PROOF: [u8; 3] = [1, 0, 0];

/// Moves one mirror to the source's state at a newer block.
pub fn sync(call: &Call, arguments: Arguments<'_>) -> Reply {
    let record = Record::load(&arguments.address(0)?)?;
    let source_block = arguments.uint64(1)?;
    if matches!(record.status, Status::Open) {
        return Err(record.wrong_status());
    }
    if source_block <= record.source_block {
        return Err(revert(NotNewer {
            recorded: record.source_block,
            sourceBlock: source_block,
        }));
    }
    let carried = carried::configuration(&record.proxy)?;
    let source = source::state(&carried, source_block)?;
    let storage_root = source::mirrored(&source, &carried, arguments.byte_arrays(2)?)?;
    let post = Post {
        source: &source,
        storage_root,
        multi_proof: arguments.bytes(3)?,
    };
    advance(call, record, &carried, &post)?;
    Ok(Vec::new())
}

/// `sync` for several mirrors at one source block. The account proofs share their nodes. A mirror that somebody moved since the
/// proof was made, or has opened for parts, is skipped; where all or nothing is asked for, that reverts, unless it is where
/// it shall be.
pub fn sync_many(call: &Call, arguments: Arguments<'_>) -> Reply {
    let source = SourceState::at(arguments.uint64(0)?)?;
    let all = arguments.boolean(1)?;
    let nodes = arguments.byte_arrays(2)?;
    for item in arguments.tuples(3)? {
        let record = Record::load(&item.address(0)?)?;
        let from_block = item.uint64(1)?;
        let open = matches!(record.status, Status::Open);
        let there = record.source_block == source.block && !open;
        let moved = record.source_block != from_block || source.block <= from_block;
        if all && open {
            return Err(record.wrong_status());
        }
        if all && moved && !there {
            return Err(revert(NotAtBlock {
                proxy: record.proxy,
                recorded: record.source_block,
                fromBlock: from_block,
            }));
        }
        if moved || open {
            emit(&SyncSkipped {
                proxy: record.proxy,
                sourceBlock: source.block,
            });
            continue;
        }
        let (indices, rest) = item.bytes(2)?.as_chunks::<2>();
        let mut account_proof = Vec::with_capacity(indices.len());
        for index in indices {
            let index = usize::from(u16::from_be_bytes(*index));
            account_proof.push(*nodes.get(index).ok_or_else(malformed)?);
        }
        if !rest.is_empty() {
            return Err(malformed());
        }
        let carried = carried::configuration(&record.proxy)?;
        let storage_root = source::mirrored(&source, &carried, account_proof)?;
        let post = Post {
            source: &source,
            storage_root,
            multi_proof: item.bytes(3)?,
        };
        advance(call, record, &carried, &post)?;
    }
    Ok(Vec::new())
}

/// Where a mirror moves to.
struct Post<'a> {
    source: &'a SourceState,
    storage_root: B256,
    multi_proof: &'a [u8],
}

/// Confirms the transition from the recorded to the proven storage root and moves the record.
fn advance(
    call: &Call,
    mut record: Record,
    carried: &Configuration,
    post: &Post<'_>,
) -> Result<(), Vec<u8>> {
    let pre = record.storage_root();
    let unchanged = post.multi_proof == EMPTY_MULTI_PROOF;
    if unchanged && post.storage_root != pre {
        return Err(revert(PostRootMismatch {
            expected: post.storage_root,
            computed: pre,
        }));
    }
    let unlock = matches!(record.status, Status::Created);
    record.source_block = post.source.block;
    record.source_timestamp = post.source.timestamp;
    record.status = Status::Active;
    primary::claim(&mut record, carried)?;
    record.store();
    if !unchanged {
        record.store_storage_root(&post.storage_root);
        mirror::transition(&record, &pre, &post.storage_root, post.multi_proof)?;
    }
    emit(&Synced {
        proxy: record.proxy,
        sourceBlock: record.source_block,
        sourceTimestamp: record.source_timestamp,
        storageRoot: post.storage_root,
        changes: u64::from(change_count(post.multi_proof)),
    });
    if unlock {
        mirror::sweep(&record, &call.sender)?;
    }
    Ok(())
}
