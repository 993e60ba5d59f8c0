use std::collections::BTreeMap;

use alloy_primitives::{Address, B256, Bytes, U64, U256};
use futures::{StreamExt, TryStreamExt, stream};
use serde::{Deserialize, Deserializer};
use smartsync_proof::{Account, verify_account};

use crate::{
    chain::Chain,
    error::{AnswerProblem, Error, Side},
    header::RawHeader,
    progress::progress,
};

/// Most keys that nodes take in one `eth_getProof` (geth and Nitro: 1,024).
pub const KEYS_PER_REQUEST: usize = 1_024;
const REQUESTS_AT_ONCE: usize = 4;

/// An account with proof, verified under a header, and the proof nodes of some of its slots.
#[derive(Clone, Debug)]
pub struct AccountProof {
    /// The account.
    pub address: Address,
    /// EIP-1186 nodes of the account, root first.
    pub nodes: Vec<Bytes>,
    /// What they prove.
    pub account: Account,
    /// Values of the slots, in the order asked for, as the node says: their nodes are the proof.
    pub values: Vec<U256>,
    /// EIP-1186 nodes of each slot, root first.
    pub storage_nodes: Vec<Vec<Bytes>>,
}

impl AccountProof {
    /// Fetches an account with some slots at the header's block, and verifies the account. The storage nodes are
    /// checked when a multi-proof is built of them.
    pub async fn fetch(
        chain: &Chain,
        address: Address,
        slots: &[U256],
        header: &RawHeader,
    ) -> Result<Self, Error> {
        match chain
            .verified(|| Self::fetch_once(chain, address, slots, header))
            .await
        {
            Err(error) if error.is_refusal() => {
                Err(proof_window(chain, address, header.header.number, error).await?)
            }
            result => result,
        }
    }

    /// The nodes that prove an account, or that there is none, checked against the header.
    pub async fn presence(
        chain: &Chain,
        address: Address,
        header: &RawHeader,
    ) -> Result<Vec<Bytes>, Error> {
        let block = header.header.number;
        let fetched = chain
            .verified(|| async {
                let fetched = fetch_unverified(chain, address, &[], block).await?;
                let nodes = fetched.nodes.iter().map(AsRef::as_ref);
                verify_account(&header.header.state_root, &address, nodes).map_err(|problem| {
                    Error::AccountProof {
                        side: chain.side(),
                        address,
                        block,
                        problem,
                    }
                })?;
                Ok(fetched.nodes)
            })
            .await;
        match fetched {
            Err(error) if error.is_refusal() => {
                Err(proof_window(chain, address, block, error).await?)
            }
            result => result,
        }
    }

    async fn fetch_once(
        chain: &Chain,
        address: Address,
        slots: &[U256],
        header: &RawHeader,
    ) -> Result<Self, Error> {
        let mut fetched = fetch_unverified(chain, address, slots, header.header.number).await?;
        let bad_proof = |problem| Error::AccountProof {
            side: chain.side(),
            address,
            block: header.header.number,
            problem,
        };
        let nodes = std::mem::take(&mut fetched.nodes);
        let account = verify_account(
            &header.header.state_root,
            &address,
            nodes.iter().map(AsRef::as_ref),
        )
        .map_err(bad_proof)?
        .ok_or(Error::NoCode {
            side: chain.side(),
            address,
        })?;
        Ok(Self {
            address,
            nodes,
            account,
            values: fetched.values,
            storage_nodes: fetched.storage_nodes,
        })
    }
}

/// Slots of an account as a node shows them. Nothing of it is checked yet.
#[derive(Clone, Debug, Default)]
pub struct Unverified {
    /// EIP-1186 nodes of the account, root first.
    pub nodes: Vec<Bytes>,
    /// Storage root of the account.
    pub storage_root: B256,
    /// Values of the slots, in the order asked for.
    pub values: Vec<U256>,
    /// EIP-1186 nodes of each slot, root first.
    pub storage_nodes: Vec<Vec<Bytes>>,
}

/// Fetches an account with some slots at a block, in as few requests as nodes allow.
pub async fn fetch_unverified(
    chain: &Chain,
    address: Address,
    slots: &[U256],
    block: u64,
) -> Result<Unverified, Error> {
    let chunks: Vec<&[U256]> = if slots.is_empty() {
        vec![slots]
    } else {
        slots.chunks(KEYS_PER_REQUEST).collect()
    };
    let requests: Vec<_> = chunks
        .into_iter()
        .map(|chunk| get_proof(chain, address, chunk, block))
        .collect();
    let of = requests.len();
    let step = match chain.side() {
        Side::Source => "fetching the source's proofs",
        Side::Target => "fetching the mirror's proofs",
        Side::Parent => "fetching the parent chain's proofs",
    };
    let responses: Vec<Response> = stream::iter(requests)
        .buffered(REQUESTS_AT_ONCE)
        .enumerate()
        .map(|(index, response)| {
            if of > REQUESTS_AT_ONCE {
                progress(step, index + 1, of);
            }
            response
        })
        .try_collect()
        .await?;
    let mut all = Unverified::default();
    for response in responses {
        all.nodes = response.account_proof;
        all.storage_root = response.storage_hash;
        for slot in response.storage_proof {
            all.values.push(slot.value);
            all.storage_nodes.push(slot.proof);
        }
    }
    Ok(all)
}

/// What is read of an answer to `eth_getProof` (EIP-1186). Nodes say null for an empty list.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Response {
    #[serde(default, deserialize_with = "null_is_empty")]
    account_proof: Vec<Bytes>,
    storage_hash: B256,
    #[serde(default, deserialize_with = "null_is_empty")]
    storage_proof: Vec<SlotProof>,
}

#[derive(Debug, Deserialize)]
struct SlotProof {
    /// As asked, or without leading zeros.
    key: U256,
    value: U256,
    #[serde(default, deserialize_with = "null_is_empty")]
    proof: Vec<Bytes>,
}

fn null_is_empty<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// The proofs of slots in the order asked for, whatever the order of the answer.
fn in_order(slots: &[U256], proofs: Vec<SlotProof>) -> Result<Vec<SlotProof>, AnswerProblem> {
    if proofs.len() != slots.len() {
        return Err(AnswerProblem::ProofCount {
            expected: slots.len(),
            got: proofs.len(),
        });
    }
    if proofs
        .iter()
        .zip(slots)
        .all(|(proof, slot)| proof.key == *slot)
    {
        return Ok(proofs);
    }
    let mut by_key: BTreeMap<U256, SlotProof> =
        proofs.into_iter().map(|proof| (proof.key, proof)).collect();
    slots
        .iter()
        .map(|slot| by_key.remove(slot).ok_or(AnswerProblem::NoProof(*slot)))
        .collect()
}

async fn get_proof(
    chain: &Chain,
    address: Address,
    slots: &[U256],
    block: u64,
) -> Result<Response, Error> {
    let keys: Vec<B256> = slots.iter().map(|slot| B256::from(*slot)).collect();
    let mut response: Response = chain
        .request("eth_getProof", (address, keys, U64::from(block)))
        .await?;
    response.storage_proof = in_order(slots, response.storage_proof)
        .map_err(|problem| chain.bad_answer("eth_getProof", problem))?;
    Ok(response)
}

/// Tells whether a refusal means that the block is older than what the node proves: then says which block is the oldest, by
/// halving (at most 64 requests); else it is the refusal itself.
async fn proof_window(
    chain: &Chain,
    address: Address,
    block: u64,
    refusal: Error,
) -> Result<Error, Error> {
    let newest = chain.head().await?;
    if newest <= block || storage_root(chain, address, newest).await?.is_none() {
        return Ok(refusal);
    }
    let (mut refused, mut proven) = (block, newest);
    while proven - refused > 1 {
        let middle = refused + (proven - refused) / 2;
        match storage_root(chain, address, middle).await? {
            Some(_) => proven = middle,
            None => refused = middle,
        }
    }
    Ok(Error::ProofWindow {
        side: chain.side(),
        address,
        block,
        oldest: proven,
        newest,
    })
}

/// Storage root of an account at a block, as the node says; `None` if it cannot tell, because the block is too old for
/// it.
pub async fn storage_root(
    chain: &Chain,
    address: Address,
    block: u64,
) -> Result<Option<B256>, Error> {
    match get_proof(chain, address, &[], block).await {
        Ok(response) => Ok(Some(response.storage_hash)),
        Err(error) if error.is_refusal() => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn response(storage_proof: serde_json::Value) -> Response {
        serde_json::from_value(json!({
            "address": Address::ZERO,
            "accountProof": ["0x12"],
            "balance": "0x0",
            "storageHash": B256::ZERO,
            "storageProof": storage_proof,
        }))
        .expect("an answer")
    }

    fn proof(key: &str, value: u64) -> serde_json::Value {
        json!({ "key": key, "value": U256::from(value), "proof": null })
    }

    #[test]
    fn null_stands_for_no_storage_proofs() {
        assert!(response(serde_json::Value::Null).storage_proof.is_empty());
    }

    #[test]
    fn proofs_come_in_the_order_asked_for_whatever_the_answer_s() {
        let slots = [U256::from(3), U256::from(1), U256::from(2)];
        let long = B256::from(U256::from(2)).to_string();
        let sorted = response(json!([
            proof("0x1", 10),
            proof(&long, 20),
            proof("0x3", 30)
        ]));
        let values: Vec<u64> = in_order(&slots, sorted.storage_proof)
            .expect("all of them")
            .iter()
            .map(|proof| proof.value.to())
            .collect();
        assert_eq!(values, [30, 10, 20]);
        let twice = response(json!([
            proof("0x1", 10),
            proof("0x1", 10),
            proof("0x3", 30)
        ]));
        assert!(matches!(
            in_order(&slots, twice.storage_proof),
            Err(AnswerProblem::NoProof(slot)) if slot == U256::from(2)
        ));
        assert!(matches!(
            in_order(&slots, Vec::new()),
            Err(AnswerProblem::ProofCount {
                expected: 3,
                got: 0
            })
        ));
    }
}
