use alloy_primitives::{B256, U256};
use relayer::Mirror;
use smartsync_abi::IRegistry::ProxyRecord;
use smartsync_chain::{RawHeader, proofs};
use smartsync_groups::{GroupReport, bring_up};

use super::{
    event::WatchEvent,
    look::Look,
    policy::{self, Hold},
    watcher::{Due, Watcher},
};
use crate::error::Error;

/// Mirrors that are read through together.
impl<R: FnMut(WatchEvent) -> Result<(), Error>> Watcher<'_, R> {
    /// Whether a group is to be moved, as far as is known: one of its members changed, or its members are not known yet.
    pub(super) fn is_group_behind(
        &self,
        index: usize,
        root: Option<B256>,
        record: &ProxyRecord,
    ) -> bool {
        root.is_none_or(|root| root != record.storageRoot)
            || self.changed.get(&index).copied().unwrap_or(true)
    }

    /// Looks at the other members of the groups: whether their storage is another than their mirrors', or they are apart.
    pub(super) async fn look_at_members(&mut self, look: &Look) {
        let mut changed = std::mem::take(&mut self.changed);
        changed.clear();
        for (index, members) in &self.members {
            changed.insert(
                *index,
                self.is_one_behind(members, look).await.unwrap_or(true),
            );
        }
        self.changed = changed;
    }

    async fn is_one_behind(&self, members: &[Mirror], look: &Look) -> Result<bool, Error> {
        let (relayer, target) = (self.relayer, self.relayer.target());
        let mut blocks = Vec::new();
        for member in members {
            let record = relayer
                .registry
                .record(target, member.proxy, look.target_head.0)
                .await?;
            let root = proofs::storage_root(&relayer.source, record.source, look.usable.0).await?;
            if root != Some(record.storageRoot) {
                return Ok(true);
            }
            blocks.push(record.sourceBlock);
        }
        Ok(blocks.windows(2).any(|pair| pair.first() != pair.last()))
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
        let (spent, all) = self.board.read(|view| {
            let mirror = view.mirrors.get(due.index);
            (
                mirror.map_or(U256::ZERO, |mirror| mirror.spent_day),
                view.wallet.spent_day,
            )
        });
        let limits = [
            (watched.policy.spending_limit, spent),
            (self.options.spending_limit, all),
        ];
        limits
            .into_iter()
            .filter_map(|(limit, spent)| {
                let limit = limit?;
                let gas = policy::left(limit, spent) / look.gas_price.max(U256::ONE);
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
        for member in &report.members {
            members.push(self.relayer.mirror(*member).await?);
        }
        if let Some(main) = members
            .iter()
            .find(|mirror| mirror.record.source == report.source)
        {
            self.show(index, main, Some(main.record.storageRoot), look);
        }
        self.members.insert(index, members);
        self.together(index, report)
    }
}
