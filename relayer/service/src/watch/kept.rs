use relayer::ChangeSet;
use smartsync_abi::IRegistry::ProxyRecord;
use smartsync_chain::RawHeader;

/// What separates a mirror from its source at a block that was not final yet when it was proven: the source node proves
/// no final block any more. Kept in memory only; a restart makes another.
#[derive(Debug)]
pub(super) struct Kept {
    pub header: RawHeader,
    pub set: ChangeSet,
    /// The oldest block that the node proved then.
    pub oldest: u64,
    /// What the registry knew of the mirror: on another state it is of no use.
    pub record: ProxyRecord,
}

impl Kept {
    /// Whether it leads on from this state.
    pub fn fits(&self, record: &ProxyRecord) -> bool {
        let state = |record: &ProxyRecord| {
            (
                record.sourceBlock,
                record.storageRoot,
                record.partBlock,
                record.lastWrite,
            )
        };
        state(&self.record) == state(record)
    }
}
