use std::collections::{BTreeMap, BTreeSet};

use alloy_primitives::{Address, B256, U256};
use futures::{StreamExt, TryStreamExt, stream};
use relayer::Relayer;
use smartsync_chain::{RawHeader, Side, proofs};
use smartsync_execution::Read;
use smartsync_groups::{GroupMove, GroupReport, GroupState, group_state, proven_balance};

use super::{
    board::Owner,
    event::WatchEvent,
    look::Look,
    policy::Hold,
    spending::Budget,
    watcher::{Compared, Due, Group, Part, Watcher},
};
use crate::error::Error;

/// Storage roots and balances asked for at once.
const PARTS_AT_ONCE: usize = 8;

/// What a look at a group says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum GroupLook {
    /// All that it takes is known, it is whole, and has the storage and the balances that its sources have.
    Quiet,
    /// Too little has changed.
    Few(Hold),
    /// Its members are apart, or it does not answer a read that it could.
    Torn,
    /// It may have changed.
    Changed,
}

/// Mirrors that are read through together.
impl<R: FnMut(WatchEvent) -> Result<(), Error>> Watcher<'_, R> {
    /// Looks at the groups and shows them.
    pub(super) async fn look_at_groups(&mut self, look: &Look) -> BTreeMap<usize, GroupLook> {
        let relayer = self.relayer;
        let mut looks = BTreeMap::new();
        for (index, group) in &mut self.groups {
            let Some(watched) = self.options.mirrors.get(*index) else {
                continue;
            };
            let shown = self
                .board
                .read(|view| view.mirrors.get(*index).and_then(|mirror| mirror.source));
            let source = shown.unwrap_or(watched.address);
            let block = look.target_head.0;
            let state = match state(relayer, source, group, &watched.reads, block).await {
                Ok(state) => state,
                Err(error) => {
                    tracing::warn!(mirror = watched.name, "its group is not looked at: {error}");
                    continue;
                }
            };
            let seen = match state.is_whole() {
                true => changed(relayer, group, &state, look).await,
                false => Ok(GroupLook::Torn),
            };
            match seen {
                Ok(seen) => _ = looks.insert(*index, seen),
                Err(error) => {
                    tracing::debug!(
                        mirror = watched.name,
                        "its sources are not looked at: {error}"
                    );
                }
            }
            self.board.mirror(*index, |view| view.group = Some(state));
        }
        looks
    }

    /// Moves the groups among what is due; the others are left.
    pub(super) async fn move_groups(
        &mut self,
        look: &Look,
        header: &RawHeader,
        due: Vec<Due>,
    ) -> Result<Vec<Due>, Error> {
        let (groups, others): (Vec<Due>, Vec<Due>) = due
            .into_iter()
            .partition(|due| self.groups.contains_key(&due.index));
        for due in groups {
            if self.stopping() {
                break;
            }
            self.move_group(look, header, due).await?;
        }
        Ok(others)
    }

    async fn move_group(&mut self, look: &Look, header: &RawHeader, due: Due) -> Result<(), Error> {
        let Some(watched) = self.options.mirrors.get(due.index) else {
            return Ok(());
        };
        let source = due.mirror.record.source;
        let found = GroupMove::find_at(self.relayer, header.clone(), source, &watched.reads);
        let found = match Box::pin(found).await {
            Ok(found) => found,
            Err(error) => {
                let error = Error::from(error);
                return match error.chain() {
                    Some(smartsync_chain::Error::ProofWindow {
                        side: Side::Source, ..
                    }) => Box::pin(self.keep(look, due, error)).await,
                    _ => self.failed_or_overtaken(header, &due, error).await,
                };
            }
        };
        let changes = found.changes();
        if let Some(hold) = due.too_few(changes) {
            return self.too_few(look, &due, &found, changes, hold).await;
        }
        self.send_group(look, &due, found).await
    }

    /// Sends the move of a group, in its turn and within its limit.
    pub(super) async fn send_group(
        &mut self,
        look: &Look,
        due: &Due,
        found: GroupMove,
    ) -> Result<(), Error> {
        let header = found.header().clone();
        let Some((relayer, budget)) = self.payer(look, due, &found).await? else {
            return Ok(());
        };
        let moved = Box::pin(found.send(&relayer)).await;
        self.settle(look, Some(Owner::Mirror(due.index))).await;
        match moved {
            Ok(report) => self.moved_together(due.index, look, report).await,
            Err(error) => {
                self.not_moved(look, due, &header, budget, error.into())
                    .await
            }
        }
    }

    /// Proves what of a group's move the source's node will not prove later. `None`: it cannot be now, and that is reported.
    pub(super) async fn prove_rest(
        &mut self,
        look: &Look,
        due: &Due,
        mut found: Box<GroupMove>,
    ) -> Result<Option<Box<GroupMove>>, Error> {
        let Some((relayer, budget)) = self.payer(look, due, &found).await? else {
            return Ok(None);
        };
        let proven = found.prove(&relayer).await;
        self.settle(look, Some(Owner::Mirror(due.index))).await;
        match proven {
            Ok(()) => Ok(Some(found)),
            Err(error) => {
                let header = found.header().clone();
                self.not_moved(look, due, &header, budget, error.into())
                    .await?;
                Ok(None)
            }
        }
    }

    /// What pays for a group's move, if it is this relayer's turn at all members, and the limit that it has.
    async fn payer(
        &mut self,
        look: &Look,
        due: &Due,
        found: &GroupMove,
    ) -> Result<Option<(Relayer, Option<Budget>)>, Error> {
        let Some(watched) = self.options.mirrors.get(due.index) else {
            return Ok(None);
        };
        if !(self.keep_ours(due).await? && self.join_members(due, found).await?) {
            return Ok(None);
        }
        let owner = Owner::Mirror(due.index);
        let budget = self.budget(owner, watched.policy.spending_limit, look);
        let mut relayer = self.relayer.capped(due.ceiling);
        if let Some((gas, ..)) = budget {
            relayer.submitter = relayer.submitter.with_budget(gas);
        }
        Ok(Some((relayer, budget)))
    }

    async fn not_moved(
        &mut self,
        look: &Look,
        due: &Due,
        header: &RawHeader,
        budget: Option<Budget>,
        error: Error,
    ) -> Result<(), Error> {
        if let (Some(smartsync_chain::Error::OverBudget { gas, .. }), Some((_, spent, limit))) =
            (error.chain(), budget)
        {
            let cost = U256::from(*gas).saturating_mul(look.gas_price);
            return self.held(due.index, Hold::Spending { spent, cost, limit });
        }
        self.count_loss(look, &error, vec![due.mirror.proxy]).await;
        self.failed_or_overtaken(header, due, error).await
    }

    /// A group is not moved for so few changes. They are not counted again before a storage root or a balance is another.
    async fn too_few(
        &mut self,
        look: &Look,
        due: &Due,
        found: &GroupMove,
        changes: u64,
        hold: Hold,
    ) -> Result<(), Error> {
        let mut group = Group::known(found.members(), found.balances());
        let Some(watched) = self.options.mirrors.get(due.index) else {
            return Ok(());
        };
        let (relayer, source) = (self.relayer, due.mirror.record.source);
        let counted = async {
            let state = state(relayer, source, &group, &watched.reads, look.target_head.0).await?;
            compared(relayer, &mut group, &state, look).await
        };
        match counted.await {
            Ok(compared) => group.few = Some((compared, hold)),
            Err(error) => return self.failed(due.index, error),
        }
        self.groups.insert(due.index, group);
        match changes {
            0 => self.rest(due.index),
            _ => self.held(due.index, hold),
        }
    }

    async fn moved_together(
        &mut self,
        index: usize,
        look: &Look,
        report: GroupReport,
    ) -> Result<(), Error> {
        let relayer = self.relayer;
        let group = Group::known(&report.members, &report.balances);
        if let Some(watched) = self.options.mirrors.get(index) {
            let seen = async {
                let mirror = relayer.mirror(report.source).await?;
                let (source, head) = (report.source, mirror.target_block);
                let state = state(relayer, source, &group, &watched.reads, head).await?;
                Ok::<_, Error>((mirror, state))
            };
            match seen.await {
                Ok((mirror, state)) => {
                    self.show(index, &mirror, Some(mirror.record.storageRoot), look);
                    self.board.mirror(index, |view| view.group = Some(state));
                }
                // It is moved all the same, and the next round looks again.
                Err(error) => {
                    tracing::warn!(mirror = watched.name, "is moved and not looked at: {error}");
                }
            }
        }
        self.groups.insert(index, group);
        self.together(index, report)
    }
}

impl Group {
    pub fn known<'a>(
        members: impl IntoIterator<Item = &'a Address>,
        balances: impl IntoIterator<Item = &'a Address>,
    ) -> Self {
        let members = members.into_iter().map(|account| Part::Storage(*account));
        let balances = balances.into_iter().map(|account| Part::Balance(*account));
        Self {
            parts: members.chain(balances).map(|part| (part, None)).collect(),
            known: true,
            few: None,
        }
    }
}

async fn state(
    relayer: &Relayer,
    source: Address,
    group: &Group,
    reads: &[Read],
    target_block: u64,
) -> Result<GroupState, Error> {
    let members: Vec<Address> = (group.parts.keys())
        .filter_map(|part| match part {
            Part::Storage(member) => Some(*member),
            Part::Balance(_) => None,
        })
        .collect();
    Ok(group_state(relayer, source, &members, reads, target_block).await?)
}

/// What the storage roots and balances of a whole group say.
async fn changed(
    relayer: &Relayer,
    group: &mut Group,
    state: &GroupState,
    look: &Look,
) -> Result<GroupLook, Error> {
    let compared = compared(relayer, group, state, look).await?;
    let is_current = compared
        .iter()
        .all(|(_, recorded, now)| recorded.is_some() && recorded == now);
    Ok(match &group.few {
        _ if group.known && is_current => GroupLook::Quiet,
        Some((counted, hold)) if *counted == compared => GroupLook::Few(*hold),
        _ => GroupLook::Changed,
    })
}

/// All parts of a group as they are recorded and as the source has them, for which it is asked once a block.
async fn compared(
    relayer: &Relayer,
    group: &mut Group,
    state: &GroupState,
    look: &Look,
) -> Result<Vec<Compared>, Error> {
    let members = state.members.iter();
    let roots: BTreeMap<Part, B256> = members
        .map(|member| (Part::Storage(member.source), member.storage_root))
        .collect();
    let balances = group
        .parts
        .keys()
        .filter(|part| matches!(part, Part::Balance(_)));
    let parts: BTreeSet<Part> = roots.keys().chain(balances).copied().collect();
    let known: Vec<_> = (parts.into_iter())
        .map(|part| (part, group.parts.get(&part).copied().flatten()))
        .collect();
    let (roots, block) = (&roots, state.source_block);
    let compared: Vec<Compared> = stream::iter(known)
        .map(|(part, known)| async move {
            let recorded = match part {
                Part::Storage(_) => roots.get(&part).copied(),
                Part::Balance(account) => {
                    let head = look.target_head.0;
                    let balance = proven_balance(relayer, account, block, head).await?;
                    balance.map(B256::from)
                }
            };
            let now = match known {
                Some((at, now)) if at == look.usable_hash => now,
                _ => part.on_the_source(relayer, look.usable.0).await?,
            };
            Ok::<_, Error>((part, recorded, now))
        })
        .buffered(PARTS_AT_ONCE)
        .try_collect()
        .await?;
    for (part, _, now) in &compared {
        group.parts.insert(*part, Some((look.usable_hash, *now)));
    }
    Ok(compared)
}

impl Part {
    async fn on_the_source(
        self,
        relayer: &Relayer,
        block: u64,
    ) -> Result<Option<B256>, smartsync_chain::Error> {
        let source = &relayer.source;
        match self {
            Self::Storage(account) => proofs::storage_root(source, account, block).await,
            Self::Balance(account) => {
                let balance = source.balance_at(account, block).await?;
                Ok(Some(balance.into()))
            }
        }
    }
}
