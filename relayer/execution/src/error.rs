/// Why something cannot be run on a block's state.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The node does not give what it takes.
    #[error(transparent)]
    Chain(#[from] smartsync_chain::Error),
    /// A background task was stopped.
    #[error("a background task ended early: {0}")]
    Task(tokio::task::JoinError),
    /// The EVM does not take it.
    #[error("the call cannot be run: {0}")]
    Refused(String),
}
