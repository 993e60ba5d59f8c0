//! The mirror of record of each source.

use alloc::vec::Vec;

use alloy_primitives::{Address, B256};
use smartsync_abi::IRegistry::ProxySet;
use smartsync_clone::Configuration;
use smartsync_program::{emit, host, storage};

use crate::{carried, configuration::PRIMARIES, record::Record};

fn slot_of(source: &Address) -> B256 {
    storage::mapping(PRIMARIES, source.into_word())
}

/// The mirror of record of a source; zero when there is none.
pub fn of(source: &Address) -> Address {
    storage::address(&host::load(&slot_of(source)))
}

/// Makes a mirror that was just proven its source's mirror of record, if there is none, or if the present one has
/// another code hash and an older block. The caller stores its record.
pub fn claim(record: &mut Record, carried: &Configuration) -> Result<(), Vec<u8>> {
    if record.primary {
        return Ok(());
    }
    let present = of(&carried.source);
    if !present.is_zero() {
        let mut present = Record::load(&present)?;
        if present.source_block >= record.source_block
            || carried::configuration(&present.proxy)?.code_hash == carried.code_hash
        {
            return Ok(());
        }
        present.primary = false;
        present.store();
    }
    record.primary = true;
    host::store(&slot_of(&carried.source), &record.proxy.into_word());
    emit(&ProxySet {
        source: carried.source,
        proxy: record.proxy,
    });
    Ok(())
}
