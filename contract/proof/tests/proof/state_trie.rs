//! Whole states, and what `eth_getProof` answers about them, by alloy's hash builder and by `eth_trie`.

use std::{collections::BTreeMap, sync::Arc};

use alloy_primitives::{Address, B256, Bytes, U256, keccak256};
use alloy_trie::{HashBuilder, Nibbles, TrieAccount, proof::ProofRetainer};
use eth_trie::{EthTrie, MemoryDB, Trie};
use smartsync_proof::AccountProof;

use crate::oracle::{State, alloy_nodes, eth_trie_nodes};

/// An account of a state.
#[derive(Clone, Debug, Default)]
pub struct Entry {
    pub nonce: u64,
    pub balance: U256,
    pub storage: State,
    pub code: Vec<u8>,
}

/// A state.
pub type World = BTreeMap<Address, Entry>;

/// Which implementation makes the nodes.
#[derive(Clone, Copy, Debug)]
pub enum By {
    Alloy,
    EthTrie,
}

impl Entry {
    pub fn account(&self) -> TrieAccount {
        TrieAccount {
            nonce: self.nonce,
            balance: self.balance,
            storage_root: alloy_nodes(&self.storage, &[]).0,
            code_hash: keccak256(&self.code),
        }
    }
}

/// State root and the nodes on the way to some accounts.
pub fn state_nodes(world: &World, targets: &[Address], by: By) -> (B256, Vec<Bytes>) {
    let leaves: BTreeMap<_, _> = world
        .iter()
        .map(|(address, entry)| (keccak256(address), alloy_rlp::encode(entry.account())))
        .collect();
    match by {
        By::Alloy => {
            let targets = targets.iter().map(|it| Nibbles::unpack(keccak256(it)));
            let mut builder =
                HashBuilder::default().with_proof_retainer(ProofRetainer::from_iter(targets));
            for (key, value) in &leaves {
                builder.add_leaf(Nibbles::unpack(key), value);
            }
            let root = builder.root();
            let nodes = builder.take_proof_nodes().into_nodes_sorted();
            (root, nodes.into_iter().map(|(_, node)| node).collect())
        }
        By::EthTrie => {
            let mut trie = EthTrie::new(Arc::new(MemoryDB::new(true)));
            for (key, value) in &leaves {
                trie.insert(key.as_slice(), value).unwrap();
            }
            let root = trie.root_hash().unwrap();
            let nodes = targets
                .iter()
                .flat_map(|it| trie.get_proof(keccak256(it).as_slice()).unwrap());
            (root, nodes.map(Bytes::from).collect())
        }
    }
}

/// State root, and proofs of some accounts and their slots.
pub fn proofs(world: &World, wanted: &[(Address, Vec<U256>)], by: By) -> (B256, Vec<AccountProof>) {
    let empty = State::new();
    let proofs = wanted.iter().map(|(address, slots)| {
        let storage = world.get(address).map_or(&empty, |entry| &entry.storage);
        let (_, storage_nodes) = match by {
            By::Alloy => alloy_nodes(storage, slots),
            By::EthTrie => eth_trie_nodes(storage, slots),
        };
        AccountProof {
            address: *address,
            nodes: state_nodes(world, &[*address], by).1,
            slots: slots.clone(),
            storage_nodes,
        }
    });
    (state_nodes(world, &[], by).0, proofs.collect())
}

/// The first address from `from` on whose hash begins with this nibble, and the next one.
pub fn address_with(nibble: u8, from: u64) -> (Address, u64) {
    (from..)
        .map(|index| (Address::left_padding_from(&index.to_be_bytes()), index + 1))
        .find(|(address, _)| keccak256(address)[0] >> 4 == nibble)
        .unwrap()
}
