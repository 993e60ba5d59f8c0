use alloy_primitives::{Address, B256, Bytes, KECCAK256_EMPTY, U256, keccak256};

use super::{
    change::{SlotChange, list},
    decode::Nodes,
    error::BuildError,
    proof::inclusion,
    trie::Arena,
    union::Union,
};
use crate::{
    Account, EMPTY_ROOT,
    multiproof::{ACCOUNT_ABSENT, ACCOUNT_CODE_HASH, ACCOUNT_SLOTS, ACCOUNT_STORAGE_ROOT},
    witness::Witness,
};

/// An account of a state and some of its slots, proven as `eth_getProof` proves them (EIP-1186).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccountProof {
    /// The account.
    pub address: Address,
    /// Nodes of the state trie on the way to it, in any order.
    pub nodes: Vec<Bytes>,
    /// The slots.
    pub slots: Vec<U256>,
    /// Nodes of its storage trie on the way to them, in any order.
    pub storage_nodes: Vec<Bytes>,
}

/// Builds the witness of accounts, their slots, and codes that they have. Values are those of the nodes. Slots of an account whose
/// storage is empty are zero without proof.
///
/// # Errors
/// When an account or a slot is listed twice, there is none, nodes are missing or not canonical, or no account has a code.
pub fn build_witness(
    state_root: B256,
    accounts: &[AccountProof],
    codes: &[Bytes],
) -> Result<Vec<u8>, BuildError> {
    const MOST: usize = u16::MAX as usize;
    if accounts.is_empty() {
        return Err(BuildError::NoAccounts);
    }
    if accounts.len() > MOST {
        return Err(BuildError::TooManyChanges {
            got: accounts.len(),
            most: MOST,
        });
    }
    let mut listed: Vec<_> = accounts
        .iter()
        .map(|account| (keccak256(account.address), account))
        .collect();
    listed.sort_unstable_by_key(|(hashed, _)| *hashed);
    if let Some(pair) = listed.windows(2).find(|pair| pair[0].0 == pair[1].0) {
        return Err(BuildError::DuplicateAccount {
            account: pair[0].1.address,
        });
    }
    let mut arena = Arena::new();
    let nodes = Nodes::new(accounts.iter().flat_map(|account| account.nodes.clone()));
    let trie = nodes.reveal(state_root, &mut arena)?;
    let mut union = Union {
        arena: &mut arena,
        out: Vec::new(),
        write: |account: &Account, out| append(account, false, out),
    };
    let hashed: Vec<_> = listed.iter().map(|(hashed, _)| *hashed).collect();
    union.place(&hashed, &[trie], 0)?;
    let places = union.out;

    let mut witness = vec![1];
    witness.extend_from_slice(&(listed.len() as u16).to_be_bytes());
    let mut multi_proofs = Vec::new();
    for (hashed, proof) in &listed {
        witness.extend_from_slice(proof.address.as_slice());
        // The way is revealed: its places are written.
        match arena.value(trie, hashed).flatten() {
            None => witness.push(ACCOUNT_ABSENT),
            Some(account) => {
                let has_slots = account.storage_root != EMPTY_ROOT && !proof.slots.is_empty();
                append(&account, has_slots, &mut witness);
                if has_slots {
                    multi_proofs.extend(slots(proof, account.storage_root)?);
                }
            }
        }
    }
    witness.extend_from_slice(&places);
    witness.extend_from_slice(&multi_proofs);
    append_codes(codes, &mut witness)?;
    Witness::prove(&witness, &state_root)?;
    Ok(witness)
}

/// The multi-proof of an account's slots.
fn slots(proof: &AccountProof, storage_root: B256) -> Result<Vec<u8>, BuildError> {
    let mut arena = Arena::<B256>::new();
    let nodes = Nodes::new(proof.storage_nodes.iter().cloned());
    let trie = nodes.reveal(storage_root, &mut arena)?;
    let listed = list(proof.slots.iter().map(|slot| {
        let value = arena.value(trie, &keccak256(slot.to_be_bytes::<32>()));
        SlotChange {
            slot: *slot,
            pre: U256::ZERO,
            // A way that is not revealed is found when the proof is written.
            post: value.flatten().unwrap_or_default().into(),
        }
    }))?;
    Ok(inclusion(&mut arena, &listed, trie, storage_root)?.multi_proof)
}

fn append(account: &Account, has_slots: bool, out: &mut Vec<u8>) {
    let nonce = U256::from(account.nonce).to_be_bytes_trimmed_vec();
    let balance = account.balance.to_be_bytes_trimmed_vec();
    let mut head = nonce.len() as u8;
    let mut hashes = Vec::new();
    for (bit, hash, default) in [
        (ACCOUNT_STORAGE_ROOT, account.storage_root, EMPTY_ROOT),
        (ACCOUNT_CODE_HASH, account.code_hash, KECCAK256_EMPTY),
    ] {
        if hash != default {
            head |= bit;
            hashes.extend_from_slice(hash.as_slice());
        }
    }
    if has_slots {
        head |= ACCOUNT_SLOTS;
    }
    out.extend_from_slice(&[head, balance.len() as u8]);
    out.extend_from_slice(&nonce);
    out.extend_from_slice(&balance);
    out.extend_from_slice(&hashes);
}

fn append_codes(codes: &[Bytes], out: &mut Vec<u8>) -> Result<(), BuildError> {
    let mut codes: Vec<_> = codes.iter().map(|code| (keccak256(code), code)).collect();
    codes.sort_unstable_by_key(|(hash, _)| *hash);
    codes.dedup_by_key(|(hash, _)| *hash);
    for (_, code) in codes {
        let length =
            u16::try_from(code.len()).or(Err(BuildError::CodeTooLarge { length: code.len() }))?;
        out.extend_from_slice(&length.to_be_bytes());
        out.extend_from_slice(code);
    }
    Ok(())
}
