//! What the wallet's failed transactions cost. They leave no event; they are the nonces of the last day that no known
//! transaction has, and each is found by halving the blocks.

use std::collections::BTreeMap;

use alloy_primitives::{Address, Bytes, TxHash, U64, U256};
use alloy_sol_types::SolInterface;
use serde::Deserialize;
use smartsync_abi::IRegistry::IRegistryCalls;
use smartsync_chain::{AnswerProblem, Chain, Receipt};

use crate::error::Error;

/// Most transactions looked for, the newest first; each takes some twenty requests.
const MOST: usize = 64;

/// A failed transaction of the wallet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Loss {
    /// Timestamp of its block in seconds.
    pub time: u64,
    /// Wei paid.
    pub fee: U256,
    /// The mirrors or the feed that it was for.
    pub of: Vec<Address>,
}

#[derive(Debug, Deserialize)]
struct FullBlock {
    timestamp: U64,
    transactions: Vec<Sent>,
}

#[derive(Debug, Deserialize)]
struct Sent {
    hash: TxHash,
    from: Address,
    to: Option<Address>,
    nonce: U64,
    input: Bytes,
}

/// The transactions to these contracts that failed in the target blocks from `first` to `last`. `known` are the wallet's
/// nonces there that are accounted for, each with its block.
pub(crate) async fn find(
    target: &Chain,
    contracts: &[Address],
    wallet: Address,
    [first, last]: [u64; 2],
    mut known: BTreeMap<u64, u64>,
) -> Result<Vec<Loss>, Error> {
    let Some(before) = first.checked_sub(1).filter(|_| first <= last) else {
        return Ok(Vec::new());
    };
    let (begin, end) =
        futures::try_join!(count(target, wallet, before), count(target, wallet, last))?;
    let unknown: Vec<u64> = (begin..end)
        .rev()
        .filter(|nonce| !known.contains_key(nonce))
        .collect();
    if unknown.len() > MOST {
        tracing::warn!(
            transactions = unknown.len(),
            "more were sent than are looked at: what failed among the older ones does not count as spent"
        );
    }
    let mut losses = Vec::new();
    for nonce in unknown.into_iter().take(MOST) {
        let earlier = known.range(..nonce).next_back();
        let mut low = earlier.map_or(first, |(_, block)| first.max(*block));
        let mut high = known
            .range(nonce..)
            .next()
            .map_or(last, |(_, block)| *block);
        while low < high {
            let middle = low + (high - low) / 2;
            match count(target, wallet, middle).await? > nonce {
                true => high = middle,
                false => low = middle + 1,
            }
        }
        known.insert(nonce, low);
        losses.extend(failed(target, contracts, wallet, nonce, low).await?);
    }
    Ok(losses)
}

/// How many transactions an account has sent up to the end of a block.
async fn count(target: &Chain, wallet: Address, block: u64) -> Result<u64, Error> {
    let count: U64 = target
        .request("eth_getTransactionCount", (wallet, U64::from(block)))
        .await?;
    Ok(count.to())
}

/// The transaction with a nonce, in a block, if it is one to the contracts that failed.
async fn failed(
    target: &Chain,
    contracts: &[Address],
    wallet: Address,
    nonce: u64,
    block: u64,
) -> Result<Option<Loss>, Error> {
    let method = "eth_getBlockByNumber";
    let found: Option<FullBlock> = target.request(method, (U64::from(block), true)).await?;
    let found =
        found.ok_or_else(|| target.bad_answer(method, AnswerProblem::UnknownBlock(block)))?;
    let Some((sent, to)) = found
        .transactions
        .iter()
        .find(|sent| sent.from == wallet && sent.nonce.to::<u64>() == nonce)
        .and_then(|sent| Some((sent, sent.to?)))
        .filter(|(_, to)| contracts.contains(to))
    else {
        return Ok(None);
    };
    let receipt: Option<Receipt> = target
        .request("eth_getTransactionReceipt", (sent.hash,))
        .await?;
    Ok(receipt
        .filter(|receipt| receipt.status.is_zero())
        .map(|receipt| Loss {
            time: found.timestamp.to(),
            fee: receipt.fee(),
            of: match mirrors(&sent.input) {
                // A feed, or what was for whatever needs it.
                none if none.is_empty() => vec![to],
                mirrors => mirrors,
            },
        }))
}

/// The mirrors that a call of the registry is about.
fn mirrors(input: &[u8]) -> Vec<Address> {
    match IRegistryCalls::abi_decode(input) {
        // It takes no further one inside.
        Ok(IRegistryCalls::multicall(call)) => {
            call.calls.iter().flat_map(|call| of_one(call)).collect()
        }
        _ => of_one(input),
    }
}

fn of_one(input: &[u8]) -> Vec<Address> {
    match IRegistryCalls::abi_decode(input) {
        Ok(IRegistryCalls::sync(call)) => vec![call.proxy],
        Ok(IRegistryCalls::part(call)) => vec![call.proxy],
        Ok(IRegistryCalls::load(call)) => vec![call.proxy],
        Ok(IRegistryCalls::complete(call)) => vec![call.proxy],
        Ok(IRegistryCalls::syncMany(call)) => call.items.iter().map(|item| item.proxy).collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use alloy_sol_types::SolCall;
    use smartsync_abi::IRegistry::{self, SyncItem};

    use super::*;

    #[test]
    fn the_mirrors_of_a_call_are_those_that_it_names_also_inside_a_multicall() {
        let proxy = Address::repeat_byte;
        let many = IRegistry::syncManyCall {
            sourceBlock: 7,
            allOrNothing: false,
            nodes: Vec::new(),
            items: [1, 2]
                .map(|byte| SyncItem {
                    proxy: proxy(byte),
                    fromBlock: 0,
                    accountProof: Bytes::new(),
                    multiProof: Bytes::new(),
                })
                .to_vec(),
        };
        assert_eq!(mirrors(&many.abi_encode()), [proxy(1), proxy(2)]);
        let header = IRegistry::submitHeaderCall {
            submission: Bytes::new(),
        };
        let calls = vec![header.abi_encode().into(), many.abi_encode().into()];
        let together = IRegistry::multicallCall { calls };
        assert_eq!(mirrors(&together.abi_encode()), [proxy(1), proxy(2)]);
        assert!(mirrors(&header.abi_encode()).is_empty());
        assert!(mirrors(&[1, 2, 3]).is_empty());
    }
}
