//! Taking turns with other relayers that keep the same mirrors.
//!
//! Nothing here is needed for safety: the registry refuses whatever does not fit, whoever sends it. Taking turns saves the
//! gas of the slower one. A loop that keeps mirrors fresh does this in each round:
//!
//! ```no_run
//! # use relayer::{Relayer, sync};
//! # use smartsync_service::{Coordinator, MirrorId, Outcome};
//! # async fn round(relayer: &Relayer, coordinator: &dyn Coordinator, mirrors: &[MirrorId], due: &[(MirrorId, u64)]) {
//! for (mirror, source_block) in due {
//!     coordinator.offer(*mirror, *source_block).await;
//! }
//! while let Some(turn) = coordinator.next(mirrors).await {
//!     let result = sync(relayer, turn.mirror().proxy, &Default::default()).await;
//!     turn.finish(Outcome::of(&result)).await;
//! }
//! # }
//! ```
//!
//! `next` hands out what was offered, by whomever, longest waiting first, and never a mirror that another relayer holds.
//! What moves together is one turn: its mirrors join it, and nobody else gets one of them meanwhile.
//! A turn that is dropped without `finish` (its task was cancelled, its process killed) frees the mirror and leaves it
//! in the queue. What its relayer had sent may then still be on its way: [`Takeover`] waits for that. Several turns may be
//! held at once. None of this can fail: where it must be shared and cannot be, a coordinator warns and goes on alone.

pub(crate) mod address;
mod alone;
mod error;
mod postgres;
mod schema;
mod session;
mod takeover;

use std::{fmt, time::SystemTime};

use alloy_primitives::{Address, TxHash};
use futures::future::BoxFuture;

pub use alone::Alone;
pub use error::CoordinationError;
pub use postgres::Postgres;
pub use takeover::{Readiness, Takeover};

use relayer::{Relayer, SyncReport};
use smartsync_groups::GroupReport;

/// A mirror among all that relayers may share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MirrorId {
    /// Chain id of the target chain.
    pub target_chain_id: u64,
    /// The registry there.
    pub registry: Address,
    /// The mirror.
    pub proxy: Address,
}

impl MirrorId {
    /// A mirror of a relayer's registry.
    pub fn of(relayer: &Relayer, proxy: Address) -> Self {
        Self {
            target_chain_id: relayer.target().chain_id(),
            registry: relayer.registry.address,
            proxy,
        }
    }
}

/// Gives relayers turns at mirrors.
pub trait Coordinator: fmt::Debug + Send + Sync {
    /// Queues a mirror to be brought to a source block, or a later one. Offering it again while it waits only raises the
    /// block.
    fn offer(&self, mirror: MirrorId, source_block: u64) -> BoxFuture<'_, ()>;

    /// The longest waiting of these mirrors that nobody works at; `None` when none waits.
    fn next<'a>(&'a self, mirrors: &'a [MirrorId]) -> BoxFuture<'a, Option<Box<dyn Turn>>>;
}

/// A mirror that is this relayer's to sync, until it finishes or drops the turn.
pub trait Turn: fmt::Debug + Send {
    /// The mirror.
    fn mirror(&self) -> MirrorId;

    /// Source block that it was offered for.
    fn source_block(&self) -> u64;

    /// Takes further mirrors into the turn: those that move together with its own. Whether nobody works at any of them. Others that
    /// took one and did not finish are predecessors then.
    fn join<'a>(&'a mut self, mirrors: &'a [MirrorId]) -> BoxFuture<'a, bool>;

    /// Whether the turn is at this mirror, its own or one that it took in.
    fn is_at(&self, mirror: &MirrorId) -> bool;

    /// Who had this turn, or one at a mirror that it took in, before and did not finish it; `None` where nobody did, or this relayer itself.
    fn predecessor(&self) -> Option<&Predecessor>;

    /// Makes what a predecessor left this relayer's. Whether it is now.
    fn take_over(&mut self) -> BoxFuture<'_, bool>;

    /// Whether the turn is still this relayer's: asked before something is sent.
    fn is_held(&mut self) -> BoxFuture<'_, bool>;

    /// Ends the turn: its mirrors leave the queue, unless they were offered for a later block meanwhile, and are free again.
    fn finish(self: Box<Self>, outcome: Outcome) -> BoxFuture<'static, ()>;
}

/// A relayer that took a turn and did not finish it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Predecessor {
    /// Its name: the address of its paying account, where it was started on the command line.
    pub relayer: String,
    /// When it took the turn, by the clock that all of them share.
    pub taken_at: SystemTime,
}

/// What came of a turn, for the history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Transactions moved the mirror.
    Synced {
        /// Source block it is at.
        source_block: u64,
        /// Slots changed.
        changes: usize,
        /// Bytes of the multi-proofs.
        proof_bytes: usize,
        /// Gas of all transactions.
        gas_used: u64,
        /// The transactions.
        transactions: Vec<TxHash>,
    },
    /// There was nothing to do.
    Current {
        /// Source block it is at.
        source_block: u64,
    },
    /// It did not work.
    Failed {
        /// Why, in one line.
        error: String,
    },
}

impl Outcome {
    /// What came of a sync, or of a group's move.
    pub fn of<'a, T>(result: &'a Result<T, impl fmt::Display>) -> Self
    where
        Self: From<&'a T>,
    {
        match result {
            Ok(report) => report.into(),
            Err(error) => Self::Failed {
                error: error.to_string(),
            },
        }
    }

    /// The block up to which offers are done with: a failed or short sync ends its own offer too, so that the next round
    /// decides what to do and no loop forms.
    fn done(&self, offered: u64) -> u64 {
        match self {
            Self::Synced { source_block, .. } | Self::Current { source_block } => {
                offered.max(*source_block)
            }
            Self::Failed { .. } => offered,
        }
    }

    /// Nothing was synced where nothing was sent.
    fn unless_idle(self) -> Self {
        match self {
            Self::Synced {
                source_block,
                transactions,
                ..
            } if transactions.is_empty() => Self::Current { source_block },
            other => other,
        }
    }
}

impl From<&SyncReport> for Outcome {
    fn from(report: &SyncReport) -> Self {
        Self::Synced {
            source_block: report.source_block,
            changes: report.changes,
            proof_bytes: report.proof_bytes,
            gas_used: report.gas_used,
            transactions: report.transactions.clone(),
        }
        .unless_idle()
    }
}

impl From<&GroupReport> for Outcome {
    fn from(report: &GroupReport) -> Self {
        Self::Synced {
            source_block: report.source_block,
            changes: report.changes,
            proof_bytes: report.proof_bytes,
            gas_used: report.gas_used,
            transactions: report.steps.iter().map(|step| step.tx_hash).collect(),
        }
        .unless_idle()
    }
}
