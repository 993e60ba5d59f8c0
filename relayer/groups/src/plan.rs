use std::collections::{BTreeMap, BTreeSet};

use alloy_primitives::{Address, B256, U256};
use futures::{StreamExt, TryStreamExt, stream};
use relayer::Relayer;
use serde::Serialize;
use smartsync_chain::{RawHeader, fetch_unverified};
use smartsync_execution::Read;

use crate::{
    bring_up::GroupReport,
    cost::Cost,
    error::Error,
    needs::{Needs, needs},
    rehearsal::Rehearsal,
    standing::Standing,
    unknowable::Unknowable,
};

/// Storage roots asked for at once.
const ROOTS_AT_ONCE: usize = 8;
const DAY: u64 = 86_400;

/// What to plan for.
#[derive(Clone, Copy, Debug)]
pub struct PlanOptions {
    /// Source block; `None`: the newest final one.
    pub block: Option<u64>,
    /// How many of the source's blocks before it are looked at, for a day of syncs; 0: none.
    pub blocks: u64,
}

/// What an account is for the reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Role {
    /// It is mirrored.
    Mirror,
    /// Its code is proven.
    Code,
    /// Its balance is proven, or that it has no code.
    Balance,
    /// A precompiled contract that both chains have.
    Precompile,
    /// Nothing about it can be known.
    Unknowable,
}

/// One account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AccountPlan {
    /// The account on the source chain.
    pub account: Address,
    /// What it is for the reads.
    pub role: Role,
    /// Why nothing can be known about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<Unknowable>,
    /// Whether it is on the target already, so that nothing has to be sent for it at first.
    pub standing: bool,
    /// Slots to copy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slots: Option<usize>,
    /// What the first copy costs.
    pub cost: Cost,
}

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

/// What reads take, and what that costs. Nothing is sent to find it out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Plan {
    /// What is read.
    pub source: Address,
    /// The source block that it is planned at.
    pub source_block: u64,
    /// All accounts that the reads touch.
    pub accounts: Vec<AccountPlan>,
    /// The first copy.
    pub copy: Cost,
    /// Price of target gas at present, wei.
    pub gas_price: U256,
    /// The first copy in wei at that price.
    pub wei: U256,
    /// A day of syncs; `None` where the node does not have the state of the blocks before.
    pub day: Option<DayPlan>,
}

/// Plans the first copy of all that reads take, and a day of syncs: the same is done on a chain inside this process, from the source's own state, and what is
/// there already is left out.
pub async fn plan(
    relayer: &Relayer,
    source: Address,
    reads: &[Read],
    options: &PlanOptions,
) -> Result<Plan, Error> {
    let block = relayer.source_block(options.block).await?;
    let header = RawHeader::fetch(&relayer.source, block).await?;
    let needs = needs(relayer, &header, source, reads).await?;
    let latest = relayer.target().latest_block().await?;
    let gas_price = relayer.target().gas_price(&latest).await?;
    let standing = Standing::look(relayer, &needs, &header).await?;
    let mut plan = Plan {
        source,
        source_block: block,
        accounts: Vec::new(),
        copy: Cost::default(),
        gas_price,
        wei: U256::ZERO,
        day: None,
    };
    let (mut costs, mut slots) = (BTreeMap::new(), BTreeMap::new());
    if needs.unknowable.is_empty() {
        let first = block.saturating_sub(options.blocks).max(1);
        let mut copied = None;
        if !standing.is_empty() {
            // What stands already stands in the rehearsal too, and the rest is copied at the block itself.
            let rehearsal = Rehearsal::start(relayer).await?;
            rehearsal.stand(&standing, &header).await?;
            copied = Some(rehearsal.copy(source, reads, block).await?);
            rehearsal.end().await;
        }
        if copied.is_none() || first < block {
            let rehearsal = Rehearsal::start(relayer).await?;
            // The copy is made of the state before the last blocks, and those are synced. A node that lacks that state, or a contract that is younger,
            // leaves the day unknown.
            let early = match first < block {
                true => rehearsal.copy(source, reads, first).await.ok(),
                false => None,
            };
            if early.is_some() {
                let synced = rehearsal.bring_up(source, reads, block).await?;
                let day = day(relayer, &rehearsal, &synced, first, &header, gas_price);
                plan.day = Some(day.await?);
            }
            copied = match copied.or(early) {
                None => Some(rehearsal.copy(source, reads, block).await?),
                copied => copied,
            };
            rehearsal.end().await;
        }
        if let Some(copied) = copied {
            costs = copied.costs;
            slots = copied.slots;
        }
    }
    for (account, role, why) in listed(&needs) {
        let cost = costs.remove(&account).unwrap_or_default();
        plan.copy.add(cost);
        plan.accounts.push(AccountPlan {
            account,
            role,
            why,
            standing: standing.has(&account) || role == Role::Precompile,
            slots: slots.get(&account).copied(),
            cost,
        });
    }
    plan.wei = U256::from(plan.copy.gas).saturating_mul(gas_price);
    Ok(plan)
}

fn listed(needs: &Needs) -> Vec<(Address, Role, Option<Unknowable>)> {
    let of = |accounts: &BTreeSet<Address>, role| {
        let all: Vec<_> = accounts
            .iter()
            .map(|account| (*account, role, None))
            .collect();
        all
    };
    let only_balances = needs
        .balances
        .difference(&needs.members)
        .filter(|account| !needs.codes.contains(*account))
        .copied()
        .collect();
    [
        of(&needs.members, Role::Mirror),
        of(&needs.codes, Role::Code),
        of(&only_balances, Role::Balance),
        of(&needs.precompiles, Role::Precompile),
        needs
            .unknowable
            .iter()
            .map(|(account, why)| (*account, Role::Unknowable, Some(*why)))
            .collect(),
    ]
    .concat()
}

async fn day(
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
