use std::time::Duration;

use relayer::{MigrateOptions, WatchEvent, WatchOptions, migrate, watch};
use tokio::sync::{mpsc, oneshot};

use crate::stage::Stage;

#[tokio::test(flavor = "multi_thread")]
async fn watching_syncs_each_change_and_ends_when_told() {
    let stage = Stage::start().await;
    let table = stage.slot_table().await;
    stage.write(table, &[(1, 1)]).await;
    let proxy = migrate(&stage.relayer, table, &MigrateOptions::default())
        .await
        .expect("migrated")
        .proxy;

    let options = WatchOptions {
        sources: vec![table],
        every: Duration::from_millis(20),
    };
    let (stop, stopped) = oneshot::channel::<()>();
    let (tell, mut told) = mpsc::unbounded_channel();
    let shutdown = async {
        // A sender that is gone stops it too.
        stopped.await.unwrap_or_default();
    };
    let watching = watch(&stage.relayer, &options, shutdown, |event| {
        if let WatchEvent::Synced(report) = event {
            tell.send((report.changes, report.source_block))
                .unwrap_or_default();
        }
        Ok(())
    });
    let playing = async {
        for round in 2..5 {
            stage.write(table, &[(round, round), (1, round)]).await;
            let block = stage.source.chain().head().await.expect("a head");
            let (changes, source_block) = told.recv().await.expect("a sync");
            assert_eq!((changes, source_block), (2, block));
        }
        stop.send(()).expect("still watching");
    };
    let (watched, ()) = tokio::join!(watching, playing);
    watched.expect("ended well");
    let [on_source, on_target] = stage.roots(table, proxy).await;
    assert_eq!(on_source, on_target);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_round_that_fails_is_reported_and_does_not_end_the_watch() {
    let stage = Stage::start().await;
    let unknown = stage.slot_table().await;
    let options = WatchOptions {
        sources: vec![unknown],
        every: Duration::from_millis(5),
    };
    let (tell, mut told) = mpsc::unbounded_channel();
    let shutdown = async {
        for _ in 0..2 {
            told.recv().await.expect("a failure");
        }
    };
    watch(&stage.relayer, &options, shutdown, |event| {
        if let WatchEvent::Failed(address, error) = event {
            assert_eq!(address, unknown);
            tell.send(error.to_string()).unwrap_or_default();
        }
        Ok(())
    })
    .await
    .expect("ended well");
}
