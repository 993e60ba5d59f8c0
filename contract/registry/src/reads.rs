//! Views.

use alloc::vec::Vec;

use alloy_primitives::Address;
use smartsync_abi::{
    IProxy::{NotVerified, SyncInProgress},
    IRegistry::{Stale, Status},
};
use smartsync_program::{Arguments, Reply, ToWord, encode, host, revert};

use crate::{
    primary,
    record::{self, Record},
    source,
};

/// The mirror of record of a source.
pub fn proxy_of(arguments: Arguments<'_>) -> Reply {
    Ok(encode(&[primary::of(&arguments.address(0)?).to_word()]))
}

/// What is known of a mirror.
pub fn record(arguments: Arguments<'_>) -> Reply {
    Ok(encode(&Record::load(&arguments.address(0)?)?.to_words()?))
}

/// State of a mirror.
pub fn status(arguments: Arguments<'_>) -> Reply {
    let status = u8::from(record::status(&arguments.address(0)?));
    Ok(encode(&[u64::from(status).to_word()]))
}

/// Reverts unless the mirror may be read.
pub fn require_readable(arguments: Arguments<'_>) -> Reply {
    readable(&Record::load(&arguments.address(0)?)?)?;
    Ok(Vec::new())
}

/// Reverts unless this mirror may be read.
pub fn readable(record: &Record) -> Result<(), Vec<u8>> {
    match record.status {
        Status::Active => Ok(()),
        _ if record.was_active() => Err(revert(SyncInProgress {})),
        _ => Err(revert(NotVerified {})),
    }
}

/// The block of a question: 0 stands for that of the mirror which asks, if it may be read.
pub fn block(asker: &Address, block: u64) -> Result<u64, Vec<u8>> {
    if block != 0 {
        return Ok(block);
    }
    let record = Record::load(asker)?;
    readable(&record)?;
    Ok(record.source_block)
}

/// Reverts unless the mirror may be read and is recent enough. The source's clock may be ahead of the target's; then
/// the age is 0.
pub fn require_fresh(arguments: Arguments<'_>) -> Reply {
    let record = Record::load(&arguments.address(0)?)?;
    let (max_age, max_behind) = (arguments.uint64(1)?, arguments.uint64(2)?);
    readable(&record)?;
    let age = host::timestamp().saturating_sub(record.source_timestamp);
    let behind = source::latest_block()?.saturating_sub(record.source_block);
    if age > max_age || behind > max_behind {
        return Err(revert(Stale {
            ageSeconds: age,
            blocksBehind: behind,
        }));
    }
    Ok(Vec::new())
}
