//! `txpool_`: what waits to be mined, as JSON. Pending can be mined in the next block, queued misses a nonce before it.

use std::collections::BTreeMap;

use alloy_consensus::Transaction;
use alloy_primitives::{Address, U64};
use serde_json::{Map, Value, json};

use super::{api::Api, block_view, error::RpcError, params::Params};
use crate::chain::{Ledger, Pooled};

/// By sender (checksummed, as geth has it) and nonce.
type BySender = BTreeMap<String, Map<String, Value>>;

/// What waits: pending, and queued.
fn sorted(ledger: &Ledger, view: impl Fn(&Pooled) -> Value) -> (BySender, BySender) {
    let (mut pending, mut queued) = (BySender::new(), BySender::new());
    for transaction in ledger.pool().iter() {
        let sender = transaction.sender;
        let mined = ledger
            .head()
            .state
            .account(sender)
            .map_or(0, |account| account.nonce);
        let nonce = transaction.envelope.nonce();
        let list = match nonce < ledger.pool().next_nonce(sender, mined) {
            true => &mut pending,
            false => &mut queued,
        };
        list.entry(sender.to_checksum(None))
            .or_default()
            .insert(nonce.to_string(), view(transaction));
    }
    (pending, queued)
}

fn whole(transaction: &Pooled) -> Value {
    json!(block_view::waiting(transaction))
}

fn line(transaction: &Pooled) -> Value {
    let envelope = &transaction.envelope;
    let to = match envelope.to() {
        Some(to) => to.to_checksum(None),
        None => "contract creation".to_owned(),
    };
    json!(format!(
        "{to}: {} wei + {} gas × {} wei",
        envelope.value(),
        envelope.gas_limit(),
        envelope.max_fee_per_gas()
    ))
}

/// `txpool_status`.
pub fn status(api: &Api) -> Value {
    let (pending, queued) = sorted(&api.read(), whole);
    let count = |list: &BySender| U64::from(list.values().map(Map::len).sum::<usize>());
    json!({ "pending": count(&pending), "queued": count(&queued) })
}

/// `txpool_content`.
pub fn content(api: &Api) -> Value {
    let (pending, queued) = sorted(&api.read(), whole);
    json!({ "pending": pending, "queued": queued })
}

/// `txpool_contentFrom`.
pub fn content_from(api: &Api, params: &mut Params) -> Result<Value, RpcError> {
    let sender = params.next::<Address>()?.to_checksum(None);
    let (mut pending, mut queued) = sorted(&api.read(), whole);
    Ok(json!({
        "pending": pending.remove(&sender).unwrap_or_default(),
        "queued": queued.remove(&sender).unwrap_or_default(),
    }))
}

/// `txpool_inspect`.
pub fn inspect(api: &Api) -> Value {
    let (pending, queued) = sorted(&api.read(), line);
    json!({ "pending": pending, "queued": queued })
}
