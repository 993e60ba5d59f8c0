use std::collections::BTreeSet;

use alloy_primitives::U256;
use relayer::Relayer;
use smartsync_chain::{RawHeader, proofs};
use smartsync_groups::{GroupReport, bring_up};

use super::{
    event::WatchEvent,
    look::Look,
    policy::Hold,
    watcher::{Due, Member, Watcher},
};
use crate::error::Error;

/// Mirrors that are read through together.
impl<R: FnMut(WatchEvent) -> Result<(), Error>> Watcher<'_, R> {
    /// The groups whose members are known, at one block, and have the storage that their sources have.
    pub(super) async fn quiet_groups(&mut self, look: &Look) -> BTreeSet<usize> {
        let relayer = self.relayer;
        let mut quiet = BTreeSet::new();
        for (index, members) in &mut self.members {
            if is_quiet(relayer, members, look).await.unwrap_or(false) {
                quiet.insert(*index);
            }
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
        let (groups, others) = due.into_iter().partition(|due| {
            let watched = self.options.mirrors.get(due.index);
            watched.is_some_and(|watched| !watched.reads.is_empty())
        });
        let groups: Vec<Due> = groups;
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
        let budget = self.budget(&due, look);
        let mut relayer = self.relayer.capped(due.ceiling);
        if let Some((gas, ..)) = budget {
            relayer.submitter = relayer.submitter.with_budget(gas);
        }
        let (source, block) = (due.mirror.record.source, header.header.number);
        let moved = Box::pin(bring_up(&relayer, source, &watched.reads, Some(block))).await;
        self.settle(look).await;
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

    /// The gas that a group may take now, with what was spent and the limit that says so; `None`: any.
    fn budget(&self, due: &Due, look: &Look) -> Option<(u64, U256, U256)> {
        let watched = self.options.mirrors.get(due.index)?;
        let (spent, all) = self.spent_day(due.index);
        let limits = [
            (watched.policy.spending_limit, spent),
            (self.options.spending_limit, all),
        ];
        limits
            .into_iter()
            .filter_map(|(limit, spent)| {
                let limit = limit?;
                let gas = limit.saturating_sub(spent) / look.gas_price.max(U256::ONE);
                Some((gas.saturating_to(), spent, limit))
            })
            .min()
    }

    async fn moved_together(
        &mut self,
        index: usize,
        look: &Look,
        report: GroupReport,
    ) -> Result<(), Error> {
        let mut members = Vec::new();
        for source in &report.members {
            let mirror = self.relayer.mirror(*source).await?;
            members.push(Member {
                source: *source,
                proxy: mirror.proxy,
                root: None,
            });
            if *source == report.source {
                self.show(index, &mirror, Some(mirror.record.storageRoot), look);
            }
        }
        self.members.insert(index, members);
        self.together(index, report)
    }
}

/// Whether all members are at one block, with the storage that their sources have. A root is asked for once a block.
async fn is_quiet(relayer: &Relayer, members: &mut [Member], look: &Look) -> Result<bool, Error> {
    let mut blocks = BTreeSet::new();
    for member in members {
        let (registry, target) = (&relayer.registry, relayer.target());
        let record = registry
            .record(target, member.proxy, look.target_head.0)
            .await?;
        let root = match member.root {
            Some((block, root)) if block == look.usable_hash => root,
            _ => proofs::storage_root(&relayer.source, member.source, look.usable.0).await?,
        };
        member.root = Some((look.usable_hash, root));
        if root != Some(record.storageRoot) {
            return Ok(false);
        }
        blocks.insert(record.sourceBlock);
    }
    Ok(blocks.len() <= 1)
}
