use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family},
    registry::Registry,
};

use super::value::{Number, OfMirror, Sum, ether, of_mirrors, truth};
use crate::watch::{Condition, HOLDS, View};

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Outcome {
    mirror: String,
    outcome: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct HeldFor {
    mirror: String,
    reason: &'static str,
}

/// How the mirrors are.
pub(super) fn mirrors(registry: &mut Registry, view: &View) {
    let (lag_blocks, lag_seconds, source_block) = (of_mirrors(), of_mirrors(), of_mirrors());
    let (readable, failing, spent) = (of_mirrors(), of_mirrors(), of_mirrors());
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
            "Spent on the mirror and its group within the last 24 hours",
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

/// What was done for the mirrors since the start.
pub(super) fn work(registry: &mut Registry, view: &View) {
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
