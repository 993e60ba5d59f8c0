//! Feeds and witnesses by the relayer: its commands, its watch, its web server.

use std::{path::PathBuf, process::Stdio, time::Duration};

use alloy_primitives::{Address, U256};
use alloy_sol_types::SolValue;
use devchain::{Config, DevChain, Kind};
use serde_json::{Value, json};
use smartsync_abi::IFeed;
use smartsync_tests::{ExchangePair, Oracle, PRIVATE_KEYS, ProvenConsumer};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
    time::Instant,
};

use crate::relayed::Relayed;

/// A deployment with a prover, and a rate on the source; the rate is 2,000.
struct Served {
    relayed: Relayed,
    oracle: Address,
    _source: DevChain,
}

impl Served {
    async fn start() -> Self {
        let source = DevChain::spawn(Config::new(Kind::Evm)).await.unwrap();
        let mut relayed = Relayed::from(&source.url()).await;
        let deployed = relayed.run(&["deploy", "--prover"]).await;
        assert_eq!(deployed["deployed"], json!(["runner", "prover", "feeds"]));
        relayed.deployment = deployed;
        let rate = U256::from(2_000).abi_encode();
        let oracle = relayed
            .source
            .deploy(&Oracle::BYTECODE, rate)
            .await
            .unwrap();
        Self {
            relayed,
            oracle,
            _source: source,
        }
    }

    async fn create(&self, description: &str) -> Value {
        let oracle = self.oracle.to_string();
        let create = [
            "feed",
            "create",
            &oracle,
            "rate()(uint256)",
            "--decimals",
            "3",
            "--description",
            description,
        ];
        self.relayed.run(&create).await
    }

    async fn set(&self, rate: u64) {
        let set = Oracle::setCall {
            rate_: U256::from(rate),
        };
        self.relayed.source.send(self.oracle, set).await.unwrap();
    }

    fn address(&self, name: &str) -> Address {
        address(&self.relayed.deployment[name])
    }

    /// A consumer of proven calls about a pair on the source.
    async fn consumer(&self, pair: Address) -> Address {
        let root_source = smartsync_abi::IProver::rootSourceCall {};
        let prover = self.address("prover");
        let target = &self.relayed.target;
        let root_source = target.view(prover, root_source).await.unwrap();
        let arguments = (prover, root_source, pair).abi_encode_params();
        let consumer = target.deploy(&ProvenConsumer::BYTECODE, arguments).await;
        consumer.unwrap()
    }

    /// A pair with both assets, and what it pays for one ether of asset 0.
    async fn pair(&self) -> (Address, U256) {
        let source = &self.relayed.source;
        let name = "a pair".to_owned().abi_encode();
        let pair = source.deploy(&ExchangePair::BYTECODE, name).await.unwrap();
        for (asset, amount) in [(0, 500_u64), (1, 800)] {
            let deposit = ExchangePair::depositCall {
                asset,
                amount: ether(amount),
            };
            source.send(pair, deposit).await.unwrap();
        }
        let liquidity = ExchangePair::addLiquidityCall {
            amount0: ether(500),
            maximum1: ether(800),
        };
        source.send(pair, liquidity).await.unwrap();
        let quote = ExchangePair::quoteCall {
            assetIn: 0,
            amountIn: ether(1),
        };
        let price = source.view(pair, quote).await.unwrap();
        assert!(price > U256::ZERO);
        (pair, price)
    }
}

fn ether(amount: u64) -> U256 {
    U256::from(amount) * U256::from(10).pow(U256::from(18))
}

fn address(value: &Value) -> Address {
    serde_json::from_value(value.clone()).unwrap_or_else(|error| panic!("{error}: {value}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_is_created_updated_and_read_from_the_command_line() {
    let served = Served::start().await;
    let created = served.create("rate / test").await;
    assert_eq!(
        (&created["created"], &created["answer"]),
        (&json!(true), &json!(null))
    );
    assert_eq!(created["description"], "rate / test");
    let feed = address(&created["feed"]);
    let again = served.create("rate / test").await;
    assert_eq!(
        (&again["created"], address(&again["feed"])),
        (&json!(false), feed)
    );
    assert_ne!(address(&served.create("another").await["feed"]), feed);

    let at = feed.to_string();
    for (rate, shown) in [(2_500_u64, "2.500"), (1_999, "1.999")] {
        served.set(rate).await;
        let block = served.relayed.source.block_number().await.unwrap();
        let updated = served.relayed.run(&["feed", "update", &at]).await;
        assert_eq!(
            (&updated["stored"], &updated["sourceBlock"]),
            (&json!(true), &json!(block))
        );
        assert_eq!(updated["answer"], shown);
        let again = served.relayed.run(&["feed", "update", &at]).await;
        assert_eq!(
            (&again["stored"], &again["txHash"], &again["answer"]),
            (&json!(false), &json!(null), &json!(shown))
        );
        let read = served.relayed.run(&["feed", "read", &at]).await;
        assert_eq!(
            (&read["answer"], &read["sourceBlock"]),
            (&json!(shown), &json!(block))
        );
        let latest = served.relayed.target.view(feed, IFeed::latestCall {}).await;
        assert_eq!(latest.unwrap().answer.into_raw(), U256::from(rate));
    }
    // An answer that the question does not allow costs nothing.
    served.set(0).await;
    let refused = served.relayed.output(&["feed", "update", &at]).await;
    assert!(
        refused.stderr.contains("it is zero or negative"),
        "{refused:?}"
    );
    // What is no feed, and answers whose types are not of one word each.
    let nobody = served.oracle.to_string();
    let refused = served.relayed.output(&["feed", "read", &nobody]).await;
    assert!(
        refused.stderr.contains("there is no feed at"),
        "{refused:?}"
    );
    for function in ["rate()", "rate()(uint256[])", "rate()(string)"] {
        let create = ["feed", "create", &nobody, function, "--description", "x"];
        let refused = served.relayed.output(&create).await;
        assert!(refused.stderr.contains("each of one word"), "{refused:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proven_call_is_sent_to_its_consumer() {
    let served = Served::start().await;
    let (pair, price) = served.pair().await;
    let consumer = served.consumer(pair).await;
    // An update of any feed makes the root source know a block.
    let feed = address(&served.create("rate").await["feed"]).to_string();
    served.relayed.run(&["feed", "update", &feed]).await;
    let (pair, to, amount) = (pair.to_string(), consumer.to_string(), ether(1).to_string());
    let call = [
        "call",
        &pair,
        "quote(uint8,uint256)(uint256)",
        "0",
        &amount,
        "--proven",
        "--compare",
        "--send-to",
        &to,
    ];
    let called = served.relayed.run(&call).await;
    assert_eq!(called["comparison"]["equal"], json!(true));
    assert_eq!(address(&called["sent"]["to"]), consumer);
    let kept = served
        .relayed
        .target
        .view(consumer, ProvenConsumer::priceCall {});
    assert_eq!(kept.await, Ok(price));
    // Another question's witness is none of the consumer's.
    let oracle = served.oracle.to_string();
    let other = [
        "call",
        &oracle,
        "rate()(uint256)",
        "--proven",
        "--send-to",
        &to,
    ];
    let refused = served.relayed.output(&other).await;
    assert!(
        refused.stderr.contains("AccountNotWitnessed"),
        "{refused:?}"
    );
}

/// `watch` by a configuration file, and where its web server listens.
pub async fn watch(relayed: &Relayed, config: &str) -> (Child, String) {
    let path = relayed.directory.path().join("watch.toml");
    std::fs::write(&path, config).unwrap();
    let path = path.to_string_lossy().into_owned();
    let mut child = relayed
        .command(&["watch", "--config", &path])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let url = loop {
        let line = lines.next_line().await.unwrap().expect("it goes on");
        if let Some((_, url)) = line.split_once("web page and metrics at ") {
            break url.trim_end_matches('/').to_owned();
        }
    };
    // Read on, so that the log never blocks.
    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
    (child, url)
}

pub async fn get(url: &str) -> String {
    let output = Command::new("curl")
        .args(["-sS", "--max-time", "20", url])
        .output()
        .await
        .unwrap();
    String::from_utf8(output.stdout).unwrap()
}

/// Waits until the status is as wanted.
pub async fn shows(url: &str, wanted: impl Fn(&Value) -> bool) -> Value {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let text = get(&format!("{url}/api/status")).await;
        let status: Value = serde_json::from_str(&text).unwrap();
        if wanted(&status) {
            return status;
        }
        assert!(Instant::now() < deadline, "never shown: {status}");
    }
}

/// What the transactions of the target's blocks after one cost, each with the contract that it is to.
pub async fn fees(target: &smartsync_tests::Chain, after: u64) -> Vec<(Value, U256)> {
    let mut fees = Vec::new();
    for block in after + 1..=target.block_number().await.unwrap() {
        let block = format!("{block:#x}");
        let receipts = target.rpc("eth_getBlockReceipts", json!([block])).await;
        for receipt in receipts.unwrap().as_array().expect("receipts") {
            let fee = wei(&receipt["gasUsed"]) * wei(&receipt["effectiveGasPrice"]);
            fees.push((receipt["to"].clone(), fee));
        }
    }
    fees
}

pub fn wei(value: &Value) -> U256 {
    serde_json::from_value(value.clone()).unwrap_or_else(|error| panic!("{error}: {value}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watched_feed_follows_its_policy_and_the_page_metrics_and_witnesses_are_served() {
    let served = Served::start().await;
    let (pair, price) = served.pair().await;
    let consumer = served.consumer(pair).await;
    let feed = address(&served.create("rate / test").await["feed"]);
    let (source, target) = (&served.relayed.source, &served.relayed.target);
    let config = format!(
        "[source]\nrpc = \"{}\"\n[target]\nrpc = \"{}\"\n[watch]\npoll = \"200ms\"\npace = \"50ms\"\n\
         [service]\nlisten = \"127.0.0.1:0\"\nwitnesses = true\n\
         [[feed]]\nname = \"rate\"\naddress = \"{feed}\"\ndeviation = 100\n",
        source.url(),
        target.url()
    );
    let (mut watch, url) = watch(&served.relayed, &config).await;
    let answers = async |wanted: u64| {
        let deadline = Instant::now() + Duration::from_secs(60);
        loop {
            assert!(Instant::now() < deadline, "{wanted} never arrives");
            let latest = target.view(feed, IFeed::latestCall {}).await;
            if latest.is_ok_and(|latest| latest.answer.into_raw() == U256::from(wanted)) {
                return;
            }
            tokio::task::yield_now().await;
        }
    };
    answers(2_000).await;
    // Half a percent is not worth it, one is.
    served.set(2_010).await;
    let held = async || {
        let status: Value = serde_json::from_str(&get(&format!("{url}/api/status")).await).unwrap();
        status["feeds"][0].clone()
    };
    let deadline = Instant::now() + Duration::from_secs(60);
    let view = loop {
        assert!(Instant::now() < deadline, "it is never held");
        let view = held().await;
        if view["condition"] == "held" {
            break view;
        }
    };
    assert_eq!(
        (&view["name"], &view["answer"]),
        (&json!("rate"), &json!("2.000"))
    );
    assert!(
        view["hold"]
            .as_str()
            .is_some_and(|hold| hold.contains("100 basis points"))
    );
    served.set(2_020).await;
    answers(2_020).await;
    let metrics = get(&format!("{url}/metrics")).await;
    for line in [
        "smartsync_feed_updates_total{feed=\"rate\",outcome=\"updated\"} 2",
        "smartsync_feed_failing_seconds{feed=\"rate\"} 0.0",
    ] {
        // The second update is counted when its round is over.
        let deadline = Instant::now() + Duration::from_secs(60);
        let mut metrics = metrics.clone();
        while !metrics.contains(line) {
            assert!(Instant::now() < deadline, "no {line} in {metrics}");
            metrics = get(&format!("{url}/metrics")).await;
        }
    }
    assert!(get(&url).await.contains("id=\"feeds\""));

    // A witness for a transaction of somebody's own.
    let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("npm/proven.mjs");
    let output = Command::new("node")
        .arg(script)
        .args([&url, target.url(), &consumer.to_string(), &pair.to_string()])
        .env("PRIVATE_KEY", PRIVATE_KEYS[1])
        .output()
        .await
        .unwrap();
    assert_eq!(
        String::from_utf8_lossy(&output.stdout).trim(),
        price.to_string(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let kept = target.view(consumer, ProvenConsumer::priceCall {}).await;
    assert_eq!(kept, Ok(price));
    watch.start_kill().unwrap();
    watch.wait().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_feed_costs_counts_in_its_limit_and_the_common_one_also_after_a_restart() {
    let served = Served::start().await;
    let feed = address(&served.create("rate / test").await["feed"]);
    let target = &served.relayed.target;
    let config = |limit: &str| {
        format!(
            "[source]\nrpc = \"{}\"\n[target]\nrpc = \"{}\"\n[watch]\npoll = \"200ms\"\npace = \"50ms\"\nspending_limit = \"1 ether\"\n\
             [service]\nlisten = \"127.0.0.1:0\"\n[[feed]]\nname = \"rate\"\naddress = \"{feed}\"\nspending_limit = \"{limit}\"\n",
            served.relayed.source.url(),
            target.url()
        )
    };
    let before = target.block_number().await.unwrap();
    let (mut poor, url) = watch(&served.relayed, &config("1000 wei")).await;
    let held = |status: &Value| {
        let hold = status["feeds"][0]["hold"].as_str();
        hold.is_some_and(|hold| hold.ends_with("more would exceed 1000"))
    };
    shows(&url, held).await;
    poor.start_kill().unwrap();
    poor.wait().await.unwrap();
    assert_eq!(
        target.block_number().await.unwrap(),
        before,
        "nothing is sent"
    );

    let (mut rich, url) = watch(&served.relayed, &config("0.5 ether")).await;
    let updated = |status: &Value| status["feeds"][0]["updated"] == json!(1);
    let status = shows(&url, updated).await;
    rich.start_kill().unwrap();
    rich.wait().await.unwrap();
    // All that was sent is for the feed: the header, and the update.
    let sent = fees(target, before).await;
    let all: U256 = sent.iter().map(|(_, fee)| fee).sum();
    let updates = sent.iter().filter(|(to, _)| *to == json!(feed));
    let update: U256 = updates.map(|(_, fee)| fee).sum();
    assert!(!update.is_zero() && all > update);
    assert_eq!(wei(&status["feeds"][0]["spentDay"]), all);
    assert_eq!(wei(&status["wallet"]["spentDay"]), all);

    let (mut again, url) = watch(&served.relayed, &config("0.5 ether")).await;
    let known = |status: &Value| status["feeds"][0]["answer"] == json!("2.000");
    let status = shows(&url, known).await;
    assert_eq!(wei(&status["feeds"][0]["spentDay"]), update);
    assert_eq!(wei(&status["wallet"]["spentDay"]), update);
    again.start_kill().unwrap();
    again.wait().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn no_witness_is_built_unless_the_configuration_says_so_and_wrong_requests_are_refused() {
    let served = Served::start().await;
    let feed = address(&served.create("rate").await["feed"]);
    let config = |witnesses: bool| {
        format!(
            "[source]\nrpc = \"{}\"\n[target]\nrpc = \"{}\"\n[service]\nlisten = \"127.0.0.1:0\"\nwitnesses = {witnesses}\n\
             [[feed]]\naddress = \"{feed}\"\n",
            served.relayed.source.url(),
            served.relayed.target.url()
        )
    };
    let post = async |url: &str, body: &str| {
        let output = Command::new("curl")
            .args(["-sS", "--max-time", "20", "-w", "%{http_code}"])
            .args(["-H", "content-type: application/json", "-d", body])
            .arg(format!("{url}/api/witness"))
            .output()
            .await
            .unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let asked = json!({ "to": served.oracle, "data": "0x" }).to_string();
    let (mut off, url) = watch(&served.relayed, &config(false)).await;
    let answer = post(&url, &asked).await;
    assert!(
        answer.contains("service.witnesses is off") && answer.ends_with("404"),
        "{answer}"
    );
    off.start_kill().unwrap();
    off.wait().await.unwrap();
    let (mut on, url) = watch(&served.relayed, &config(true)).await;
    let unknown = json!({ "to": served.oracle, "data": "0x", "block": 1_000_000 }).to_string();
    for (body, status) in [
        ("{}", "422"),
        ("no JSON", "400"),
        (
            &json!({ "to": served.oracle, "data": "0x", "more": 1 }).to_string(),
            "422",
        ),
        (&unknown, "422"),
    ] {
        let answer = post(&url, body).await;
        assert!(answer.ends_with(status), "{body}: {answer}");
    }
    on.start_kill().unwrap();
    on.wait().await.unwrap();
}
