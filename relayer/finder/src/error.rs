/// Why changes cannot be found in one way.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A node does not give what this way needs.
    #[error(transparent)]
    Chain(#[from] smartsync_chain::Error),
    /// A background task was stopped.
    #[error("a background task ended early: {0}")]
    Task(tokio::task::JoinError),
    /// A block cannot be run anew.
    #[error("{0}")]
    Refused(String),
}

impl Error {
    /// Whether the node does not offer what was asked for, or not for this block.
    pub fn is_refusal(&self) -> bool {
        matches!(self, Self::Chain(error) if error.is_refusal())
    }
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
