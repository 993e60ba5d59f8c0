use std::collections::{BTreeMap, BTreeSet};

use smartsync_chain::RawHeader;
use smartsync_groups::GroupMove;

use super::{
    event::WatchEvent,
    look::Look,
    policy::Hold,
    watcher::{Due, Watcher},
};
use crate::{
    coordination::{MirrorId, Readiness, Turn},
    error::Error,
};

/// Taking turns with other relayers.
impl<R: FnMut(WatchEvent) -> Result<(), Error>> Watcher<'_, R> {
    /// Takes turns at what is due, and brings up what this relayer's turn is.
    pub(super) async fn bring_up(
        &mut self,
        look: &Look,
        header: &RawHeader,
        due: Vec<Due>,
    ) -> Result<(), Error> {
        if self.stopping() {
            return Ok(());
        }
        let mut waiting: BTreeMap<MirrorId, Due> = BTreeMap::new();
        for due in due {
            let mirror = MirrorId::of(self.relayer, due.mirror.proxy);
            self.coordinator.offer(mirror, look.usable.0).await;
            waiting.insert(mirror, due);
        }
        self.turns.clear();
        let mut ours = Vec::new();
        let mut others = Vec::new();
        while !waiting.is_empty() {
            let wanted: Vec<MirrorId> = waiting.keys().copied().collect();
            let Some(mut turn) = self.coordinator.next(&wanted).await else {
                break;
            };
            let Some(due) = waiting.remove(&turn.mirror()) else {
                break;
            };
            match self.can_use(&due, turn.as_mut()).await {
                true => {
                    self.turns.insert(due.index, turn);
                    ours.push(due);
                }
                // It stays in the queue, and the mirror is read anew before the next turn.
                false => others.push(due),
            }
        }
        for due in waiting.into_values().chain(others) {
            self.held(due.index, Hold::Turn)?;
        }
        self.outcomes.clear();
        let result = self.sync_due(look, header, ours).await;
        for (index, turn) in std::mem::take(&mut self.turns) {
            // Without an outcome, because the watch ends, the turn is dropped and another relayer's.
            if let Some(outcome) = self.outcomes.remove(&index) {
                turn.finish(outcome).await;
            }
        }
        result
    }

    /// Whether a turn can be used for what was read of its mirror.
    async fn can_use(&mut self, due: &Due, turn: &mut dyn Turn) -> bool {
        let Some(memo) = self.memos.get_mut(due.index) else {
            return false;
        };
        match memo.takeover.look(&self.relayer.submitter, turn).await {
            Readiness::Ready => true,
            Readiness::Wait | Readiness::TakenOver => false,
        }
    }

    /// Takes the mirrors of a group into its turn, so that the whole group is one turn. Whether it can move.
    pub(super) async fn join_members(
        &mut self,
        due: &Due,
        found: &GroupMove,
    ) -> Result<bool, Error> {
        let (mut others, mut held_by) = (Vec::new(), BTreeSet::new());
        for proxy in found.mirrors() {
            let mirror = MirrorId::of(self.relayer, proxy);
            match self.turns.iter().find(|(_, turn)| turn.is_at(&mirror)) {
                Some((index, _)) => _ = held_by.insert(*index),
                None => others.push(mirror),
            }
        }
        let mut joined = true;
        for index in held_by {
            joined &= match self.turns.get_mut(&index) {
                Some(turn) => turn.is_held().await,
                None => false,
            };
        }
        if let (Some(turn), Some(memo)) = (
            self.turns.get_mut(&due.index),
            self.memos.get_mut(due.index),
        ) {
            joined = joined && turn.join(&others).await;
            let submitter = &self.relayer.submitter;
            let takeover = &mut memo.members_takeover;
            joined = joined && takeover.look(submitter, turn.as_mut()).await == Readiness::Ready;
        }
        // Whoever had its turn just now may have moved one of them.
        if joined {
            joined = match found.is_current(self.relayer).await {
                Ok(is_current) => is_current,
                Err(error) => {
                    self.failed(due.index, error)?;
                    return Ok(false);
                }
            };
        }
        if !joined {
            self.held(due.index, Hold::Turn)?;
        }
        Ok(joined)
    }

    /// Gives up those whose turn is lost, because the database ended its session: another relayer may have it.
    pub(super) async fn keep_ours(&mut self, due: &Due) -> Result<bool, Error> {
        let held = match self.turns.get_mut(&due.index) {
            Some(turn) => turn.is_held().await,
            None => false,
        };
        if !held {
            self.held(due.index, Hold::Turn)?;
            self.turns.remove(&due.index);
        }
        Ok(held)
    }
}
