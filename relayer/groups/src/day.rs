use std::collections::BTreeMap;

use alloy_primitives::{Address, U256};
use futures::{StreamExt, TryStreamExt, stream};
use relayer::Relayer;
use serde::Serialize;
use smartsync_chain::{RawHeader, fetch_unverified};

use crate::{bring_up::GroupReport, cost::Cost, error::Error, rehearsal::Rehearsal};

/// Blocks looked at at once.
const AT_ONCE: usize = 8;
/// A day in seconds.
pub(crate) const DAY: u64 = 86_400;

/// A day of syncs, as of the last blocks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DayPlan {
    /// How many source blocks were looked at.
    pub blocks: u64,
    /// How many seconds those took.
    pub seconds: u64,
    /// How many of them changed each member.
    pub changed: BTreeMap<Address, u64>,
    /// What one sync over all of them costs.
    pub sync: Cost,
    /// Syncs of a day at that pace.
    pub syncs: u64,
    /// Their gas.
    pub gas: u64,
    /// That in wei at present prices.
    pub wei: U256,
}

/// What it takes to keep up a group that was copied at the first block and is synced to the last.
pub(crate) async fn day(
    relayer: &Relayer,
    rehearsal: &Rehearsal<'_>,
    synced: &GroupReport,
    first: u64,
    header: &RawHeader,
    gas_price: U256,
) -> Result<DayPlan, Error> {
    let last = header.header.number;
    let began = RawHeader::fetch(&relayer.source, first).await?;
    let seconds = header
        .header
        .timestamp
        .saturating_sub(began.header.timestamp)
        .max(1);
    let mut changed = BTreeMap::new();
    for member in &synced.members {
        let root = async |block| {
            let proof = fetch_unverified(&relayer.source, *member, &[], block).await?;
            Ok(proof.storage_root)
        };
        changed.insert(*member, changes(first, last, root).await?);
    }
    let mut sync = Cost::default();
    for step in &synced.steps {
        sync.add(rehearsal.cost(step).await?);
    }
    let syncs = match sync.transactions {
        0 => 0,
        _ => DAY.div_ceil(seconds),
    };
    let gas = sync.gas.saturating_mul(syncs);
    Ok(DayPlan {
        blocks: last - first,
        seconds,
        changed,
        sync,
        syncs,
        gas,
        wei: U256::from(gas).saturating_mul(gas_price),
    })
}

/// How many of the blocks behind the first, up to the last, changed what is looked at.
pub(crate) async fn changes<T: PartialEq>(
    first: u64,
    last: u64,
    look: impl AsyncFn(u64) -> Result<T, Error>,
) -> Result<u64, Error> {
    let seen: Vec<T> = stream::iter(first..=last)
        .map(|block| look(block))
        .buffered(AT_ONCE)
        .try_collect()
        .await?;
    let changed = seen.windows(2).filter(|pair| pair.first() != pair.last());
    Ok(changed.count() as u64)
}
