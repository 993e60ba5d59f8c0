use alloy_primitives::{Address, Bytes};
use serde_json::{Value, json};

/// Accounts and slots that one read asks for one by one: as many cold slots do not fit into 32,000,000 gas (EIP-2929).
pub(crate) const MOST_REQUESTS: usize = 16_384;

/// A call that changes nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Read {
    /// Who asks.
    pub from: Address,
    /// Who is asked.
    pub to: Address,
    /// Calldata.
    pub data: Bytes,
}

impl Read {
    /// The transaction object that asks a node for it.
    pub(crate) fn request(&self) -> Value {
        json!({ "from": self.from, "to": self.to, "data": self.data })
    }
}
