use alloy_primitives::{Address, Bytes};
use serde_json::{Value, json};

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
