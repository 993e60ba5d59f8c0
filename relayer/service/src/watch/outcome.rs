use std::time::{Duration, Instant};

use alloy_primitives::{Address, B256};
use relayer::{Mirror, SyncReport, status_name};
use smartsync_abi::IRegistry::Status;
use smartsync_groups::GroupReport;

use super::{
    event::WatchEvent,
    look::Look,
    policy::Hold,
    view::Condition,
    watcher::{Memo, Watcher},
};
use crate::{coordination::Outcome, error::Error};

/// What came of a mirror in a round: told, shown and remembered.
impl<R: FnMut(WatchEvent) -> Result<(), Error>> Watcher<'_, R> {
    pub(super) fn show(&self, index: usize, mirror: &Mirror, root: Option<B256>, look: &Look) {
        let record = &mirror.record;
        self.board.mirror(index, |view| {
            view.source = Some(record.source);
            view.proxy = Some(mirror.proxy);
            view.status = status_name(record.status);
            view.source_block = record.sourceBlock;
            view.source_time = record.sourceTimestamp;
            view.storage_root = record.storageRoot;
            view.up_to_date =
                root.map(|root| record.status == Status::Active && root == record.storageRoot);
            view.lag_blocks = look.source_head.0.saturating_sub(record.sourceBlock);
            view.lag_seconds = look.now().saturating_sub(record.sourceTimestamp);
        });
    }

    pub(super) fn remember(&mut self, index: usize, change: impl FnOnce(&mut Memo)) {
        if let Some(memo) = self.memos.get_mut(index) {
            change(memo);
        }
    }

    pub(super) fn address(&self, index: usize) -> Address {
        self.options
            .mirrors
            .get(index)
            .map_or(Address::ZERO, |mirror| mirror.address)
    }

    pub(super) fn well(&mut self, index: usize, condition: Condition, hold: Option<Hold>) {
        if let Some(backoff) = self.backoffs.get_mut(index) {
            backoff.succeeded();
        }
        self.board.times(index, None, None);
        self.board.mirror(index, |view| {
            view.condition = condition;
            view.hold = hold;
            view.error = None;
        });
    }

    /// A turn ends without a transaction.
    pub(super) fn unmoved(&mut self, index: usize) {
        let source_block = self.board.read(|view| {
            view.mirrors
                .get(index)
                .map_or(0, |mirror| mirror.source_block)
        });
        self.outcomes
            .insert(index, Outcome::Current { source_block });
    }

    pub(super) fn rest(&mut self, index: usize) -> Result<(), Error> {
        self.well(index, Condition::Current, None);
        self.remember(index, |memo| memo.held = None);
        self.unmoved(index);
        let address = self.address(index);
        (self.report)(WatchEvent::Current(address))
    }

    /// A mirror is not synced for a reason that is no failure.
    pub(super) fn held(&mut self, index: usize, hold: Hold) -> Result<(), Error> {
        self.well(index, Condition::Held, Some(hold));
        self.unmoved(index);
        let before = self.memos.get(index).and_then(|memo| memo.held);
        self.remember(index, |memo| memo.held = Some(hold.name()));
        if before == Some(hold.name()) {
            return Ok(());
        }
        let address = self.address(index);
        (self.report)(WatchEvent::Held(address, hold))
    }

    /// A mirror is up to date now.
    pub(super) fn synced(&mut self, index: usize, report: SyncReport) -> Result<(), Error> {
        self.brought_up(index, (&report).into());
        (self.report)(WatchEvent::Synced(Box::new(report)))
    }

    /// A mirror and its group are up to date now.
    pub(super) fn together(&mut self, index: usize, report: GroupReport) -> Result<(), Error> {
        self.brought_up(index, (&report).into());
        (self.report)(WatchEvent::Together(Box::new(report)))
    }

    fn brought_up(&mut self, index: usize, outcome: Outcome) {
        self.well(index, Condition::Current, None);
        self.remember(index, |memo| {
            memo.held = None;
            memo.few = None;
        });
        self.outcomes.insert(index, outcome);
    }

    /// Somebody else has brought a mirror up to date.
    pub(super) fn overtaken(&mut self, index: usize) -> Result<(), Error> {
        self.board.mirror(index, |view| view.totals.overtaken += 1);
        self.rest(index)
    }

    /// A mirror cannot be brought up to date now. It is looked up anew the next time.
    pub(super) fn failed(&mut self, index: usize, error: impl Into<Error>) -> Result<(), Error> {
        let error = error.into();
        let now = Instant::now();
        let retry = self.options.retry;
        let pause = match self.backoffs.get_mut(index) {
            Some(backoff) => {
                let pause = backoff.failed(retry, now);
                self.board.times(index, backoff.since(), backoff.next());
                pause
            }
            None => Duration::ZERO,
        };
        self.remember(index, |memo| {
            *memo = Memo {
                proxy: None,
                ..*memo
            }
        });
        self.board.mirror(index, |view| {
            view.condition = Condition::Failing;
            view.hold = None;
            view.error = Some(error.to_string());
            view.totals.failed += 1;
        });
        self.outcomes.insert(
            index,
            Outcome::Failed {
                error: error.to_string(),
            },
        );
        let address = self.address(index);
        (self.report)(WatchEvent::Failed(address, error, pause))
    }
}
