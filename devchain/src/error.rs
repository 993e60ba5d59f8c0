//! What can go wrong when a dev chain starts or serves.

use std::net::SocketAddr;

/// A dev chain could not start or keep serving.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {source}")]
    Bind {
        /// The address asked for.
        address: SocketAddr,
        /// Why not.
        source: std::io::Error,
    },
    /// The server stopped with an error.
    #[error("the server stopped: {0}")]
    Serve(#[source] std::io::Error),
    /// An execution thread could not be started.
    #[error("cannot start an execution thread with a stack of {stack_bytes} bytes: {source}")]
    Thread {
        /// Size of its stack in bytes.
        stack_bytes: usize,
        /// Why not.
        source: std::io::Error,
    },
    /// The server's task died.
    #[error("the server's task died: {0}")]
    Task(#[from] tokio::task::JoinError),
    /// The WASM engine could not be set up.
    #[error("cannot set up the WASM engine: {0}")]
    Engine(String),
}
