use alloy_primitives::Bytes;
use smartsync_chain::Transaction;

/// What to send so that a root source knows a header.
#[derive(Clone, Debug, Default)]
pub struct BringUp {
    /// Transactions to send first, one after the other.
    pub before: Vec<Transaction>,
    /// Submissions for the registry's `submitHeader`, which can share a transaction with the call that needs the header.
    pub submissions: Vec<Bytes>,
}
