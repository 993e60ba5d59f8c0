use std::collections::BTreeSet;

use alloy_primitives::{Address, U64, U256};
use futures::future::BoxFuture;
use serde::{Deserialize, de::IgnoredAny};
use smartsync_chain::{AnswerProblem, Chain};

use crate::{
    error::Error,
    finder::{ChangeFinder, Probe, Query},
    intervals::read_changed_blocks,
    unsupported::is_unsupported,
};

const METHOD: &str = "eth_getBlockAccessList";
/// Its name in clients that had it before the execution API named it.
const EARLIER_METHOD: &str = "eth_getBlockAccessListByBlockNumber";

/// `eth_getBlockAccessList` (EIP-7928): the slots that a block wrote, as every block commits to them. The node executes
/// nothing for it, and writes by system calls are in it, too.
#[derive(Debug)]
pub struct AccessLists;

/// What a block did to one account; other fields do not matter here.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct AccountChanges {
    address: Address,
    #[serde(default)]
    storage_changes: Vec<SlotChanges>,
}

/// The writes of one slot, after each transaction that wrote it.
#[derive(Debug, Deserialize)]
struct SlotChanges {
    #[serde(alias = "slot")]
    key: U256,
    #[serde(alias = "slotChanges")]
    changes: Vec<IgnoredAny>,
}

impl ChangeFinder for AccessLists {
    fn name(&self) -> &'static str {
        "block access lists"
    }

    fn find<'a>(&'a self, query: &'a Query) -> BoxFuture<'a, Result<BTreeSet<U256>, Error>> {
        Box::pin(read_changed_blocks(query, |source, contract, block| {
            Box::pin(slots_of_block(source, contract, block))
        }))
    }

    fn probe<'a>(&'a self, probe: &'a Probe) -> BoxFuture<'a, Result<(), Error>> {
        Box::pin(async {
            slots_of_block(&probe.source, probe.contract, probe.block)
                .await
                .map(drop)
        })
    }
}

async fn slots_of_block(source: &Chain, contract: Address, block: u64) -> Result<Vec<U256>, Error> {
    let request = (U64::from(block),);
    let list: Option<Vec<AccountChanges>> = match source.request(METHOD, request).await {
        Err(error) if is_unsupported(&error) => source.request(EARLIER_METHOD, request).await?,
        answered => answered?,
    };
    let list = list.ok_or_else(|| source.bad_answer(METHOD, AnswerProblem::UnknownBlock(block)))?;
    Ok(written_slots(&list, contract))
}

fn written_slots(list: &[AccountChanges], contract: Address) -> Vec<U256> {
    list.iter()
        .filter(|account| account.address == contract)
        .flat_map(|account| &account.storage_changes)
        .filter(|slot| !slot.changes.is_empty())
        .map(|slot| slot.key)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_primitives::address;
    use serde_json::json;

    const CONTRACT: Address = address!("00000000000000000000000000000000000000aa");

    /// As the execution API defines it: a slot and its value are 32 bytes, an index is a quantity.
    #[test]
    fn written_slots_of_the_contract_are_found_and_read_ones_are_not() {
        let word = |number: u64| alloy_primitives::B256::from(U256::from(number));
        let changes = |slot: u64| {
            json!({ "key": word(slot), "changes": [
                { "index": "0x1", "value": word(5) },
                { "index": "0x3", "value": word(0) },
            ] })
        };
        let account = |address: Address, slots: &[u64]| {
            json!({
                "address": address,
                "storageChanges": slots.iter().map(|slot| changes(*slot)).collect::<Vec<_>>(),
                "storageReads": [word(77)],
                "balanceChanges": [{ "index": "0x1", "value": "0x5" }],
                "nonceChanges": [],
                "codeChanges": [],
            })
        };
        let list = json!([
            account(Address::ZERO, &[9]),
            account(CONTRACT, &[2, 255]),
            // A reader of an account need not list what it did not do.
            { "address": "0x00000000000000000000000000000000000000bb" },
        ]);
        let list: Vec<AccountChanges> = serde_json::from_value(list).expect("a list");
        assert_eq!(
            written_slots(&list, CONTRACT),
            [U256::from(2), U256::from(255)]
        );
        assert!(written_slots(&list, Address::repeat_byte(0xbb)).is_empty());
    }

    #[test]
    fn field_names_of_earlier_drafts_are_understood() {
        let list = json!([{ "address": CONTRACT, "storageChanges": [
            { "slot": "0x7", "slotChanges": [{ "blockAccessIndex": 1, "postValue": "0x1" }] },
        ] }]);
        let list: Vec<AccountChanges> = serde_json::from_value(list).expect("a list");
        assert_eq!(written_slots(&list, CONTRACT), [U256::from(7)]);
    }
}
