use alloy_primitives::U256;
use smartsync_abi::IRegistry::Status;
use smartsync_service::{Policy, StepKind, WatchEvent};

use crate::{
    stage::Stage,
    watched::{migrated, options, watch_until},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_watch_killed_in_the_middle_of_an_update_in_parts_is_finished_by_the_next_whatever_it_costs()
 {
    let stage = Stage::start().await;
    let table = stage.slot_table().await;
    stage.write(table, &[(1, 1)]).await;
    let proxy = migrated(&stage, table).await.proxy;
    // More than a transaction takes, in one block.
    let pairs: Vec<(u64, u64)> = (0..1_600).map(|slot| (slot, slot + 7)).collect();
    stage.write(table, &pairs).await;

    let second = stage.second_relayer().await;
    let watched = options(&[(table, Policy::default())]);
    let opened = async {
        loop {
            let target = stage.relayer.target();
            let head = target.head().await.expect("a head");
            let record = stage.relayer.registry.record(target, proxy, head).await;
            if record.expect("a record").status == Status::Open {
                break;
            }
        }
    };
    tokio::select! {
        _ = watch_until(&second, &watched, |_| false) => unreachable!("nothing ends it"),
        () = opened => {}
    }

    // Its readers wait, so that neither a price nor a limit holds it.
    let frugal = Policy {
        gas_price_ceiling: Some(U256::ONE),
        spending_limit: Some(U256::ONE),
        ..Policy::default()
    };
    let (_, view) = watch_until(&stage.relayer, &options(&[(table, frugal)]), |event| {
        matches!(event, WatchEvent::Synced(_))
    })
    .await;
    let [on_source, on_target] = stage.roots(table, proxy).await;
    assert_eq!(on_source, on_target);
    let mirror = &view.mirrors[0];
    assert_eq!((mirror.status, mirror.totals.synced), ("active", 1));
    let kinds: Vec<StepKind> = mirror.steps.iter().map(|step| step.kind).collect();
    assert_eq!(kinds.first(), Some(&StepKind::Created));
    assert_eq!(kinds.get(1), Some(&StepKind::Synced));
    assert_eq!(kinds.get(2), Some(&StepKind::Part));
    assert_eq!(kinds.last(), Some(&StepKind::Completed));
    let written: u64 = mirror.steps.iter().skip(2).map(|step| step.changes).sum();
    assert_eq!(written, 1_600);
}
