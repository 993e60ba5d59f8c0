use alloy_primitives::B256;

use crate::journal::{Conflict, JournalError};

/// Why a header is not signed.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// Too few source nodes call the block final.
    #[error("block {block} is final on {votes} of the source nodes, {quorum} are needed")]
    NotFinal {
        /// The height.
        block: u64,
        /// Nodes on which it is final.
        votes: usize,
        /// Nodes needed.
        quorum: usize,
    },
    /// The source nodes that call the block final do not agree on its header.
    #[error("the source nodes name different headers of block {block}: {}", hashes(.votes))]
    NodesDisagree {
        /// The height.
        block: u64,
        /// Hashes, with the number of nodes that name each.
        votes: Vec<(B256, usize)>,
    },
    /// Too few source nodes answer.
    #[error("too few source nodes answer: {0}")]
    NodesUnavailable(Box<smartsync_chain::Error>),
    /// Too few source nodes say whether they have the block.
    #[error("{answered} source nodes answer for block {block}, {quorum} are needed")]
    NodesSilent {
        /// The height.
        block: u64,
        /// Nodes that answer.
        answered: usize,
        /// Nodes needed.
        quorum: usize,
    },
    /// The height is too far below the newest final block.
    #[error("block {block} is more than {window} blocks below the final block {final_block}")]
    TooOld {
        /// The height.
        block: u64,
        /// Newest final block.
        final_block: u64,
        /// How far below it is signed.
        window: u64,
    },
    /// It would contradict an earlier signature.
    #[error(transparent)]
    Conflict(#[from] Conflict),
    /// The journal cannot be written.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The notary cannot be asked for its epoch.
    #[error("the notary cannot be asked: {0}")]
    NotaryUnavailable(Box<smartsync_roots::Error>),
    /// The key does not sign.
    #[error("the key does not sign: {0}")]
    Signer(Box<alloy::signers::Error>),
    /// The task that writes the journal was stopped.
    #[error("stopped: {0}")]
    Stopped(tokio::task::JoinError),
}

impl From<alloy::signers::Error> for Refusal {
    /// On the heap: with a Ledger's messages it is large.
    fn from(error: alloy::signers::Error) -> Self {
        Self::Signer(Box::new(error))
    }
}

impl Refusal {
    /// Its name in answers and metrics.
    pub fn name(&self) -> &'static str {
        match self {
            Self::NotFinal { .. } => "NotFinal",
            Self::NodesDisagree { .. } => "NodesDisagree",
            Self::NodesUnavailable(_) | Self::NodesSilent { .. } => "NodesUnavailable",
            Self::TooOld { .. } => "TooOld",
            Self::Conflict(Conflict::BelowJournal { .. }) => "BelowJournal",
            Self::Conflict(Conflict::OtherHeaderSigned { .. }) => "OtherHeaderSigned",
            Self::Conflict(Conflict::OtherBranchSigned { .. }) => "OtherBranchSigned",
            Self::Journal(_) => "JournalFailed",
            Self::NotaryUnavailable(_) => "NotaryUnavailable",
            Self::Signer(_) => "SignerFailed",
            Self::Stopped(_) => "Stopped",
        }
    }

    /// HTTP status of the answer.
    pub fn status(&self) -> u16 {
        match self {
            Self::NotFinal { .. } => 404,
            Self::Conflict(_) => 409,
            Self::TooOld { .. } => 410,
            Self::NodesDisagree { .. }
            | Self::NodesUnavailable(_)
            | Self::NodesSilent { .. }
            | Self::Journal(_)
            | Self::NotaryUnavailable(_)
            | Self::Signer(_)
            | Self::Stopped(_) => 503,
        }
    }
}

fn hashes(votes: &[(B256, usize)]) -> String {
    votes
        .iter()
        .map(|(hash, count)| format!("{hash} by {count}"))
        .collect::<Vec<_>>()
        .join(", ")
}
