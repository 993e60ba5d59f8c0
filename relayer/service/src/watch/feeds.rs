use std::time::Instant;

use smartsync_chain::RawHeader;
use smartsync_groups::{Feed, FeedUpdate, move_feed};

use super::{
    event::WatchEvent,
    feed_policy::{FeedDecision, FeedHold, FeedSituation},
    look::Look,
    options::WatchedFeed,
    view::{Condition, FeedView},
    watcher::Watcher,
};
use crate::error::Error;

/// What came of a feed in a round.
enum Kept {
    Current(Feed),
    Held(Feed, FeedHold),
    Updated(Feed, Box<FeedUpdate>),
}

/// Keeping feeds. An update needs no turn: relayers that keep the same feed pay for what the others do, and harm nothing.
impl<R: FnMut(WatchEvent) -> Result<(), Error>> Watcher<'_, R> {
    /// Updates the feeds that are due. Fails only if the report does.
    pub(super) async fn keep_feeds(&mut self, look: &Look) -> Result<(), Error> {
        for (index, watched) in self.options.feeds.iter().enumerate() {
            if self.stopping() {
                return Ok(());
            }
            let backoff = self.feed_backoffs.get(index).copied().unwrap_or_default();
            if !backoff.is_due(Instant::now()) {
                continue;
            }
            let kept = self.keep_feed(watched, look).await;
            self.feed_kept(index, watched, look, kept)?;
        }
        Ok(())
    }

    async fn keep_feed(&self, watched: &WatchedFeed, look: &Look) -> Result<Kept, Error> {
        let relayer = self.relayer;
        let (block, usable_time) = look.usable;
        let feed = Feed::at(relayer.target(), watched.address, look.target_head.0).await?;
        if feed
            .answer
            .is_some_and(|answer| answer.source_block >= block)
        {
            return Ok(Kept::Current(feed));
        }
        let situation = FeedSituation {
            kept: feed.answer,
            found: feed.source_answer(relayer, block).await?,
            usable_time,
            now: look.now(),
            gas_price: look.gas_price,
        };
        match watched.policy.decide(&situation) {
            FeedDecision::Rest => Ok(Kept::Current(feed)),
            FeedDecision::Hold(hold) => Ok(Kept::Held(feed, hold)),
            FeedDecision::Update => {
                let header = RawHeader::fetch(&relayer.source, block).await?;
                let capped = relayer.capped(watched.policy.gas_price_ceiling);
                let update = move_feed(&capped, &feed, &header).await?;
                let target = relayer.target();
                let feed = Feed::at(target, watched.address, target.head().await?).await?;
                Ok(Kept::Updated(feed, Box::new(update)))
            }
        }
    }

    /// Shows, remembers and tells what came of a feed.
    fn feed_kept(
        &mut self,
        index: usize,
        watched: &WatchedFeed,
        look: &Look,
        kept: Result<Kept, Error>,
    ) -> Result<(), Error> {
        let now = Instant::now();
        let retry = self.options.retry;
        let Some(backoff) = self.feed_backoffs.get_mut(index) else {
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

impl FeedView {
    fn count(&mut self, update: &FeedUpdate) {
        match update.stored {
            true => self.updated = self.updated.saturating_add(1),
            false => self.overtaken = self.overtaken.saturating_add(1),
        }
        self.gas = self.gas.saturating_add(update.gas_used);
        self.fees = self.fees.saturating_add(update.fee);
    }
}
