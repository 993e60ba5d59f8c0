//! The cache between a frame and its storage: writes reach the state only when flushed.

use std::collections::BTreeMap;

use alloy_primitives::B256;

/// Gas that must be left, beside the access itself, for a read or write of the cache.
pub(super) const REQUIRED_ACCESS_GAS: u64 = 10;

/// Slots a frame has read or written.
#[derive(Debug, Default)]
pub(super) struct StorageCache {
    slots: BTreeMap<B256, Slot>,
    reads: u32,
    writes: u32,
}

/// One slot.
#[derive(Debug)]
struct Slot {
    value: B256,
    /// What the state holds, as far as it was seen.
    known: Option<B256>,
}

impl StorageCache {
    /// Counts a read; its surcharge in gas grows with their number.
    pub(super) fn read_gas(&mut self) -> u64 {
        self.reads = self.reads.saturating_add(1);
        match self.reads {
            0..=32 => 0,
            33..=128 => 2,
            _ => 10,
        }
    }

    /// Counts a write; its surcharge in gas grows with their number.
    pub(super) fn write_gas(&mut self) -> u64 {
        self.writes = self.writes.saturating_add(1);
        match self.writes {
            0..=8 => 0,
            9..=64 => 7,
            _ => 10,
        }
    }

    /// The value of a slot, if it is in the cache.
    pub(super) fn get(&self, key: &B256) -> Option<B256> {
        self.slots.get(key).map(|slot| slot.value)
    }

    /// Keeps what the state holds.
    pub(super) fn loaded(&mut self, key: B256, value: B256) {
        self.slots.insert(
            key,
            Slot {
                value,
                known: Some(value),
            },
        );
    }

    /// Writes a slot in the cache only.
    pub(super) fn set(&mut self, key: B256, value: B256) {
        let slot = self.slots.entry(key).or_insert(Slot { value, known: None });
        slot.value = value;
    }

    /// Slots whose value is not known to be in the state, by key; they count as known from here on.
    /// `clear` also empties the cache (but not its counts).
    pub(super) fn flush(&mut self, clear: bool) -> Vec<(B256, B256)> {
        let mut dirty = Vec::new();
        for (key, slot) in &mut self.slots {
            if slot.known != Some(slot.value) {
                slot.known = Some(slot.value);
                dirty.push((*key, slot.value));
            }
        }
        if clear {
            self.slots.clear();
        }
        dirty
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(byte: u8) -> B256 {
        B256::with_last_byte(byte)
    }

    #[test]
    fn a_slot_written_back_to_its_loaded_value_is_not_flushed() {
        let mut cache = StorageCache::default();
        cache.loaded(word(1), word(7));
        cache.set(word(1), word(8));
        cache.set(word(1), word(7));
        assert_eq!(cache.flush(false), vec![]);
    }

    #[test]
    fn a_slot_written_unseen_is_flushed_once() {
        let mut cache = StorageCache::default();
        cache.set(word(2), B256::ZERO);
        assert_eq!(cache.flush(false), vec![(word(2), B256::ZERO)]);
        assert_eq!(cache.flush(false), vec![]);
        assert_eq!(cache.get(&word(2)), Some(B256::ZERO));
    }

    #[test]
    fn a_clearing_flush_forgets_values_but_not_counts() {
        let mut cache = StorageCache::default();
        for _ in 0..8 {
            assert_eq!(cache.write_gas(), 0);
        }
        cache.set(word(1), word(1));
        cache.flush(true);
        assert_eq!(cache.get(&word(1)), None);
        assert_eq!(cache.write_gas(), 7);
    }
}
