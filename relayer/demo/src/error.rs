/// Why the demonstration does not go on.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A dev chain cannot run.
    #[error("dev chain: {0}")]
    DevChain(#[from] devchain::Error),
    /// The first account of a dev chain has no key.
    #[error("the dev account is not a private key (32 bytes of hexadecimal)")]
    NoKey,
    /// A compiled contract of the demo is not one.
    #[error("{file}: {problem}")]
    Artifact {
        /// Its file.
        file: &'static str,
        /// What is wrong.
        problem: serde_json::Error,
    },
    /// A mirror cannot be made or moved.
    #[error(transparent)]
    Relayer(#[from] relayer::Error),
    /// The demo read something else than it should.
    #[error("demo: {what} is {got} on the target, expected {expected}")]
    Mismatch {
        /// What was read.
        what: String,
        /// Read through the consumer.
        got: String,
        /// On the source.
        expected: String,
    },
    /// stdout is closed or full.
    #[error("writing the result: {0}")]
    Output(#[from] std::io::Error),
}

impl From<smartsync_chain::Error> for Error {
    fn from(error: smartsync_chain::Error) -> Self {
        Self::Relayer(error.into())
    }
}
