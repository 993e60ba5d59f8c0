use alloy_primitives::{Bytes, U256, keccak256};
use alloy_sol_types::SolCall;
use smartsync_abi::IRegistry;

use crate::{Error, Mirror, Stage, measure::settled_gas, request};

/// Calldata of a transaction that an Arbitrum sequencer surely takes: it refuses raw transactions over 95,000 bytes.
pub const CALLDATA_LIMIT: usize = 90_000;

/// Slots in the order of their hashes, in which neighbours share most of their proofs.
pub fn by_hash(slots: impl IntoIterator<Item = U256>) -> Vec<U256> {
    let mut slots: Vec<U256> = slots.into_iter().collect();
    slots.sort_unstable_by_key(|slot| keccak256(slot.to_be_bytes::<32>()));
    slots
}

/// What an update in parts took.
#[derive(Clone, Debug, Default)]
pub struct Parts {
    /// Number of parts.
    pub count: usize,
    /// Gas of the parts and the completion.
    pub gas: u64,
    /// Calldata of the largest part in bytes.
    pub bytes: usize,
    /// Multi-proofs of all parts in bytes.
    pub proof_bytes: usize,
}

/// Writes slots in parts of at most `most` slots and `CALLDATA_LIMIT` bytes, and completes.
pub async fn in_parts(
    stage: &Stage,
    mirror: Mirror,
    block: u64,
    slots: &[U256],
    most: usize,
) -> Result<Parts, Error> {
    let mut parts = Parts::default();
    let mut left = slots;
    while !left.is_empty() {
        let mut take = left.len().min(most);
        let (call, data) = loop {
            let (slots, _) = left.split_at(take);
            let call = stage.part_call(mirror, block, slots).await?;
            let data = Bytes::from(call.abi_encode());
            if data.len() <= CALLDATA_LIMIT {
                break (call, data);
            }
            take = take * 9 / 10;
        };
        let opens = stage.record(mirror).await?.status == IRegistry::Status::Active;
        let request = match opens {
            true => stage.with_lock(&call),
            false => request(stage.registry, data.clone()),
        };
        let receipt = stage.target.send_request(request).await?;
        parts.count += 1;
        parts.gas += settled_gas(&receipt, &call.accountProof);
        parts.bytes = parts.bytes.max(data.len());
        parts.proof_bytes += call.multiProof.len();
        (_, left) = left.split_at(take);
    }
    parts.gas += stage.completed_gas(mirror, block).await?;
    Ok(parts)
}

impl Stage {
    /// Completes a mirror; returns the gas.
    pub(super) async fn completed_gas(&self, mirror: Mirror, block: u64) -> Result<u64, Error> {
        let call = self.complete_call_now(mirror, block).await?;
        let receipt = self.target.send(self.registry, call.clone()).await?;
        let proofs = call.sourceAccountProof.iter();
        let hashed = proofs
            .chain(&call.targetAccountProof)
            .chain([&call.targetHeader]);
        Ok(settled_gas(&receipt, hashed))
    }
}
