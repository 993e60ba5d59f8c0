use alloy::rpc::types::BlockId;
use alloy_primitives::{Address, B256, Bytes, U256, keccak256};
use alloy_sol_types::SolCall;
use smartsync_abi::IVerifier;

use super::{
    CALLDATA_LIMIT, Parts, by_hash, calldata_gas, eip1186_bytes, execution_gas, floor_bytes,
    in_parts, settled_gas,
};
use crate::{Error, Mirror, Stage, State, storage_proof};

/// Slots of a part.
const PART: usize = 1_000;

/// One measured sync in one transaction.
#[derive(Clone, Debug)]
pub struct Sync {
    /// Gas of the transaction.
    pub gas: u64,
    /// Of it, calldata.
    pub calldata_gas: u64,
    /// Gas of folding the same multi-proof by itself.
    pub proof_gas: u64,
    /// Calldata in bytes.
    pub calldata_bytes: usize,
    /// The multi-proof in bytes.
    pub bytes: usize,
    /// The account proof in bytes.
    pub account_proof: usize,
}

/// A measured sync.
#[derive(Clone, Debug)]
pub struct Measured {
    /// The proofs of the changed slots.
    pub proofs: ProofBytes,
    /// What was sent: one transaction, or parts where one does not take it.
    pub sent: Result<Sync, Parts>,
}

/// What proofs of the changed slots take in bytes.
#[derive(Clone, Copy, Debug)]
pub struct ProofBytes {
    /// What no multi-proof can leave out.
    pub floor: usize,
    /// EIP-1186 proofs at the source block, as a node answers.
    pub eip1186: usize,
    /// The same with each node once.
    pub eip1186_distinct: usize,
}

/// Changes slots on the source and syncs them, in parts where one transaction does not take them.
pub async fn sync(
    stage: &Stage,
    verifier: Address,
    mirror: Mirror,
    changes: &State,
) -> Result<Measured, Error> {
    let entries: Vec<_> = changes
        .iter()
        .map(|(slot, value)| (*slot, *value))
        .collect();
    let slots: Vec<U256> = changes.keys().copied().collect();
    stage.write(mirror.source, entries).await?;
    let block = stage.submit_head().await?;
    let post = stage.source.proof(mirror.source, &slots, block).await?;
    let nodes = storage_proof(&post);
    let (eip1186, eip1186_distinct) = eip1186_bytes(&nodes);
    let proofs = ProofBytes {
        floor: floor_bytes(&nodes, changes),
        eip1186,
        eip1186_distinct,
    };
    let built = stage.build(mirror, block, &slots).await?;
    let call = stage
        .sync_call(mirror, block, built.multi_proof.clone())
        .await?;
    let data = call.abi_encode();
    if data.len() > CALLDATA_LIMIT {
        let slots = by_hash(slots);
        let parts = in_parts(stage, mirror, block, &slots, PART).await?;
        return Ok(Measured {
            proofs,
            sent: Err(parts),
        });
    }
    let pre = stage
        .target
        .proof(mirror.proxy, &slots, BlockId::latest())
        .await?;
    let mut values: Vec<(B256, U256)> = pre
        .storage_proof
        .iter()
        .map(|slot| (keccak256(slot.key.as_b256()), slot.value))
        .collect();
    values.sort_unstable();
    let roots = IVerifier::transitionRootsCall {
        preValues: values.into_iter().map(|entry| entry.1).collect(),
        multiProof: built.multi_proof.clone().into(),
    };
    let entry = execution_gas(&stage.target, verifier, Bytes::from_static(&[0xff; 4])).await?;
    let proof_gas =
        execution_gas(&stage.target, verifier, roots.abi_encode().into()).await? - entry;
    let receipt = stage.target.send(stage.registry, call.clone()).await?;
    let gas = settled_gas(&receipt, &call.accountProof);
    Ok(Measured {
        proofs,
        sent: Ok(Sync {
            gas,
            calldata_gas: calldata_gas(&data) + (gas - receipt.gas_used),
            proof_gas,
            calldata_bytes: data.len(),
            bytes: built.multi_proof.len(),
            account_proof: call.accountProof.iter().map(|node| node.len()).sum(),
        }),
    })
}
