//! What happened to mirrors and feeds, read from the target chain: the events of the registry, of its keeper of codes and of the feeds, and the transactions that made them.
//! A watch reads it at its start, and each of its own transactions in the same way, so that what it knows is what it
//! would know after a restart.

use std::collections::{BTreeMap, BTreeSet};

use alloy::rpc::types::Log;
use alloy_primitives::{Address, Bytes, TxHash, U64, U256};
use alloy_sol_types::SolEvent;
use futures::{StreamExt, TryStreamExt, stream};
use serde::{Deserialize, Serialize};
use serde_json::json;
use smartsync_abi::{
    ICodes::CodeDeployed,
    IFeed::AnswerUpdated,
    IRegistry::{
        BalanceProven, CodeProven, Loaded, MigrationCompleted, PartApplied, ProxyCreated,
        SyncSkipped, Synced,
    },
};
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

/// What a transaction did with a mirror or a feed, or for some of them.
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
    /// Created it.
    Created,
    /// Proved code or a balance that reads need.
    Proven,
    /// Brought code to the target.
    CodeDeployed,
    /// Stored a feed's answer.
    Updated,
}

/// One transaction's part in one mirror or feed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Step {
    /// The mirror or feed; none where it was for whatever needs it.
    #[serde(skip)]
    pub of: Option<Address>,
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

/// Contracts on the target whose events are read.
#[derive(Clone, Debug)]
pub(crate) struct Contracts {
    /// The registry.
    pub registry: Address,
    /// Target block of its deployment: nothing before it matters.
    pub since: u64,
    /// Its keeper of codes.
    pub codes: Address,
    /// The feeds that are kept.
    pub feeds: Vec<Address>,
}

impl Contracts {
    pub(crate) fn all(&self) -> Vec<Address> {
        let own = [self.registry, self.codes];
        own.into_iter().chain(self.feeds.iter().copied()).collect()
    }

    fn event(&self, log: &Log) -> Option<Event> {
        match log.address() {
            registry if registry == self.registry => of_registry(log),
            codes if codes == self.codes => (*log.topic0()? == CodeDeployed::SIGNATURE_HASH)
                .then_some((None, StepKind::CodeDeployed, 0, 0)),
            feed if self.feeds.contains(&feed) => {
                let updated = *log.topic0()? == AnswerUpdated::SIGNATURE_HASH;
                updated.then_some((Some(feed), StepKind::Updated, 0, 0))
            }
            _ => None,
        }
    }
}

/// The mirror or feed, what was done, source block and number of changes.
type Event = (Option<Address>, StepKind, u64, u64);

fn of_registry(log: &Log) -> Option<Event> {
    let topic = log.topic0()?;
    let data = log.data();
    Some(match *topic {
        Synced::SIGNATURE_HASH => {
            let event = Synced::decode_log_data(data).ok()?;
            let kind = match event.changes {
                0 => StepKind::Refreshed,
                _ => StepKind::Synced,
            };
            (Some(event.proxy), kind, event.sourceBlock, event.changes)
        }
        MigrationCompleted::SIGNATURE_HASH => {
            let event = MigrationCompleted::decode_log_data(data).ok()?;
            (Some(event.proxy), StepKind::Completed, event.sourceBlock, 0)
        }
        PartApplied::SIGNATURE_HASH => {
            let event = PartApplied::decode_log_data(data).ok()?;
            let (block, changes) = (event.sourceBlock, event.changes);
            (Some(event.proxy), StepKind::Part, block, changes)
        }
        Loaded::SIGNATURE_HASH => {
            let event = Loaded::decode_log_data(data).ok()?;
            (Some(event.proxy), StepKind::Loaded, 0, event.slots)
        }
        SyncSkipped::SIGNATURE_HASH => {
            let event = SyncSkipped::decode_log_data(data).ok()?;
            (Some(event.proxy), StepKind::Skipped, event.sourceBlock, 0)
        }
        ProxyCreated::SIGNATURE_HASH => {
            let event = ProxyCreated::decode_log_data(data).ok()?;
            (Some(event.proxy), StepKind::Created, 0, 0)
        }
        CodeProven::SIGNATURE_HASH => {
            let event = CodeProven::decode_log_data(data).ok()?;
            (None, StepKind::Proven, event.sourceBlock, 0)
        }
        BalanceProven::SIGNATURE_HASH => {
            let event = BalanceProven::decode_log_data(data).ok()?;
            (None, StepKind::Proven, event.sourceBlock, 0)
        }
        _ => return None,
    })
}

/// Who pays for a transaction: the mirrors and feeds that it names, or where it names none, its first event stands for all.
fn paying(mut events: Vec<Event>) -> Vec<Event> {
    match events.iter().any(|(of, ..)| of.is_some()) {
        true => events.retain(|(of, ..)| of.is_some()),
        false => events.truncate(1),
    }
    events
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

/// What a transaction did with mirrors and feeds. What it cost is shared out among them.
async fn read_transaction(
    target: &Chain,
    contracts: &Contracts,
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
    let events = receipt.logs.iter().filter_map(|log| contracts.event(log));
    let events = paying(events.collect());
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
            |(((of, kind, source_block, changes), (gas, fee)), bytes)| Step {
                of: *of,
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
    contracts: Contracts,
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
    /// The last day's steps of all mirrors of the registry and of the feeds, and further ones back, up to [`STEPS_KEPT`] of each of
    /// these mirrors, as far as a bounded number of requests shows them. Oldest first.
    pub(crate) async fn open(
        target: &Chain,
        contracts: Contracts,
        proxies: &BTreeSet<Address>,
    ) -> Result<(Self, Vec<Step>), Error> {
        let since = contracts.since;
        let head = target.latest_block().await?;
        let head_block: u64 = head.number.to();
        let edge = head.timestamp.to::<u64>().saturating_sub(DAY);
        let day_ago = block_at(target, since, head_block, edge).await?;
        let mut history = Self {
            contracts,
            day: [day_ago, head_block],
            next: head_block.saturating_add(1),
            blocks: LOG_BLOCKS,
        };
        let mut kept: BTreeMap<Address, usize> = proxies.iter().map(|proxy| (*proxy, 0)).collect();
        let mut found: BTreeSet<Found> = BTreeSet::new();
        let mut end = head_block;
        let mut older = 0;
        while end >= since {
            let within_day = end >= day_ago;
            let enough = kept.values().all(|steps| *steps >= STEPS_KEPT);
            if !within_day && (enough || older >= OLDER_REQUESTS) {
                break;
            }
            older += usize::from(!within_day);
            let (start, logs) = history.logs(target, since, end).await?;
            for (of, transaction) in logs.into_iter().rev() {
                let kept = of.and_then(|of| kept.get_mut(&of));
                let wanted = kept.is_some_and(|steps| {
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
        let steps = read_all(target, &history.contracts, found).await?;
        Ok((history, steps))
    }

    /// What happened since it was read last. Oldest first.
    pub(crate) async fn catch_up(&mut self, target: &Chain) -> Result<Vec<Step>, Error> {
        let head = target.head().await?;
        let mut found: BTreeSet<Found> = BTreeSet::new();
        let mut end = head;
        while end >= self.next {
            let (start, logs) = self.logs(target, self.next, end).await?;
            found.extend(logs.into_iter().map(|(_, transaction)| transaction));
            end = match start.checked_sub(1) {
                Some(before) => before,
                None => break,
            };
        }
        let steps = read_all(target, &self.contracts, found).await?;
        self.next = self.next.max(head.saturating_add(1));
        Ok(steps)
    }

    /// The newest of the blocks from `since` to `end` that the node shows at once, and what was moved in them.
    async fn logs(
        &mut self,
        target: &Chain,
        since: u64,
        end: u64,
    ) -> Result<(u64, Vec<(Option<Address>, Found)>), Error> {
        loop {
            let start = end.saturating_sub(self.blocks - 1).max(since);
            let filter = json!({
                "address": self.contracts.all(),
                "fromBlock": U64::from(start),
                "toBlock": U64::from(end),
            });
            match target
                .request::<_, Vec<Log>>("eth_getLogs", (filter,))
                .await
            {
                Ok(logs) => {
                    let moved = logs.iter().filter_map(|log| {
                        let (of, ..) = self.contracts.event(log)?;
                        let place = (
                            log.block_number?,
                            log.transaction_index?,
                            log.transaction_hash?,
                        );
                        Some((of, place))
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
    contracts: &Contracts,
    found: BTreeSet<Found>,
) -> Result<Vec<Step>, Error> {
    let steps: Vec<Vec<Step>> = stream::iter(found)
        .map(|(_, _, tx_hash)| read_transaction(target, contracts, tx_hash))
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

    #[test]
    fn what_names_a_mirror_or_feed_pays_for_the_rest_of_its_transaction() {
        let mirror = Some(Address::repeat_byte(1));
        let synced = (mirror, StepKind::Synced, 7, 3);
        let proven = (None, StepKind::Proven, 7, 0);
        assert_eq!(paying(vec![proven, synced, proven]), [synced]);
        assert_eq!(paying(vec![proven, proven]), [proven]);
        assert!(paying(Vec::new()).is_empty());
    }
}
