//! Every command with input that is wrong: one line that says what, an exit code that is not 0, nothing on stdout.

use std::{net::TcpListener, path::PathBuf};

use alloy_primitives::Address;
use futures::{StreamExt, stream};

use crate::{
    command::{output, smartsync},
    stage::{Stage, key},
};

const CONTRACT: &str = "0x5FbDB2315678afecb367f032d93F642f64180aa3";
/// Of a key that no password opens: its checksum is made up.
const KEYSTORE: &str = r#"{"crypto":{"cipher":"aes-128-ctr","cipherparams":{"iv":"83dbcc02d8ccb40e466191a123791e0e"},
"ciphertext":"d172bf743a674da9cdad04534d56926ef8358534d458fffccd4e6ad2fbde479c","kdf":"scrypt","kdfparams":{"dklen":32,
"n":2,"p":1,"r":8,"salt":"ab0c7876052600dd703518d6fc3fe8984592145b591fc8fb5c6d43190334ba19"},
"mac":"0000000000000000000000000000000000000000000000000000000000000000"},
"id":"3198bc9c-6672-5ab3-d995-4942343ae5b6","version":3}"#;

/// Arguments, separated by blanks, with the exit code and what the line must say.
type Row = (String, i32, &'static str);

/// Places that rows name: `{source}` and so on.
struct Places {
    names: Vec<(&'static str, String)>,
}

impl Places {
    fn fill(&self, text: &str) -> String {
        self.names
            .iter()
            .fold(text.to_owned(), |text, (name, value)| {
                text.replace(&format!("{{{name}}}"), value)
            })
    }

    /// Runs all rows, and says of every one that is not refused as it should be.
    async fn check(&self, rows: &[(&str, i32, &'static str)]) {
        let rows: Vec<Row> = rows
            .iter()
            .map(|(arguments, code, clue)| (self.fill(arguments), *code, *clue))
            .collect();
        let wrong: Vec<String> = stream::iter(rows)
            .map(refused)
            .buffer_unordered(8)
            .filter_map(|problem| async { problem })
            .collect()
            .await;
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}

/// What is wrong with how a command is refused.
async fn refused((arguments, code, clue): Row) -> Option<String> {
    let words: Vec<&str> = arguments.split_whitespace().collect();
    let (got, stdout, stderr) = output(&words).await;
    let lines = stderr.lines().count();
    let good = got == Some(code)
        && stdout.is_empty()
        && lines == 1
        && stderr.contains(clue)
        && !stderr.contains("panicked");
    (!good).then(|| {
        format!("`{arguments}`: code {got:?} for {code}, lacks `{clue}`?\n{stdout}{stderr}")
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn arguments_that_cannot_be_are_refused_before_any_node_is_asked() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| -> PathBuf { folder.path().join(name) };
    for (name, content) in [
        ("keystore", KEYSTORE),
        ("broken", "{"),
        ("password", "wrong\n"),
        ("words", "not words at all\n"),
        (
            "toml",
            "colour = \"red\"\n[source]\nrpc = \"http://127.0.0.1:1\"\n[target]\nrpc = \"http://127.0.0.1:1\"\n\
                  [[mirror]]\naddress = \"0x5FbDB2315678afecb367f032d93F642f64180aa3\"\n",
        ),
    ] {
        std::fs::write(path(name), content).expect("written");
    }
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = taken.local_addr().expect("an address").port();
    let places = Places {
        names: vec![
            ("folder", folder.path().to_str().expect("text").to_owned()),
            ("port", port.to_string()),
            // A node that must not be asked: nobody answers there.
            (
                "nodes",
                "--source-rpc http://127.0.0.1:1 --target-rpc http://127.0.0.1:1".to_owned(),
            ),
            ("key", format!("--private-key {}", key(0).to_bytes())),
            ("contract", CONTRACT.to_owned()),
            ("set", format!("--new-signer {CONTRACT} --new-threshold 1")),
        ],
    };
    places
        .check(&[
            // What is missing.
            ("", 2, "a command is missing: smartsync [OPTIONS] <COMMAND>"),
            ("status", 1, "--source-rpc is needed (or the environment variable SMARTSYNC_SOURCE_RPC)"),
            ("status --source-rpc http://127.0.0.1:1", 1, "--target-rpc is needed"),
            ("diff {contract}", 1, "--source-rpc is needed"),
            ("doctor", 1, "--source-rpc is needed"),
            ("sync {contract}", 1, "--source-rpc is needed"),
            ("watch {contract}", 1, "--source-rpc is needed"),
            ("watch", 2, "<SOURCE>"),
            ("migrate", 2, "<SOURCE>"),
            ("sync", 2, "<SOURCE|PROXY>"),
            ("diff", 2, "<SOURCE|PROXY>"),
            ("push", 2, "--inbox"),
            ("push --inbox {contract}", 1, "a key that pays on the target chain is needed"),
            ("push --inbox 0x12", 2, "--inbox"),
            ("push --inbox {contract} --hashes 0", 2, "0 is not in 1..=256"),
            ("push --inbox {contract} --hashes 257", 2, "257 is not in 1..=256"),
            ("devchain", 2, "--kind"),
            ("config", 2, "a command is missing: smartsync config "),
            ("config check", 2, "<FILE>"),
            ("proof", 2, "a command is missing: smartsync proof "),
            ("proof build", 2, "--pre"),
            ("proof verify", 2, "--pre"),
            ("completions", 2, "<SHELL>"),
            ("notary", 2, "a command is missing: smartsync notary "),
            ("notary serve", 2, "--journal"),
            ("notary serve --journal {folder}/journal", 1, "--source-rpc is needed"),
            ("notary sign-rotation", 2, "--new-signer"),
            ("notary rotate", 2, "--new-signer"),
            ("deploy {nodes}", 1, "a key that pays on the target chain is needed: --keystore, "),
            ("migrate {contract} {nodes}", 1, "a key that pays on the target chain is needed"),
            ("notary sign-rotation {set} --notary {contract}", 1, "a key that signs for the notary is needed: --signer-keystore, "),
            ("notary serve {nodes} --journal {folder}/journal", 1, "a key that signs for the notary is needed"),
            ("deploy {nodes} --keystore {folder}/keystore", 2, "--password-file"),
            // What is no address, number, word or URL.
            ("frobnicate", 2, "frobnicate"),
            ("status --frobnicate", 2, "--frobnicate"),
            ("migrate 0x1234", 2, "0x1234"),
            ("sync name.eth", 2, "name.eth"),
            // One letter has another case, and in lower case there is no checksum.
            ("sync 0x5fbDB2315678afecb367f032d93F642f64180aa3", 2, "its checksum (EIP-55) is wrong"),
            ("sync 0x5fbdb2315678afecb367f032d93f642f64180aa3", 1, "--source-rpc is needed"),
            ("deploy --signer {contract},0x5fbDB2315678afecb367f032d93F642f64180aa3", 2, "its checksum (EIP-55) is wrong"),
            ("deploy --member notary,0x5fbDB2315678afecb367f032d93F642f64180aa3", 2, "its checksum (EIP-55) is wrong"),
            ("call {contract} balanceOf(address) 0x5fbDB2315678afecb367f032d93F642f64180aa3", 1, "its checksum (EIP-55) is wrong"),
            ("call {contract} balanceOf(address) 0x5fbdb2315678afecb367f032d93f642f64180aa3", 1, "--source-rpc is needed"),
            ("deploy --parent-prover {contract} --view latest() --view-contract 0x5fbDB2315678afecb367f032d93F642f64180aa3", 2, "its checksum (EIP-55) is wrong"),
            ("feed read 0x5fbDB2315678afecb367f032d93F642f64180aa3", 2, "its checksum (EIP-55) is wrong"),
            ("diff 0x1234", 2, "0x1234"),
            ("watch 0x1234", 2, "0x1234"),
            ("doctor 0x1234", 2, "0x1234"),
            ("deploy --signer 0x1234", 2, "0x1234"),
            ("deploy --root-source oracle", 2, "oracle"),
            ("deploy {nodes} {key} --activation-value much", 1, "--activation-value: "),
            ("notary rotate --new-signer 0x1234 --new-threshold 1", 2, "0x1234"),
            ("notary rotate --new-signer {contract} --new-threshold 2", 1, "a threshold of 2"),
            ("sync {contract} --block -1", 2, "-1"),
            ("sync {contract} --finality sometimes", 2, "sometimes"),
            ("sync {contract} --replace-after 0", 2, "--replace-after"),
            ("sync {contract} --max-fee-per-gas cheap", 2, "cheap"),
            ("watch {contract} --every 0", 2, "--every"),
            ("watch {contract} --listen here", 2, "here"),
            ("status --log-format xml", 2, "xml"),
            ("devchain --kind solana", 2, "solana"),
            ("devchain --kind evm --port 70000", 2, "70000"),
            ("completions cmd", 2, "cmd"),
            ("status --source-rpc ftp://a --target-rpc http://127.0.0.1:1", 1, "--source-rpc: address 1 is not a URL of a node: its scheme is ftp, not http, https, ws or wss"),
            ("status --source-rpc http://a,b --target-rpc http://127.0.0.1:1", 1, "--source-rpc: address 1 is not a URL of a node: it is two addresses"),
            ("status --source-rpc http://127.0.0.1:1 --target-rpc nowhere", 1, "--target-rpc: address 1 is not a URL of a node: it does not begin with http://"),
            ("status {nodes} --source-quorum 2", 1, "a quorum of 2 is not between 1 and the number of nodes in --source-rpc, 1"),
            ("status {nodes} --target-quorum 0", 1, "a quorum of 0 is not between 1 and the number of nodes in --target-rpc, 1"),
            ("sync {contract} {nodes} {key} --notary-endpoint ws://a", 1, "--notary-endpoint: address 1 is not a URL of a notary service: its scheme is ws, not http or https"),
            ("sync {contract} {nodes} {key} --notary-key 0x12", 1, "--notary-key is not a private key"),
            // Keys.
            ("deploy {nodes} --private-key 0x12", 1, "--private-key is not a private key"),
            ("deploy {nodes} --mnemonic words", 1, "--mnemonic is not a mnemonic (BIP-39, English): 1 words, not 12"),
            ("deploy {nodes} --mnemonic-file {folder}/words", 1, "/words: not a mnemonic (BIP-39, English): 4 words"),
            ("deploy {nodes} {key} --ledger 0", 2, "--ledger and --private-key both give the key"),
            ("deploy {nodes} --keystore {folder}/none --password-file {folder}/password", 1, "/none: "),
            ("deploy {nodes} --keystore {folder}/keystore --password-file {folder}/none", 1, "/none: "),
            ("deploy {nodes} --keystore {folder}/broken --password-file {folder}/password", 1, "/broken: "),
            ("deploy {nodes} --keystore {folder}/keystore --password-file {folder}/password", 1, "/keystore: the password is wrong, or the keystore damaged"),
            ("notary sign-rotation {set} --signer-keystore {folder}/keystore --signer-password-file {folder}/password", 1, "the password is wrong, or the keystore damaged"),
            // Files.
            ("status {nodes} --deployment {folder}/none", 1, "/none: No such file"),
            ("status {nodes} --deployment {folder}/broken", 1, "/broken: "),
            ("watch --config {folder}/none", 1, "/none: No such file"),
            ("watch --config {folder}", 1, "Is a directory"),
            ("config check {folder}/none", 1, "/none: No such file"),
            ("config check {folder}/toml", 1, "/toml:1: colour: got an unknown key, expected one of "),
            ("watch --config {folder}/toml", 1, "/toml:1: colour: got an unknown key, expected one of "),
            ("config check {folder}/words", 1, "/words:1: got text that is no TOML"),
            ("watch --config {folder}/toml {contract}", 2, "--config"),
            ("watch --check", 2, "--config"),
            ("proof build --pre {folder}/none --post {folder}/none", 1, "/none: No such file"),
            ("proof build --pre {folder}/broken --post {folder}/broken", 1, "/broken"),
            ("proof verify --pre {folder}/none --proof {folder}/none", 1, "/none: No such file"),
            ("man --out {folder}/words", 1, "/words: "),
            ("notary rotate {set} --rotation-file {folder}/broken", 1, "/broken: "),
            // A port that is taken.
            ("devchain --kind evm --port {port}", 1, "dev chain: "),
        ])
        .await;
}

#[tokio::test]
async fn a_log_filter_that_is_none_is_told_and_the_command_goes_on() {
    let mut command = smartsync(&["completions", "bash"]);
    let output = command.env("RUST_LOG", "smartsync=loud").output();
    let output = output.await.expect("it runs");
    let log = String::from_utf8(output.stderr).expect("text");
    assert!(
        output.status.success() && !output.stdout.is_empty(),
        "{log}"
    );
    assert!(log.contains("RUST_LOG is ignored: "), "{log}");
    assert_eq!(log.lines().count(), 1, "{log}");
}

#[cfg(not(any(feature = "aws", feature = "ledger")))]
#[tokio::test]
async fn keys_that_are_not_built_in_are_refused() {
    let places = Places {
        names: vec![(
            "nodes",
            "--source-rpc http://127.0.0.1:1 --target-rpc http://127.0.0.1:1".to_owned(),
        )],
    };
    places
        .check(&[
            (
                "deploy {nodes} --ledger 0",
                1,
                "build smartsync with the feature `ledger`",
            ),
            (
                "deploy {nodes} --aws-key alias/x",
                1,
                "build smartsync with the feature `aws`",
            ),
            (
                "notary serve {nodes} --journal none --signer-ledger 0",
                1,
                "the feature `ledger`",
            ),
        ])
        .await;
}

/// A node that answers every request with a web page.
async fn web_page() -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port");
    let address = listener.local_addr().expect("an address");
    let router = axum::Router::new().fallback(|| async { "<html>Welcome</html>" });
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}")
}

#[tokio::test(flavor = "multi_thread")]
async fn nodes_and_contracts_that_are_not_what_they_should_be_are_named() {
    let stage = Stage::start().await;
    let folder = tempfile::tempdir().expect("a folder");
    let deployment = folder.path().join("deployment.json");
    stage.deployment.store(&deployment).expect("written");
    // Contracts of another chain of the same id, as after a development chain was started anew.
    let elsewhere = folder.path().join("elsewhere.json");
    let mut other = stage.deployment.clone();
    for deployed in [&mut other.registry, &mut other.notary] {
        deployed.as_mut().expect("deployed").address = Address::repeat_byte(0x78);
    }
    other.store(&elsewhere).expect("written");
    let free = TcpListener::bind("127.0.0.1:0").expect("a port");
    let nobody = format!("http://{}", free.local_addr().expect("an address"));
    drop(free);
    let before = stage.relayer.target().head().await.expect("a head");
    let places = Places {
        names: vec![
            ("source", format!("--source-rpc {}", stage.chains[0].url())),
            ("target", format!("--target-rpc {}", stage.chains[1].url())),
            (
                "both",
                format!(
                    "--source-rpc {} --target-rpc {}",
                    stage.chains[0].url(),
                    stage.chains[1].url()
                ),
            ),
            (
                "swapped",
                format!(
                    "--source-rpc {} --target-rpc {}",
                    stage.chains[1].url(),
                    stage.chains[0].url()
                ),
            ),
            ("nobody", nobody),
            ("page", web_page().await),
            ("with", format!("--deployment {}", deployment.display())),
            ("elsewhere", format!("--deployment {}", elsewhere.display())),
            ("key", format!("--private-key {}", key(0).to_bytes())),
            ("signer", format!("--signer-key {}", key(0).to_bytes())),
            ("folder", folder.path().to_str().expect("text").to_owned()),
            ("nothing", Address::repeat_byte(0x77).to_string()),
            ("set", format!("--new-signer {CONTRACT} --new-threshold 1")),
        ],
    };
    places
        .check(&[
            // Nobody answers.
            ("status {with} --source-rpc {nobody} {target}", 1, "source node, eth_chainId: "),
            ("status {with} {source} --target-rpc {nobody}", 1, "target node, eth_chainId: "),
            ("deploy {source} --target-rpc {nobody} {key} --deployment {folder}/new", 1, "target node, eth_chainId: "),
            ("watch {nothing} {with} --source-rpc {nobody} {target} {key}", 1, "source node, eth_chainId: "),
            ("notary serve --source-rpc {nobody} {target} {with} {signer} --journal {folder}/j", 1, "source node, eth_chainId: "),
            ("notary sign-rotation {set} --target-rpc {nobody} {with} {signer}", 1, "target node, eth_chainId: "),
            // A web page answers.
            ("doctor --source-rpc {page}", 1, "source node, eth_chainId: "),
            ("diff {nothing} {with} --source-rpc {page} {target}", 1, "source node, eth_chainId: "),
            ("migrate {nothing} {with} {source} --target-rpc {page} {key}", 1, "target node, eth_chainId: "),
            // Another chain answers.
            ("status {with} {swapped}", 1, "made for source chain 31337, but the node is on chain 412346"),
            ("sync {nothing} {with} {swapped} {key}", 1, "made for source chain 31337"),
            ("deploy {swapped} {key} --deployment {folder}/new --first-block 0", 1, "the target chain 31337 runs no Stylus programs"),
            ("deploy {both} {key} --deployment {folder}/new --source-chain-id 5", 1, "--first-block says which"),
            ("deploy {both} {key} {with} --source-chain-id 5 --first-block 0", 1, "made for source chain 31337"),
            // Its root source is a notary.
            ("push --inbox {nothing} {with} {both} {key}", 1, "uses no block-hash buffer: there is nothing to push to"),
            // There is no contract.
            ("sync {nothing} {elsewhere} {both} {key}", 1, "on the target chain has no code: no contract is there"),
            ("status {elsewhere} {both}", 1, "on the target chain has no code: no contract is there"),
            ("migrate {nothing} {with} {both} {key}", 1, "has no code"),
            ("sync {nothing} {with} {both} {key}", 1, "has no mirror on the target chain"),
            ("diff {nothing} {with} {both}", 1, "has no mirror on the target chain"),
            ("diff {nothing} {with} {both} --by magic", 1, "--by: `magic` is no way of finding changes"),
            ("notary sign-rotation {set} {target} --notary {nothing} {signer}", 1, "on the target chain has no code: no contract is there"),
            ("notary serve {source} {target} --notary {nothing} {signer} --create-journal --journal {folder}/j", 1, "on the target chain has no code: no contract is there"),
            ("notary serve {source} {target} {with} {signer} --journal {folder}/none", 1, "there is no journal"),
            ("notary rotate {set} {target} {with} {key}", 1, "there are 0"),
            // What cannot be.
            ("deploy {both} {key} --deployment {folder}/new --threshold 5", 1, "--threshold 5 is not between 1 and the number of signers, 1"),
            ("sync {nothing} {with} {both} {key} --coordinate mysql://host/database", 1, "--coordinate: "),
            ("migrate {nothing} {with} {both} {key} --block 99999999", 1, "source block 99999999 does not exist yet"),
        ])
        .await;
    assert!(!folder.path().join("new").exists(), "nothing was deployed");
    let after = stage.relayer.target().head().await.expect("a head");
    assert_eq!(after, before, "nothing was sent");
}
