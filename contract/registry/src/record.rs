use alloc::vec::Vec;

use alloy_primitives::{Address, B256};
use smartsync_abi::IRegistry::{Status, UnknownProxy, WrongStatus};
use smartsync_program::{ToWord, host, revert, storage};

use crate::{carried, configuration::RECORDS};

/// Members of a record, one slot each. What never changes stands in the mirror's code instead (`carried`).
const HEAD: u64 = 0;
const STORAGE_ROOT: u64 = 1;
const UPDATE: u64 = 2;

/// What every operation on a mirror needs, in one slot. The rest of the stored record is read where it is used.
pub struct Record {
    slot: B256,
    /// The mirror.
    pub proxy: Address,
    /// State of the mirror.
    pub status: Status,
    /// Whether it is its source's mirror of record.
    pub primary: bool,
    /// Source block of the last proven state; 0 before the first.
    pub source_block: u64,
    /// Timestamp of that block, seconds.
    pub source_timestamp: u64,
}

/// An update in parts.
#[derive(Default)]
pub struct Update {
    /// Highest source block that a part of it used.
    pub part_block: u64,
    /// Target (L2) block of the last load or part.
    pub last_write: u64,
}

fn slot_of(proxy: &Address) -> B256 {
    storage::mapping(RECORDS, proxy.into_word())
}

/// The status word of the ABI from its stored number. Only numbers of `Status` are ever stored.
fn status_from(number: u64) -> Status {
    match number {
        1 => Status::Created,
        2 => Status::Active,
        3 => Status::Open,
        _ => Status::None,
    }
}

impl Record {
    /// Whether the mirror has the source's state at this block.
    pub fn is_at(&self, source_block: u64) -> bool {
        matches!(self.status, Status::Active) && self.source_block == source_block
    }

    /// A mirror's record, if there is such a mirror.
    fn find(proxy: &Address) -> Option<Self> {
        let slot = slot_of(proxy);
        let [source_block, source_timestamp, primary, status] =
            storage::unpack(&host::load(&storage::member(&slot, HEAD)));
        let status = status_from(status);
        (!matches!(status, Status::None)).then_some(Self {
            slot,
            proxy: *proxy,
            status,
            primary: primary != 0,
            source_block,
            source_timestamp,
        })
    }

    /// Reads a mirror's record. Reverts `UnknownProxy`.
    pub fn load(proxy: &Address) -> Result<Self, Vec<u8>> {
        Self::find(proxy).ok_or_else(|| revert(UnknownProxy { proxy: *proxy }))
    }

    /// Writes the record of a new mirror.
    pub fn create(proxy: &Address) {
        let record = Self {
            slot: slot_of(proxy),
            proxy: *proxy,
            status: Status::Created,
            primary: false,
            source_block: 0,
            source_timestamp: 0,
        };
        record.store();
        record.store_storage_root(&smartsync_proof::EMPTY_ROOT);
    }

    /// Writes status, primary flag, block and timestamp.
    pub fn store(&self) {
        let head = storage::pack([
            self.source_block,
            self.source_timestamp,
            u64::from(self.primary),
            u64::from(u8::from(self.status)),
        ]);
        host::store(&storage::member(&self.slot, HEAD), &head);
    }

    /// The storage root of the last proven state; the empty root before the first.
    pub fn storage_root(&self) -> B256 {
        host::load(&storage::member(&self.slot, STORAGE_ROOT))
    }

    /// Writes the proven storage root.
    pub fn store_storage_root(&self, storage_root: &B256) {
        host::store(&storage::member(&self.slot, STORAGE_ROOT), storage_root);
    }

    /// The update in parts that is under way, or what is left of the last one.
    pub fn update(&self) -> Update {
        let [part_block, last_write, ..] =
            storage::unpack(&host::load(&storage::member(&self.slot, UPDATE)));
        Update {
            part_block,
            last_write,
        }
    }

    /// Writes how far an update in parts is.
    pub fn store_update(&self, update: &Update) {
        let word = storage::pack([update.part_block, update.last_write, 0, 0]);
        host::store(&storage::member(&self.slot, UPDATE), &word);
    }

    /// Whether some state of the mirror was ever proven: no source block that proofs can use is 0.
    pub fn was_active(&self) -> bool {
        self.source_block != 0
    }

    /// `WrongStatus`, with the status as it is.
    pub fn wrong_status(&self) -> Vec<u8> {
        revert(WrongStatus {
            status: u8::from(self.status),
        })
    }

    /// All that is known of the mirror: the members of the ABI's `ProxyRecord`, in its order.
    pub fn to_words(&self) -> Result<[B256; 10], Vec<u8>> {
        let (carried, update) = (carried::configuration(&self.proxy)?, self.update());
        Ok([
            carried.source.to_word(),
            carried.logic.to_word(),
            carried.code_hash,
            self.storage_root(),
            self.source_block.to_word(),
            self.source_timestamp.to_word(),
            u64::from(u8::from(self.status)).to_word(),
            update.part_block.to_word(),
            update.last_write.to_word(),
            carried.creator.to_word(),
        ])
    }
}

/// State of a mirror; `None` when there is no such mirror.
pub fn status(proxy: &Address) -> Status {
    Record::find(proxy).map_or(Status::None, |record| record.status)
}
