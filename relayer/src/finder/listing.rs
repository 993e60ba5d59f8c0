use std::collections::{BTreeMap, BTreeSet, HashMap};

use alloy_primitives::{Address, B256, U256};
use futures::future::BoxFuture;
use serde::Deserialize;

use crate::{
    chain::Chain,
    error::{AnswerProblem, Error},
    finder::{ChangeFinder, Query},
    proofs,
};

const METHOD: &str = "debug_storageRangeAt";
/// Slots asked for in one request.
const PAGE: u64 = 8_192;

/// `debug_storageRangeAt`: all slots of the source compared with all slots of the mirror.
#[derive(Debug)]
pub struct Listing;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Range {
    storage: BTreeMap<B256, Entry>,
    next_key: Option<B256>,
}

#[derive(Debug, Deserialize)]
struct Entry {
    key: Option<B256>,
    value: B256,
}

impl ChangeFinder for Listing {
    fn name(&self) -> &'static str {
        "full listing"
    }

    fn find<'a>(&'a self, query: &'a Query) -> BoxFuture<'a, Result<BTreeSet<U256>, Error>> {
        Box::pin(async move {
            let post = list_storage(&query.source, query.contract, query.to).await?;
            // The mirror's storage is the known state. A target node that does not list is replaced by the source's own
            // past, if its node still has it; a mirror that was never proven is then taken for empty.
            let pre = match list_storage(&query.target, query.proxy, query.target_block).await {
                Ok(state) => state,
                Err(error) if error.is_refusal() => match query.from {
                    Some(from) => list_storage(&query.source, query.contract, from).await?,
                    None => HashMap::new(),
                },
                Err(error) => return Err(error),
            };
            let mut changed: BTreeSet<U256> = pre
                .iter()
                .filter(|(slot, value)| post.get(*slot) != Some(*value))
                .map(|(slot, _)| *slot)
                .collect();
            changed.extend(post.keys().filter(|slot| !pre.contains_key(*slot)));
            Ok(changed)
        })
    }
}

/// All slots of an account at the end of a block. The listing is complete: its storage root is the account's.
pub async fn list_storage(
    chain: &Chain,
    address: Address,
    block: u64,
) -> Result<HashMap<U256, U256>, Error> {
    let storage_root = proofs::storage_root(chain, address, block).await?;
    // Nodes answer with the state before a transaction of a block (geth: the index must be one of the block's), or
    // after it (ganache). So the end of a block is the start of the next one, or behind the last transaction.
    let mut places = Vec::new();
    if let Ok(next) = chain.block(block + 1).await {
        places.push((next.hash, 0));
    }
    let end = chain.block(block).await?;
    let count = end.transactions.len() as u64;
    places.push((end.hash, count));
    if let Some(last) = count.checked_sub(1) {
        places.push((end.hash, last));
    }
    let mut refusal = None;
    for (hash, index) in places {
        match list_at(chain, address, hash, index).await {
            Ok(state) => {
                if storage_root
                    .is_none_or(|expected| smartsync_proof::storage_root(&state) == expected)
                {
                    return Ok(state);
                }
            }
            Err(error) if error.is_refusal() => refusal = Some(error),
            Err(error) => return Err(error),
        }
    }
    Err(refusal.unwrap_or_else(|| {
        chain.bad_answer(
            METHOD,
            AnswerProblem::Shape("the listing does not give the storage root"),
        )
    }))
}

async fn list_at(
    chain: &Chain,
    address: Address,
    hash: B256,
    index: u64,
) -> Result<HashMap<U256, U256>, Error> {
    let mut state = HashMap::new();
    let mut start = B256::ZERO;
    loop {
        let range: Range = chain
            .request(METHOD, (hash, index, address, start, PAGE))
            .await?;
        for entry in range.storage.into_values() {
            let slot = entry.key.ok_or_else(|| {
                chain.bad_answer(
                    METHOD,
                    AnswerProblem::Shape("the node does not know the slots behind their hashes"),
                )
            })?;
            if !entry.value.is_zero() {
                state.insert(
                    U256::from_be_bytes(slot.0),
                    U256::from_be_bytes(entry.value.0),
                );
            }
        }
        match range.next_key {
            Some(next) if next > start => start = next,
            Some(_) => {
                return Err(
                    chain.bad_answer(METHOD, AnswerProblem::Shape("the listing does not move on"))
                );
            }
            None => return Ok(state),
        }
    }
}
