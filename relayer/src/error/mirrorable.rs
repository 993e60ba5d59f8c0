/// Why a source cannot be mirrored.
#[derive(Debug, thiserror::Error)]
pub enum Unmirrorable {
    /// No code.
    #[error("has no code")]
    NoCode,
    /// A delegated account.
    #[error("is a wallet with delegated code (EIP-7702), not a contract")]
    Delegated,
    /// Code and its proven hash differ.
    #[error("has other code than its account proof says: the source node contradicts itself")]
    UnprovenHash,
    /// A program of an Arbitrum chain.
    #[error("is a Stylus program: its code is WASM, which no mirror can read")]
    StylusProgram,
    /// Code of a form that is no EVM code of today (EIP-3541).
    #[error("has code that begins with EF, which is no EVM code")]
    Reserved,
}

/// What does not fit.
#[derive(Debug, thiserror::Error)]
pub enum TooLarge {
    /// Too little for an opening part, too much for a sync.
    #[error(
        "{changes} changes need {bytes} bytes and {gas} gas, more than a transaction takes, and cannot be split"
    )]
    Unsplittable {
        /// Number of changes.
        changes: usize,
        /// Size of the calldata.
        bytes: usize,
        /// Estimated gas.
        gas: u64,
    },
}
