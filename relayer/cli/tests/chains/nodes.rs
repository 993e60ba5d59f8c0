//! Nodes that limit, hang, or no longer have what is asked for.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use alloy_primitives::{U64, U256};
use relayer::{Error, SyncOptions, sync};
use serde_json::json;
use smartsync_chain::{Chain, Endpoints, Side, fetch_unverified};
use smartsync_service::{Hold, Policy, WatchEvent};

use crate::{
    interposed::{Fate, Interposed, refusal},
    stage::{Stage, address, connect},
    watched::{migrated, options, watch_until},
};

pub async fn over(side: Side, urls: &[&str], timeout: Duration) -> Chain {
    let endpoints = Endpoints {
        urls: urls.iter().map(|url| address(url)).collect(),
        timeout,
        rounds: 3,
        ..Endpoints::default()
    };
    Chain::connect(side, &endpoints).await.expect("connected")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rate_limit_inside_a_200_is_waited_out_and_counted() {
    let stage = Stage::start().await;
    let asked = Arc::new(AtomicU64::new(0));
    let count = asked.clone();
    // As Alchemy words it: HTTP 200, and the limit in the body.
    let limiting = Interposed::deciding(stage.chains[0].url(), move |method, _params| {
        match method == "eth_blockNumber" && count.fetch_add(1, Ordering::Relaxed) < 2 {
            true => refusal(
                429,
                "Your app has exceeded its compute units per second capacity",
            ),
            false => Fate::Forward,
        }
    })
    .await;
    let chain = over(Side::Source, &[&limiting.url], Duration::from_secs(20)).await;
    let head = chain.head().await.expect("it answers in the end");
    assert_eq!(head, stage.source.chain().head().await.expect("a head"));
    assert_eq!(asked.load(Ordering::Relaxed), 3);
    let errors = &chain.endpoint_errors()[0];
    assert_eq!((errors.refused, errors.transport), (2, 0));

    // A node that always limits is left for another one, and asked no more for now.
    let asked = Arc::new(AtomicU64::new(0));
    let count = asked.clone();
    let busy = Interposed::deciding(stage.chains[0].url(), move |method, _params| {
        if method == "eth_chainId" {
            return Fate::Forward;
        }
        count.fetch_add(1, Ordering::Relaxed);
        refusal(-32005, "project ID request rate exceeded")
    })
    .await;
    let free = stage.chains[0].url();
    let chain = over(Side::Source, &[&busy.url, &free], Duration::from_secs(20)).await;
    for _ in 0..3 {
        chain.head().await.expect("the other node answers");
    }
    assert!(asked.load(Ordering::Relaxed) <= 2, "{asked:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_of_another_form_is_asked_for_once_more_and_the_node_does_not_rest() {
    let stage = Stage::start().await;
    let asked = Arc::new(AtomicU64::new(0));
    let count = asked.clone();
    // As ganache answers each tracer: with struct logs.
    let own = Interposed::deciding(stage.chains[0].url(), move |method, _params| {
        match method == "debug_traceTransaction" {
            true => {
                count.fetch_add(1, Ordering::Relaxed);
                Fate::Answer(json!({ "result": { "structLogs": [] } }))
            }
            false => Fate::Forward,
        }
    })
    .await;
    let endpoints = Endpoints::try_from(own.url.as_str()).expect("a node");
    let chain = Chain::connect(Side::Source, &endpoints)
        .await
        .expect("connected");
    let error = chain
        .request::<_, U64>("debug_traceTransaction", ())
        .await
        .expect_err("no number");
    assert!(
        error.to_string().contains("not what it should be"),
        "{error}"
    );
    assert_eq!(asked.load(Ordering::Relaxed), 2);
    let began = Instant::now();
    chain.head().await.expect("it is asked all else at once");
    // The first rest is 50 ms at least.
    assert!(began.elapsed() < Duration::from_millis(50));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_hangs_is_given_up_after_the_timeout_and_another_one_is_asked() {
    let stage = Stage::start().await;
    let hanging = Interposed::deciding(stage.chains[0].url(), |method, _params| match method {
        "eth_chainId" => Fate::Forward,
        _ => Fate::Hang,
    })
    .await;
    let timeout = Duration::from_millis(200);
    let free = stage.chains[0].url();
    let chain = over(Side::Source, &[&hanging.url, &free], timeout).await;
    let began = Instant::now();
    chain.head().await.expect("the other node answers");
    assert!(began.elapsed() >= timeout, "the hanging one was not asked");
    assert_eq!(chain.endpoint_errors()[0].transport, 1);

    // Alone, it is named with how long it was waited for.
    let chain = over(Side::Source, &[&hanging.url], timeout).await;
    let error = chain.head().await.expect_err("nobody answers").to_string();
    assert_eq!(
        error,
        "source node, eth_blockNumber: no answer within 0.2 s"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watch_whose_node_hangs_says_so_and_goes_on_when_it_answers_again() {
    let mut stage = Stage::start().await;
    let table = stage.slot_table().await;
    stage.write(table, &[(1, 1)]).await;
    migrated(&stage, table).await;
    stage.write(table, &[(1, 2)]).await;
    let requests = Arc::new(AtomicU64::new(0));
    let count = requests.clone();
    let hanging = Interposed::deciding(stage.chains[0].url(), move |method, _params| {
        match method != "eth_chainId" && count.fetch_add(1, Ordering::Relaxed) < 8 {
            true => Fate::Hang,
            false => Fate::Forward,
        }
    })
    .await;
    stage.relayer.source = over(Side::Source, &[&hanging.url], Duration::from_millis(100)).await;
    let mut outages = Vec::new();
    watch_until(
        &stage.relayer,
        &options(&[(table, Policy::default())]),
        |event| {
            if let WatchEvent::Unreachable(error, _) = event {
                outages.push(error.to_string());
            }
            matches!(event, WatchEvent::Synced(_))
        },
    )
    .await;
    assert!(!outages.is_empty());
    for outage in outages {
        assert!(outage.contains("no answer within 0.1 s"), "{outage}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn more_slots_than_a_node_proves_at_once_are_asked_for_in_several_requests() {
    let stage = Stage::start().await;
    let table = stage.slot_table().await;
    stage
        .write(table, &[(0, 1), (1_023, 2), (1_024, 3), (2_499, 4)])
        .await;
    let asked = Arc::new(Mutex::new(Vec::new()));
    let seen = asked.clone();
    // As geth limits it.
    let node = Interposed::deciding(stage.chains[0].url(), move |method, params| {
        if method != "eth_getProof" {
            return Fate::Forward;
        }
        let keys = params[1].as_array().map_or(0, Vec::len);
        seen.lock().expect("never poisoned").push(keys);
        match keys > 1_024 {
            true => refusal(-32602, "too many keys (max 1024)"),
            false => Fate::Forward,
        }
    })
    .await;
    let chain = over(Side::Source, &[&node.url], Duration::from_secs(20)).await;
    let slots: Vec<U256> = (0..2_500).map(U256::from).collect();
    let head = chain.head().await.expect("a head");
    let found = fetch_unverified(&chain, table, &slots, head)
        .await
        .expect("proofs");
    let mut keys = asked.lock().expect("never poisoned").clone();
    keys.sort_unstable();
    assert_eq!(keys, [452, 1_024, 1_024]);
    // In the order asked for, whichever answer came first.
    assert_eq!(
        (found.values.len(), found.storage_nodes.len()),
        (2_500, 2_500)
    );
    let values = found
        .values
        .iter()
        .enumerate()
        .filter(|(_, value)| !value.is_zero());
    let written: Vec<(usize, u64)> = values.map(|(place, value)| (place, value.to())).collect();
    assert_eq!(written, [(0, 1), (1_023, 2), (1_024, 3), (2_499, 4)]);
}

/// A source node that proves only its last blocks, as full nodes do.
pub async fn forgetful(stage: &Stage, window: u64) -> Interposed {
    let honest = connect(Side::Source, &stage.chains[0]).await;
    Interposed::start(stage.chains[0].url(), move |method, params| {
        let honest = honest.clone();
        Box::pin(async move {
            // Where the block stands.
            let place = match method.as_str() {
                "eth_getProof" | "eth_getStorageAt" => 2,
                "eth_getBalance" | "eth_getCode" | "eth_getTransactionCount" | "eth_call" => 1,
                _ => return Fate::Forward,
            };
            // A tag is the newest one.
            let Ok(block) = serde_json::from_value::<U64>(params[place].clone()) else {
                return Fate::Forward;
            };
            let head = honest.head().await.expect("a head");
            match block.to::<u64>() + window > head {
                true => Fate::Forward,
                // As geth words it.
                false => refusal(
                    -32000,
                    "missing trie node 9c5d (path ) state is not available",
                ),
            }
        })
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_block_that_the_node_no_longer_proves_is_refused_with_the_oldest_that_it_does() {
    const WINDOW: u64 = 6;
    let mut stage = Stage::start().await;
    let table = stage.slot_table().await;
    stage.write(table, &[(1, 1)]).await;
    migrated(&stage, table).await;
    let wanted = stage.source.chain().head().await.expect("a head") + 1;
    for value in 2..22 {
        stage.write(table, &[(1, value)]).await;
    }
    let head = stage.source.chain().head().await.expect("a head");
    let full_node = forgetful(&stage, WINDOW).await;
    stage.relayer.source = over(Side::Source, &[&full_node.url], Duration::from_secs(20)).await;
    let options = SyncOptions {
        block: Some(wanted),
    };
    let error = sync(&stage.relayer, table, &options)
        .await
        .expect_err("too old");
    assert!(
        matches!(error, Error::Chain(smartsync_chain::Error::ProofWindow { block, oldest, newest, .. })
            if (block, oldest, newest) == (wanted, head - WINDOW + 1, head)),
        "{error}"
    );
    assert_eq!(
        error.to_string(),
        format!(
            "source node: it does not prove block {wanted} any more; the oldest block that it proves {table} at is {}, the \
             newest {head}: use a newer block, or an archive node",
            head - WINDOW + 1
        )
    );
    // A newer one is as good as ever, though the node has lost the one of the record.
    let synced = sync(&stage.relayer, table, &Default::default())
        .await
        .expect("synced");
    assert_eq!((synced.source_block, synced.changes), (head, 1));

    // What an archive node proves is proven.
    let root = fetch_unverified(stage.source.chain(), table, &[U256::ONE], wanted)
        .await
        .expect("a proof");
    assert_eq!(root.values, [U256::from(2)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watch_whose_finality_lags_behind_the_proof_window_keeps_a_proof_until_its_block_is_final()
 {
    const DEPTH: u64 = 10;
    let mut stage = Stage::start().await;
    let table = stage.slot_table().await;
    stage.write(table, &[(1, 1)]).await;
    let proxy = migrated(&stage, table).await.proxy;
    for value in 2..22 {
        stage.write(table, &[(1, value)]).await;
    }
    let head = stage.source.chain().head().await.expect("a head");
    let full_node = forgetful(&stage, 4).await;
    stage.relayer.source = over(Side::Source, &[&full_node.url], Duration::from_secs(20)).await;
    stage.relayer.finality = smartsync_chain::Finality::Depth(DEPTH);
    let watched = options(&[(table, Policy::default())]);
    let (tell, mut told) = tokio::sync::mpsc::unbounded_channel();
    let mut synced = None;
    let watching = watch_until(&stage.relayer, &watched, |event| {
        match event {
            WatchEvent::Held(_, hold) => tell.send(*hold).unwrap_or_default(),
            WatchEvent::Synced(report) => synced = Some((**report).clone()),
            WatchEvent::Current(_) => {}
            other => panic!("{other:?}"),
        }
        synced.is_some()
    });
    let playing = async {
        let hold = told.recv().await.expect("it waits");
        assert_eq!(
            hold,
            Hold::Kept {
                block: head,
                oldest: head - 3
            }
        );
        assert_eq!(
            hold.to_string(),
            format!(
                "the source node proves no block before {}; source block {head} is proven and waits until it is final",
                head - 3
            )
        );
        // The source goes on until the block is final.
        for value in 0..DEPTH {
            stage.write(table, &[(2, 100 + value)]).await;
        }
    };
    tokio::join!(watching, playing);
    let report = synced.expect("synced");
    assert_eq!((report.source_block, report.changes), (head, 1));
    let words = fetch_unverified(
        stage.relayer.target(),
        proxy,
        &[U256::from(1), U256::from(2)],
        stage.relayer.target().head().await.expect("a head"),
    )
    .await
    .expect("a proof");
    assert_eq!(words.values, [U256::from(21), U256::ZERO]);
    let then = fetch_unverified(stage.source.chain(), table, &[], head)
        .await
        .expect("a proof");
    assert_eq!(words.storage_root, then.storage_root);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proof_that_was_kept_of_an_orphan_is_not_sent() {
    // Wide enough that blocks which come fast do not leave the window while one is proven.
    const DEPTH: u64 = 60;
    const WINDOW: u64 = 40;
    let mut stage = Stage::start().await;
    let table = stage.slot_table().await;
    stage.write(table, &[(1, 1)]).await;
    let proxy = migrated(&stage, table).await.proxy;
    let source = stage.source.chain().clone();
    let _mined: serde_json::Value = source
        .request("anvil_mine", (U64::from(2 * DEPTH),))
        .await
        .expect("mined");
    let snapshot: String = stage
        .source
        .chain()
        .request("evm_snapshot", ())
        .await
        .expect("kept");
    stage.write(table, &[(3, 3)]).await;
    let full_node = forgetful(&stage, WINDOW).await;
    stage.relayer.source = over(Side::Source, &[&full_node.url], Duration::from_secs(20)).await;
    stage.relayer.finality = smartsync_chain::Finality::Depth(DEPTH);
    let watched = options(&[(table, Policy::default())]);
    let (tell, mut told) = tokio::sync::mpsc::unbounded_channel();
    let mut synced = None;
    let watching = watch_until(&stage.relayer, &watched, |event| {
        match event {
            WatchEvent::Held(_, Hold::Kept { block, .. }) => tell.send(*block).unwrap_or_default(),
            WatchEvent::Synced(report) => synced = Some((**report).clone()),
            WatchEvent::Failed(_, error, _) => panic!("{error}"),
            _ => {}
        }
        synced.is_some()
    });
    let playing = async {
        let orphan = told.recv().await.expect("it waits");
        let back: bool = stage
            .source
            .chain()
            .request("evm_revert", (&snapshot,))
            .await
            .expect("an answer");
        assert!(back);
        // Another way, on until what is kept of it is final.
        for value in 0.. {
            stage.write(table, &[(4, 100 + value)]).await;
            assert!(value < 5_000, "the orphan {orphan} is waited for");
        }
    };
    tokio::select! {
        _ = watching => {}
        () = playing => unreachable!("it goes on"),
    }
    let report = synced.expect("synced");
    let target = stage.relayer.target();
    let head = target.head().await.expect("a head");
    let words = fetch_unverified(target, proxy, &[U256::from(3)], head)
        .await
        .expect("a proof");
    assert_eq!(words.values, [U256::ZERO], "the orphan wrote it");
    let then = fetch_unverified(stage.source.chain(), table, &[], report.source_block)
        .await
        .expect("a proof");
    assert_eq!(words.storage_root, then.storage_root);
}

#[tokio::test(flavor = "multi_thread")]
async fn nodes_of_two_chains_among_the_settings_end_the_start_whichever_answers_first() {
    let stage = Stage::start().await;
    let urls = [stage.chains[0].url(), stage.chains[1].url()];
    let ids = [stage.source.chain(), stage.relayer.target()].map(Chain::chain_id);
    for urls in [[&urls[0], &urls[1]], [&urls[1], &urls[0]]] {
        let endpoints = Endpoints {
            urls: urls.map(|url| address(url)).to_vec(),
            ..Endpoints::default()
        };
        let error = Chain::connect(Side::Source, endpoints)
            .await
            .expect_err("two chains");
        assert!(
            matches!(error, smartsync_chain::Error::Disagreement { .. }),
            "{error}"
        );
        for id in ids {
            assert!(error.to_string().contains(&id.to_string()), "{error}");
        }
    }
}
