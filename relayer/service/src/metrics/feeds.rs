use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family},
    registry::Registry,
};

use super::value::{Number, Sum, ether, truth};
use crate::watch::{Condition, View};

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct OfFeed {
    feed: String,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct FeedOutcome {
    feed: String,
    outcome: &'static str,
}

/// How the feeds are, and what was done for them since the start.
pub(super) fn feeds(registry: &mut Registry, view: &View) {
    let family = || Family::<OfFeed, Number>::default();
    let (age, failing, source_block) = (family(), family(), family());
    let (held, spent) = (family(), family());
    let updates = Family::<FeedOutcome, Counter>::default();
    let gas = Family::<OfFeed, Counter>::default();
    let fees = Family::<OfFeed, Sum>::default();
    for feed in &view.feeds {
        let label = OfFeed {
            feed: feed.name.clone(),
        };
        failing
            .get_or_create(&label)
            .set(match feed.condition == Condition::Failing {
                true => feed.failing_seconds.max(1) as f64,
                false => 0.0,
            });
        held.get_or_create(&label).set(truth(feed.hold.is_some()));
        spent.get_or_create(&label).set(ether(feed.spent_day));
        if feed.answer.is_some() {
            age.get_or_create(&label).set(feed.age_seconds as f64);
            source_block
                .get_or_create(&label)
                .set(feed.source_block as f64);
        }
        for (outcome, count) in [
            ("updated", feed.updated),
            ("overtaken", feed.overtaken),
            ("failed", feed.failed),
        ] {
            updates
                .get_or_create(&FeedOutcome {
                    feed: feed.name.clone(),
                    outcome,
                })
                .inc_by(count);
        }
        gas.get_or_create(&label).inc_by(feed.gas);
        fees.get_or_create(&label).inc_by(ether(feed.fees));
    }
    for (name, help, family) in [
        (
            "feed_age_seconds",
            "Time from the source block of the newest answer to the newest block of either chain",
            age,
        ),
        (
            "feed_failing_seconds",
            "How long the feed cannot be looked at or updated; 0 when it can",
            failing,
        ),
        (
            "feed_source_block",
            "Source block of the newest answer",
            source_block,
        ),
        (
            "feed_held",
            "1 when the source answers something else and the policy waits",
            held,
        ),
        (
            "feed_spent_day_ether",
            "Spent on the feed within the last 24 hours",
            spent,
        ),
    ] {
        registry.register(name, help, family);
    }
    registry.register(
        "feed_updates",
        "Updates by outcome: updated, overtaken by another relayer, failed",
        updates,
    );
    registry.register("feed_gas", "Gas used for feeds, headers included", gas);
    registry.register("feed_fees_ether", "Fees paid for feeds", fees);
}
