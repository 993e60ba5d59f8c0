mod guide;
mod keys;

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
fn a_quorum_of_more_nodes_than_there_are_is_refused() {
    let more = LEAST.replacen("[target]", "[target]\nquorum = 2", 1);
    let got = problems(&more);
    let [(_, key, value)] = got.as_slice() else {
        panic!("{got:?}");
    };
    assert_eq!((key.as_str(), value.as_str()), ("target.quorum", "2"));
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
fn every_mistake_is_told_at_once_with_line_and_key() {
    let wrong = r#"finality = "sometimes"
colour = "red"
[source]
rpc = ["ftp://source.example"]
quorums = 2
[watch]
poll = "0s"
spending_limit = 5
[service]
listen = "localhost"
[[mirror]]
name = "a"
address = "5FbDB2315678afecb367f032d93F642f64180aa3"
interval = "soon"
[[mirror]]
name = "b"
min_changes = 0
"#;
    let got = problems(wrong);
    let places: Vec<(usize, &str)> = got
        .iter()
        .map(|(line, key, _)| (*line, key.as_str()))
        .collect();
    assert_eq!(
        places,
        [
            (1, "finality"),
            (1, "target"),
            (2, "colour"),
            (4, "source.rpc"),
            (5, "source.quorums"),
            (7, "watch.poll"),
            (8, "watch.spending_limit"),
            (10, "service.listen"),
            (13, "mirror[0].address"),
            (14, "mirror[0].interval"),
            (15, "mirror[1].address"),
            (17, "mirror[1].min_changes"),
        ]
    );
    let said = parse(wrong).expect_err("wrong").to_string();
    assert!(
        said.contains(
            "watch.toml:14: mirror[0].interval: got \"soon\", expected a time such as \"90s\""
        ),
        "{said}"
    );
    assert!(
        said.contains("watch.toml:2: colour: got an unknown key, expected one of coordination, ")
    );
}

#[test]
fn secrets_are_refused_in_the_file_and_never_shown() {
    for (line, problem) in [
        (
            format!("private_key = \"{KEY}\""),
            "text, which may be the secret itself",
        ),
        (
            "private_key = { env = \"UNSET\" }".to_owned(),
            "the environment variable UNSET, which is not set",
        ),
        (
            "private_key = { env = \"NO_KEY\" }".to_owned(),
            "a reference to something that is no private key",
        ),
        ("keystore = \"key.json\"".to_owned(), "nothing"),
        (
            "private_key = { env = \"PAYING_KEY\" }\nkeystore = \"key.json\"".to_owned(),
            "private_key and keystore",
        ),
        (
            format!("mnemonic = \"{WORDS}\""),
            "text, which may be the secret itself",
        ),
        (
            "mnemonic = { env = \"PAYING_KEY\" }".to_owned(),
            "a reference to something that is no mnemonic",
        ),
        (
            "mnemonic = { env = \"WORDS\" }\nmnemonic_index = -1".to_owned(),
            "key.mnemonic_index: got -1",
        ),
        (
            "ledger = \"first\"".to_owned(),
            "key.ledger: got \"first\", expected a whole number",
        ),
        ("mnemonic_index = 1".to_owned(), "none of them"),
        (String::new(), "none of them"),
    ] {
        let text = format!("{LEAST}[key]\n{line}\n");
        let said = parse(&text).expect_err("no such key").to_string();
        assert!(said.contains(problem), "{said}");
        for secret in [KEY, "0x1234", "junk"] {
            assert!(!said.contains(secret), "{said}");
        }
    }
    let password = LEAST.replace(
        "http://127.0.0.1:8545",
        "https://user:hidden@source.example",
    );
    let said = parse(&password).expect_err("a password").to_string();
    assert!(
        said.contains("a URL with a password") && !said.contains("hidden"),
        "{said}"
    );
}

#[test]
fn two_mirrors_with_one_address_or_name_are_refused() {
    let named = format!(
        "{LEAST}name = \"a\"\n[[mirror]]\nname = \"a\"\naddress = \"0xe7f1725E7734CE288F8367e1Bb143E90bb3F0512\"\n"
    );
    assert_eq!(problems(&named)[0].1, "mirror[1].name");
    let twice =
        format!("{LEAST}[[mirror]]\naddress = \"0x5FbDB2315678afecb367f032d93F642f64180aa3\"\n");
    let keys: Vec<String> = problems(&twice)
        .into_iter()
        .map(|(_, key, _)| key)
        .collect();
    assert_eq!(keys, ["mirror[1].address"]);
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

#[test]
fn what_is_no_toml_is_refused_with_its_line() {
    let got = problems("deployment = \"a\"\n[source\n");
    assert_eq!((got.len(), got[0].0), (1, 2));
    let keys: Vec<String> = problems("").into_iter().map(|(_, key, _)| key).collect();
    assert_eq!(keys, ["mirror", "source", "target"]);
}

/// The problem of a configuration with one more section, as `key: got`.
fn problem_with(section: &str) -> String {
    let got = problems(&format!("{LEAST}{section}\n"));
    let [(_, key, got)] = got.as_slice() else {
        panic!("{section}: {got:?}");
    };
    format!("{key}: {got}")
}

#[test]
fn what_is_wrong_with_notaries_database_and_transactions_is_told_with_its_key() {
    for (section, problem) in [
        (
            "[notary]\nendpoints = \"ws://a.example\"",
            "notary.endpoints: the scheme ws",
        ),
        (
            "[notary]\nendpoints = [\"https://a.example,b.example\"]",
            "notary.endpoints: two URLs in one text",
        ),
        (
            "[notary]\nendpoints = [\"https://u:hidden@a.example\"]",
            "notary.endpoints: a URL with a password in it",
        ),
        (
            "[notary]\nsignature_files = [\"/nowhere/from-a.json\"]",
            "notary.signature_files: /nowhere/from-a.json (No such file or directory (os error 2))",
        ),
        ("[notary]\nquorum = 2", "notary.quorum: an unknown key"),
        (
            "[coordination]\ndatabase = \"postgres://u:hidden@h/d\"",
            "coordination.database: an address with a password in it",
        ),
        (
            "[coordination]\ndatabase = \"mysql\"",
            "coordination.database: not the address of a database",
        ),
        ("[coordination]", "coordination.database: nothing"),
        (
            "[transactions]\nmax_fee_per_gas = 5",
            "transactions.max_fee_per_gas: 5",
        ),
        (
            "[transactions]\nreplace_after = \"0s\"",
            "transactions.replace_after: \"0s\"",
        ),
        (
            "[transactions]\nlow_balance = \"1\"",
            "transactions.low_balance: \"1\"",
        ),
    ] {
        assert_eq!(problem_with(section), problem);
    }
}
