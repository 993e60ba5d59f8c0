use crate::{push_error::PushError, root_source_error::RootSourceError};

/// Why a root source cannot be brought up to date.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A chain does not answer, or refuses.
    #[error(transparent)]
    Chain(#[from] smartsync_chain::Error),
    /// The root source cannot be made to know a header.
    #[error(transparent)]
    RootSource(#[from] RootSourceError),
    /// Block hashes cannot be pushed.
    #[error(transparent)]
    Push(#[from] PushError),
    /// A background task was stopped.
    #[error("a background task ended early: {0}")]
    Task(tokio::task::JoinError),
    /// A rollup's contracts cannot be run.
    #[error("{0}")]
    Refused(String),
    /// A witness cannot be built.
    #[error("building the witness: {0}")]
    Build(#[from] smartsync_proof::BuildError),
    /// Signing failed.
    #[error("signing: {0}")]
    Signing(Box<alloy::signers::Error>),
}

impl From<smartsync_execution::Error> for Error {
    fn from(error: smartsync_execution::Error) -> Self {
        match error {
            smartsync_execution::Error::Chain(error) => Self::Chain(error),
            smartsync_execution::Error::Task(error) => Self::Task(error),
            refused @ (smartsync_execution::Error::Refused(_)
            | smartsync_execution::Error::TooLarge(_)) => Self::Refused(refused.to_string()),
        }
    }
}

impl From<alloy::signers::Error> for Error {
    /// On the heap: with a Ledger's messages it is large.
    fn from(error: alloy::signers::Error) -> Self {
        Self::Signing(Box::new(error))
    }
}
