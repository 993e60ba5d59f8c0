use std::collections::BTreeMap;

use alloy_primitives::{B256, U256, keccak256};
use alloy_trie::{HashBuilder, Nibbles};

/// Storage root of a full state by alloy's hash builder, which shares no code with what is tested. Zero values are
/// absent.
pub fn storage_root<'a>(state: impl IntoIterator<Item = (&'a U256, &'a U256)>) -> B256 {
    let leaves: BTreeMap<B256, U256> = state
        .into_iter()
        .filter(|(_, value)| !value.is_zero())
        .map(|(slot, value)| (keccak256(slot.to_be_bytes::<32>()), *value))
        .collect();
    let mut builder = HashBuilder::default();
    for (hashed_slot, value) in leaves {
        builder.add_leaf(Nibbles::unpack(hashed_slot), &alloy_rlp::encode(value));
    }
    builder.root()
}
