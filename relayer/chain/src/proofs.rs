use alloy::rpc::types::EIP1186AccountProofResponse;
use alloy_primitives::{Address, B256, Bytes, U64, U256};
use futures::{StreamExt, TryStreamExt, stream};
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
    let responses: Vec<EIP1186AccountProofResponse> = stream::iter(requests)
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

async fn get_proof(
    chain: &Chain,
    address: Address,
    slots: &[U256],
    block: u64,
) -> Result<EIP1186AccountProofResponse, Error> {
    let keys: Vec<B256> = slots.iter().map(|slot| B256::from(*slot)).collect();
    let response: EIP1186AccountProofResponse = chain
        .request("eth_getProof", (address, keys, U64::from(block)))
        .await?;
    if response.storage_proof.len() != slots.len() {
        let problem = AnswerProblem::ProofCount {
            expected: slots.len(),
            got: response.storage_proof.len(),
        };
        return Err(chain.bad_answer("eth_getProof", problem));
    }
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
