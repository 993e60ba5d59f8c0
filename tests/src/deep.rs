//! Tries as deep as a large chain's, whose other children are made up.

use alloy_primitives::{Address, B256, Bytes, KECCAK256_EMPTY, keccak256};
use alloy_rlp::encode;
use alloy_trie::{Nibbles, TrieAccount, nodes::LeafNode};
use smartsync_abi::IProver;
use smartsync_proof::AccountProof;

use crate::{Error, System, ToldRoot, Touched, storage_proof};

/// Nodes on the way to an account of mainnet's, its leaf among them.
pub const STATE_NODES: usize = 8;
/// Nodes on the way to a slot of a large contract there, its leaf among them.
pub const STORAGE_NODES: usize = 6;

/// A prover whose root source says what it is told.
#[derive(Clone, Copy, Debug)]
pub struct ToldProver {
    /// The prover.
    pub prover: Address,
    /// Its runner.
    pub runner: Address,
    /// Its root source.
    pub root_source: Address,
}

impl System {
    /// Deploys a prover whose root source says what it is told.
    pub async fn deploy_told_prover(&self) -> Result<ToldProver, Error> {
        let root_source = self.target.deploy(&ToldRoot::BYTECODE, []).await?;
        let facts = IProver::initializeCall {
            rootSource: root_source,
            ..self.prover_initialize().await?
        };
        let runner = facts.runner;
        let program = &smartsync_artifacts::PROVER;
        Ok(ToldProver {
            prover: Self::deploy_constructed(&self.target, program, facts).await?,
            runner,
            root_source,
        })
    }

    /// Tells a `ToldRoot` a state root at a source block of this timestamp, seconds.
    pub async fn tell(
        &self,
        root_source: Address,
        block: u64,
        state_root: B256,
        timestamp: u64,
    ) -> Result<(), Error> {
        let tell = ToldRoot::tellCall {
            number: block,
            root: state_root,
            timestamp,
        };
        self.target.send(root_source, tell).await?;
        Ok(())
    }

    /// The state root and the proofs of what is touched, with a state trie as deep as mainnet's, and such storage tries of the accounts that have large
    /// storages there. The accounts have the codes that `code_hash` gives them for those that they have.
    pub async fn deepened(
        &self,
        block: u64,
        touched: &Touched,
        large: &[Address],
        code_hash: impl Fn(B256) -> B256,
    ) -> Result<(B256, Vec<AccountProof>), Error> {
        let (mut accounts, mut leaves) = (Vec::new(), Vec::new());
        for (address, slots) in &touched.accounts {
            let slots: Vec<_> = slots.iter().copied().collect();
            let proof = self.source.proof(*address, &slots, block).await?;
            let values = proof.storage_proof.iter().map(|slot| {
                let value = match slot.value.is_zero() {
                    true => Vec::new(),
                    false => encode(slot.value),
                };
                (keccak256(slot.key.as_b256()), value)
            });
            let (storage_root, storage_nodes) = match large.contains(address) {
                true => deep_trie(&values.collect::<Vec<_>>(), STORAGE_NODES - 1),
                false => (proof.storage_hash, storage_proof(&proof)),
            };
            let is_absent =
                proof.nonce == 0 && proof.balance.is_zero() && proof.code_hash == KECCAK256_EMPTY;
            let leaf = TrieAccount {
                nonce: proof.nonce,
                balance: proof.balance,
                storage_root,
                code_hash: code_hash(proof.code_hash),
            };
            let leaf = match is_absent {
                true => Vec::new(),
                false => encode(leaf),
            };
            leaves.push((keccak256(address), leaf));
            accounts.push(AccountProof {
                address: *address,
                nodes: Vec::new(),
                slots,
                storage_nodes,
            });
        }
        let (state_root, nodes) = deep_trie(&leaves, STATE_NODES - 1);
        for account in &mut accounts {
            account.nodes.clone_from(&nodes);
        }
        Ok((state_root, accounts))
    }
}

/// Root and nodes of a trie in which each key's leaf hangs below so many full branches, and where an empty value stands for a key that is not there.
///
/// # Panics
/// When two keys share their first `branches` nibbles.
pub fn deep_trie(entries: &[(B256, Vec<u8>)], branches: usize) -> (B256, Vec<Bytes>) {
    let entries: Vec<_> = entries
        .iter()
        .map(|(key, value)| (Nibbles::unpack(key), value.as_slice()))
        .collect();
    let mut nodes = Vec::new();
    let root = node(&entries, Nibbles::default(), branches, &mut nodes);
    (keccak256(root), nodes)
}

fn node(
    entries: &[(Nibbles, &[u8])],
    prefix: Nibbles,
    branches: usize,
    nodes: &mut Vec<Bytes>,
) -> Vec<u8> {
    let depth = prefix.len();
    let made = match entries {
        [(key, value)] if depth == branches => {
            alloy_rlp::encode(LeafNode::new(key.slice(branches..), value.to_vec()))
        }
        _ => {
            assert!(depth < branches, "two keys share {prefix:?}");
            let mut payload = Vec::new();
            for child in 0..16u8 {
                let mut below = prefix;
                below.push(child);
                let inside: Vec<_> = entries
                    .iter()
                    .filter(|(key, _)| key.get(depth) == Some(child))
                    .copied()
                    .collect();
                let hash = match inside.as_slice() {
                    [] => keccak256(below.to_vec()),
                    [(_, value)] if value.is_empty() && depth + 1 == branches => {
                        payload.push(0x80);
                        continue;
                    }
                    inside => keccak256(node(inside, below, branches, nodes)),
                };
                payload.push(0xa0);
                payload.extend_from_slice(hash.as_slice());
            }
            payload.push(0x80);
            let length = (payload.len() as u16).to_be_bytes();
            [&[0xf9], length.as_slice(), &payload].concat()
        }
    };
    nodes.push(made.clone().into());
    made
}
