use alloy_primitives::{Address, B256, Bytes};
use alloy_sol_types::SolCall;
use relayer::{Relayer, has_code};
use serde::Serialize;
use smartsync_abi::{IProver, IRootSource};
use smartsync_chain::RawHeader;
use smartsync_execution::{Read, TouchedAccounts, account_proofs, codes, touched};
use smartsync_proof::build_witness;

use crate::error::Error;

/// A call of the prover, ready for a transaction of one's own or an `eth_call`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ProvenCall {
    /// The prover on the target chain.
    pub prover: Address,
    /// The source block that it is about.
    pub source_block: u64,
    /// Its timestamp, seconds.
    pub source_timestamp: u64,
    /// What proves the accounts, slots and codes that the call touches.
    pub witness: Bytes,
    /// Calldata of the prover's `call`.
    pub data: Bytes,
    /// Hashes of the codes in the witness: with `deployCode` they need not be there.
    pub codes: Vec<B256>,
}

/// The newest source block that the prover's root source knows.
pub async fn newest_known(relayer: &Relayer) -> Result<u64, Error> {
    let root_source = relayer.root_source.address();
    let known = relayer
        .target()
        .view(root_source, &IRootSource::latestBlockCall {})
        .await?;
    Ok(known)
}

/// Builds a proven call of a read at a source block: what it touches is found by running it, and proven by `eth_getProof`. Codes that the registry has are not
/// brought.
pub async fn prove_call(
    relayer: &Relayer,
    prover: Address,
    read: &Read,
    block: u64,
) -> Result<ProvenCall, Error> {
    let header = RawHeader::fetch(&relayer.source, block).await?;
    let touched = touched(&relayer.source, &header, std::slice::from_ref(read)).await?;
    let accounts = account_proofs(&relayer.source, block, &touched).await?;
    let codes = missing_codes(relayer, &touched, block).await?;
    let bytes: Vec<Bytes> = codes.iter().map(|(_, code)| code.clone()).collect();
    let witness: Bytes = build_witness(header.header.state_root, &accounts, &bytes)
        .map_err(relayer::Error::from)?
        .into();
    let call = IProver::callCall {
        sourceBlock: block,
        from: read.from,
        to: read.to,
        data: read.data.clone(),
        witness: witness.clone(),
    };
    Ok(ProvenCall {
        prover,
        source_block: block,
        source_timestamp: header.header.timestamp,
        data: call.abi_encode().into(),
        witness,
        codes: codes.into_iter().map(|(hash, _)| hash).collect(),
    })
}

/// The codes that a read runs or looks at and the registry does not have, by hash.
async fn missing_codes(
    relayer: &Relayer,
    touched: &TouchedAccounts,
    block: u64,
) -> Result<Vec<(B256, Bytes)>, Error> {
    let mut missing = Vec::new();
    for (hash, code) in codes(&relayer.source, block, touched).await? {
        if !has_code(relayer, hash).await? {
            missing.push((hash, code));
        }
    }
    Ok(missing)
}
