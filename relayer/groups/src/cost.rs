use serde::Serialize;

/// What transactions cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Cost {
    /// How many.
    pub transactions: usize,
    /// Their calldata in bytes.
    pub bytes: usize,
    /// Target gas, without what the target chain charges for posting the data.
    pub gas: u64,
}

impl Cost {
    pub(crate) fn add(&mut self, other: Self) {
        self.transactions += other.transactions;
        self.bytes += other.bytes;
        self.gas += other.gas;
    }
}
