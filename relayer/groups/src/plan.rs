use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use alloy::signers::local::PrivateKeySigner;
use alloy_primitives::{Address, B256, Bytes, TxHash, U256, keccak256};
use alloy_sol_types::SolCall;
use devchain::{Config, DevChain, Kind, dev_accounts};
use futures::{StreamExt, TryStreamExt, stream};
use relayer::{DeployOptions, Relayer, SourceChainFacts, deploy, has_code};
use serde::{Deserialize, Serialize};
use smartsync_abi::IRegistry::{self, Knowledge, Status};
use smartsync_chain::{AnswerProblem, Chain, RawHeader, Side, Submitter, fetch_unverified};
use smartsync_execution::Read;

use crate::{
    bring_up::{GroupReport, GroupStep, bring_up},
    error::Error,
    needs::{Needs, needs},
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

/// What transactions cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Cost {
    /// How many.
    pub transactions: usize,
    /// Their calldata in bytes.
    pub bytes: usize,
    /// Target gas, without what the target chain charges for posting the data.
    pub gas: u64,
}

impl Cost {
    fn add(&mut self, other: Self) {
        self.transactions += other.transactions;
        self.bytes += other.bytes;
        self.gas += other.gas;
    }
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
    let standing = Standing::look(relayer, &needs, block).await?;
    let mut plan = Plan {
        source,
        source_block: block,
        accounts: Vec::new(),
        copy: Cost::default(),
        gas_price,
        wei: U256::ZERO,
        day: None,
    };
    let mut costs: BTreeMap<Address, Cost> = BTreeMap::new();
    let mut slots = BTreeMap::new();
    if needs.unknowable.is_empty() {
        let rehearsal = Rehearsal::start(relayer).await?;
        let first = block.saturating_sub(options.blocks).max(1);
        // The copy is made of the state before the last blocks, and those are synced. A node that lacks that state, or a contract that is younger,
        // leaves the day unknown.
        let early = match first < block {
            true => rehearsal.bring_up(source, reads, first).await.ok(),
            false => None,
        };
        let copied = match &early {
            Some(report) => report.clone(),
            None => rehearsal.bring_up(source, reads, block).await?,
        };
        for step in &copied.steps {
            let (cost, code) = rehearsal.cost(step).await?;
            let account = step.account.unwrap_or(source);
            let stands = step
                .account
                .is_some_and(|account| standing.accounts.contains(&account))
                || code.is_some_and(|code| standing.codes.contains(&code));
            if !stands {
                costs.entry(account).or_default().add(cost);
            }
        }
        slots = copied
            .copied
            .iter()
            .map(|copied| (copied.account, copied.slots))
            .collect();
        if early.is_some() {
            let synced = rehearsal.bring_up(source, reads, block).await?;
            plan.day = Some(day(relayer, &rehearsal, &synced, first, &header, gas_price).await?);
        }
        rehearsal.end().await;
    }
    for (account, role, why) in listed(&needs) {
        let cost = costs.remove(&account).unwrap_or_default();
        plan.copy.add(cost);
        plan.accounts.push(AccountPlan {
            account,
            role,
            why,
            standing: standing.accounts.contains(&account) || role == Role::Precompile,
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

/// What is on the target already.
struct Standing {
    accounts: BTreeSet<Address>,
    /// Hashes of codes.
    codes: BTreeSet<B256>,
}

impl Standing {
    async fn look(relayer: &Relayer, needs: &Needs, block: u64) -> Result<Self, Error> {
        let (target, registry) = (relayer.target(), relayer.registry.address);
        let mut standing = Self {
            accounts: BTreeSet::new(),
            codes: BTreeSet::new(),
        };
        for account in needs.members.iter().chain(&needs.codes) {
            let code_hash = keccak256(relayer.source.code(*account, block).await?);
            if has_code(relayer, code_hash).await? {
                standing.codes.insert(code_hash);
            }
            let stands = match needs.members.contains(account) {
                true => {
                    let mirror = relayer.registry.mirror(target, *account).await?;
                    mirror.is_some_and(|mirror| {
                        mirror.record.status == Status::Active
                            && mirror.record.codeHash == code_hash
                    })
                }
                false => {
                    let known = IRegistry::accountAtCall {
                        account: *account,
                        sourceBlock: block,
                    };
                    target.view(registry, &known).await?.knowledge == Knowledge::Code
                }
            };
            if stands {
                standing.accounts.insert(*account);
            }
        }
        Ok(standing)
    }
}

/// A target chain inside this process, with everything deployed, on which the real thing is tried.
struct Rehearsal {
    chain: DevChain,
    relayer: Relayer,
}

impl Rehearsal {
    async fn start(real: &Relayer) -> Result<Self, Error> {
        let chain = DevChain::spawn(Config::new(Kind::Stylus)).await?;
        let target = Chain::connect(Side::Target, chain.url().as_str()).await?;
        let key = dev_accounts()
            .first()
            .and_then(|account| PrivateKeySigner::from_bytes(&account.private_key).ok())
            .ok_or_else(|| target.bad_answer("eth_accounts", AnswerProblem::Shape("no account")))?;
        let told = real
            .target()
            .view(real.registry.address, &IRegistry::sourceChainCall {})
            .await?;
        let facts = SourceChainFacts {
            clz_block: told.clzBlock,
            permanent_code: told.permanentCode,
            number_is_headers: told.numberIsHeaders,
            ..SourceChainFacts::cautious(told.firstBlock)
        };
        let submitter = Submitter::new(target, key.clone());
        let options = DeployOptions::new(told.chainId, facts);
        let deployed = deploy(&submitter, None, &options).await?;
        let relayer = Relayer {
            finality: real.finality,
            finders: real.finders.clone(),
            ..Relayer::new(
                real.source.clone(),
                submitter,
                vec![key],
                &deployed.deployment,
                Path::new("rehearsal"),
            )?
        };
        Ok(Self { chain, relayer })
    }

    async fn bring_up(
        &self,
        source: Address,
        reads: &[Read],
        block: u64,
    ) -> Result<GroupReport, Error> {
        Box::pin(bring_up(&self.relayer, source, reads, Some(block))).await
    }

    /// What a step cost, and the hash of the code that it brought.
    async fn cost(&self, step: &GroupStep) -> Result<(Cost, Option<B256>), Error> {
        #[derive(Debug, Deserialize)]
        struct Sent {
            input: Bytes,
        }
        #[derive(Debug, Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Mined {
            gas_used: U256,
        }
        let target = self.relayer.target();
        let unknown = |hash: TxHash| {
            target.bad_answer(
                "eth_getTransactionByHash",
                AnswerProblem::UnknownTransaction(hash),
            )
        };
        let hash = step.tx_hash;
        let sent: Option<Sent> = target.request("eth_getTransactionByHash", (hash,)).await?;
        let mined: Option<Mined> = target.request("eth_getTransactionReceipt", (hash,)).await?;
        let sent = sent.ok_or_else(|| unknown(hash))?;
        let mined = mined.ok_or_else(|| unknown(hash))?;
        let code = IRegistry::deployCodeCall::abi_decode(&sent.input)
            .ok()
            .map(|call| keccak256(&call.code));
        let cost = Cost {
            transactions: 1,
            bytes: sent.input.len(),
            gas: mined.gas_used.saturating_to(),
        };
        Ok((cost, code))
    }

    async fn end(self) {
        self.chain.stop().await;
    }
}

async fn day(
    relayer: &Relayer,
    rehearsal: &Rehearsal,
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
        sync.add(rehearsal.cost(step).await?.0);
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
