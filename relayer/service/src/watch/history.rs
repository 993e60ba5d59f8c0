//! What happened to mirrors, read from the target chain: the events of the registry and the transactions that made them.
//! A watch reads it at its start, and each of its own transactions in the same way, so that what it knows is what it
//! would know after a restart.

use std::collections::{BTreeMap, BTreeSet};

use alloy::rpc::types::Log;
use alloy_primitives::{Address, Bytes, TxHash, U64, U256};
use alloy_sol_types::SolEvent;
use futures::{StreamExt, TryStreamExt, stream};
use relayer::Registry;
use serde::{Deserialize, Serialize};
use serde_json::json;
use smartsync_abi::IRegistry::{Loaded, MigrationCompleted, PartApplied, SyncSkipped, Synced};
use smartsync_chain::{AnswerProblem, Chain};

use crate::error::Error;

/// A day in seconds.
pub(crate) const DAY: u64 = 86_400;
/// Steps kept for each mirror.
pub(crate) const STEPS_KEPT: usize = 40;
/// Blocks asked for in one `eth_getLogs`, at first; halved when the node refuses.
const LOG_BLOCKS: u64 = 1_000_000;
/// Requests for logs spent on steps older than a day.
const OLDER_REQUESTS: usize = 30;
const REQUESTS_AT_ONCE: usize = 8;
/// The fixed part of a mirror's share in a transaction for several, in changes: a sync of one slot among 1,000 costs 137,000
/// gas, each further one up to 10 about 12,000 (docs/costs.md).
const FIXED_SHARE: u64 = 10;

/// What a transaction did with a mirror.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum StepKind {
    /// Moved it to a newer proven state.
    Synced,
    /// Moved its block only: nothing had changed.
    Refreshed,
    /// Wrote a part of an update.
    Part,
    /// Loaded unproven slots.
    Loaded,
    /// Proved its whole storage.
    Completed,
    /// Found it moved already.
    Skipped,
}

/// One transaction's part in one mirror.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Step {
    /// The mirror.
    #[serde(skip)]
    pub proxy: Address,
    /// What was done.
    pub kind: StepKind,
    /// Source block arrived at; 0 for a load.
    pub source_block: u64,
    /// Number of slots written.
    pub changes: u64,
    /// The transaction.
    pub tx_hash: TxHash,
    /// Who sent it.
    pub sender: Address,
    /// Its number among that account's transactions.
    #[serde(skip)]
    pub nonce: u64,
    /// Target block.
    pub target_block: u64,
    /// Timestamp of that block in seconds.
    pub time: u64,
    /// Calldata in bytes: the mirror's share.
    pub bytes: u64,
    /// Gas used: the mirror's share.
    pub gas: u64,
    /// Wei paid: the mirror's share.
    pub fee: U256,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct FullReceipt {
    from: Address,
    block_number: U64,
    gas_used: U256,
    effective_gas_price: U256,
    logs: Vec<Log>,
}

#[derive(Debug, Deserialize)]
struct Sent {
    input: Bytes,
    nonce: U64,
}

/// The proxy, what was done, source block and number of changes.
type Event = (Address, StepKind, u64, u64);

fn event(log: &Log) -> Option<Event> {
    let topic = log.topic0()?;
    let data = log.data();
    match *topic {
        Synced::SIGNATURE_HASH => Synced::decode_log_data(data).ok().map(|event| {
            let kind = match event.preStorageRoot == event.postStorageRoot {
                true => StepKind::Refreshed,
                false => StepKind::Synced,
            };
            (event.proxy, kind, event.sourceBlock, event.changes)
        }),
        MigrationCompleted::SIGNATURE_HASH => MigrationCompleted::decode_log_data(data)
            .ok()
            .map(|event| (event.proxy, StepKind::Completed, event.sourceBlock, 0)),
        PartApplied::SIGNATURE_HASH => PartApplied::decode_log_data(data).ok().map(|event| {
            (
                event.proxy,
                StepKind::Part,
                event.sourceBlock,
                event.changes,
            )
        }),
        Loaded::SIGNATURE_HASH => Loaded::decode_log_data(data)
            .ok()
            .map(|event| (event.proxy, StepKind::Loaded, 0, event.slots)),
        SyncSkipped::SIGNATURE_HASH => SyncSkipped::decode_log_data(data)
            .ok()
            .map(|event| (event.proxy, StepKind::Skipped, event.sourceBlock, 0)),
        _ => None,
    }
}

/// Splits an amount by weights; what does not divide goes to the first.
fn shares(amount: U256, weights: &[u64]) -> Vec<U256> {
    let total: u64 = weights.iter().sum();
    if total == 0 {
        return vec![U256::ZERO; weights.len()];
    }
    let mut parts: Vec<U256> = weights
        .iter()
        .map(|weight| {
            amount
                .checked_mul(U256::from(*weight))
                .map_or(amount / U256::from(weights.len()), |product| {
                    product / U256::from(total)
                })
        })
        .collect();
    let rest = amount.saturating_sub(parts.iter().fold(U256::ZERO, |sum, part| sum + *part));
    if let Some(first) = parts.first_mut() {
        *first += rest;
    }
    parts
}

/// What a transaction did with mirrors of the registry. What it cost is shared out among them.
pub(crate) async fn read_transaction(
    target: &Chain,
    registry: &Registry,
    tx_hash: TxHash,
) -> Result<Vec<Step>, Error> {
    let (receipt, sent): (Option<FullReceipt>, Option<Sent>) = futures::try_join!(
        target.request("eth_getTransactionReceipt", (tx_hash,)),
        target.request("eth_getTransactionByHash", (tx_hash,)),
    )?;
    let unknown = |method| target.bad_answer(method, AnswerProblem::UnknownTransaction(tx_hash));
    let receipt = receipt.ok_or_else(|| unknown("eth_getTransactionReceipt"))?;
    let sent = sent.ok_or_else(|| unknown("eth_getTransactionByHash"))?;
    let target_block = receipt.block_number.to();
    let time = target.block(target_block).await?.timestamp.to();
    let events: Vec<Event> = receipt
        .logs
        .iter()
        .filter(|log| log.address() == registry.address)
        .filter_map(event)
        .collect();
    let weights: Vec<u64> = events
        .iter()
        .map(|(_, _, _, changes)| FIXED_SHARE.saturating_add(*changes))
        .collect();
    let fee = receipt.gas_used.saturating_mul(receipt.effective_gas_price);
    let share = |amount| shares(amount, &weights).into_iter();
    Ok(events
        .iter()
        .zip(share(receipt.gas_used).zip(share(fee)))
        .zip(share(U256::from(sent.input.len())))
        .map(
            |(((proxy, kind, source_block, changes), (gas, fee)), bytes)| Step {
                proxy: *proxy,
                kind: *kind,
                source_block: *source_block,
                changes: *changes,
                tx_hash,
                sender: receipt.from,
                nonce: sent.nonce.to(),
                target_block,
                time,
                bytes: bytes.saturating_to(),
                gas: gas.saturating_to(),
                fee,
            },
        )
        .collect())
}

/// Reads what happened, once as far back as it is needed, then what is new.
#[derive(Debug)]
pub(crate) struct History {
    /// The blocks of the last day, at the first reading.
    pub day: [u64; 2],
    /// The first block not read yet.
    next: u64,
    /// Blocks asked for at once: what the node takes.
    blocks: u64,
}

/// A transaction that moved mirrors, in the order of the chain.
type Found = (u64, u64, TxHash);

impl History {
    /// The last day's steps of all mirrors of the registry, and further ones back, up to [`STEPS_KEPT`] of each of
    /// these mirrors, as far as a bounded number of requests shows them. Oldest first.
    pub(crate) async fn open(
        target: &Chain,
        registry: &Registry,
        proxies: &BTreeSet<Address>,
    ) -> Result<(Self, Vec<Step>), Error> {
        let head = target.latest_block().await?;
        let head_block: u64 = head.number.to();
        let edge = head.timestamp.to::<u64>().saturating_sub(DAY);
        let day_ago = block_at(target, registry.since, head_block, edge).await?;
        let mut history = Self {
            day: [day_ago, head_block],
            next: head_block.saturating_add(1),
            blocks: LOG_BLOCKS,
        };
        let mut kept: BTreeMap<Address, usize> = proxies.iter().map(|proxy| (*proxy, 0)).collect();
        let mut found: BTreeSet<Found> = BTreeSet::new();
        let mut end = head_block;
        let mut older = 0;
        while end >= registry.since {
            let within_day = end >= day_ago;
            let enough = kept.values().all(|steps| *steps >= STEPS_KEPT);
            if !within_day && (enough || older >= OLDER_REQUESTS) {
                break;
            }
            older += usize::from(!within_day);
            let (start, logs) = history.logs(target, registry, registry.since, end).await?;
            for (proxy, transaction) in logs.into_iter().rev() {
                let wanted = kept.get_mut(&proxy).is_some_and(|steps| {
                    *steps += 1;
                    *steps <= STEPS_KEPT
                });
                if wanted || transaction.0 >= day_ago {
                    found.insert(transaction);
                }
            }
            match start.checked_sub(1) {
                Some(before) => end = before,
                None => break,
            }
        }
        let steps = read_all(target, registry, found).await?;
        Ok((history, steps))
    }

    /// What happened since it was read last. Oldest first.
    pub(crate) async fn catch_up(
        &mut self,
        target: &Chain,
        registry: &Registry,
    ) -> Result<Vec<Step>, Error> {
        let head = target.head().await?;
        let mut found: BTreeSet<Found> = BTreeSet::new();
        let mut end = head;
        while end >= self.next {
            let (start, logs) = self.logs(target, registry, self.next, end).await?;
            found.extend(logs.into_iter().map(|(_, transaction)| transaction));
            end = match start.checked_sub(1) {
                Some(before) => before,
                None => break,
            };
        }
        let steps = read_all(target, registry, found).await?;
        self.next = self.next.max(head.saturating_add(1));
        Ok(steps)
    }

    /// The newest of the blocks from `since` to `end` that the node shows at once, and the mirrors moved in them.
    async fn logs(
        &mut self,
        target: &Chain,
        registry: &Registry,
        since: u64,
        end: u64,
    ) -> Result<(u64, Vec<(Address, Found)>), Error> {
        loop {
            let start = end.saturating_sub(self.blocks - 1).max(since);
            let filter = json!({
                "address": registry.address,
                "fromBlock": U64::from(start),
                "toBlock": U64::from(end),
            });
            match target
                .request::<_, Vec<Log>>("eth_getLogs", (filter,))
                .await
            {
                Ok(logs) => {
                    let moved = logs.iter().filter_map(|log| {
                        let (proxy, ..) = event(log)?;
                        let place = (
                            log.block_number?,
                            log.transaction_index?,
                            log.transaction_hash?,
                        );
                        Some((proxy, place))
                    });
                    return Ok((start, moved.collect()));
                }
                Err(error) if error.is_refusal() && self.blocks > 1 => self.blocks /= 2,
                Err(error) => return Err(error.into()),
            }
        }
    }
}

async fn read_all(
    target: &Chain,
    registry: &Registry,
    found: BTreeSet<Found>,
) -> Result<Vec<Step>, Error> {
    let steps: Vec<Vec<Step>> = stream::iter(found)
        .map(|(_, _, tx_hash)| read_transaction(target, registry, tx_hash))
        .buffered(REQUESTS_AT_ONCE)
        .try_collect()
        .await?;
    Ok(steps.into_iter().flatten().collect())
}

/// The first block from `since` on whose timestamp is at least `time`; `head + 1` if there is none.
async fn block_at(target: &Chain, since: u64, head: u64, time: u64) -> Result<u64, Error> {
    let (mut low, mut high) = (since, head.saturating_add(1));
    while low < high {
        let middle = low + (high - low) / 2;
        match target.block(middle).await?.timestamp.to::<u64>() >= time {
            true => high = middle,
            false => low = middle + 1,
        }
    }
    Ok(low)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_add_up_to_the_whole_and_follow_the_weights() {
        let wei = U256::from::<u64>;
        assert_eq!(shares(wei(100), &[10, 30, 10]), [wei(20), wei(60), wei(20)]);
        let uneven = shares(wei(101), &[1, 1, 1]);
        assert_eq!(uneven, [wei(35), wei(33), wei(33)]);
        assert!(shares(wei(5), &[]).is_empty());
    }
}
