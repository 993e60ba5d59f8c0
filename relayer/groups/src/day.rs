use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use alloy_primitives::{Address, U256};
use futures::{StreamExt, TryStreamExt, stream};
use relayer::Relayer;
use serde::Serialize;
use smartsync_chain::{RawHeader, fetch_unverified};
use smartsync_execution::Read;

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
    /// What is asked and is younger than the blocks that were to be looked at, so that they are fewer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub youngest: Option<Address>,
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

/// Why a day of syncs is not known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum NoDay {
    /// No blocks were to be looked at.
    NotAsked,
    /// A contract is too large for the dry run.
    TooLarge,
    /// The reads need what cannot be known on the target.
    Unknowable,
    /// This contract is no older than the block.
    TooYoung(Address),
    /// The state before the last blocks cannot be had or copied, as the node says.
    NoState(String),
}

impl fmt::Display for NoDay {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAsked => formatter.write_str("it was not asked for (`--blocks`)"),
            Self::TooLarge => formatter.write_str(
                "a contract is too large for the dry run (`--max-slots`); the first copy is that of slots alone, without codes",
            ),
            Self::Unknowable => formatter.write_str("the reads need what cannot be known"),
            Self::TooYoung(account) => write!(formatter, "{account} is of this block"),
            Self::NoState(why) => write!(formatter, "no state before the last blocks: {why}"),
        }
    }
}

/// The last blocks that are looked at.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reach {
    /// The state at its end is what is copied.
    pub first: u64,
    /// What is asked and did not exist before it.
    pub youngest: Option<Address>,
}

/// How far back so many blocks before a block reach: not to before what is asked existed.
pub(crate) async fn reach(
    relayer: &Relayer,
    source: Address,
    reads: &[Read],
    block: u64,
    blocks: u64,
) -> Result<Reach, NoDay> {
    if blocks == 0 {
        return Err(NoDay::NotAsked);
    }
    let mut reach = Reach {
        first: block.saturating_sub(blocks).max(1),
        youngest: None,
    };
    if reach.first >= block {
        return Err(NoDay::TooYoung(source));
    }
    let asked: BTreeSet<Address> = reads.iter().map(|read| read.to).chain([source]).collect();
    for account in asked {
        let existed = async |at| match relayer.source.code(account, at).await {
            Ok(code) => Ok(!code.is_empty()),
            Err(error) => Err(NoDay::NoState(error.to_string())),
        };
        // The last block known to be too early, and the first one known not to be.
        let (mut before, mut after) = (reach.first, block);
        if existed(before).await? {
            continue;
        }
        while before + 1 < after {
            let middle = before.midpoint(after);
            match existed(middle).await? {
                true => after = middle,
                false => before = middle,
            }
        }
        reach = Reach {
            first: after,
            youngest: Some(account),
        };
        if after == block {
            return Err(NoDay::TooYoung(account));
        }
    }
    Ok(reach)
}

/// What it takes to keep up a group that was copied at the first block and is synced to the last.
pub(crate) async fn day(
    relayer: &Relayer,
    rehearsal: &Rehearsal<'_>,
    synced: &GroupReport,
    reach: &Reach,
    header: &RawHeader,
    gas_price: U256,
) -> Result<DayPlan, Error> {
    let (first, last) = (reach.first, header.header.number);
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
        youngest: reach.youngest,
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
