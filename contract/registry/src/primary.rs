//! The mirror of record of each source.

use alloc::vec::Vec;

use alloy_primitives::{Address, B256};
use smartsync_abi::IRegistry::ProxySet;
use smartsync_program::{emit, host, storage};

use crate::{configuration::PRIMARIES, record::Record};

fn slot_of(source: &Address) -> B256 {
    storage::mapping(PRIMARIES, source.into_word())
}

/// The mirror of record of a source; zero when there is none.
pub fn of(source: &Address) -> Address {
    storage::address(&host::load(&slot_of(source)))
}

/// Makes a mirror that was just proven its source's mirror of record, if there is none, or if the present one has
/// another code hash and an older block. Stores the heads that change.
pub fn claim(record: &mut Record) -> Result<(), Vec<u8>> {
    if record.primary {
        return Ok(());
    }
    let present = of(&record.source);
    if !present.is_zero() {
        let mut present = Record::load(&present)?;
        if present.code_hash() == record.code_hash() || present.source_block >= record.source_block
        {
            return Ok(());
        }
        present.primary = false;
        present.store_head();
    }
    record.primary = true;
    record.store_head();
    host::store(&slot_of(&record.source), &record.proxy.into_word());
    emit(&ProxySet {
        source: record.source,
        proxy: record.proxy,
    });
    Ok(())
}
