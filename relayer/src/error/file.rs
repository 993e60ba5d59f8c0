use smartsync_chain::Side;

/// What is wrong with a file.
#[derive(Debug, thiserror::Error)]
pub enum FileProblem {
    /// Not the JSON it should be.
    #[error("{0}")]
    Json(#[from] serde_json::Error),
    /// Not hexadecimal.
    #[error(
        "not a multi-proof: neither its bytes, nor hexadecimal text, nor the JSON of `smartsync proof build`"
    )]
    NotAMultiProof,
    /// Made for other chains.
    #[error("made for {side} chain {expected}, but the node is on chain {got}")]
    OtherChain {
        /// Which chain.
        side: Side,
        /// In the file.
        expected: u64,
        /// Of the node.
        got: u64,
    },
    /// A part is not deployed yet.
    #[error("has no {0} yet: run `smartsync deploy` to the end first")]
    Incomplete(&'static str),
}
