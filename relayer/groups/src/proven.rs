use std::collections::BTreeSet;

use alloy_primitives::{Address, B256, Bytes, U256, keccak256};
use alloy_sol_types::SolCall;
use futures::{StreamExt, TryStreamExt, stream};
use relayer::{Relayer, has_code, mirrorable};
use serde::Serialize;
use smartsync_abi::{IProver, IRootSource};
use smartsync_chain::{RawHeader, fetch_unverified};
use smartsync_execution::{Read, TouchedAccounts, run};
use smartsync_proof::{AccountProof, build_witness};

use crate::error::Error;

/// Accounts proven at once.
const AT_ONCE: usize = 8;

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
    let mut touched = run(&relayer.source, &header, read).await?.touched;
    touched.entry(read.to).or_default().called = true;
    // Owned: what a future borrows from here keeps it from other threads.
    let wanted: Vec<(Address, Vec<U256>)> = touched
        .iter()
        .map(|(account, touched)| (*account, touched.slots.iter().copied().collect()))
        .collect();
    let accounts: Vec<AccountProof> = stream::iter(wanted)
        .map(|(account, slots)| async move {
            let proof = fetch_unverified(&relayer.source, account, &slots, block).await?;
            Ok::<_, Error>(AccountProof {
                address: account,
                nodes: proof.nodes,
                slots,
                storage_nodes: proof.storage_nodes.into_iter().flatten().collect(),
            })
        })
        .buffered(AT_ONCE)
        .try_collect()
        .await?;
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
    let mut seen = BTreeSet::new();
    let mut codes = Vec::new();
    for (account, touched) in touched {
        if !(touched.called || touched.delegated_to || touched.inspected) {
            continue;
        }
        let code = relayer.source.code(*account, block).await?;
        let hash = keccak256(&code);
        // What is no EVM code the prover refuses to take, and says so when it is called.
        if mirrorable(&code).is_err() || !seen.insert(hash) {
            continue;
        }
        if !has_code(relayer, hash).await? {
            codes.push((hash, code));
        }
    }
    Ok(codes)
}
