use super::{address::address, reader::Section, units};
use crate::watch::{FeedPolicy, WatchedFeed};

/// The feeds that are kept.
pub(super) fn feeds(root: &mut Section<'_>) -> Vec<WatchedFeed> {
    let mut feeds: Vec<WatchedFeed> = Vec::new();
    for mut section in root.sections("feed") {
        let address = address(&mut section, "address");
        let name = section.text("name");
        if name.is_some_and(|name| {
            name.trim().is_empty() || feeds.iter().any(|other| other.name == name)
        }) {
            section.refuse("name", "a name that no other feed has");
        }
        let policy = FeedPolicy {
            interval: section
                .parsed("interval", units::DURATION, units::duration)
                .unwrap_or_default(),
            deviation: section.integer("deviation", 0..).unwrap_or_default(),
            max_age: section.parsed("max_age", units::DURATION, units::duration),
            gas_price_ceiling: section.parsed("gas_price_ceiling", units::AMOUNT, units::amount),
            spending_limit: section.parsed("spending_limit", units::AMOUNT, units::amount),
        };
        if let Some(address) = address {
            if feeds.iter().any(|other| other.address == address) {
                section.refuse("address", "an address that no other feed has");
            }
            let name = name.map_or_else(|| address.to_string(), ToOwned::to_owned);
            feeds.push(WatchedFeed {
                name,
                address,
                policy,
            });
        }
        root.take(section);
    }
    feeds
}
