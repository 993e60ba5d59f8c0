use std::time::Instant;

use relayer::{Mirror, change_set};
use smartsync_abi::IRegistry::Status;
use smartsync_chain::{RawHeader, proofs};
use smartsync_roots::{PushReport, Pusher};

use super::{
    event::WatchEvent,
    look::{Look, Unpushed},
    policy::{self, Decision, Hold, Situation},
    watcher::Watcher,
};
use crate::{
    coordination::{MirrorId, Outcome, Readiness},
    error::Error,
};

/// Pushing block hashes to the buffer of the root source.
impl<R: FnMut(WatchEvent) -> Result<(), Error>> Watcher<'_, R> {
    /// Pushes, if a mirror that waits for it would be synced then. Fails only if the report does.
    pub(super) async fn push_hashes(&mut self, look: &Look) -> Result<(), Error> {
        let (relayer, now) = (self.relayer, Instant::now());
        let (Some(pusher), Some(unpushed)) = (&relayer.pusher, look.unpushed) else {
            return Ok(());
        };
        let min_blocks = pusher.options.min_blocks;
        let lately = |last: u64| look.source_head.0 < last.saturating_add(min_blocks);
        if self.stopping() || !self.push.backoff.is_due(now) || self.push.last.is_some_and(lately) {
            return Ok(());
        }
        match self.push_in_turn(look, pusher, unpushed).await {
            Ok(pushed) => {
                self.push.backoff.succeeded();
                match pushed {
                    Some(report) => {
                        self.push.last = Some(report.source_block);
                        self.board.update(|view| {
                            let cost = report.fee.saturating_add(report.value);
                            view.pushes.sent += 1;
                            view.pushes.cost = view.pushes.cost.saturating_add(cost);
                        });
                        (self.report)(WatchEvent::Pushed(Box::new(report)))
                    }
                    None => Ok(()),
                }
            }
            Err(error) => {
                let pause = self.push.backoff.failed(self.options.retry, now);
                self.board.update(|view| view.pushes.failed += 1);
                // Something was paid for it, or may be yet.
                if let Some(
                    smartsync_chain::Error::TransactionFailed { .. }
                    | smartsync_chain::Error::TransactionPending { .. },
                ) = error.chain()
                {
                    self.push.last = Some(look.source_head.0);
                }
                (self.report)(WatchEvent::NotPushed(error, pause))
            }
        }
    }

    /// Relayers that share mirrors take turns at the buffer, too, as at a mirror.
    async fn push_in_turn(
        &mut self,
        look: &Look,
        pusher: &Pusher,
        unpushed: Unpushed,
    ) -> Result<Option<PushReport>, Error> {
        if !self.is_push_wanted(look, unpushed.block).await? {
            return Ok(None);
        }
        let buffer = MirrorId::of(self.relayer, unpushed.buffer);
        self.coordinator.offer(buffer, unpushed.block).await;
        let Some(mut turn) = self.coordinator.next(&[buffer]).await else {
            return Ok(None);
        };
        let takeover = &mut self.push.takeover;
        if takeover.look(&pusher.submitter, turn.as_mut()).await != Readiness::Ready {
            return Ok(None);
        }
        let target = self.relayer.target();
        let pushed = pusher.push_unless_recent(target, unpushed.buffer).await;
        let outcome = match &pushed {
            Ok(pushed) => Outcome::Current {
                source_block: pushed.as_ref().map_or(0, |report| report.last_block),
            },
            Err(error) => Outcome::Failed {
                error: error.to_string(),
            },
        };
        turn.finish(outcome).await;
        Ok(pushed?)
    }

    /// Whether one of the mirrors that wait would be synced to the newest final block if the root source knew it.
    async fn is_push_wanted(&mut self, look: &Look, block: u64) -> Result<bool, Error> {
        if self.waiting.is_empty() {
            return Ok(false);
        }
        let header = RawHeader::fetch(&self.relayer.source, block).await?;
        for (index, mirror) in std::mem::take(&mut self.waiting) {
            if self.is_worth_a_push(index, &mirror, &header, look).await? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    async fn is_worth_a_push(
        &mut self,
        index: usize,
        mirror: &Mirror,
        header: &RawHeader,
        look: &Look,
    ) -> Result<bool, Error> {
        let (relayer, record) = (self.relayer, &mirror.record);
        let Some(watched) = self.options.mirrors.get(index) else {
            return Ok(false);
        };
        let block = header.header.number;
        let root = proofs::storage_root(&relayer.source, record.source, block).await?;
        let decision = watched.policy.decide(&Situation {
            status: record.status,
            recorded: (record.sourceBlock, record.sourceTimestamp),
            part_block: record.partBlock,
            usable: (block, header.header.timestamp),
            now: look.now(),
            changed: root.map(|root| root != record.storageRoot),
        });
        let min_changes = match decision {
            Decision::Rest | Decision::Hold(_) => return Ok(false),
            Decision::Resume => return Ok(true),
            Decision::SyncFrom { changes } => changes,
        };
        let locked = record.status == Status::Open;
        let ceiling = watched.policy.gas_price_ceiling.filter(|_| !locked);
        if policy::ceiling(ceiling, look.gas_price).is_err() {
            return Ok(false);
        }
        if min_changes <= 1 {
            return Ok(true);
        }
        let few = self.memos.get(index).and_then(|memo| memo.few);
        if let Some((recorded, few_root, _)) = few
            && (recorded, Some(few_root)) == (record.sourceBlock, root)
        {
            return Ok(false);
        }
        let set = change_set::find(relayer, mirror, header).await?;
        let changes = set.changes.len() as u64;
        if changes < min_changes {
            let hold = Hold::FewChanges {
                changes,
                min_changes,
            };
            let key = (record.sourceBlock, set.post_storage_root());
            self.remember(index, |memo| memo.few = Some((key.0, key.1, hold)));
        }
        Ok(changes >= min_changes)
    }
}
