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
    /// Code of another contract takes part.
    #[error(
        "can reach {opcode} at code offset {offset}: it may run code of another contract that is not proven, and on the \
         target anyone might own that address; --unproven-code mirrors it all the same"
    )]
    UnprovenCode {
        /// The opcode.
        opcode: &'static str,
        /// Where it is.
        offset: usize,
    },
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
