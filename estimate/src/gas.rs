/// Gas of every transaction.
const TRANSACTION: u64 = 21_000;
/// Reading a cold slot and writing it (EIP-2929, EIP-2200).
const CHANGED_SLOT: u64 = 5_000;
/// The same from zero.
const ADDED_SLOT: u64 = 22_100;

// Measured, the programs cached: least squares over docs/evaluation/values.csv (of `scripts/evaluation.sh`), within 1 % of each of its
// syncs. tests/e2e/estimate.rs measures again and compares.
/// Entries of the programs, the record, the root source, the event.
const SYNC: f64 = 29_280.0;
/// Folding a changed slot in two lanes, and the program's part of writing it.
const SYNC_SLOT: f64 = 213.2;
/// Folding, a byte of the multi-proof.
const SYNC_BYTE: f64 = 0.816;
/// Checking the account proof, a byte.
const ACCOUNT_BYTE: f64 = 0.3;
/// A part beside calldata, the 21,000 and what its slots take.
const PART: u64 = 32_100;
/// A completion beside the calldata of its two account proofs.
const COMPLETE: u64 = 96_000;
/// `submitHeader` to a notary beside calldata and the 21,000, but for the signatures.
const HEADER: u64 = 63_210;
/// A signature of it.
const SIGNATURE: u64 = 5_300;
/// A slot of a first copy in parts, all told but for account proofs longer than a dev chain's.
const COPIED_SLOT: u64 = 22_970;
/// Slots of a part of a first copy.
const COPIED_PART: u64 = 1_000;
/// A dev chain's account proof in bytes.
pub const SHORT_ACCOUNT_PROOF: u64 = 562;

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
    /// The account proof in bytes.
    pub account_proof_bytes: u64,
    /// Gas of all calldata but the account proof's, as calldata of a sync in one transaction.
    pub calldata_gas: u64,
    /// Gas of the account proof's calldata.
    pub account_calldata_gas: u64,
}

/// Gas of a sync in one transaction, with the header known.
pub fn sync_gas(shape: &SyncShape) -> u64 {
    TRANSACTION + shape.account_calldata_gas + SYNC as u64 + checked_gas(shape) + slots_gas(shape)
}

/// Gas of the same in so many parts, with the completion.
pub fn parts_gas(shape: &SyncShape, parts: u64) -> u64 {
    let part = TRANSACTION + PART + shape.account_calldata_gas + checked_gas(shape);
    parts * part + slots_gas(shape) + COMPLETE + 2 * shape.account_calldata_gas
}

/// Gas of a header's submission to a notary.
pub fn header_gas(calldata_gas: u64, signers: u64) -> u64 {
    TRANSACTION + calldata_gas + HEADER + SIGNATURE * signers
}

/// Gas of the first copy of a contract in parts, `deployCode` and `create` not counted.
pub fn copy_gas(slots: u64, account_proof_bytes: u64) -> u64 {
    let longer = account_proof_bytes.saturating_sub(SHORT_ACCOUNT_PROOF);
    COPIED_SLOT * slots + slots.div_ceil(COPIED_PART) * 16 * longer
}

/// Gas of checking an account proof, beyond a short one.
fn checked_gas(shape: &SyncShape) -> u64 {
    let longer = shape
        .account_proof_bytes
        .saturating_sub(SHORT_ACCOUNT_PROOF);
    (ACCOUNT_BYTE * longer as f64) as u64
}

/// Gas of the multi-proof's calldata, of folding it and of writing the slots.
fn slots_gas(shape: &SyncShape) -> u64 {
    let storage = CHANGED_SLOT * (shape.changed - shape.added) + ADDED_SLOT * shape.added;
    let folding = SYNC_SLOT * shape.changed as f64 + SYNC_BYTE * shape.multi_proof_bytes as f64;
    shape.calldata_gas + storage + folding as u64
}
