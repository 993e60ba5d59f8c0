use alloy_primitives::{Address, B256, U256, keccak256};

use crate::{
    NodeCheck, ProofError,
    lookup::lookup,
    rlp::{Item, integer, integer_u64, only_item, take_item},
};

/// An account of a state trie (Yellow Paper, section 4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Account {
    /// Number of transactions sent, or of contracts created by a contract.
    pub nonce: u64,
    /// In wei.
    pub balance: U256,
    /// Root of the account's storage trie.
    pub storage_root: B256,
    /// Hash of the account's code.
    pub code_hash: B256,
}

/// An account under a state root (EIP-1186 nodes, root first); `None` when it is proven absent.
///
/// # Errors
/// When the nodes prove neither presence nor absence, or when any of them is not needed.
pub fn verify_account<'a>(
    state_root: &B256,
    address: &Address,
    nodes: impl IntoIterator<Item = &'a [u8]>,
) -> Result<Option<Account>, ProofError> {
    let mut count = 0u32;
    let nodes = nodes
        .into_iter()
        .inspect(|_| count = count.saturating_add(1));
    let Some(value) = lookup(state_root, &keccak256(address), nodes)? else {
        return Ok(None);
    };
    match decode(value) {
        Some(account) => Ok(Some(account)),
        None => Err(ProofError {
            check: NodeCheck::Value,
            node: count.saturating_sub(1),
        }),
    }
}

pub fn decode(value: &[u8]) -> Option<Account> {
    let mut fields = only_item(value).and_then(Item::list)?;
    let mut string = || take_item(&mut fields).and_then(Item::string);
    let account = Account {
        nonce: integer_u64(string()?)?,
        balance: U256::from_be_bytes(integer(string()?, 32)?),
        storage_root: B256::new(*string()?.as_array()?),
        code_hash: B256::new(*string()?.as_array()?),
    };
    if fields.is_empty() {
        Some(account)
    } else {
        None
    }
}
