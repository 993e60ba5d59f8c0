//! A source that takes another way while it is read.

use std::sync::{Arc, Mutex};

use alloy_primitives::{Address, U256};
use relayer::{Error, Relayer, sync};
use serde_json::Value;
use smartsync_abi::IRegistry::Status;
use smartsync_chain::{Chain, Side};
use smartsync_service::{Policy, WatchEvent};

use crate::{
    interposed::{Fate, Interposed},
    stage::{Stage, write_call},
    watched::{migrated, options, watch_until},
};

/// A mirror, and a source that can go back to before its last block.
struct Forked {
    stage: Stage,
    table: Address,
    proxy: Address,
    snapshot: String,
}

impl Forked {
    async fn start() -> Self {
        let stage = Stage::start().await;
        let table = stage.slot_table().await;
        stage.write(table, &[(1, 1)]).await;
        let proxy = migrated(&stage, table).await.proxy;
        let snapshot = stage
            .source
            .chain()
            .request("evm_snapshot", ())
            .await
            .expect("kept");
        stage.write(table, &[(1, 2), (2, 2)]).await;
        Self {
            stage,
            table,
            proxy,
            snapshot,
        }
    }

    async fn record(&self) -> (u64, Status) {
        let mirror = self
            .stage
            .relayer
            .mirror(self.table)
            .await
            .expect("a mirror");
        (mirror.record.sourceBlock, mirror.record.status)
    }

    /// The mirror is what the source is now, and not what it was.
    async fn check(&self, slot: u64, value: u64) {
        let [on_source, on_target] = self.stage.roots(self.table, self.proxy).await;
        assert_eq!(on_source, on_target);
        let word: U256 = self
            .stage
            .relayer
            .target()
            .request("eth_getStorageAt", (self.proxy, U256::from(slot), "latest"))
            .await
            .expect("a slot");
        assert_eq!(word, U256::from(value));
        assert_eq!(self.record().await.1, Status::Active);
    }
}

/// A relayer whose source goes another way, to a block of the same number, just before the `nth` request of a method is
/// answered.
async fn surprised(forked: &Forked, method: &'static str, nth: u64) -> (Relayer, Interposed) {
    let source = forked.stage.source.chain().clone();
    let rival = {
        let data = alloy_sol_types::SolCall::abi_encode(&write_call(&[(1, 3), (5, 5)]));
        smartsync_chain::Transaction {
            call: "write",
            to: Some(forked.table),
            value: U256::ZERO,
            data: data.into(),
        }
    };
    let submitter = smartsync_chain::Submitter::new(source.clone(), crate::stage::key(1));
    let state = Arc::new(Mutex::new(0_u64));
    let (snapshot, submitter) = (forked.snapshot.clone(), Arc::new(submitter));
    let node = Interposed::start(forked.stage.chains[0].url(), move |asked, _params| {
        let (source, rival, snapshot) = (source.clone(), rival.clone(), snapshot.clone());
        let (submitter, state) = (submitter.clone(), state.clone());
        Box::pin(async move {
            let now = asked == method && {
                let mut count = state.lock().expect("never poisoned");
                *count += 1;
                *count == nth
            };
            if now {
                let back: bool = source
                    .request("evm_revert", (snapshot,))
                    .await
                    .expect("an answer");
                assert!(back);
                submitter.send(rival).await.expect("another block");
            }
            Fate::Forward
        })
    })
    .await;
    let mut relayer = forked.stage.second_relayer().await;
    relayer.source = Chain::connect(Side::Source, &node.url)
        .await
        .expect("connected");
    (relayer, node)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sync_whose_source_is_reorganised_between_header_and_proof_reads_again() {
    let forked = Forked::start().await;
    let (relayer, _node) = surprised(&forked, "eth_getProof", 1).await;
    let report = sync(&relayer, forked.table, &Default::default())
        .await
        .expect("synced");
    assert_eq!(report.changes, 2);
    forked.check(5, 5).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watch_whose_source_is_reorganised_reads_again_whatever_it_had_read() {
    for (method, nth) in [
        ("eth_getBlockByNumber", 2),
        ("eth_getProof", 1),
        ("eth_getProof", 2),
    ] {
        let forked = Forked::start().await;
        let (relayer, _node) = surprised(&forked, method, nth).await;
        let watched = options(&[(forked.table, Policy::default())]);
        watch_until(&relayer, &watched, |event| match event {
            WatchEvent::Synced(report) => {
                assert_eq!(report.changes, 2, "{method} {nth}");
                true
            }
            WatchEvent::Current(_) => false,
            other => panic!("{method} {nth}: {other:?}"),
        })
        .await;
        forked.check(5, 5).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watch_sees_a_change_in_another_block_of_the_same_number() {
    // It remembers the storage root of the block that it looked at last.
    let forked = Forked::start().await;
    let stage = &forked.stage;
    let watched = options(&[(forked.table, Policy::default())]);
    let mut moves = 0;
    let (tell, mut told) = tokio::sync::mpsc::unbounded_channel();
    let playing = async {
        let first: u64 = told.recv().await.expect("a sync");
        // Another block of the number that was synced to, and one more.
        let back: bool = stage
            .source
            .chain()
            .request("evm_revert", (&forked.snapshot,))
            .await
            .expect("an answer");
        assert!(back);
        stage.write(forked.table, &[(7, 7)]).await;
        assert_eq!(stage.source.chain().head().await.expect("a head"), first);
        let _mined: Value = stage
            .source
            .chain()
            .request("evm_mine", ())
            .await
            .expect("a block");
    };
    let watching = watch_until(&stage.relayer, &watched, |event| {
        if let WatchEvent::Synced(report) = event {
            moves += 1;
            tell.send(report.source_block).unwrap_or_default();
        }
        moves == 2
    });
    tokio::join!(watching, playing);
    forked.check(7, 7).await;
    forked.check(2, 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_block_that_is_gone_after_a_reorganisation_is_named() {
    let forked = Forked::start().await;
    let stage = &forked.stage;
    sync(&stage.relayer, forked.table, &Default::default())
        .await
        .expect("synced");
    let (recorded, _) = forked.record().await;
    let back: bool = stage
        .source
        .chain()
        .request("evm_revert", (&forked.snapshot,))
        .await
        .expect("an answer");
    assert!(back);
    // The chain is shorter than the record: nothing can be done yet, and that is no failure.
    let report = sync(&stage.relayer, forked.table, &Default::default())
        .await
        .expect("nothing to do");
    assert_eq!((report.tx_hash, report.source_block), (None, recorded));
    let head = stage.source.chain().head().await.expect("a head");
    assert_eq!(report.rolled_back, Some(head));
    let error = sync(
        &stage.relayer,
        forked.table,
        &relayer::SyncOptions {
            block: Some(recorded),
        },
    )
    .await
    .expect_err("it is gone");
    assert!(
        matches!(error, Error::FutureBlock { requested, head, .. }
            if requested == recorded && head < recorded),
        "{error}"
    );
    // It heals as soon as the chain is past it.
    stage.write(forked.table, &[(7, 7)]).await;
    stage.write(forked.table, &[(8, 8)]).await;
    sync(&stage.relayer, forked.table, &Default::default())
        .await
        .expect("synced");
    forked.check(7, 7).await;
    forked.check(2, 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_was_rolled_back_is_told_with_how_to_go_on() {
    let forked = Forked::start().await;
    let stage = &forked.stage;
    sync(&stage.relayer, forked.table, &Default::default())
        .await
        .expect("synced");
    let (recorded, _) = forked.record().await;
    let current = sync(&stage.relayer, forked.table, &Default::default())
        .await
        .expect("nothing to do");
    assert_eq!(current.rolled_back, None);
    let folder = tempfile::tempdir().expect("a folder");
    let deployment = folder.path().join("deployment.json");
    stage.deployment.store(&deployment).expect("written");
    let table = forked.table.to_string();
    let key = crate::stage::key(0).to_bytes().to_string();
    let [source, target] = [stage.chains[0].url(), stage.chains[1].url()];
    let told = async || {
        let (code, stdout, stderr) = crate::command::output(&[
            "sync",
            &table,
            "--source-rpc",
            &source,
            "--target-rpc",
            &target,
            "--private-key",
            &key,
            "--deployment",
            deployment.to_str().expect("text"),
        ])
        .await;
        assert_eq!((code, stdout.as_str()), (Some(1), ""), "{stderr}");
        assert_eq!(stderr.lines().count(), 1, "{stderr}");
        assert!(
            stderr.contains("warning: the source was rolled back")
                && stderr.contains(&format!("once the source is past block {recorded}"))
                && stderr.contains("deploy --anew"),
            "{stderr}"
        );
    };
    let back: bool = stage
        .source
        .chain()
        .request("evm_revert", (&forked.snapshot,))
        .await
        .expect("an answer");
    assert!(back);
    told().await;
    // Another block of the mirror's number.
    while stage.source.chain().head().await.expect("a head") < recorded {
        stage.write(forked.table, &[(9, 9)]).await;
    }
    told().await;
}
