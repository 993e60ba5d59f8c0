use alloy_primitives::{Address, Bytes};

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
