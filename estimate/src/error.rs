use smartsync_proof::BuildError;

/// Why there is no estimate.
#[derive(Debug, thiserror::Error)]
pub enum EstimateError {
    /// A number that must be positive and finite is not.
    #[error("{name} is {got}, not a positive number")]
    NotPositive {
        /// Which one.
        name: &'static str,
        /// What it is.
        got: f64,
    },
    /// A share that is not between 0 and 1.
    #[error("{name} is {got}, not between 0 and 1")]
    NotAShare {
        /// Which one.
        name: &'static str,
        /// What it is.
        got: f64,
    },
    /// No multi-proof could be built from the trie that was drawn.
    #[error("no multi-proof: {0}")]
    Build(#[from] BuildError),
}
