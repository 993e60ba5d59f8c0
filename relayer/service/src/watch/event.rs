use std::time::Duration;

use alloy_primitives::Address;
use relayer::{
    SyncReport,
    programs::{Activation, Renewal},
};
use smartsync_groups::{FeedUpdate, GroupReport};
use smartsync_roots::PushReport;

use super::policy::Hold;
use crate::error::Error;

/// What happened.
#[derive(Debug)]
pub enum WatchEvent {
    /// A transaction moved a mirror.
    Synced(Box<SyncReport>),
    /// A mirror and all that reads through it take were moved together.
    Together(Box<GroupReport>),
    /// A mirror needs nothing now.
    Current(Address),
    /// A mirror could be synced and is not, for another reason than in the round before.
    Held(Address, Hold),
    /// A mirror could not be brought up to date; it is tried again after this pause.
    Failed(Address, Error, Duration),
    /// A feed was updated.
    FeedUpdated(Box<FeedUpdate>),
    /// A feed could not be looked at or updated; it is tried again after this pause.
    FeedFailed(Address, Error, Duration),
    /// Hashes of source blocks are on their way to the block-hash buffer.
    Pushed(Box<PushReport>),
    /// No block hashes could be pushed; it is tried again after this pause.
    NotPushed(Error, Duration),
    /// A program's activation ends soon, or has ended, and nobody is told to renew it.
    Expiring(Activation),
    /// A program's activation began anew.
    Renewed(Renewal),
    /// A program's activation ends soon, or has ended, and could not be renewed.
    NotRenewed(Activation, Error),
    /// A node or the root source does not answer; all is tried again after this pause.
    Unreachable(Error, Duration),
}
