use std::net::SocketAddr;

use smartsync_chain::Side;

use crate::coordination::CoordinationError;

/// What ends a watch, or what it reports and tries again.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A mirror cannot be looked at or moved.
    #[error(transparent)]
    Relayer(#[from] relayer::Error),
    /// Mirrors that belong together cannot be looked at or moved.
    #[error(transparent)]
    Group(#[from] smartsync_groups::Error),
    /// The database of the relayers that share mirrors cannot be used.
    #[error(transparent)]
    Coordination(#[from] CoordinationError),
    /// A transaction for several mirrors failed because of another one of them.
    #[error("the transaction for several mirrors, this one among them, failed")]
    FailedTogether,
    /// The web server cannot listen.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// What the operating system says.
        source: std::io::Error,
    },
    /// What happens cannot be reported.
    #[error("writing the result: {0}")]
    Report(#[from] std::io::Error),
}

impl Error {
    /// What went wrong with a chain, where it is that.
    pub fn chain(&self) -> Option<&smartsync_chain::Error> {
        match self {
            Self::Relayer(error) => error.chain(),
            Self::Group(error) => error.chain(),
            _ => None,
        }
    }

    /// Whether a node of this side gave an answer that cannot be.
    pub fn is_suspicious(&self, of: Side) -> bool {
        self.chain().is_some_and(|error| error.is_suspicious(of))
    }

    /// Whether the node does not offer the method, or not for this block.
    pub fn is_refusal(&self) -> bool {
        self.chain().is_some_and(smartsync_chain::Error::is_refusal)
    }
}

impl From<smartsync_chain::Error> for Error {
    fn from(error: smartsync_chain::Error) -> Self {
        Self::Relayer(error.into())
    }
}

impl From<smartsync_roots::Error> for Error {
    fn from(error: smartsync_roots::Error) -> Self {
        Self::Relayer(error.into())
    }
}
