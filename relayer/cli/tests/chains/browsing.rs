use std::{path::PathBuf, process::Stdio};

use alloy_primitives::Address;
use smartsync_execution::Read;
use smartsync_service::{Alone, Policy, ServiceOptions, WatchEvent, run};
use tokio::{
    process::Command,
    sync::{Notify, mpsc, oneshot},
};

use crate::{
    stage::Stage,
    watched::{migrated, options, watch_until},
};

/// Three mirrors: one with a history, one of a group that waits, one that fails; seen in a browser.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium: scripts/test-web.sh"]
async fn the_web_page_shows_in_a_browser_what_the_relayer_knows() {
    let stage = Stage::start().await;
    let mut tables = Vec::new();
    for _ in 0..2 {
        let table = stage.slot_table().await;
        stage.write(table, &[(1, 1)]).await;
        migrated(&stage, table).await;
        tables.push(table);
    }
    let busy = options(&[(tables[0], Policy::always())]);
    for round in 1..9 {
        let pairs: Vec<(u64, u64)> = (0..(round * 7) % 11 + 1)
            .map(|slot| (slot, round))
            .collect();
        stage.write(tables[0], &pairs).await;
        watch_until(&stage.relayer, &busy, |event| {
            matches!(event, WatchEvent::Synced(_))
        })
        .await;
    }
    stage.write(tables[1], &[(1, 2), (2, 2)]).await;

    let few = Policy {
        min_changes: 25,
        max_age: Some(std::time::Duration::from_secs(7_200)),
        gas_price_ceiling: Some(alloy_primitives::U256::ONE),
        ..Policy::default()
    };
    let mut watched = options(&[
        (tables[0], Policy::default()),
        (tables[1], few),
        (Address::repeat_byte(0x77), Policy::default()),
    ]);
    for (mirror, name) in watched.mirrors.iter_mut().zip([
        "Exchange pair",
        "Name registry",
        "A treasury with a rather long name that has not been migrated yet",
    ]) {
        mirror.name = name.to_owned();
    }
    // A group whose other member has no mirror, and that the price of gas holds.
    if let Some(group) = watched.mirrors.get_mut(1) {
        group.members = vec![tables[1], Address::repeat_byte(0x88)];
        group.reads = vec![Read {
            from: Address::ZERO,
            to: tables[1],
            data: Default::default(),
        }];
    }
    watched.spending_limit = Some(alloy_primitives::U256::from(5_000_000_000_000_000_u64));
    let service = ServiceOptions {
        listen: Some(([127, 0, 0, 1], 0).into()),
        ..ServiceOptions::default()
    };
    let (enough, (tell, mut told)) = (Notify::new(), mpsc::unbounded_channel());
    let (listening, listens) = oneshot::channel();
    let alone = Alone::new();
    let running = run(
        &stage.relayer,
        &alone,
        &watched,
        &service,
        enough.notified(),
        |address| listening.send(address).unwrap_or_default(),
        |event| {
            if matches!(event, WatchEvent::Held(..)) {
                tell.send(()).unwrap_or_default();
            }
            Ok(())
        },
    );
    let looking = async {
        let address = listens.await.expect("it listens");
        told.recv().await.expect("one is held");
        let npm = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/npm");
        let mut browser = Command::new("node");
        browser
            .arg(npm.join("page.js"))
            .arg(format!("http://{address}/"))
            .args(std::env::var_os("SMARTSYNC_SCREENSHOTS"))
            .stdin(Stdio::null())
            .kill_on_drop(true);
        let output = browser.output().await.expect("node");
        let said = String::from_utf8_lossy(&output.stdout);
        let complained = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{said}\n{complained}");
        assert!(said.ends_with("the page is good\n"), "{said}");
        enough.notify_one();
    };
    let (ran, ()) = tokio::join!(running, looking);
    ran.expect("ended well");
}
