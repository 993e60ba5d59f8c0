//! What is too large for one transaction: loads and parts open a mirror, `complete` proves it as a whole.

use alloc::vec::Vec;

use alloy_primitives::{B256, U256};
use smartsync_abi::{
    IProofErrors::AccountAbsent,
    IRegistry::{
        BelowPartBlock, LengthMismatch, Loaded, MigrationCompleted, NotCreator, NotNewer,
        OpeningTooEarly, PartApplied, PartBlockHeld, PartTooSmall, Status, StorageRootMismatch,
    },
    management::{OPENING_PART, PART},
    parts::{OPENING_AGE, OPENING_BYTES, OPENING_CHANGES, PART_STEP},
};
use smartsync_program::{Arguments, Reply, emit, proof_revert, revert};
use smartsync_proof::{change_count, verify_account};

use crate::{
    call::Call,
    carried, mirror, primary,
    record::{Record, Update},
    source, target,
};

/// Writes unproven slots into a mirror that was never active, for its creator.
pub fn load(call: &Call, arguments: Arguments<'_>) -> Reply {
    let (slots, values) = (arguments.words(1)?, arguments.words(2)?);
    let mut record = Record::load(&arguments.address(0)?)?;
    if matches!(record.status, Status::Active) || record.was_active() {
        return Err(record.wrong_status());
    }
    let creator = carried::configuration(&record.proxy)?.creator;
    if creator != call.sender {
        return Err(revert(NotCreator { creator }));
    }
    if slots.len() != values.len() || slots.is_empty() {
        return Err(revert(LengthMismatch {
            slots: U256::from(slots.len()),
            values: U256::from(values.len()),
        }));
    }
    let mut words = Vec::with_capacity(slots.len().saturating_mul(2));
    for (slot, value) in slots.iter().zip(values) {
        words.push(slot.as_slice());
        words.push(value.as_slice());
    }
    let update = record.update();
    open(&mut record, update)?;
    mirror::load(&record, &words)?;
    emit(&Loaded {
        proxy: record.proxy,
        slots: slots.len() as u64,
    });
    Ok(Vec::new())
}

/// Writes values proven by inclusion at a source block. The mirror is locked until `complete`.
pub fn part(call: &mut Call, arguments: Arguments<'_>) -> Reply {
    let mut record = Record::load(&arguments.address(0)?)?;
    let source_block = arguments.uint64(1)?;
    if source_block <= record.source_block {
        return Err(revert(NotNewer {
            recorded: record.source_block,
            sourceBlock: source_block,
        }));
    }
    let mut update = record.update();
    if source_block < update.part_block {
        return Err(revert(BelowPartBlock {
            partBlock: update.part_block,
            sourceBlock: source_block,
        }));
    }
    let carried = carried::configuration(&record.proxy)?;
    let multi_proof = arguments.bytes(3)?;
    let changes = change_count(multi_proof);
    let opens = match record.status {
        Status::Active => true,
        // It cannot be synced from the empty state any more: its creator may choose that, nobody else by little.
        Status::Created => carried.creator != call.sender,
        // Open already: a record is never without a status.
        _ => false,
    };
    // No changes, no progress; and a mirror is only opened by much of it.
    if changes == 0 || (opens && multi_proof.len() < OPENING_BYTES && changes < OPENING_CHANGES) {
        return Err(revert(PartTooSmall {
            bytesGiven: multi_proof.len() as u64,
            changesGiven: u64::from(changes),
        }));
    }
    let source = source::state(&carried, source_block)?;
    let mut lock = B256::ZERO;
    if matches!(record.status, Status::Active) {
        lock = call.take_lock()?;
        let until = record.source_timestamp.saturating_add(OPENING_AGE);
        if source_block.saturating_sub(record.source_block) != 1 && source.timestamp < until {
            return Err(revert(OpeningTooEarly { until }));
        }
    }
    if update.part_block != 0 && source_block != update.part_block {
        let part_block = source::state(&carried, update.part_block)?;
        let until = part_block.timestamp.saturating_add(PART_STEP);
        if source.timestamp < until {
            return Err(revert(PartBlockHeld {
                partBlock: update.part_block,
                until,
            }));
        }
    }
    let storage_root = source::mirrored(&source, &carried, arguments.byte_arrays(2)?)?;
    let operation = if matches!(record.status, Status::Open) {
        PART
    } else {
        OPENING_PART
    };
    update.part_block = source_block;
    open(&mut record, update)?;
    mirror::part(&record, operation, &storage_root, multi_proof, &lock)?;
    emit(&PartApplied {
        proxy: record.proxy,
        sourceBlock: source_block,
        changes: u64::from(changes),
    });
    Ok(Vec::new())
}

/// Records a write of unproven state: any header that proves the whole must not be older.
fn open(record: &mut Record, mut update: Update) -> Result<(), Vec<u8>> {
    update.last_write = target::block_number()?;
    record.store_update(&update);
    if !matches!(record.status, Status::Open) {
        record.status = Status::Open;
        record.store();
    }
    Ok(())
}

/// Proves that the mirror's whole storage equals the source's, by an account proof on each chain.
pub fn complete(call: &Call, arguments: Arguments<'_>) -> Reply {
    let mut record = Record::load(&arguments.address(0)?)?;
    let source_block = arguments.uint64(1)?;
    if !matches!(record.status, Status::Open) {
        return Err(record.wrong_status());
    }
    if source_block <= record.source_block {
        return Err(revert(NotNewer {
            recorded: record.source_block,
            sourceBlock: source_block,
        }));
    }
    let (carried, update) = (carried::configuration(&record.proxy)?, record.update());
    let source = source::state(&carried, source_block)?;
    let storage_root = source::mirrored(&source, &carried, arguments.byte_arrays(2)?)?;
    let target_state_root = target::confirmed_state_root(arguments.bytes(3)?, update.last_write)?;
    let mirrored = verify_account(&target_state_root, &record.proxy, arguments.byte_arrays(4)?)
        .map_err(proof_revert)?
        .ok_or_else(|| {
            revert(AccountAbsent {
                account: record.proxy,
            })
        })?;
    if mirrored.storage_root != storage_root {
        return Err(revert(StorageRootMismatch {
            source: storage_root,
            proxy: mirrored.storage_root,
        }));
    }
    record.source_block = source.block;
    record.source_timestamp = source.timestamp;
    record.status = Status::Active;
    primary::claim(&mut record, &carried)?;
    record.store();
    record.store_update(&Update {
        part_block: 0,
        ..update
    });
    record.store_storage_root(&storage_root);
    emit(&MigrationCompleted {
        proxy: record.proxy,
        sourceBlock: record.source_block,
        sourceTimestamp: record.source_timestamp,
        storageRoot: storage_root,
    });
    mirror::sweep(&record, &call.sender)?;
    Ok(Vec::new())
}
