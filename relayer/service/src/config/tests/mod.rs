mod guide;
mod keys;
mod mistakes;

use std::time::Duration;

use alloy_primitives::{U256, address};
use smartsync_chain::{Endpoints, Finality, KeySource, Limits, PrivateUrl};
use smartsync_roots::PushOptions;

use super::*;
use crate::watch::{FeedPolicy, KeepAlive, Policy, Retry, Watched, WatchedFeed};

const KEY: &str = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";

const WORDS: &str = "test test test test test test test test test test test junk";

/// One that no password opens: its checksum is made up.
const KEYSTORE: &str = r#"{"crypto":{"cipher":"aes-128-ctr","cipherparams":{"iv":"83dbcc02d8ccb40e466191a123791e0e"},
"ciphertext":"d172bf743a674da9cdad04534d56926ef8358534d458fffccd4e6ad2fbde479c","kdf":"scrypt","kdfparams":{"dklen":32,
"n":2,"p":1,"r":8,"salt":"ab0c7876052600dd703518d6fc3fe8984592145b591fc8fb5c6d43190334ba19"},
"mac":"0000000000000000000000000000000000000000000000000000000000000000"},"version":3}"#;

fn parse(text: &str) -> Result<Config, ConfigError> {
    let variable = |name: &str| match name {
        "SOURCE_URL" => Some("wss://source.example/secret".to_owned()),
        "PAYING_KEY" => Some(KEY.to_owned()),
        "NO_KEY" => Some("0x1234".to_owned()),
        "NOTARY_URL" => Some("https://notary.example/secret".to_owned()),
        "DATABASE" => Some("postgres://user:hidden@database.example/smartsync".to_owned()),
        "WORDS" => Some(WORDS.to_owned()),
        _ => None,
    };
    Config::parse(
        Path::new("watch.toml"),
        text,
        Path::new("/etc/smartsync"),
        &variable,
    )
}

fn node(url: &str) -> PrivateUrl {
    PrivateUrl::of_node(url).expect("an address")
}

/// Line, key and the beginning of what was got, of each problem.
fn problems(text: &str) -> Vec<(usize, String, String)> {
    parse(text)
        .expect_err("something is wrong")
        .problems
        .into_iter()
        .map(|problem| (problem.line, problem.key, problem.got))
        .collect()
}

const WHOLE: &str = r#"
deployment = "mainnet.json"
finality = "safe"

[source]
rpc = [{ env = "SOURCE_URL" }, "https://second.example"]
quorum = 2

[target]
rpc = "https://target.example"

[parent]
rpc = "https://parent.example"

[key]
private_key = { env = "PAYING_KEY" }

[transactions]
max_fee_per_gas = "0.5 gwei"
replace_after = "30s"
low_balance = "0.1 ether"

[notary]
keys = [{ env = "PAYING_KEY" }]
endpoints = ["https://a.example", { env = "NOTARY_URL" }]

[coordination]
database = { env = "DATABASE" }

[push]
inbox = "0x4Dbd4fc535Ac27206064B68FfCf827b0A60BAB3f"
hashes = 16
min_blocks = 100
max_cost = "0.001 ether"
pusher = "0x5a5C4f3D0F0Efaeed2aEc9B59B67eC62a4666D88"

[watch]
spending_limit = "0.05 ether"
poll = "6s"
pace = "500ms"
retry_first = "2s"
retry_longest = "5m"

[programs]
renew_within = "60d"
max_cost = "0.002 ether"

[service]
listen = "127.0.0.1:9464"
log_format = "json"
unready_after = "20m"
stalled_after = "1h"
witnesses = true

[policy]
interval = "1m"
max_age = "1h"

[[mirror]]
name = "pair"
address = "0x5FbDB2315678afecb367f032d93F642f64180aa3"
min_changes = 5
gas_price_ceiling = "0.2 gwei"
spending_limit = "0.01 ether"

[[mirror]]
address = "0xe7f1725E7734CE288F8367e1Bb143E90bb3F0512"
interval = "10m"

[[feed]]
name = "rate"
address = "0x9fE46736679d2D9a65F0992F2272dE9f3c7fa6e0"
interval = "30s"
deviation = 50
max_age = "2h"
gas_price_ceiling = "0.2 gwei"
spending_limit = "0.003 ether"

[[feed]]
address = "0xCf7Ed3AccA5a467e9e704C703E8D87F634fB0Fc9"
"#;

#[test]
fn a_whole_configuration_is_read_and_mirrors_take_over_the_common_policy() {
    let config = parse(WHOLE).expect("a configuration");
    let pair = address!("5FbDB2315678afecb367f032d93F642f64180aa3");
    let other = address!("e7f1725E7734CE288F8367e1Bb143E90bb3F0512");
    let milli = U256::from(1_000_000_000_000_000_u64);
    let expected = Config {
        source: Endpoints {
            urls: vec![
                node("wss://source.example/secret"),
                node("https://second.example"),
            ],
            quorum: 2,
            ..Endpoints::default()
        },
        target: Endpoints {
            urls: vec![node("https://target.example")],
            quorum: 1,
            ..Endpoints::default()
        },
        parent: Some(Endpoints {
            urls: vec![node("https://parent.example")],
            quorum: 1,
            ..Endpoints::default()
        }),
        deployment: "/etc/smartsync/mainnet.json".into(),
        key: Some(KeySource::Text {
            option: "key.private_key",
            key: KEY.into(),
        }),
        limits: Limits {
            max_fee_per_gas: Some(500_000_000),
            replace_after: Duration::from_secs(30),
            low_balance: milli * U256::from(100),
            ..Limits::default()
        },
        notary: NotarySigners {
            keys: vec![KeySource::Text {
                option: "notary.keys",
                key: KEY.into(),
            }],
            endpoints: ["https://a.example", "https://notary.example/secret"]
                .map(node)
                .to_vec(),
            files: Vec::new(),
        },
        database: Some("postgres://user:hidden@database.example/smartsync".into()),
        push: Some(PushOptions {
            inbox: address!("4Dbd4fc535Ac27206064B68FfCf827b0A60BAB3f"),
            hashes: 16,
            min_blocks: 100,
            max_cost: milli,
            pusher: Some(address!("5a5C4f3D0F0Efaeed2aEc9B59B67eC62a4666D88")),
        }),
        finality: Finality::Safe,
        mirrors: vec![
            Watched {
                name: "pair".to_owned(),
                address: pair,
                policy: Policy {
                    interval: Duration::from_secs(60),
                    min_changes: 5,
                    max_age: Some(Duration::from_secs(3_600)),
                    gas_price_ceiling: Some(U256::from(200_000_000)),
                    spending_limit: Some(milli * U256::from(10)),
                },
                reads: Vec::new(),
                members: Vec::new(),
            },
            Watched {
                name: other.to_string(),
                address: other,
                policy: Policy {
                    interval: Duration::from_secs(600),
                    min_changes: 1,
                    max_age: Some(Duration::from_secs(3_600)),
                    gas_price_ceiling: None,
                    spending_limit: None,
                },
                reads: Vec::new(),
                members: Vec::new(),
            },
        ],
        feeds: vec![
            WatchedFeed {
                name: "rate".to_owned(),
                address: address!("9fE46736679d2D9a65F0992F2272dE9f3c7fa6e0"),
                policy: FeedPolicy {
                    interval: Duration::from_secs(30),
                    deviation: 50,
                    max_age: Some(Duration::from_secs(7_200)),
                    gas_price_ceiling: Some(U256::from(200_000_000)),
                    spending_limit: Some(milli * U256::from(3)),
                },
            },
            WatchedFeed {
                name: "0xCf7Ed3AccA5a467e9e704C703E8D87F634fB0Fc9".to_owned(),
                address: address!("Cf7Ed3AccA5a467e9e704C703E8D87F634fB0Fc9"),
                policy: FeedPolicy::default(),
            },
        ],
        witnesses: true,
        spending_limit: Some(milli * U256::from(50)),
        poll: Duration::from_secs(6),
        pace: Duration::from_millis(500),
        retry: Retry {
            first: Duration::from_secs(2),
            longest: Duration::from_secs(300),
        },
        keep_alive: KeepAlive {
            within: Duration::from_secs(60 * 86_400),
            max_cost: Some(milli * U256::from(2)),
        },
        listen: Some(([127, 0, 0, 1], 9_464).into()),
        unready_after: Duration::from_secs(1_200),
        stalled_after: Duration::from_secs(3_600),
        log_format: Some(LogFormat::Json),
    };
    assert_eq!(config, expected);
    // What is secret does not show in a log.
    let shown = format!("{config:?}");
    for secret in ["source.example/secret", "hidden", KEY] {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
}

const LEAST: &str = r#"
[source]
rpc = "http://127.0.0.1:8545"
[target]
rpc = "http://127.0.0.1:8547"
[[mirror]]
address = "0x5FbDB2315678afecb367f032d93F642f64180aa3"
"#;

#[test]
fn the_least_configuration_waits_for_finalized_blocks_and_syncs_each_change() {
    let config = parse(LEAST).expect("a configuration");
    assert_eq!(config.finality, Finality::Finalized);
    assert_eq!(
        config.deployment,
        Path::new("/etc/smartsync/deployment.json")
    );
    assert_eq!(config.mirrors[0].policy, Policy::default());
    assert_eq!(config.listen, None);
    let deep = parse(&format!("finality = 12\n{LEAST}")).expect("a configuration");
    assert_eq!(deep.finality, Finality::Depth(12));
}

#[test]
fn a_push_needs_an_inbox_and_its_numbers_have_bounds() {
    let pushing =
        |lines: &str| LEAST.replacen("[[mirror]]", &format!("[push]\n{lines}\n[[mirror]]"), 1);
    let inbox = "inbox = \"0x4Dbd4fc535Ac27206064B68FfCf827b0A60BAB3f\"";
    let config = parse(&pushing(inbox)).expect("a configuration");
    let address = address!("4Dbd4fc535Ac27206064B68FfCf827b0A60BAB3f");
    assert_eq!(config.push, Some(PushOptions::new(address)));
    for (lines, key) in [
        ("hashes = 1", "push.inbox"),
        (&format!("{inbox}\nhashes = 0"), "push.hashes"),
        (&format!("{inbox}\nhashes = 257"), "push.hashes"),
        (&format!("{inbox}\nmin_blocks = 0"), "push.min_blocks"),
        (&format!("{inbox}\nmax_cost = 5"), "push.max_cost"),
        (&format!("{inbox}\npusher = \"0x5a\""), "push.pusher"),
    ] {
        let got = problems(&pushing(lines));
        assert!(
            matches!(got.as_slice(), [(_, named, _)] if named == key),
            "{lines}: {got:?}"
        );
    }
}

#[test]
fn feeds_need_no_mirror_and_a_wrong_one_is_told() {
    let chains = "[source]\nrpc = \"http://a.example\"\n[target]\nrpc = \"http://b.example\"\n";
    let feed = "[[feed]]\naddress = \"0x9fE46736679d2D9a65F0992F2272dE9f3c7fa6e0\"\n";
    let config = parse(&format!("{chains}{feed}")).expect("a configuration");
    assert_eq!((config.mirrors.len(), config.feeds.len()), (0, 1));
    for (more, key) in [
        (feed, "feed[1].address"),
        ("deviation = -1\n", "feed[0].deviation"),
        ("max_age = \"soon\"\n", "feed[0].max_age"),
        ("name = \" \"\n", "feed[0].name"),
        ("min_changes = 3\n", "feed[0].min_changes"),
        ("[service]\nwitnesses = \"yes\"\n", "service.witnesses"),
    ] {
        let got = problems(&format!("{chains}{feed}{more}"));
        assert_eq!(got.len(), 1, "{got:?}");
        assert_eq!(got[0].1, key);
    }
}
