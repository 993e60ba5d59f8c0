//! What proves the state that reads touch, as far as nodes give it.

use std::collections::BTreeSet;

use alloy_primitives::{Address, B256, Bytes, keccak256};
use futures::{StreamExt, TryStreamExt, stream};
use smartsync_chain::{Chain, RawHeader, fetch_unverified};
use smartsync_proof::AccountProof;

use crate::{
    error::Error,
    read::Read,
    touched::{Touched, TouchedAccounts},
    view::run_all,
};

/// Accounts proven at once.
const AT_ONCE: usize = 8;

/// What several reads touch at the end of a block, together.
pub async fn touched(
    source: &Chain,
    header: &RawHeader,
    reads: &[Read],
) -> Result<TouchedAccounts, Error> {
    let mut all = TouchedAccounts::new();
    let outcomes = run_all(source, header, reads).await?;
    for (read, outcome) in reads.iter().zip(outcomes) {
        for (account, touched) in outcome.touched {
            let known = all.entry(account).or_default();
            known.slots.extend(touched.slots);
            known.called |= touched.called;
            known.delegated_to |= touched.delegated_to;
            known.balance |= touched.balance;
            known.inspected |= touched.inspected;
        }
        all.entry(read.to).or_default().called = true;
    }
    Ok(all)
}

/// The proofs of accounts and slots at a block. Nothing of them is checked yet: a witness is built of them, and that checks them.
pub async fn account_proofs(
    source: &Chain,
    block: u64,
    touched: &TouchedAccounts,
) -> Result<Vec<AccountProof>, Error> {
    let requests: Vec<_> = touched
        .iter()
        .map(|(account, touched)| account_proof(source, block, *account, touched))
        .collect();
    stream::iter(requests).buffered(AT_ONCE).try_collect().await
}

async fn account_proof(
    source: &Chain,
    block: u64,
    account: Address,
    touched: &Touched,
) -> Result<AccountProof, Error> {
    let slots: Vec<_> = touched.slots.iter().copied().collect();
    let proof = fetch_unverified(source, account, &slots, block).await?;
    Ok(AccountProof {
        address: account,
        nodes: proof.nodes,
        slots,
        storage_nodes: proof.storage_nodes.into_iter().flatten().collect(),
    })
}

/// The codes that are run or looked at, each once, by hash. What a prover takes from nobody, which begins with `EF` (EIP-3541), is left out.
pub async fn codes(
    source: &Chain,
    block: u64,
    touched: &TouchedAccounts,
) -> Result<Vec<(B256, Bytes)>, Error> {
    let mut seen = BTreeSet::new();
    let mut codes = Vec::new();
    for (account, touched) in touched {
        if !(touched.called || touched.delegated_to || touched.inspected) {
            continue;
        }
        let code = source.code(*account, block).await?;
        let hash = keccak256(&code);
        if !matches!(code.as_ref(), [] | [0xef, ..]) && seen.insert(hash) {
            codes.push((hash, code));
        }
    }
    Ok(codes)
}
