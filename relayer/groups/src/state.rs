use std::collections::BTreeSet;

use alloy_primitives::{Address, B256, Bytes};
use futures::{StreamExt, TryStreamExt, stream};
use relayer::{Relayer, status_name};
use serde::Serialize;
use smartsync_abi::IRegistry::{self, Status};
use smartsync_chain::Revert;
use smartsync_execution::{Read, answer};

use crate::{
    advice::{advice, is_mendable},
    error::Error,
    unknowable::Unknowable,
};

/// Requests at once.
const AT_ONCE: usize = 8;

/// How a group is at a target block.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GroupState {
    /// The contract that is read.
    pub source: Address,
    /// The source block that its mirror is at, where the others belong; 0 before the first proof.
    pub source_block: u64,
    /// The contracts that have mirrors, or should.
    pub members: Vec<MemberState>,
    /// How many reads the group is for.
    pub reads: usize,
    /// Those that fail now, not because the source reverts.
    pub failing: Vec<FailingRead>,
}

/// A member of a group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MemberState {
    /// The contract.
    pub source: Address,
    /// Its mirror of record.
    pub proxy: Option<Address>,
    /// none, created, active or open.
    pub status: &'static str,
    /// The source block that it is at.
    pub source_block: u64,
    /// Recorded storage root.
    pub storage_root: B256,
    /// Whether it has no readable mirror at the group's block.
    pub apart: bool,
}

/// A read that a group does not answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FailingRead {
    /// Who asks.
    pub from: Address,
    /// The calldata.
    pub data: Bytes,
    /// Why: the typed error.
    pub error: String,
    /// What to do about it.
    pub advice: String,
    /// Whether bringing up the group ends it.
    pub mendable: bool,
}

impl GroupState {
    /// The members that are not at the group's block.
    pub fn apart(&self) -> usize {
        self.members.iter().filter(|member| member.apart).count()
    }

    /// Whether nothing but a change of the source asks for a move.
    pub fn is_whole(&self) -> bool {
        self.apart() == 0 && !self.failing.iter().any(|read| read.mendable)
    }
}

/// Looks at a group at a target block: where its members are, and which of its reads fail.
pub async fn group_state(
    relayer: &Relayer,
    source: Address,
    members: &[Address],
    reads: &[Read],
    target_block: u64,
) -> Result<GroupState, Error> {
    let all: BTreeSet<Address> = members.iter().copied().chain([source]).collect();
    let mut members: Vec<MemberState> = stream::iter(all)
        .map(|member| member_state(relayer, member, target_block))
        .buffered(AT_ONCE)
        .try_collect()
        .await?;
    let own = members.iter().find(|member| member.source == source);
    let (proxy, source_block) = own.map_or((None, 0), |own| (own.proxy, own.source_block));
    for member in &mut members {
        member.apart = member.status != "active" || member.source_block != source_block;
    }
    let failing: Vec<Option<FailingRead>> = match proxy {
        Some(proxy) => {
            stream::iter(reads)
                .map(|read| failing(relayer, proxy, read, source_block, target_block))
                .buffered(AT_ONCE)
                .try_collect()
                .await?
        }
        None => Vec::new(),
    };
    Ok(GroupState {
        source,
        source_block,
        members,
        reads: reads.len(),
        failing: failing.into_iter().flatten().collect(),
    })
}

async fn member_state(
    relayer: &Relayer,
    source: Address,
    target_block: u64,
) -> Result<MemberState, Error> {
    let (target, registry) = (relayer.target(), &relayer.registry);
    let of = IRegistry::proxyOfCall { source };
    let proxy = target.view_at(registry.address, &of, target_block).await?;
    let mut state = MemberState {
        source,
        proxy: None,
        status: status_name(Status::None),
        source_block: 0,
        storage_root: B256::ZERO,
        apart: true,
    };
    if !proxy.is_zero() {
        let record = registry.record(target, proxy, target_block).await?;
        state.proxy = Some(proxy);
        state.status = status_name(record.status);
        state.source_block = record.sourceBlock;
        state.storage_root = record.storageRoot;
    }
    Ok(state)
}

/// Why a read fails, unless it is answered.
async fn failing(
    relayer: &Relayer,
    proxy: Address,
    read: &Read,
    source_block: u64,
    target_block: u64,
) -> Result<Option<FailingRead>, Error> {
    let through = Read {
        to: proxy,
        ..read.clone()
    };
    let fails = |error: String, advice: String, mendable: bool| {
        Some(FailingRead {
            from: read.from,
            data: read.data.clone(),
            error,
            advice,
            mendable,
        })
    };
    let (success, data) = match answer(relayer.target(), &through, target_block).await {
        Err(error @ smartsync_execution::Error::TooLarge(_)) => {
            let advice = "it takes more gas than there is: ask for less".to_owned();
            return Ok(fails(error.to_string(), advice, false));
        }
        answered => answered?,
    };
    if success {
        return Ok(None);
    }
    let revert = Revert::decode(data.clone());
    let Some(advice) = advice(&revert.name, read.to) else {
        return Ok(None);
    };
    // What looks like an error of ours may be what the source itself reverts with.
    let truth = answer(&relayer.source, read, source_block).await;
    if truth.is_ok_and(|truth| truth == (false, data)) {
        return Ok(None);
    }
    let mendable = is_mendable(&revert.name);
    let named = revert.data.get(4..).and_then(|words| words.first_chunk());
    if let (true, Some(account)) = (mendable, named) {
        let account = Address::from_word(B256::new(*account));
        if let Some(unknowable) = unknowable(relayer, account).await? {
            let advice = format!("{account} {unknowable}: nothing of it can be known here");
            return Ok(fails(revert.to_string(), advice, false));
        }
    }
    Ok(fails(revert.to_string(), advice, mendable))
}

/// Why nothing can be known of an account's code now.
async fn unknowable(relayer: &Relayer, account: Address) -> Result<Option<Unknowable>, Error> {
    let block = relayer.source_block(None).await?;
    let code = relayer.source.code(account, block).await?;
    Ok(Unknowable::of(&code))
}
