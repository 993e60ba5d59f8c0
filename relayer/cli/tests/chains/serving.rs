use std::{collections::BTreeMap, net::SocketAddr, time::Duration};

use alloy::transports::http::reqwest;
use alloy_primitives::{Address, Bytes, U256, utils::format_ether};
use serde_json::Value;
use smartsync_chain::{Chain, Endpoints, Side};
use smartsync_service::{Alone, Policy, ServiceOptions, WatchEvent, run};
use tokio::sync::{Notify, mpsc, oneshot};

use crate::{
    stage::Stage,
    watched::{cost, migrated, options},
};

struct Answer {
    status: u16,
    headers: reqwest::header::HeaderMap,
    body: String,
}

async fn get(address: SocketAddr, path: &str) -> Answer {
    let answer = reqwest::get(format!("http://{address}{path}"))
        .await
        .expect("an answer");
    Answer {
        status: answer.status().as_u16(),
        headers: answer.headers().clone(),
        body: answer.text().await.expect("text"),
    }
}

/// Samples of the text format, by name and labels.
fn samples(text: &str) -> BTreeMap<String, f64> {
    assert!(text.ends_with("# EOF\n"));
    text.lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| {
            let (name, value) = line.rsplit_once(' ').expect("name and value");
            (name.to_owned(), value.parse().expect("a number"))
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_served_is_what_happened_on_chain() {
    let stage = Stage::start().await;
    let table = stage.slot_table().await;
    stage.write(table, &[(1, 1)]).await;
    migrated(&stage, table).await;
    stage.write(table, &[(1, 2), (2, 2), (3, 3)]).await;

    let mut watched = options(&[
        (table, Policy::default()),
        (proxy_less(), Policy::default()),
    ]);
    watched.mirrors[0].name = "the \"table\"".to_owned();
    watched.mirrors[1].name = "missing".to_owned();
    let service = ServiceOptions {
        listen: Some(([127, 0, 0, 1], 0).into()),
        unready_after: Duration::from_secs(3_600),
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
            if let WatchEvent::Synced(report) = event {
                tell.send(report).unwrap_or_default();
            }
            Ok(())
        },
    );
    let looking = async {
        let address = listens.await.expect("it listens");
        let report = told.recv().await.expect("a sync");
        // The round in which it was synced is over when the next one is counted.
        let rounds =
            async || samples(&get(address, "/metrics").await.body)["smartsync_rounds_total"];
        let before = rounds().await;
        while rounds().await < before + 2.0 {}

        let metrics = get(address, "/metrics").await;
        let content_type = metrics.headers["content-type"].to_str().expect("text");
        assert!(
            content_type.starts_with("application/openmetrics-text"),
            "{content_type}"
        );
        let samples = samples(&metrics.body);
        let tx_hash = report.tx_hash.expect("a transaction");
        let (gas, fee) = cost(&stage, tx_hash).await;
        let transaction: Value = stage
            .relayer
            .target()
            .request("eth_getTransactionByHash", (tx_hash,))
            .await
            .expect("a transaction");
        let calldata: Bytes = serde_json::from_value(transaction["input"].clone()).expect("input");
        let wallet = stage.relayer.submitter.address().expect("a wallet");
        let balance = stage
            .relayer
            .target()
            .balance(wallet)
            .await
            .expect("a balance");
        let ether = |wei: U256| format_ether(wei).parse::<f64>().expect("a number");
        let head = stage.source.chain().head().await.expect("a head");
        let label = "{mirror=\"the \\\"table\\\"\"}";
        let outcome = |name: &str| {
            format!("smartsync_syncs_total{{mirror=\"the \\\"table\\\"\",outcome=\"{name}\"}}")
        };
        for (name, expected) in [
            (format!("smartsync_mirror_gas_total{label}"), gas as f64),
            (
                format!("smartsync_mirror_fees_ether_total{label}"),
                ether(fee),
            ),
            (
                format!("smartsync_mirror_calldata_bytes_total{label}"),
                calldata.len() as f64,
            ),
            (format!("smartsync_mirror_changes_total{label}"), 3.0),
            (outcome("synced"), 1.0),
            (outcome("refreshed"), 0.0),
            (outcome("failed"), 0.0),
            (format!("smartsync_mirror_source_block{label}"), head as f64),
            (format!("smartsync_mirror_lag_blocks{label}"), 0.0),
            (format!("smartsync_mirror_readable{label}"), 1.0),
            (format!("smartsync_mirror_failing_seconds{label}"), 0.0),
            ("smartsync_wallet_balance_ether".to_owned(), ether(balance)),
            ("smartsync_source_head_block".to_owned(), head as f64),
            ("smartsync_root_source_block".to_owned(), head as f64),
            ("smartsync_reachable".to_owned(), 1.0),
            ("smartsync_ready".to_owned(), 1.0),
        ] {
            assert_eq!(
                samples.get(&name),
                Some(&expected),
                "{name}\n{}",
                metrics.body
            );
        }
        let failed = &samples["smartsync_syncs_total{mirror=\"missing\",outcome=\"failed\"}"];
        assert!(*failed >= 1.0);
        let failing = &samples["smartsync_mirror_failing_seconds{mirror=\"missing\"}"];
        assert!(*failing >= 1.0);

        let status: Value =
            serde_json::from_str(&get(address, "/api/status").await.body).expect("JSON");
        let mirror = &status["mirrors"][0];
        assert_eq!(mirror["condition"], "current");
        assert_eq!(mirror["upToDate"], true);
        assert_eq!(mirror["steps"][2]["gas"], gas);
        assert_eq!(mirror["steps"][2]["txHash"], tx_hash.to_string());
        assert_eq!(status["mirrors"][1]["condition"], "failing");

        for (path, kind) in [
            ("/", "text/html"),
            ("/style.css", "text/css"),
            ("/script.js", "text/javascript"),
            ("/icon.svg", "image/svg+xml"),
            ("/healthz", "text/plain"),
            ("/readyz", "text/plain"),
        ] {
            let answer = get(address, path).await;
            assert_eq!(answer.status, 200, "{path}: {}", answer.body);
            let content_type = answer.headers["content-type"].to_str().expect("text");
            assert!(content_type.starts_with(kind), "{path}: {content_type}");
            let policy = answer.headers["content-security-policy"]
                .to_str()
                .expect("text");
            assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"));
        }
        assert_eq!(get(address, "/nothing").await.status, 404);
        enough.notify_one();
    };
    let (ran, ()) = tokio::join!(running, looking);
    ran.expect("ended well");
}

/// An account without a mirror.
fn proxy_less() -> Address {
    Address::repeat_byte(0x77)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_whose_mirror_fails_or_whose_node_is_gone_is_not_ready_and_says_why() {
    let stage = Stage::start().await;
    // Its node is asked once, not until it may have come back.
    let mut endpoints = Endpoints::try_from(&stage.chains[0].url()).expect("a node");
    endpoints.rounds = 1;
    let source = Chain::connect(Side::Source, &endpoints)
        .await
        .expect("connected");
    let relayer = stage.relayer_over(source, stage.relayer.submitter.clone());
    let [source, _target] = stage.chains;
    let watched = options(&[(proxy_less(), Policy::default())]);
    let service = ServiceOptions {
        listen: Some(([127, 0, 0, 1], 0).into()),
        unready_after: Duration::ZERO,
        ..ServiceOptions::default()
    };
    let (enough, (tell, mut told)) = (Notify::new(), mpsc::unbounded_channel());
    let (listening, listens) = oneshot::channel();
    let alone = Alone::new();
    let running = run(
        &relayer,
        &alone,
        &watched,
        &service,
        enough.notified(),
        |address| listening.send(address).unwrap_or_default(),
        |event| {
            tell.send(event).unwrap_or_default();
            Ok(())
        },
    );
    let looking = async {
        let address = listens.await.expect("it listens");
        let event = told.recv().await.expect("an event");
        assert!(matches!(event, WatchEvent::Failed(..)), "{event:?}");
        let answer = get(address, "/readyz").await;
        assert_eq!(answer.status, 503);
        assert!(answer.body.contains("has no mirror"), "{}", answer.body);

        source.stop().await;
        loop {
            if let WatchEvent::Unreachable(error, _) = told.recv().await.expect("an event") {
                assert!(error.to_string().starts_with("source node"), "{error}");
                break;
            }
        }
        let answer = get(address, "/readyz").await;
        assert_eq!(answer.status, 503);
        assert!(answer.body.contains("source node"), "{}", answer.body);
        assert_eq!(get(address, "/healthz").await.status, 200);
        let body = get(address, "/metrics").await.body;
        let samples = samples(&body);
        assert_eq!(
            (samples["smartsync_ready"], samples["smartsync_reachable"]),
            (0.0, 0.0)
        );
        let errors: f64 = samples
            .iter()
            .filter(|(name, _)| {
                name.starts_with("smartsync_rpc_errors_total{side=\"source\"")
                    && name.contains("kind=\"transport\"")
            })
            .map(|(_, errors)| errors)
            .sum();
        assert!(errors >= 1.0, "{body}");
        enough.notify_one();
    };
    let (ran, ()) = tokio::join!(running, looking);
    ran.expect("ended well");
}
