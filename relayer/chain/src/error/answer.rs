use alloy_primitives::{Address, TxHash, U256};

/// What is wrong with a node's answer.
#[derive(Debug, thiserror::Error)]
pub enum AnswerProblem {
    /// Null where a value is needed.
    #[error("block {0} is not known")]
    UnknownBlock(u64),
    /// Null for a tag.
    #[error(
        "it has no {0} block: say with --finality which blocks count as final (latest, or a number of blocks below the newest)"
    )]
    NoBlock(&'static str),
    /// Null where a transaction is needed.
    #[error("transaction {0} is not known")]
    UnknownTransaction(TxHash),
    /// Number of storage proofs.
    #[error("{got} storage proofs for {expected} slots")]
    ProofCount {
        /// Asked for.
        expected: usize,
        /// Got.
        got: usize,
    },
    /// The proof of a slot is missing.
    #[error("no proof of slot {0}, but of others")]
    NoProof(U256),
    /// Return data of a call does not decode.
    #[error("the answer of {contract} to {call} cannot be decoded (is it the right contract?)")]
    Undecodable {
        /// The contract.
        contract: Address,
        /// The function.
        call: &'static str,
    },
    /// A trace is not in the expected shape.
    #[error("{0}")]
    Shape(&'static str),
    /// A created contract is missing in the receipt.
    #[error("transaction {0} created no contract")]
    NothingCreated(TxHash),
    /// An event is missing in the receipt.
    #[error("transaction {0} emitted no {1} event")]
    NoEvent(TxHash, &'static str),
}
