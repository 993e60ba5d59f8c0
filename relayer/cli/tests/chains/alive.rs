//! The programs' activations, which end a year after they began.

use std::{collections::BTreeMap, time::Duration};

use alloy_primitives::{U64, U256};
use relayer::programs::{Renewal, activations};
use serde_json::Value;
use smartsync_chain::Chain;
use smartsync_service::{KeepAlive, Policy, WatchEvent, WatchOptions};

use crate::{
    stage::Stage,
    watched::{is_synced, migrated, options, watch_until},
};

const DAY: u64 = 86_400;

async fn pass_days(chain: &Chain, days: u64) {
    let _total: Value = chain
        .request("evm_increaseTime", (U64::from(days * DAY),))
        .await
        .expect("time passes");
    let _mined: Value = chain.request("evm_mine", ()).await.expect("a block");
}

async fn days_left(stage: &Stage) -> Vec<Option<u64>> {
    let programs = &stage.relayer.programs;
    assert!(programs.len() >= 5, "{programs:?}");
    let left = activations(stage.relayer.target(), programs).await;
    let left = left.expect("asked").into_iter();
    left.map(|one| one.left.map(|left| left.as_secs() / DAY))
        .collect()
}

async fn balance(stage: &Stage) -> U256 {
    let submitter = &stage.relayer.submitter;
    submitter.balance().await.expect("a balance")
}

/// What a watch renews, for this much each, before it reports the next round's sync.
async fn renewed(stage: &Stage, max_cost: U256) -> BTreeMap<&'static str, Renewal> {
    let mut renewals = BTreeMap::new();
    let count = stage.relayer.programs.len();
    let watched = WatchOptions {
        keep_alive: KeepAlive {
            within: Duration::from_secs(30 * DAY),
            max_cost: Some(max_cost),
        },
        ..options(&[])
    };
    let (_, view) = watch_until(&stage.relayer, &watched, |event| {
        if let WatchEvent::Renewed(renewal) = event {
            renewals.insert(renewal.program, renewal.clone());
        }
        renewals.len() == count
    })
    .await;
    assert!(view.programs.iter().all(|one| one.seconds_left > 360 * DAY));
    renewals
}

#[tokio::test(flavor = "multi_thread")]
async fn activations_that_end_soon_are_warned_of_and_renewed_for_what_they_may_cost() {
    let stage = Stage::start().await;
    let names: Vec<&str> = stage.relayer.programs.iter().map(|one| one.name).collect();
    pass_days(stage.relayer.target(), 340).await;
    assert!(
        days_left(&stage)
            .await
            .iter()
            .all(|left| *left == Some(24) || *left == Some(25))
    );

    // Nothing may be paid: each is told of.
    let mut told = Vec::new();
    watch_until(&stage.relayer, &options(&[]), |event| {
        if let WatchEvent::Expiring(activation) = event {
            assert!(
                activation
                    .left
                    .is_some_and(|left| left.as_secs() < 26 * DAY)
            );
            told.push(activation.program.name);
        }
        told.len() == names.len()
    })
    .await;
    assert_eq!(told, names);

    // Too little may be paid.
    let poor = WatchOptions {
        keep_alive: KeepAlive {
            max_cost: Some(U256::ONE),
            ..KeepAlive::default()
        },
        ..options(&[])
    };
    let before = balance(&stage).await;
    let mut refused = Vec::new();
    watch_until(&stage.relayer, &poor, |event| {
        if let WatchEvent::NotRenewed(activation, error) = event {
            refused.push((activation.program.name, error.to_string()));
        }
        refused.len() == names.len()
    })
    .await;
    assert!(
        refused
            .iter()
            .map(|(name, _)| *name)
            .eq(names.iter().copied())
    );
    assert_eq!(balance(&stage).await, before, "{refused:?}");

    let most = U256::from(10u64.pow(16));
    let renewals = renewed(&stage, most).await;
    let paid = renewals
        .values()
        .map(|one| one.fee + one.data_fee)
        .sum::<U256>();
    assert_eq!(before - balance(&stage).await, paid);
    assert!(
        renewals
            .values()
            .all(|one| !one.data_fee.is_zero() && one.data_fee <= most)
    );
    assert!(
        days_left(&stage)
            .await
            .iter()
            .all(|left| left.is_some_and(|left| left >= 364))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn activations_that_have_ended_are_begun_anew_and_the_watch_goes_on() {
    let stage = Stage::start().await;
    let table = stage.slot_table().await;
    stage.write(table, &[(1, 1)]).await;
    migrated(&stage, table).await;
    for chain in [stage.source.chain(), stage.relayer.target()] {
        pass_days(chain, 370).await;
    }
    assert!(days_left(&stage).await.iter().all(Option::is_none));
    renewed(&stage, U256::from(10u64.pow(16))).await;
    stage.write(table, &[(1, 2)]).await;
    watch_until(
        &stage.relayer,
        &options(&[(table, Policy::default())]),
        |event| is_synced(event).is_some(),
    )
    .await;
}
