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
    /// Signing failed.
    #[error("signing: {0}")]
    Signing(Box<alloy::signers::Error>),
}

impl From<alloy::signers::Error> for Error {
    /// On the heap: with a Ledger's messages it is large.
    fn from(error: alloy::signers::Error) -> Self {
        Self::Signing(Box::new(error))
    }
}
