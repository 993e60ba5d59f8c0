//! What Prometheus reads, made anew from what the watch knows at each scrape.

use std::{fmt, sync::atomic::AtomicU64};

use alloy_primitives::{U256, utils::format_units};
use prometheus_client::{
    encoding::{EncodeLabelSet, text::encode},
    metrics::{counter::Counter, family::Family, gauge::Gauge, info::Info},
    registry::Registry,
};
use smartsync_chain::EndpointErrors;

use crate::watch::{Condition, HOLDS, View};

/// OpenMetrics text.
pub(crate) const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

type Number = Gauge<f64, AtomicU64>;
type Sum = Counter<f64, AtomicU64>;

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct OfMirror {
    mirror: String,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct OfFeed {
    feed: String,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct FeedOutcome {
    feed: String,
    outcome: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Outcome {
    mirror: String,
    outcome: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct OfProgram {
    program: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Pushes {
    outcome: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct HeldFor {
    mirror: String,
    reason: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Failure {
    side: String,
    endpoint: String,
    kind: &'static str,
}

/// All metrics as text.
pub(crate) fn render(
    view: &View,
    endpoints: &[EndpointErrors],
    ready: bool,
) -> Result<String, fmt::Error> {
    let mut registry = Registry::with_prefix("smartsync");
    registry.register(
        "relayer",
        "Version of the relayer",
        Info::new([("version", view.version)]),
    );
    service(&mut registry, view, ready);
    chains(&mut registry, view);
    endpoint_errors(&mut registry, endpoints);
    mirrors(&mut registry, view);
    work(&mut registry, view);
    feeds(&mut registry, view);
    pushes(&mut registry, view);
    programs(&mut registry, view);
    let mut text = String::new();
    encode(&mut text, &registry)?;
    Ok(text)
}

fn programs(registry: &mut Registry, view: &View) {
    let left = Family::<OfProgram, Number>::default();
    for program in &view.programs {
        let label = OfProgram {
            program: program.name,
        };
        left.get_or_create(&label).set(program.seconds_left as f64);
    }
    registry.register(
        "program_seconds_left",
        "Time until a program's activation ends; 0 when it has ended",
        left,
    );
}

/// A gauge without labels.
fn number(registry: &mut Registry, name: &str, help: &str, value: f64) {
    let gauge = Number::default();
    gauge.set(value);
    registry.register(name, help, gauge);
}

fn service(registry: &mut Registry, view: &View, ready: bool) {
    number(registry, "ready", "1 when /readyz says ok", truth(ready));
    number(
        registry,
        "reachable",
        "1 when both nodes and the root source answered in the last round",
        truth(view.reachable),
    );
    number(
        registry,
        "idle_seconds",
        "Time since the loop last did something",
        view.idle_seconds as f64,
    );
    number(
        registry,
        "clock_difference_seconds",
        "This machine's clock less the newest block's time",
        view.clock_difference_seconds as f64,
    );
    let rounds = Sum::default();
    rounds.inc_by(view.rounds as f64);
    registry.register("rounds", "Rounds completed", rounds);
    number(
        registry,
        "wallet_balance_ether",
        "Balance of the paying account on the target",
        ether(view.wallet.balance),
    );
    number(
        registry,
        "spent_day_ether",
        "Spent on syncs within the last 24 hours",
        ether(view.wallet.spent_day),
    );
    if let Some(limit) = view.wallet.spending_limit {
        number(
            registry,
            "spending_limit_ether",
            "Most that may be spent within 24 hours",
            ether(limit),
        );
    }
}

fn chains(registry: &mut Registry, view: &View) {
    for (name, help, value) in [
        ("source_head_block", "Newest source block", view.source.head),
        (
            "source_usable_block",
            "Newest source block that is final and that the root source can be brought up to",
            view.source.usable,
        ),
        ("target_head_block", "Newest target block", view.target.head),
        (
            "root_source_block",
            "Newest source block that the root source knows",
            view.target.known_block,
        ),
    ] {
        number(registry, name, help, value as f64);
    }
    number(
        registry,
        "target_gas_price_gwei",
        "Price of target gas",
        gwei(view.target.gas_price),
    );
}

fn endpoint_errors(registry: &mut Registry, endpoints: &[EndpointErrors]) {
    let failures = Family::<Failure, Counter>::default();
    for endpoint in endpoints {
        for (kind, count) in [
            ("transport", endpoint.transport),
            ("refused", endpoint.refused),
        ] {
            failures
                .get_or_create(&Failure {
                    side: endpoint.side.to_string(),
                    endpoint: endpoint.endpoint.clone(),
                    kind,
                })
                .inc_by(count);
        }
    }
    registry.register(
        "rpc_errors",
        "Requests that failed: transport is no connection, answer or JSON; refused is an error of the node other than a revert",
        failures,
    );
}

/// How the mirrors are.
fn mirrors(registry: &mut Registry, view: &View) {
    let family = || Family::<OfMirror, Number>::default();
    let (lag_blocks, lag_seconds, source_block) = (family(), family(), family());
    let (readable, failing, spent) = (family(), family(), family());
    let held = Family::<HeldFor, Number>::default();
    for mirror in &view.mirrors {
        let label = OfMirror {
            mirror: mirror.name.clone(),
        };
        failing
            .get_or_create(&label)
            .set(match mirror.condition == Condition::Failing {
                // The first second of a failure is one already.
                true => mirror.failing_seconds.max(1) as f64,
                false => 0.0,
            });
        spent.get_or_create(&label).set(ether(mirror.spent_day));
        for reason in HOLDS {
            let now = mirror.hold.is_some_and(|hold| hold.name() == reason);
            held.get_or_create(&HeldFor {
                mirror: mirror.name.clone(),
                reason,
            })
            .set(truth(now));
        }
        if mirror.proxy.is_none() {
            continue;
        }
        for (family, value) in [
            (&lag_blocks, mirror.lag_blocks),
            (&lag_seconds, mirror.lag_seconds),
            (&source_block, mirror.source_block),
            (&readable, u64::from(mirror.status == "active")),
        ] {
            family.get_or_create(&label).set(value as f64);
        }
    }
    for (name, help, family) in [
        (
            "mirror_lag_blocks",
            "Source blocks from the mirror's record to the head",
            lag_blocks,
        ),
        (
            "mirror_lag_seconds",
            "Time from the record's source block to the newest block of either chain",
            lag_seconds,
        ),
        (
            "mirror_source_block",
            "Source block of the record",
            source_block,
        ),
        (
            "mirror_readable",
            "1 when the mirror is active, 0 when its reads are locked",
            readable,
        ),
        (
            "mirror_failing_seconds",
            "How long the mirror cannot be brought up to date; 0 when it can",
            failing,
        ),
        (
            "mirror_spent_day_ether",
            "Spent on the mirror within the last 24 hours",
            spent,
        ),
    ] {
        registry.register(name, help, family);
    }
    registry.register(
        "mirror_held",
        "1 for the reason why a mirror that could be synced is not",
        held,
    );
}

/// How the feeds are, and what was done for them since the start.
fn feeds(registry: &mut Registry, view: &View) {
    let family = || Family::<OfFeed, Number>::default();
    let (age, failing, source_block, held) = (family(), family(), family(), family());
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

/// Pushes of block hashes since the start.
fn pushes(registry: &mut Registry, view: &View) {
    let pushes = Family::<Pushes, Counter>::default();
    for (outcome, count) in [("sent", view.pushes.sent), ("failed", view.pushes.failed)] {
        pushes.get_or_create(&Pushes { outcome }).inc_by(count);
    }
    registry.register("pushes", "Pushes of block hashes by outcome", pushes);
    let cost = Sum::default();
    cost.inc_by(ether(view.pushes.cost));
    registry.register(
        "push_cost_ether",
        "Paid on the source for pushes, with the tickets' value",
        cost,
    );
}

/// What was done for the mirrors since the start.
fn work(registry: &mut Registry, view: &View) {
    let syncs = Family::<Outcome, Counter>::default();
    let family = || Family::<OfMirror, Counter>::default();
    let (changes, bytes, gas) = (family(), family(), family());
    let fees = Family::<OfMirror, Sum>::default();
    for mirror in &view.mirrors {
        let totals = &mirror.totals;
        for (outcome, count) in [
            ("synced", totals.synced),
            ("refreshed", totals.refreshed),
            ("overtaken", totals.overtaken),
            ("failed", totals.failed),
        ] {
            syncs
                .get_or_create(&Outcome {
                    mirror: mirror.name.clone(),
                    outcome,
                })
                .inc_by(count);
        }
        let label = OfMirror {
            mirror: mirror.name.clone(),
        };
        changes.get_or_create(&label).inc_by(totals.changes);
        bytes.get_or_create(&label).inc_by(totals.bytes);
        gas.get_or_create(&label).inc_by(totals.gas);
        fees.get_or_create(&label).inc_by(ether(totals.fees));
    }
    registry.register(
        "syncs",
        "Syncs by outcome: synced with changes, refreshed without, overtaken by another relayer, failed",
        syncs,
    );
    registry.register("mirror_changes", "Changed slots written", changes);
    registry.register("mirror_calldata_bytes", "Calldata sent", bytes);
    registry.register("mirror_gas", "Gas used", gas);
    registry.register("mirror_fees_ether", "Fees paid", fees);
}

fn truth(is: bool) -> f64 {
    f64::from(u8::from(is))
}

fn ether(wei: U256) -> f64 {
    in_units(wei, "ether")
}

fn gwei(wei: U256) -> f64 {
    in_units(wei, "gwei")
}

/// An amount as a metric: exact to the 15 digits that a float has.
fn in_units(wei: U256, unit: &str) -> f64 {
    format_units(wei, unit)
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(f64::INFINITY)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use alloy_primitives::{Address, U256};

    use super::*;
    use crate::watch::Board;
    use crate::watch::{Policy, ProgramView};
    use smartsync_chain::Side;

    /// Names of metrics that a text mentions.
    fn mentioned(text: &str) -> BTreeSet<&str> {
        text.match_indices("smartsync_")
            .map(|(at, _)| {
                let name = text.get(at..).unwrap_or_default();
                let end = name
                    .find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_')
                    .unwrap_or(name.len());
                name.get(..end).unwrap_or_default()
            })
            .collect()
    }

    #[test]
    fn alerts_dashboard_and_manual_name_only_metrics_that_there_are_and_the_dashboard_most_of_them()
    {
        let mirror = ("pair".to_owned(), Address::ZERO, Policy::default());
        let feed = ("rate".to_owned(), Address::ZERO);
        let board = Board::new([mirror], [feed], Some(U256::from(1)));
        board.feed(0, |view| view.answer = Some("1".to_owned()));
        board.mirror(0, |view| view.proxy = Some(Address::ZERO));
        board.update(|view| {
            view.programs.push(ProgramView {
                name: "registry",
                address: Address::ZERO,
                seconds_left: 1,
            });
        });
        let endpoint = EndpointErrors {
            side: Side::Source,
            endpoint: "http://127.0.0.1:8545".to_owned(),
            transport: 1,
            refused: 2,
        };
        let text = render(&board.view(), &[endpoint], true).expect("text");
        let exposed: BTreeSet<&str> = text
            .lines()
            .filter(|line| !line.starts_with('#'))
            .filter_map(|line| line.split(['{', ' ']).next())
            .collect();
        assert!(exposed.len() > 20, "{text}");
        for (file, content) in [
            ("docs/alerts.yml", include_str!("../../../docs/alerts.yml")),
            (
                "docs/grafana.json",
                include_str!("../../../docs/grafana.json"),
            ),
            (
                "docs/operating.md",
                include_str!("../../../docs/operating.md"),
            ),
        ] {
            let named = mentioned(content);
            assert!(!named.is_empty(), "{file}");
            let unknown: Vec<_> = named.difference(&exposed).collect();
            assert!(unknown.is_empty(), "{file} names {unknown:?}");
        }
        let dashboard = mentioned(include_str!("../../../docs/grafana.json"));
        let unseen: Vec<_> = exposed.difference(&dashboard).collect();
        assert!(unseen.len() <= 8, "{unseen:?}");
    }

    #[test]
    fn amounts_of_wei_become_ether_and_gwei() {
        assert_eq!(ether(U256::from(1_234_500_000_000_000_000_u64)), 1.2345);
        assert_eq!(gwei(U256::from(100_000_000)), 0.1);
    }
}
