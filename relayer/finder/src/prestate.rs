use std::collections::BTreeMap;

use alloy_primitives::{Address, B256, U256};
use serde::Deserialize;
use serde_json::{Value, json};

/// Answer of the `prestateTracer` in diff mode.
#[derive(Debug, Deserialize)]
pub(super) struct Diff {
    // Both are always there; a node that ignores the tracer (ganache) answers something else.
    pre: BTreeMap<Address, Account>,
    post: BTreeMap<Address, Account>,
}

#[derive(Debug, Default, Deserialize)]
struct Account {
    #[serde(default)]
    storage: BTreeMap<B256, Value>,
}

impl Diff {
    /// The slots of a contract that it shows: a deleted slot is only in `pre`, an added one only in `post`.
    pub(super) fn slots(&self, contract: Address) -> impl Iterator<Item = U256> + '_ {
        [self.pre.get(&contract), self.post.get(&contract)]
            .into_iter()
            .flatten()
            .flat_map(|account| account.storage.keys())
            .map(|slot| U256::from_be_bytes(slot.0))
    }
}

/// Options that ask for it.
pub(super) fn options() -> Value {
    json!({ "tracer": "prestateTracer", "tracerConfig": { "diffMode": true } })
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_primitives::address;

    const CONTRACT: Address = address!("00000000000000000000000000000000000000aa");

    #[test]
    fn changed_added_and_deleted_slots_are_all_found() {
        let word = |number: u64| B256::from(U256::from(number));
        let diff: Diff = serde_json::from_value(json!({
            "pre": { CONTRACT.to_string(): { "balance": "0x0", "storage": { word(1).to_string(): word(5).to_string(), word(2).to_string(): word(6).to_string() } } },
            "post": { CONTRACT.to_string(): { "storage": { word(1).to_string(): word(7).to_string(), word(3).to_string(): word(8).to_string() } } },
        }))
        .expect("a diff as geth answers it");
        let mut slots: Vec<U256> = diff.slots(CONTRACT).collect();
        slots.sort_unstable();
        slots.dedup();
        assert_eq!(slots, [U256::from(1), U256::from(2), U256::from(3)]);
        assert_eq!(diff.slots(Address::ZERO).count(), 0);
    }
}
