use std::collections::BTreeSet;

use alloy_primitives::{Address, U256};
use futures::{StreamExt, TryStreamExt, stream};
use relayer::Relayer;
use smartsync_chain::{RawHeader, proofs};
use smartsync_execution::Read;
use smartsync_groups::{GroupReport, GroupState, bring_up, group_state};

use super::{
    board::Owner,
    event::WatchEvent,
    look::Look,
    policy::Hold,
    watcher::{Due, Group, Watcher},
};
use crate::error::Error;

/// Storage roots asked for at once.
const ROOTS_AT_ONCE: usize = 8;

/// Mirrors that are read through together.
impl<R: FnMut(WatchEvent) -> Result<(), Error>> Watcher<'_, R> {
    /// Looks at the groups and shows them. Those that are quiet: moved by this watch, whole, and with the storage that their sources have.
    pub(super) async fn look_at_groups(&mut self, look: &Look) -> BTreeSet<usize> {
        let relayer = self.relayer;
        let mut quiet = BTreeSet::new();
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
            let whole = group.moved && state.is_whole();
            if whole
                && is_current(relayer, group, &state, look)
                    .await
                    .unwrap_or(false)
            {
                quiet.insert(*index);
            }
            self.board.mirror(*index, |view| view.group = Some(state));
        }
        quiet
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
            if self.keep_ours(&due).await? {
                self.move_group(look, header, due).await?;
            }
        }
        Ok(others)
    }

    async fn move_group(&mut self, look: &Look, header: &RawHeader, due: Due) -> Result<(), Error> {
        let Some(watched) = self.options.mirrors.get(due.index) else {
            return Ok(());
        };
        let owner = Owner::Mirror(due.index);
        let budget = self.budget(owner, watched.policy.spending_limit, look);
        let mut relayer = self.relayer.capped(due.ceiling);
        if let Some((gas, ..)) = budget {
            relayer.submitter = relayer.submitter.with_budget(gas);
        }
        let (source, block) = (due.mirror.record.source, header.header.number);
        let moved = Box::pin(bring_up(&relayer, source, &watched.reads, Some(block))).await;
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

    async fn moved_together(
        &mut self,
        index: usize,
        look: &Look,
        report: GroupReport,
    ) -> Result<(), Error> {
        let relayer = self.relayer;
        let members = report.members.iter().map(|member| (*member, None));
        let group = Group {
            members: members.collect(),
            moved: true,
        };
        let mirror = relayer.mirror(report.source).await?;
        self.show(index, &mirror, Some(mirror.record.storageRoot), look);
        if let Some(watched) = self.options.mirrors.get(index) {
            let head = mirror.target_block;
            let state = state(relayer, report.source, &group, &watched.reads, head).await?;
            self.board.mirror(index, |view| view.group = Some(state));
        }
        self.groups.insert(index, group);
        self.together(index, report)
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

/// Whether all members have the storage that their sources have. A root is asked for once a block.
async fn is_current(
    relayer: &Relayer,
    group: &mut Group,
    state: &GroupState,
    look: &Look,
) -> Result<bool, Error> {
    let known: Vec<_> = (state.members.iter())
        .map(|member| {
            let root = group.members.get(&member.source).copied().flatten();
            (member, root)
        })
        .collect();
    let roots: Vec<_> = stream::iter(known)
        .map(|(member, root)| async move {
            let root = match root {
                Some((block, root)) if block == look.usable_hash => root,
                _ => proofs::storage_root(&relayer.source, member.source, look.usable.0).await?,
            };
            Ok::<_, Error>((member, root))
        })
        .buffered(ROOTS_AT_ONCE)
        .try_collect()
        .await?;
    for (member, root) in &roots {
        let known = Some((look.usable_hash, *root));
        group.members.insert(member.source, known);
    }
    Ok(roots
        .iter()
        .all(|(member, root)| *root == Some(member.storage_root)))
}
