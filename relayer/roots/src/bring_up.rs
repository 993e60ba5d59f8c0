use alloy_primitives::{Address, Bytes, U256};
use alloy_sol_types::SolCall;
use smartsync_abi::IRootSource;
use smartsync_chain::Transaction;

/// What to send so that a root source knows a header.
#[derive(Clone, Debug, Default)]
pub struct BringUp {
    /// Transactions to send first, one after the other.
    pub before: Vec<Transaction>,
    /// Submissions for the registry's `submitHeader`, which can share a transaction with the call that needs the header.
    pub submissions: Vec<Bytes>,
}

/// The transaction that hands a submission to a root source itself.
pub(crate) fn submit(root_source: Address, submission: Bytes) -> Transaction {
    Transaction {
        call: "submitHeader",
        to: Some(root_source),
        value: U256::ZERO,
        data: IRootSource::submitHeaderCall { submission }
            .abi_encode()
            .into(),
    }
}
