use alloc::vec::Vec;

use alloy_primitives::{Address, B256};
use smartsync_abi::IRegistry::{Status, UnknownProxy, WrongStatus};
use smartsync_program::{ToWord, host, revert, storage};

use crate::{carried, configuration::RECORDS};

/// Members of a record, one slot each. `sync` reads the first four and writes two.
const HEAD: u64 = 0;
const CODE_HASH: u64 = 1;
const STORAGE_ROOT: u64 = 2;
const BLOCKS: u64 = 3;
const CREATOR: u64 = 4;

/// Bytes of the head before the source's address: primary flag (10), status (11).
const PRIMARY_AT: usize = 10;
const STATUS_AT: usize = 11;

/// What every operation on a mirror needs. The rest of the stored record is read where it is used.
pub struct Record {
    slot: B256,
    /// The mirror.
    pub proxy: Address,
    /// The contract on the source chain.
    pub source: Address,
    /// State of the mirror.
    pub status: Status,
    /// Whether it is its source's mirror of record.
    pub primary: bool,
    /// Source block of the last proven state; 0 before the first.
    pub source_block: u64,
    /// Timestamp of that block, seconds.
    pub source_timestamp: u64,
    /// Highest source block that a part of the open update used.
    pub part_block: u64,
    /// Target (L2) block of the last load or part.
    pub last_write: u64,
}

fn slot_of(proxy: &Address) -> B256 {
    storage::mapping(RECORDS, proxy.into_word())
}

/// The status word of the ABI from its stored byte. Only bytes of `Status` are ever stored.
fn status_from(byte: u8) -> Status {
    match byte {
        1 => Status::Created,
        2 => Status::Active,
        3 => Status::Open,
        _ => Status::None,
    }
}

/// State of a mirror; `None` when there is no such mirror.
pub fn status(proxy: &Address) -> Status {
    let head = host::load(&storage::member(&slot_of(proxy), HEAD));
    status_from(head.get(STATUS_AT).copied().unwrap_or_default())
}

impl Record {
    /// Reads a mirror's record. Reverts `UnknownProxy`.
    pub fn load(proxy: &Address) -> Result<Self, Vec<u8>> {
        let slot = slot_of(proxy);
        let head = host::load(&storage::member(&slot, HEAD));
        let status = status_from(head.get(STATUS_AT).copied().unwrap_or_default());
        if matches!(status, Status::None) {
            return Err(revert(UnknownProxy { proxy: *proxy }));
        }
        let [source_block, source_timestamp, part_block, last_write] =
            storage::unpack(&host::load(&storage::member(&slot, BLOCKS)));
        Ok(Self {
            slot,
            proxy: *proxy,
            source: storage::address(&head),
            status,
            primary: head.get(PRIMARY_AT).is_some_and(|flag| *flag != 0),
            source_block,
            source_timestamp,
            part_block,
            last_write,
        })
    }

    /// Writes the record of a new mirror.
    pub fn create(proxy: &Address, source: Address, code_hash: &B256, creator: &Address) {
        let slot = slot_of(proxy);
        let record = Self {
            slot,
            proxy: *proxy,
            source,
            status: Status::Created,
            primary: false,
            source_block: 0,
            source_timestamp: 0,
            part_block: 0,
            last_write: 0,
        };
        record.store_head();
        host::store(&storage::member(&slot, CODE_HASH), code_hash);
        host::store(
            &storage::member(&slot, STORAGE_ROOT),
            &smartsync_proof::EMPTY_ROOT,
        );
        host::store(&storage::member(&slot, CREATOR), &creator.into_word());
    }

    /// Writes source, status and primary flag.
    pub fn store_head(&self) {
        let mut head = self.source.into_word();
        if let Some(byte) = head.get_mut(STATUS_AT) {
            *byte = u8::from(self.status);
        }
        if let Some(byte) = head.get_mut(PRIMARY_AT) {
            *byte = u8::from(self.primary);
        }
        host::store(&storage::member(&self.slot, HEAD), &head);
    }

    /// Writes blocks and timestamp.
    pub fn store_blocks(&self) {
        let word = storage::pack([
            self.source_block,
            self.source_timestamp,
            self.part_block,
            self.last_write,
        ]);
        host::store(&storage::member(&self.slot, BLOCKS), &word);
    }

    /// Writes the proven storage root.
    pub fn store_storage_root(&self, storage_root: &B256) {
        host::store(&storage::member(&self.slot, STORAGE_ROOT), storage_root);
    }

    /// Code hash proven for the source when the mirror was created.
    pub fn code_hash(&self) -> B256 {
        host::load(&storage::member(&self.slot, CODE_HASH))
    }

    /// Storage root of the last proven state; the empty root before the first.
    pub fn storage_root(&self) -> B256 {
        host::load(&storage::member(&self.slot, STORAGE_ROOT))
    }

    /// Who created the mirror.
    pub fn creator(&self) -> Address {
        storage::address(&host::load(&storage::member(&self.slot, CREATOR)))
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

    /// All of the stored record: the members of the ABI's `ProxyRecord`, in its order.
    pub fn to_words(&self) -> Result<[B256; 10], Vec<u8>> {
        let code_hash = self.code_hash();
        Ok([
            self.source.to_word(),
            carried::configuration(&self.proxy)?.logic.to_word(),
            code_hash,
            self.storage_root(),
            self.source_block.to_word(),
            self.source_timestamp.to_word(),
            u64::from(u8::from(self.status)).to_word(),
            self.part_block.to_word(),
            self.last_write.to_word(),
            self.creator().to_word(),
        ])
    }
}
