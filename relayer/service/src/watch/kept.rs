use relayer::ChangeSet;
use smartsync_abi::IRegistry::ProxyRecord;
use smartsync_chain::RawHeader;
use smartsync_groups::GroupMove;

/// What was proven at a block that was not final yet: the source node proves no final block any more. Kept in memory only; a restart makes
/// another.
#[derive(Debug)]
pub(super) struct Kept {
    pub header: RawHeader,
    pub proven: Proven,
    /// The oldest block that the node proved then.
    pub oldest: u64,
    /// What the registry knew of the mirror: on another state it is of no use.
    pub record: ProxyRecord,
}

/// What separates a mirror, or a group, from its sources.
#[derive(Debug)]
pub(super) enum Proven {
    Mirror(Box<ChangeSet>),
    Group(Box<GroupMove>),
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
