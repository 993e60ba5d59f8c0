use std::collections::BTreeMap;

use alloy_primitives::{Address, B256, U256};
use futures::{StreamExt, TryStreamExt, stream};
use relayer::Relayer;
use serde::Serialize;
use smartsync_chain::{RawHeader, fetch_unverified};

use crate::{bring_up::GroupReport, cost::Cost, error::Error, rehearsal::Rehearsal};

/// Storage roots asked for at once.
const ROOTS_AT_ONCE: usize = 8;
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
        let roots: Vec<B256> = stream::iter(first..=last)
            .map(|block| async move {
                let proof = fetch_unverified(&relayer.source, *member, &[], block).await?;
                Ok::<_, Error>(proof.storage_root)
            })
            .buffered(ROOTS_AT_ONCE)
            .try_collect()
            .await?;
        let moved = roots.windows(2).filter(|pair| pair.first() != pair.last());
        changed.insert(*member, moved.count() as u64);
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
