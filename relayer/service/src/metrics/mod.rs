//! What Prometheus reads, made anew from what the watch knows at each scrape.

mod chains;
mod feeds;
mod groups;
mod mirrors;
mod value;

use std::fmt;

use prometheus_client::{
    encoding::{EncodeLabelSet, text::encode},
    metrics::{counter::Counter, family::Family, info::Info},
    registry::Registry,
};
use smartsync_chain::EndpointErrors;

use self::value::{Number, Sum, ether, number, truth};
use crate::watch::View;

/// OpenMetrics text.
pub(crate) const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct OfProgram {
    program: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Pushes {
    outcome: &'static str,
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
    chains::chains(&mut registry, view);
    chains::endpoint_errors(&mut registry, endpoints);
    mirrors::mirrors(&mut registry, view);
    mirrors::work(&mut registry, view);
    groups::groups(&mut registry, view);
    feeds::feeds(&mut registry, view);
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use alloy_primitives::{Address, U256};

    use super::*;
    use crate::watch::Board;
    use crate::watch::{Policy, ProgramView};
    use smartsync_chain::Side;
    use smartsync_groups::GroupState;

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
        let feed = ("rate".to_owned(), Address::ZERO, None);
        let board = Board::new([mirror], [feed], Some(U256::from(1)));
        board.feed(0, |view| view.answer = Some("1".to_owned()));
        board.mirror(0, |view| {
            view.proxy = Some(Address::ZERO);
            view.group = Some(GroupState::default());
        });
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
            (
                "docs/alerts.yml",
                include_str!("../../../../docs/alerts.yml"),
            ),
            (
                "docs/grafana.json",
                include_str!("../../../../docs/grafana.json"),
            ),
            (
                "docs/operating.md",
                include_str!("../../../../docs/operating.md"),
            ),
        ] {
            let named = mentioned(content);
            assert!(!named.is_empty(), "{file}");
            let unknown: Vec<_> = named.difference(&exposed).collect();
            assert!(unknown.is_empty(), "{file} names {unknown:?}");
        }
        let dashboard = mentioned(include_str!("../../../../docs/grafana.json"));
        let unseen: Vec<_> = exposed.difference(&dashboard).collect();
        assert!(unseen.len() <= 8, "{unseen:?}");
    }
}
