//! `cast` (npm `@foundry-rs/cast`), unmodified, as a client of the dev chain.

use std::path::PathBuf;

use alloy_primitives::{Address, U256, hex};
use devchain::{Config, DevChain, Kind};
use serde_json::Value;
use smartsync_tests::{PRIVATE_KEYS, foundry, npm_directory};
use tokio::process::Command;

const REGISTER: &str = "register(string,address)";
/// The second dev account.
const OTHER: &str = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";

/// `cast` on a chain.
struct Cast {
    chain: DevChain,
    program: PathBuf,
}

impl Cast {
    async fn on(kind: Kind) -> Self {
        Self {
            chain: DevChain::spawn(Config::new(kind)).await.unwrap(),
            program: foundry("cast"),
        }
    }

    /// Runs it; standard output or standard error, by whether it succeeded.
    async fn output(&self, arguments: &[&str]) -> Result<String, String> {
        let output = Command::new(&self.program)
            .args(arguments)
            .env("ETH_RPC_URL", self.chain.url())
            .env("FOUNDRY_DISABLE_NIGHTLY_WARNING", "1")
            .output()
            .await
            .unwrap_or_else(|error| panic!("{}: {error}", self.program.display()));
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap().trim().to_owned();
        match output.status.success() {
            true => Ok(text(output.stdout)),
            false => Err(text(output.stderr)),
        }
    }

    async fn run(&self, arguments: &[&str]) -> String {
        match self.output(arguments).await {
            Ok(text) => text,
            Err(error) => panic!("cast {}: {error}", arguments.join(" ")),
        }
    }

    async fn json(&self, arguments: &[&str]) -> Value {
        serde_json::from_str(&self.run(arguments).await).unwrap()
    }

    /// Sends from the first dev account; the receipt, which says success.
    async fn send(&self, arguments: &[&str]) -> Value {
        let all = [
            &["send", "--json", "--private-key", PRIVATE_KEYS[0]],
            arguments,
        ]
        .concat();
        let receipt = self.json(&all).await;
        assert_eq!(
            receipt["status"],
            "0x1",
            "cast send {}",
            arguments.join(" ")
        );
        receipt
    }

    /// Deploys a contract of the fixtures.
    async fn deploy(&self, name: &str) -> String {
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
            .join("fixtures/artifacts")
            .join(format!("{name}.json"));
        let artifact: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        let receipt = self
            .send(&["--create", artifact["bytecode"].as_str().unwrap()])
            .await;
        receipt["contractAddress"].as_str().unwrap().to_owned()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn cast_deploys_sends_calls_estimates_and_finds_logs() {
    let cast = Cast::on(Kind::Stylus).await;
    assert_eq!(cast.run(&["chain-id"]).await, "412346");
    let registry = cast.deploy("NameRegistry").await;
    let arguments = [registry.as_str(), REGISTER, "cast.eth", OTHER];
    let from = [
        "estimate",
        "--from",
        "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266",
    ];
    let estimate: u64 = cast
        .run(&[&from[..], &arguments].concat())
        .await
        .parse()
        .unwrap();
    let receipt = cast.send(&arguments).await;
    let used: U256 = receipt["gasUsed"].as_str().unwrap().parse().unwrap();
    assert!(U256::from(estimate) >= used, "{estimate} for {used}");
    let call = ["call", &registry, "addressOf(string)(address)", "cast.eth"];
    assert_eq!(cast.run(&call).await, OTHER);
    let block = receipt["blockNumber"].as_str().unwrap();
    let logs = cast
        .json(&[
            "logs",
            "--json",
            "--from-block",
            "0",
            "--address",
            &registry,
            "Registered(string,address)",
        ])
        .await;
    assert_eq!(logs[0]["transactionHash"], receipt["transactionHash"]);
    assert_eq!(logs[0]["blockNumber"], block);
    // Before that block there was no name; the block is named by number and by hash.
    let before = (block.parse::<U256>().unwrap() - U256::ONE).to_string();
    let count = ["call", &registry, "count()(uint256)", "--block"];
    assert_eq!(cast.run(&[&count[..], &[&before]].concat()).await, "0");
    let hash = receipt["blockHash"].as_str().unwrap();
    assert_eq!(cast.run(&[&count[..], &[hash]].concat()).await, "1");
    assert_eq!(
        cast.run(&["storage", &registry, "0", "--block", block])
            .await,
        format!("0x{:064x}", 1)
    );
    let error = cast
        .output(&["call", &registry, "ownerOf(string)", "nobody.eth"])
        .await
        .unwrap_err();
    // keccak256("NameUnknown(string)"), its first four bytes, as cast computes it itself.
    let selector = cast.run(&["sig", "NameUnknown(string)"]).await;
    assert!(
        error.contains("execution reverted") && error.contains(&selector[2..]),
        "{error}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn cast_reads_blocks_transactions_proofs_and_accounts() {
    let cast = Cast::on(Kind::Stylus).await;
    let receipt = cast.send(&[OTHER, "--value", "1ether"]).await;
    let hash = receipt["transactionHash"].as_str().unwrap();
    let block = cast.json(&["block", "latest", "--json"]).await;
    assert_eq!(block["transactions"][0], hash);
    let transaction = cast.json(&["tx", hash, "--json"]).await;
    assert_eq!(transaction["blockHash"], block["hash"]);
    assert_eq!(
        cast.json(&["receipt", hash, "--json"]).await["gasUsed"],
        "0x5208"
    );
    assert_eq!(
        cast.run(&["balance", "--ether", OTHER]).await,
        "10001.000000000000000000"
    );
    assert_eq!(cast.run(&["nonce", OTHER]).await, "0");
    assert_eq!(cast.run(&["code", OTHER]).await, "0x");
    assert_eq!(cast.run(&["base-fee"]).await, "100000000");
    let proof = cast.json(&["proof", OTHER, "0"]).await;
    let root = cast
        .run(&["keccak", proof["accountProof"][0].as_str().unwrap()])
        .await;
    assert_eq!(block["stateRoot"], root);
    let list = cast.run(&["access-list", OTHER]).await;
    assert!(list.contains("21000"), "{list}");
    let status = cast.run(&["tx-pool", "status"]).await;
    assert!(status.contains('0'), "{status}");
    // Runs the transaction again, on the state that it asks the node for.
    let run = cast.run(&["run", hash]).await;
    assert!(
        run.contains("Transaction successfully executed") && run.contains("Gas used: 21000"),
        "{run}"
    );
    let raw = cast
        .run(&[
            "mktx",
            "--private-key",
            PRIVATE_KEYS[0],
            OTHER,
            "--value",
            "1",
        ])
        .await;
    let published = cast.json(&["publish", "--json", &raw]).await;
    assert_eq!(published["status"], "0x1");
    let signed = cast
        .run(&["wallet", "sign", "--private-key", PRIVATE_KEYS[0], "words"])
        .await;
    let by_node = cast
        .json(&[
            "rpc",
            "personal_sign",
            &hex::encode_prefixed("words"),
            "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266",
        ])
        .await;
    assert_eq!(by_node, signed);
}

#[tokio::test(flavor = "multi_thread")]
async fn cast_deploys_activates_and_caches_a_program() {
    let cast = Cast::on(Kind::Stylus).await;
    let code = smartsync_artifacts::VERIFIER.deploy_code();
    // PUSH2 length, DUP1, PUSH1 10, PUSH0, CODECOPY, PUSH0, RETURN
    let mut init = hex!("610000 80 600a 5f 39 5f f3").to_vec();
    init[1..3].copy_from_slice(&u16::try_from(code.len()).unwrap().to_be_bytes());
    init.extend_from_slice(&code);
    let receipt = cast.send(&["--create", &hex::encode_prefixed(init)]).await;
    let program = receipt["contractAddress"].as_str().unwrap();
    let version = [
        "call",
        "0x0000000000000000000000000000000000000071",
        "programVersion(address)(uint16)",
        program,
    ];
    let error = cast.output(&version).await.unwrap_err();
    let selector = cast.run(&["sig", "ProgramNotActivated()"]).await;
    assert!(error.contains(&selector[2..]), "{error}");
    cast.send(&[
        "0x0000000000000000000000000000000000000071",
        "activateProgram(address)",
        program,
        "--value",
        "0.1ether",
    ])
    .await;
    assert_eq!(cast.run(&version).await, "3");
    let managers = cast
        .run(&[
            "call",
            "0x0000000000000000000000000000000000000072",
            "allCacheManagers()(address[])",
        ])
        .await;
    let manager: Address = managers.trim_matches(['[', ']']).parse().unwrap();
    cast.send(&[&manager.to_string(), "placeBid(address)", program])
        .await;
    let codehash = cast.run(&["codehash", program]).await;
    let cached = [
        "call",
        "0x0000000000000000000000000000000000000072",
        "codehashIsCached(bytes32)(bool)",
        &codehash,
    ];
    assert_eq!(cast.run(&cached).await, "true");
}

#[tokio::test(flavor = "multi_thread")]
async fn cast_works_on_a_plain_chain_too() {
    let cast = Cast::on(Kind::Evm).await;
    assert!(
        npm_directory().exists(),
        "scripts/setup.sh installs the packages"
    );
    let registry = cast.deploy("NameRegistry").await;
    let receipt = cast.send(&[&registry, REGISTER, "cast.eth", OTHER]).await;
    let run = cast
        .run(&["run", receipt["transactionHash"].as_str().unwrap()])
        .await;
    assert!(run.contains("Transaction successfully executed"), "{run}");
    // An account delegates to the registry (EIP-7702).
    cast.send(&[OTHER, "--auth", &registry]).await;
    let code = cast
        .run(&["code", "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"])
        .await;
    assert_eq!(
        code,
        format!(
            "0xef0100{}",
            registry.trim_start_matches("0x").to_lowercase()
        )
    );
}
