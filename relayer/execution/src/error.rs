use crate::read::{MOST_REQUESTS, Read};

/// Why something cannot be run on a block's state.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The node does not give what it takes.
    #[error(transparent)]
    Chain(#[from] smartsync_chain::Error),
    /// A background task was stopped.
    #[error("a background task ended early: {0}")]
    Task(tokio::task::JoinError),
    /// It takes more gas than the node gives it, or more of the state than any transaction can read.
    #[error("a read of {} takes too much, more than the source's node runs or {MOST_REQUESTS} accounts and slots: {}", .0.to, .0.data)]
    TooLarge(Box<Read>),
    /// The EVM does not take it.
    #[error("the call cannot be run: {0}")]
    Refused(String),
}
