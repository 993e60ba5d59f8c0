use std::collections::{BTreeMap, BTreeSet};

use alloy_primitives::{Address, U256};
use relayer::Relayer;
use serde::Serialize;
use smartsync_chain::RawHeader;
use smartsync_execution::Read;

use crate::{
    cost::Cost,
    day::{DayPlan, NoDay, day, reach},
    error::Error,
    needs::{Needs, needs},
    question::Question,
    read_plan::{ReadPlan, read_plans},
    rehearsal::Rehearsal,
    slot_count::{SlotCount, count_slots},
    standing::Standing,
    unknowable::Unknowable,
};

/// Of a large contract's copy in parts: docs/reports/parts-large.md measures 112 transactions, at most 38,148 bytes each, and 23,029 gas a slot for 100,000.
const SLOTS_A_PART: u64 = 890;
const BYTES_A_SLOT: u64 = 43;
const GAS_A_SLOT: u64 = 23_029;

/// What to plan for.
#[derive(Clone, Copy, Debug)]
pub struct PlanOptions {
    /// Source block; `None`: the newest final one.
    pub block: Option<u64>,
    /// How many of the source's blocks before it are looked at, for a day of syncs; 0: none.
    pub blocks: u64,
    /// Most slots of a contract that are copied in the dry run; what has more is estimated.
    pub max_slots: u64,
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
    /// Slots to copy, where they were counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slots: Option<usize>,
    /// Slots to copy, where there are too many to count them; the cost is of as many as are likely.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub estimate: Option<SlotCount>,
    /// What the first copy costs.
    pub cost: Cost,
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
    /// Whether a contract is too large for the dry run, so that the copy is that of its mirrors' slots alone, and estimated.
    pub estimated: bool,
    /// A day of syncs.
    pub day: Option<DayPlan>,
    /// Why that is not known, where it is not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub no_day: Option<NoDay>,
    /// What each read costs without a mirror, to be held against a day of syncs; empty where that is not known.
    pub reads: Vec<ReadPlan>,
}

/// Plans the first copy of all that reads take, and a day of syncs: the same is done on a chain inside this process, from the source's own state, and what is
/// there already is left out.
pub async fn plan(
    relayer: &Relayer,
    source: Address,
    questions: &[Question],
    options: &PlanOptions,
) -> Result<Plan, Error> {
    let reads: Vec<Read> = questions.iter().map(|asked| asked.read.clone()).collect();
    let reads = reads.as_slice();
    let block = relayer.source_block(options.block).await?;
    let header = RawHeader::fetch(&relayer.source, block).await?;
    let needs = needs(relayer, &header, source, reads).await?;
    let mut counts = BTreeMap::new();
    for member in &needs.members {
        let count = count_slots(relayer, *member, &header, options.max_slots).await?;
        counts.insert(*member, count);
    }
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
        estimated: counts
            .values()
            .any(|count| count.likely > options.max_slots),
        day: None,
        no_day: None,
        reads: Vec::new(),
    };
    let (mut costs, mut slots) = (BTreeMap::new(), BTreeMap::new());
    if plan.estimated {
        plan.no_day = Some(NoDay::TooLarge);
        let missing = counts.iter().filter(|(member, _)| !standing.has(member));
        for (member, count) in missing {
            costs.insert(*member, cost_of_copy(count.likely));
        }
    } else if !needs.unknowable.is_empty() {
        plan.no_day = Some(NoDay::Unknowable);
    } else {
        let mut copied = None;
        if !standing.is_empty() {
            // What stands already stands in the rehearsal too, and the rest is copied at the block itself.
            let rehearsal = Rehearsal::start(relayer, false).await?;
            rehearsal.stand(&standing, &header).await?;
            copied = Some(rehearsal.copy(source, reads, block).await?);
            rehearsal.end().await;
        }
        match reach(relayer, source, reads, block, options.blocks).await {
            Err(why) => plan.no_day = Some(why),
            Ok(reach) => {
                let rehearsal = Rehearsal::start(relayer, true).await?;
                // The copy is made of the state before the last blocks, and those are synced.
                match rehearsal.copy(source, reads, reach.first).await {
                    Ok(early) => {
                        let synced = rehearsal.bring_up(source, reads, block).await?;
                        let day = day(relayer, &rehearsal, &synced, &reach, &header, gas_price);
                        let day = day.await?;
                        plan.reads = read_plans(&rehearsal, questions, &header, &day).await?;
                        plan.day = Some(day);
                        if copied.is_none() && early.is_as_of(&synced) {
                            copied = Some(early);
                        }
                    }
                    Err(error) => plan.no_day = Some(NoDay::NoState(error.to_string())),
                }
                rehearsal.end().await;
            }
        }
        let copied = match copied {
            Some(copied) => copied,
            None => {
                let rehearsal = Rehearsal::start(relayer, false).await?;
                let copied = rehearsal.copy(source, reads, block).await?;
                rehearsal.end().await;
                copied
            }
        };
        costs = copied.costs;
        slots = copied.slots;
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
            estimate: counts.get(&account).copied().filter(|_| plan.estimated),
            cost,
        });
    }
    plan.wei = U256::from(plan.copy.gas).saturating_mul(gas_price);
    Ok(plan)
}

/// What a copy in parts costs, of so many slots: docs/reports/parts-large.md.
fn cost_of_copy(slots: u64) -> Cost {
    Cost {
        transactions: usize::try_from(slots.div_ceil(SLOTS_A_PART)).unwrap_or(usize::MAX),
        bytes: usize::try_from(slots.saturating_mul(BYTES_A_SLOT)).unwrap_or(usize::MAX),
        gas: slots.saturating_mul(GAS_A_SLOT),
    }
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
