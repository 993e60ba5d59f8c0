use std::net::SocketAddr;

use crate::{journal::JournalError, refusal::Refusal, source_nodes::NodesError};

/// What a notary's service cannot start or go on with.
#[derive(Debug, thiserror::Error)]
pub enum NotaryServiceError {
    /// The journal.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The source nodes.
    #[error(transparent)]
    Nodes(#[from] NodesError),
    /// The notary.
    #[error(transparent)]
    Notary(#[from] Refusal),
    /// The HTTP server.
    #[error("listening on {address}: {source}")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// What the operating system says.
        source: std::io::Error,
    },
    /// Where it listens cannot be told.
    #[error("writing the result: {0}")]
    Output(std::io::Error),
    /// The HTTP server ended.
    #[error("serving: {0}")]
    Serve(std::io::Error),
}
