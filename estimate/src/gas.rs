/// Gas of every transaction.
pub const TRANSACTION: u64 = 21_000;
/// Reading a cold slot and writing it (EIP-2929, EIP-2200).
const CHANGED_SLOT: u64 = 5_000;
/// The same from zero.
const ADDED_SLOT: u64 = 22_100;

// Measured: least squares over docs/evaluation/values.csv, by `scripts/evaluation.sh`, the programs cached. The test
// `the_estimate_of_a_sync_is_within_two_percent_of_the_measured_gas` checks them.
/// Entries of the programs, the record, the root source, the event.
const SYNC: f64 = 35_300.0;
/// Folding in two lanes and writing, a changed slot.
const SYNC_SLOT: f64 = 110.0;
/// The same, a byte of the multi-proof.
const SYNC_BYTE: f64 = 0.9;
/// Checking the account proof, a byte.
const ACCOUNT_BYTE: f64 = 0.3;
/// `submitHeader` to a notary beside calldata and the 21,000: one signature.
pub const HEADER: u64 = 62_300;
/// Each further signature.
pub const SIGNATURE: u64 = 4_000;
/// A part beside calldata, the 21,000 and what its slots take.
pub const PART: f64 = 40_000.0;
/// A completion, all told.
pub const COMPLETE: f64 = 120_000.0;
/// A slot of a migration in parts, all told.
pub const MIGRATED_SLOT: u64 = 23_030;

/// Gas of bytes as calldata (EIP-2028).
pub fn calldata_gas(data: &[u8]) -> u64 {
    data.iter()
        .map(|byte| if *byte == 0 { 4 } else { 16 })
        .sum()
}

/// What the gas of a sync depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SyncShape {
    /// Changed slots, the added ones among them.
    pub changed: u64,
    /// Slots that were zero before.
    pub added: u64,
    /// The multi-proof in bytes.
    pub multi_proof_bytes: u64,
    /// The account proof in bytes, beyond the 562 of a dev chain.
    pub account_proof_bytes: u64,
    /// Gas of the calldata.
    pub calldata_gas: u64,
}

/// Gas of a sync in one transaction, with the programs cached and the header known.
pub fn sync_gas(shape: &SyncShape) -> u64 {
    let programs = SYNC
        + SYNC_SLOT * shape.changed as f64
        + SYNC_BYTE * shape.multi_proof_bytes as f64
        + ACCOUNT_BYTE * shape.account_proof_bytes as f64;
    TRANSACTION + shape.calldata_gas + storage_gas(shape) + programs as u64
}

/// Gas of writing the slots.
pub fn storage_gas(shape: &SyncShape) -> u64 {
    CHANGED_SLOT * (shape.changed - shape.added) + ADDED_SLOT * shape.added
}
