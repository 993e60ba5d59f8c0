use std::time::Duration;

use alloy_primitives::Address;
use smartsync_chain::{Endpoints, Finality, Limits};
use smartsync_execution::Read;
use smartsync_groups::Question;
use smartsync_roots::{LARGEST_PUSH, PushOptions};

use super::{
    address::{ADDRESS, address, contract},
    feeds, key,
    reader::Section,
    reference::{self, NODES, NOTARY_SERVICES, Place},
    settings::{Config, NotarySigners},
    units,
};
use crate::{
    service::ServiceOptions,
    watch::{KeepAlive, Policy, Retry, Watched},
};

/// Reads everything; what is wrong is noted in the sections, and then `None` or a stand-in comes back.
pub(super) fn config(root: &mut Section<'_>, place: Place<'_>) -> Option<Config> {
    let deployment = root
        .text("deployment")
        .map_or(place.folder.join("deployment.json"), |path| {
            place.folder.join(path)
        });
    let finality = root
        .parsed("finality", FINALITY, finality)
        .or(root.integer("finality", 0..).map(Finality::Depth));
    let source = nodes(root, "source", place);
    let target = nodes(root, "target", place);
    let parent = match root.value("parent") {
        Some(_) => nodes(root, "parent", place),
        None => None,
    };
    let key = within(root, "key", |key| key::paying_key(key, place)).flatten();
    let limits = within(root, "transactions", limits).unwrap_or_default();
    let notary = within(root, "notary", |notary| notary_signers(notary, place)).unwrap_or_default();
    let push = within(root, "push", push).flatten();
    let database = within(root, "coordination", |coordination| {
        let database = reference::database(coordination, "database", place);
        if coordination.value("database").is_none() {
            coordination.refuse("database", "a PostgreSQL database");
        }
        database
    })
    .flatten();
    let mut defaults = Policy {
        interval: Duration::ZERO,
        ..Policy::default()
    };
    if let Some(common) = within(root, "policy", |section| policy(section, &defaults)) {
        defaults = common;
    }
    let feeds = feeds::feeds(root);
    let mirrors = mirrors(root, &defaults, feeds.is_empty());
    let service = ServiceOptions::default();
    let mut config = Config {
        // Stand-ins, so that the rest is read, too; they do not leave this function.
        source: Endpoints::default(),
        target: Endpoints::default(),
        parent,
        deployment,
        key,
        limits,
        notary,
        database,
        push,
        finality: finality.unwrap_or(Finality::Finalized),
        mirrors,
        feeds,
        spending_limit: None,
        poll: Duration::from_secs(12),
        pace: Duration::from_secs(1),
        retry: Retry::default(),
        keep_alive: KeepAlive::default(),
        listen: None,
        unready_after: service.unready_after,
        stalled_after: service.stalled_after,
        witnesses: false,
        log_format: None,
    };
    if let Some(mut watch) = root.section("watch") {
        config.spending_limit = watch.parsed("spending_limit", units::AMOUNT, units::amount);
        set(&mut config.poll, positive(&mut watch, "poll"));
        set(
            &mut config.pace,
            watch.parsed("pace", units::DURATION, units::duration),
        );
        set(&mut config.retry.first, positive(&mut watch, "retry_first"));
        set(
            &mut config.retry.longest,
            positive(&mut watch, "retry_longest"),
        );
        root.take(watch);
    }
    if let Some(mut programs) = root.section("programs") {
        set(
            &mut config.keep_alive.within,
            positive(&mut programs, "renew_within"),
        );
        config.keep_alive.max_cost = programs.parsed("max_cost", units::AMOUNT, units::amount);
        root.take(programs);
    }
    if let Some(mut service) = root.section("service") {
        config.listen = service.parsed(
            "listen",
            "an address and port, such as \"127.0.0.1:9464\"",
            |text| text.parse().ok(),
        );
        config.log_format = service.parsed("log_format", "\"text\" or \"json\"", |text| {
            text.parse().ok()
        });
        set(&mut config.witnesses, service.truth("witnesses"));
        set(
            &mut config.unready_after,
            positive(&mut service, "unready_after"),
        );
        set(
            &mut config.stalled_after,
            positive(&mut service, "stalled_after"),
        );
        root.take(service);
    }
    config.source = source?;
    config.target = target?;
    Some(config)
}

const FINALITY: &str =
    "\"finalized\", \"safe\", \"latest\", \"auto\", or a number of blocks below the newest";

fn finality(text: &str) -> Option<Finality> {
    match text {
        "finalized" => Some(Finality::Finalized),
        "safe" => Some(Finality::Safe),
        "latest" => Some(Finality::Latest),
        "auto" => Some(Finality::Automatic),
        _ => None,
    }
}

fn set<T>(value: &mut T, given: Option<T>) {
    if let Some(given) = given {
        *value = given;
    }
}

/// Reads a section, if it is there.
fn within<T>(
    root: &mut Section<'_>,
    name: &'static str,
    read: impl FnOnce(&mut Section<'_>) -> T,
) -> Option<T> {
    let mut section = root.section(name)?;
    let read = read(&mut section);
    root.take(section);
    Some(read)
}

/// A duration other than zero.
fn positive(section: &mut Section<'_>, key: &'static str) -> Option<Duration> {
    section.parsed(key, units::POSITIVE_DURATION, |text| {
        units::duration(text).filter(|duration| !duration.is_zero())
    })
}

fn nodes(root: &mut Section<'_>, side: &'static str, place: Place<'_>) -> Option<Endpoints> {
    let mut section = root.required_section(side)?;
    let urls = reference::required_urls(&mut section, "rpc", place, &NODES);
    let quorum = section
        .integer("quorum", 1..)
        .map_or(1, |quorum| usize::try_from(quorum).unwrap_or(usize::MAX));
    if !urls.is_empty() && quorum > urls.len() {
        let expected = format!("at most the number of nodes, {}", urls.len());
        section.refuse("quorum", &expected);
    }
    root.take(section);
    (!urls.is_empty()).then(|| Endpoints {
        urls,
        quorum,
        ..Endpoints::default()
    })
}

fn limits(section: &mut Section<'_>) -> Limits {
    let mut limits = Limits {
        max_fee_per_gas: section.parsed("max_fee_per_gas", units::AMOUNT, |text| {
            units::amount(text).and_then(|amount| amount.try_into().ok())
        }),
        ..Limits::default()
    };
    set(
        &mut limits.replace_after,
        positive(section, "replace_after"),
    );
    set(
        &mut limits.low_balance,
        section.parsed("low_balance", units::AMOUNT, units::amount),
    );
    limits
}

fn notary_signers(section: &mut Section<'_>, place: Place<'_>) -> NotarySigners {
    NotarySigners {
        keys: key::notary_keys(section, place),
        endpoints: reference::urls(section, "endpoints", place, &NOTARY_SERVICES),
        files: reference::files(section, "signature_files", place),
    }
}

fn push(section: &mut Section<'_>) -> Option<PushOptions> {
    let inbox = address(section, "inbox");
    let pusher = section.parsed("pusher", ADDRESS, contract);
    let hashes = section.integer("hashes", 1..);
    if hashes.is_some_and(|hashes| hashes > LARGEST_PUSH) {
        section.refuse("hashes", &format!("at most {LARGEST_PUSH}"));
    }
    let min_blocks = section.integer("min_blocks", 1..);
    let max_cost = section.parsed("max_cost", units::AMOUNT, units::amount);
    let mut options = PushOptions::new(inbox?);
    set(&mut options.hashes, hashes);
    set(&mut options.min_blocks, min_blocks);
    set(&mut options.max_cost, max_cost);
    options.pusher = pusher;
    Some(options)
}

fn policy(section: &mut Section<'_>, defaults: &Policy) -> Policy {
    Policy {
        interval: section
            .parsed("interval", units::DURATION, units::duration)
            .unwrap_or(defaults.interval),
        min_changes: section
            .integer("min_changes", 1..)
            .unwrap_or(defaults.min_changes),
        max_age: section
            .parsed("max_age", units::DURATION, units::duration)
            .or(defaults.max_age),
        gas_price_ceiling: section
            .parsed("gas_price_ceiling", units::AMOUNT, units::amount)
            .or(defaults.gas_price_ceiling),
        spending_limit: section
            .parsed("spending_limit", units::AMOUNT, units::amount)
            .or(defaults.spending_limit),
    }
}

/// What is read through a mirror: calls, each a function with its arguments or calldata.
fn reads(section: &mut Section<'_>, to: Option<Address>) -> Vec<Read> {
    let from = section.parsed(
        "from",
        "an account, 0x and 40 digits, in lower case or with the right checksum (EIP-55)",
        contract,
    );
    let (to, from) = (to.unwrap_or_default(), from.unwrap_or_default());
    let mut reads = Vec::new();
    for line in section.texts("calls") {
        match Question::of_line(to, from, line) {
            Ok(Some(question)) => reads.push(question.read),
            Ok(None) => section.refuse("calls", "calls that are not empty"),
            Err(error) => section.refuse("calls", &format!("calls ({error})")),
        }
    }
    reads
}

/// The mirrors, of which there must be one where they are `required`.
fn mirrors(root: &mut Section<'_>, defaults: &Policy, required: bool) -> Vec<Watched> {
    let mut mirrors: Vec<Watched> = Vec::new();
    let sections = match required {
        true => root.required_sections("mirror"),
        false => root.sections("mirror"),
    };
    for mut section in sections {
        let address = address(&mut section, "address");
        let name = section.text("name");
        if name.is_some_and(|name| {
            name.trim().is_empty() || mirrors.iter().any(|other| other.name == name)
        }) {
            section.refuse("name", "a name that no other mirror has");
        }
        let policy = policy(&mut section, defaults);
        let reads = reads(&mut section, address);
        if let Some(address) = address {
            if mirrors.iter().any(|other| other.address == address) {
                section.refuse("address", "an address that no other mirror has");
            }
            let name = name.map_or_else(|| address.to_string(), ToOwned::to_owned);
            mirrors.push(Watched {
                name,
                address,
                policy,
                reads,
                members: Vec::new(),
            });
        }
        root.take(section);
    }
    mirrors
}
