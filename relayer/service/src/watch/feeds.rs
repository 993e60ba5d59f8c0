use std::{collections::BTreeMap, time::Instant};

use alloy_primitives::U256;
use smartsync_chain::{RawHeader, Receipt};
use smartsync_groups::{Feed, FeedUpdate, move_feed};

use super::{
    board::Owner,
    event::WatchEvent,
    feed_policy::{FeedDecision, FeedHold, FeedSituation},
    look::Look,
    losses::Loss,
    options::WatchedFeed,
    view::{Condition, FeedView},
    watcher::Watcher,
};
use crate::{
    coordination::{MirrorId, Outcome, Readiness, Turn},
    error::Error,
};

/// What came of a feed in a round.
enum Kept {
    Current(Feed),
    Held(Feed, FeedHold),
    Updated(Feed, Box<FeedUpdate>),
}

/// Keeping feeds, in turns with other relayers and within the spending limits, as mirrors are.
impl<R: FnMut(WatchEvent) -> Result<(), Error>> Watcher<'_, R> {
    /// Updates the feeds that are due. Fails only if the report does.
    pub(super) async fn keep_feeds(&mut self, look: &Look) -> Result<(), Error> {
        let mut due: BTreeMap<MirrorId, (usize, Feed)> = BTreeMap::new();
        for (index, watched) in self.options.feeds.iter().enumerate() {
            if self.stopping() {
                return Ok(());
            }
            let backoff = self.feed_backoffs.get(index).copied().unwrap_or_default();
            if !backoff.is_due(Instant::now()) {
                continue;
            }
            match self.look_at_feed(watched, look).await {
                Ok((feed, FeedDecision::Rest)) => {
                    self.feed_kept(index, look, Ok(Kept::Current(feed)))?;
                }
                Ok((feed, FeedDecision::Hold(hold))) => {
                    self.feed_kept(index, look, Ok(Kept::Held(feed, hold)))?;
                }
                Ok((feed, FeedDecision::Update)) => {
                    let turn = MirrorId::of(self.relayer, watched.address);
                    self.coordinator.offer(turn, look.usable.0).await;
                    due.insert(turn, (index, feed));
                }
                Err(error) => self.feed_kept(index, look, Err(error))?,
            }
        }
        while !due.is_empty() && !self.stopping() {
            let wanted: Vec<MirrorId> = due.keys().copied().collect();
            let Some(mut turn) = self.coordinator.next(&wanted).await else {
                break;
            };
            let Some((index, feed)) = due.remove(&turn.mirror()) else {
                break;
            };
            let taken = self.take_feed_turn(index, feed, turn.as_mut(), look);
            if let Some(outcome) = taken.await? {
                turn.finish(outcome).await;
            }
        }
        for (index, feed) in due.into_values() {
            self.feed_kept(index, look, Ok(Kept::Held(feed, FeedHold::Turn)))?;
        }
        Ok(())
    }

    /// A feed, and what its policy says.
    async fn look_at_feed(
        &self,
        watched: &WatchedFeed,
        look: &Look,
    ) -> Result<(Feed, FeedDecision), Error> {
        let relayer = self.relayer;
        let (block, usable_time) = look.usable;
        let feed = Feed::at(relayer.target(), watched.address, look.target_head.0).await?;
        if feed
            .answer
            .is_some_and(|answer| answer.source_block >= block)
        {
            return Ok((feed, FeedDecision::Rest));
        }
        let situation = FeedSituation {
            kept: feed.answer,
            found: feed.source_answer(relayer, block).await?,
            usable_time,
            now: look.now(),
            gas_price: look.gas_price,
        };
        let decision = watched.policy.decide(&situation);
        Ok((feed, decision))
    }

    /// Updates a feed in its turn; what came of the turn, if it could be used.
    async fn take_feed_turn(
        &mut self,
        index: usize,
        feed: Feed,
        turn: &mut dyn Turn,
        look: &Look,
    ) -> Result<Option<Outcome>, Error> {
        let submitter = &self.relayer.submitter;
        let usable = match self.feed_takeovers.get_mut(index) {
            Some(takeover) => takeover.look(submitter, turn).await == Readiness::Ready,
            None => false,
        };
        // A turn that cannot be used stays in the queue, and the feed is read anew before the next one.
        if !(usable && turn.is_held().await) {
            self.feed_kept(index, look, Ok(Kept::Held(feed, FeedHold::Turn)))?;
            return Ok(None);
        }
        let kept = self.update(index, feed, look).await;
        let outcome = outcome(&kept);
        self.feed_kept(index, look, kept)?;
        Ok(Some(outcome))
    }

    /// Sends what a feed needs, with the header where the root source lacks it, unless another relayer did meanwhile or a limit does not allow it.
    async fn update(&mut self, index: usize, feed: Feed, look: &Look) -> Result<Kept, Error> {
        let Some(watched) = self.options.feeds.get(index) else {
            return Ok(Kept::Current(feed));
        };
        let target = self.relayer.target();
        let now = Feed::at(target, watched.address, target.head().await?).await?;
        let is_new = |answer: smartsync_groups::FeedAnswer| answer.source_block >= look.usable.0;
        if now.answer.is_some_and(is_new) {
            return Ok(Kept::Current(now));
        }
        let owner = Owner::Feed(index);
        let budget = self.budget(owner, watched.policy.spending_limit, look);
        let mut relayer = self.relayer.capped(watched.policy.gas_price_ceiling);
        if let Some((gas, spent, limit)) = budget {
            relayer.submitter = relayer.submitter.with_budget(gas);
            // What it took last time is more than is left: nothing is sent, not the header either.
            let usual = self.usual_gas(index);
            if gas < usual {
                let cost = U256::from(usual).saturating_mul(look.gas_price);
                return Ok(Kept::Held(now, FeedHold::Spending { spent, cost, limit }));
            }
        }
        let header = RawHeader::fetch(&relayer.source, look.usable.0).await?;
        let updated = async {
            let headers = relayer.ensure_header(&header).await?;
            self.board.feed(index, |view| view.count_headers(&headers));
            if !headers.is_empty() {
                let loss = Loss {
                    time: look.spending_now(),
                    fee: fees(&headers),
                    of: vec![watched.address],
                };
                self.board.take_loss(&loss, true);
            }
            Ok::<_, Error>(move_feed(&relayer, &now, &header).await?)
        };
        let updated = updated.await;
        self.settle(look, Some(owner)).await;
        match updated {
            Ok((feed, update)) => Ok(Kept::Updated(feed, Box::new(update))),
            Err(error) => {
                if let (
                    Some(smartsync_chain::Error::OverBudget { gas, .. }),
                    Some((_, spent, limit)),
                ) = (error.chain(), budget)
                {
                    let cost = U256::from(*gas).saturating_mul(look.gas_price);
                    let hold = FeedHold::Spending { spent, cost, limit };
                    return Ok(Kept::Held(now, hold));
                }
                self.count_loss(look, &error, vec![watched.address]).await;
                Err(error)
            }
        }
    }

    /// Gas of an update, as of those that this process sent.
    fn usual_gas(&self, index: usize) -> u64 {
        self.board.read(|view| {
            let feed = view.feeds.get(index);
            feed.map_or(0, |feed| feed.gas / feed.updated.max(1))
        })
    }

    /// Shows, remembers and tells what came of a feed.
    fn feed_kept(
        &mut self,
        index: usize,
        look: &Look,
        kept: Result<Kept, Error>,
    ) -> Result<(), Error> {
        let now = Instant::now();
        let retry = self.options.retry;
        let (Some(backoff), Some(watched)) = (
            self.feed_backoffs.get_mut(index),
            self.options.feeds.get(index),
        ) else {
            return Ok(());
        };
        let (feed, condition, hold, update) = match kept {
            Ok(Kept::Current(feed)) => (feed, Condition::Current, None, None),
            Ok(Kept::Held(feed, hold)) => (feed, Condition::Held, Some(hold), None),
            Ok(Kept::Updated(feed, update)) => (feed, Condition::Current, None, Some(update)),
            Err(error) => {
                let pause = backoff.failed(retry, now);
                self.board
                    .feed_times(index, backoff.since(), backoff.next());
                self.board.feed(index, |view| {
                    view.condition = Condition::Failing;
                    view.error = Some(error.to_string());
                    view.failed = view.failed.saturating_add(1);
                });
                return (self.report)(WatchEvent::FeedFailed(watched.address, error, pause));
            }
        };
        backoff.succeeded();
        self.board.feed_times(index, None, None);
        let report = feed.report(look.now()).map_err(Error::from)?;
        self.board.feed(index, |view| {
            let was_held = view.hold.is_some();
            view.take(&report);
            view.condition = condition;
            view.hold = hold.map(|hold| hold.to_string());
            view.error = None;
            if let Some(update) = &update {
                view.count(update);
            }
            if let (Some(hold), false) = (hold, was_held) {
                tracing::info!(feed = view.name, "held: {hold}");
            }
        });
        match update {
            Some(update) => (self.report)(WatchEvent::FeedUpdated(update)),
            None => Ok(()),
        }
    }
}

/// What came of a turn.
fn outcome(kept: &Result<Kept, Error>) -> Outcome {
    match kept {
        Ok(Kept::Updated(_, update)) => Outcome::Synced {
            source_block: update.source_block,
            changes: usize::from(update.stored),
            proof_bytes: update.witness_bytes,
            gas_used: update.gas_used,
            transactions: update.tx_hash.into_iter().collect(),
        },
        Ok(Kept::Current(feed) | Kept::Held(feed, _)) => Outcome::Current {
            source_block: feed.answer.map_or(0, |answer| answer.source_block),
        },
        Err(error) => Outcome::Failed {
            error: error.to_string(),
        },
    }
}

fn fees(receipts: &[Receipt]) -> U256 {
    let fees = receipts.iter().map(Receipt::fee);
    fees.fold(U256::ZERO, U256::saturating_add)
}

impl FeedView {
    fn count(&mut self, update: &FeedUpdate) {
        match update.stored {
            true => self.updated = self.updated.saturating_add(1),
            false => self.overtaken = self.overtaken.saturating_add(1),
        }
        self.gas = self.gas.saturating_add(update.gas_used);
        self.fees = self.fees.saturating_add(update.fee);
    }

    fn count_headers(&mut self, headers: &[Receipt]) {
        let gas = headers.iter().map(|header| header.gas_used.to::<u64>());
        self.gas = self.gas.saturating_add(gas.sum());
        self.fees = self.fees.saturating_add(fees(headers));
    }
}
