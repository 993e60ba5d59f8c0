use std::collections::BTreeMap;

use alloy_primitives::{Address, U256};
use futures::{StreamExt, TryStreamExt, stream};
use relayer::Relayer;
use smartsync_chain::{RawHeader, proofs};
use smartsync_execution::Read;
use smartsync_groups::{GroupMove, GroupReport, GroupState, group_state};

use super::{
    board::Owner,
    event::WatchEvent,
    look::Look,
    policy::Hold,
    watcher::{Due, Group, Roots, Watcher},
};
use crate::error::Error;

/// Storage roots asked for at once.
const ROOTS_AT_ONCE: usize = 8;

/// What a look at a group says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum GroupLook {
    /// All that it takes is known, it is whole, and has the storage that its sources have.
    Quiet,
    /// Too few slots have changed.
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
        let (source, block) = (due.mirror.record.source, header.header.number);
        let found = GroupMove::find(self.relayer, source, &watched.reads, Some(block));
        let found = match Box::pin(found).await {
            Ok(found) => found,
            Err(error) => return self.failed_or_overtaken(header, &due, error.into()).await,
        };
        let changes = found.changes();
        if changes < due.min_changes {
            return self.too_few(look, &due, &found, changes).await;
        }
        if !(self.keep_ours(&due).await? && self.join_members(&due, &found).await?) {
            return Ok(());
        }
        let owner = Owner::Mirror(due.index);
        let budget = self.budget(owner, watched.policy.spending_limit, look);
        let mut relayer = self.relayer.capped(due.ceiling);
        if let Some((gas, ..)) = budget {
            relayer.submitter = relayer.submitter.with_budget(gas);
        }
        let moved = Box::pin(found.send(&relayer)).await;
        self.settle(look, Some(owner)).await;
        match moved {
            Ok(report) => self.moved_together(due.index, look, report).await,
            Err(error) => {
                let error = Error::from(error);
                if let (
                    Some(smartsync_chain::Error::OverBudget { gas, .. }),
                    Some((_, spent, limit)),
                ) = (error.chain(), budget)
                {
                    let cost = U256::from(*gas).saturating_mul(look.gas_price);
                    return self.held(due.index, Hold::Spending { spent, cost, limit });
                }
                self.count_loss(look, &error, vec![due.mirror.proxy]).await;
                self.failed_or_overtaken(header, &due, error).await
            }
        }
    }

    /// A group is not moved for so few changes. They are not counted again before a storage root is another.
    async fn too_few(
        &mut self,
        look: &Look,
        due: &Due,
        found: &GroupMove,
        changes: u64,
    ) -> Result<(), Error> {
        let hold = Hold::FewChanges {
            changes,
            min_changes: due.min_changes,
        };
        let mut group = Group::known(found.members());
        let Some(watched) = self.options.mirrors.get(due.index) else {
            return Ok(());
        };
        let (relayer, source) = (self.relayer, due.mirror.record.source);
        let counted = async {
            let state = state(relayer, source, &group, &watched.reads, look.target_head.0).await?;
            roots(relayer, &mut group, &state, look).await
        };
        match counted.await {
            Ok(roots) => group.few = Some((roots, hold)),
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
        let group = Group::known(&report.members);
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
    fn known<'a>(members: impl IntoIterator<Item = &'a Address>) -> Self {
        Self {
            members: members.into_iter().map(|member| (*member, None)).collect(),
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
    let members: Vec<Address> = group.members.keys().copied().collect();
    Ok(group_state(relayer, source, &members, reads, target_block).await?)
}

/// What the storage roots of a whole group say.
async fn changed(
    relayer: &Relayer,
    group: &mut Group,
    state: &GroupState,
    look: &Look,
) -> Result<GroupLook, Error> {
    let roots = roots(relayer, group, state, look).await?;
    let is_current = roots.iter().all(|(_, own, root)| *root == Some(*own));
    Ok(match &group.few {
        _ if group.known && is_current => GroupLook::Quiet,
        Some((counted, hold)) if *counted == roots => GroupLook::Few(*hold),
        _ => GroupLook::Changed,
    })
}

/// The storage roots of all members and of their sources. A source's is asked for once a block.
async fn roots(
    relayer: &Relayer,
    group: &mut Group,
    state: &GroupState,
    look: &Look,
) -> Result<Vec<Roots>, Error> {
    let known: Vec<_> = (state.members.iter())
        .map(|member| {
            let root = group.members.get(&member.source).copied().flatten();
            (member, root)
        })
        .collect();
    let roots: Vec<Roots> = stream::iter(known)
        .map(|(member, root)| async move {
            let root = match root {
                Some((block, root)) if block == look.usable_hash => root,
                _ => proofs::storage_root(&relayer.source, member.source, look.usable.0).await?,
            };
            Ok::<_, Error>((member.source, member.storage_root, root))
        })
        .buffered(ROOTS_AT_ONCE)
        .try_collect()
        .await?;
    for (member, _, root) in &roots {
        group
            .members
            .insert(*member, Some((look.usable_hash, *root)));
    }
    Ok(roots)
}
