//! A clock that is wrong: this machine's, or a node's.

use alloy_primitives::{U64, U256};
use smartsync_chain::{CLOCK_BOUND, Chain};
use smartsync_doctor::{DoctorOptions, doctor};
use smartsync_service::{Policy, WatchEvent};

use crate::{
    stage::Stage,
    watched::{migrated, options, watch_until},
};

/// Gives a chain a newest block from the future.
async fn ahead(chain: &Chain, seconds: u64) {
    let _offset: u64 = chain
        .request("evm_increaseTime", (U64::from(seconds),))
        .await
        .expect("time moves");
    let _mined: String = chain.request("evm_mine", ()).await.expect("a block");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_node_with_blocks_from_the_future_does_not_empty_the_day_s_spending() {
    let stage = Stage::start().await;
    let table = stage.slot_table().await;
    stage.write(table, &[(1, 1)]).await;
    migrated(&stage, table).await;
    let limited = Policy {
        spending_limit: Some(U256::ONE),
        ..Policy::default()
    };
    let watched = options(&[(table, limited)]);
    let current = |event: &WatchEvent| matches!(event, WatchEvent::Current(_));
    let (_, before) = watch_until(&stage.relayer, &watched, current).await;
    assert!(before.wallet.spent_day > U256::ZERO);
    let difference = before.clock_difference_seconds.unsigned_abs();
    assert!(difference <= CLOCK_BOUND, "{difference}");

    let two_days = 2 * 86_400;
    ahead(stage.source.chain(), two_days).await;
    let looked = |event: &WatchEvent| !matches!(event, WatchEvent::Unreachable(..));
    let (_, after) = watch_until(&stage.relayer, &watched, looked).await;
    let difference = -after.clock_difference_seconds;
    assert!(
        difference.unsigned_abs() + CLOCK_BOUND > two_days && difference > 0,
        "{difference}"
    );
    assert_eq!(after.wallet.spent_day, before.wallet.spent_day);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_tells_a_clock_that_differs_from_a_node_s() {
    let stage = Stage::start().await;
    let clocks = async || {
        let options = DoctorOptions {
            source: Some(stage.source.chain()),
            target: Some(stage.relayer.target()),
            ..DoctorOptions::default()
        };
        let report = doctor(&options).await;
        report
            .checks
            .into_iter()
            .filter(|check| check.name == "clock")
            .map(|check| (check.about, check.works, check.detail))
            .collect::<Vec<_>>()
    };
    let agree = format!("this machine's clock is within {CLOCK_BOUND} s of the newest block");
    assert_eq!(
        clocks().await,
        [
            ("source", true, agree.clone()),
            ("target", true, agree.clone())
        ]
    );
    ahead(stage.relayer.target(), 2 * CLOCK_BOUND).await;
    let [source, target] = clocks().await.try_into().expect("a clock for each chain");
    assert_eq!(source, ("source", true, agree));
    assert_eq!((target.0, target.1), ("target", false));
    assert!(
        target.2.contains(" s behind the newest block: "),
        "{}",
        target.2
    );
}
