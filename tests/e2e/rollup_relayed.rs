//! Mirrors of a rollup's contracts, by the command line.

use std::{
    process::Stdio,
    time::{Duration, Instant},
};

use alloy_primitives::{Address, B256, U256, keccak256};
use alloy_sol_types::SolValue;
use serde_json::{Value, json};
use smartsync_abi::{IFeed, IRegistry, IRollup};
use smartsync_tests::{
    FinalBlocks, GameRegistry, Oracle, OutboxList, Output, PRIVATE_KEYS, Rollup, RollupContract,
    SendRoots, SlotTable, VIEW, smartsync, smartsync_command,
};
use tempfile::TempDir;

use crate::op_stack::OpStack;

pub const DEPLOY: [&str; 5] = ["deploy", "--first-block", "1", "--root-source", "rollup"];

/// A deployment whose source is the rollup.
struct Relayed {
    op: OpStack,
    directory: TempDir,
    table: Address,
}

/// A command with its connections.
pub fn connected(rollup: &Rollup, directory: &TempDir, arguments: &[&str]) -> Vec<String> {
    let deployment = directory.path().join("deployment.json");
    let deployment = deployment.display().to_string();
    let connection = [
        "--json",
        "--source-rpc",
        rollup.chain.url(),
        "--target-rpc",
        rollup.stage.target.url(),
        "--private-key",
        PRIVATE_KEYS[0],
        "--finality",
        "latest",
        "--deployment",
        &deployment,
    ];
    let all = arguments.iter().chain(&connection);
    all.map(|argument| (*argument).to_owned()).collect()
}

impl Relayed {
    async fn start() -> Self {
        let op = OpStack::start().await;
        let table = op
            .rollup
            .chain
            .deploy(&SlotTable::BYTECODE, [])
            .await
            .unwrap();
        Self {
            op,
            directory: tempfile::tempdir().unwrap(),
            table,
        }
    }

    fn arguments(&self, arguments: &[&str]) -> Vec<String> {
        connected(&self.op.rollup, &self.directory, arguments)
    }

    async fn output(&self, arguments: &[&str]) -> Output {
        smartsync(self.arguments(arguments)).await
    }

    /// Deploys, with all that it takes.
    async fn deploy(&self) -> Value {
        let prover = self.op.rollup.prover.to_string();
        let portal = self.op.portal.to_string();
        let said = ["--parent-prover", &prover, "--portal", &portal];
        self.output(&[&DEPLOY[..], &said].concat()).await.json()
    }

    /// With a node of the parent chain.
    async fn with_parent(&self, arguments: &[&str]) -> Output {
        let parent = ["--parent-rpc", self.op.rollup.stage.source.url()];
        self.output(&[arguments, &parent].concat()).await
    }

    /// Writes a slot; returns the block.
    async fn write(&self, slot: u64, value: u64) -> u64 {
        let chain = &self.op.rollup.chain;
        let write = SlotTable::writeCall {
            slots: vec![U256::from(slot)],
            values: vec![U256::from(value)],
        };
        chain.send(self.table, write).await.unwrap();
        chain.block_number().await.unwrap()
    }

    /// Makes a block's game the anchor game.
    async fn anchor(&self, block: u64) {
        let game = self.op.final_game(block).await;
        let set = GameRegistry::setAnchorStateCall { game };
        self.op.send(self.op.registry, set).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mirror_of_a_rollup_s_contract_follows_what_its_portal_takes_for_final() {
    let relayed = Relayed::start().await;
    let unsaid = relayed.output(&DEPLOY).await;
    assert!(unsaid.stderr.contains("--parent-prover"), "{unsaid:?}");
    let deployed = relayed.deploy().await;
    assert_eq!(
        deployed["deployed"],
        json!(["proxy", "rollup", "reader", "codes", "registry", "verifier"])
    );
    // What stands is kept, with its wish or without.
    let again = relayed.output(&DEPLOY[..3]).await.json();
    assert_eq!(again["deployed"], json!([]));
    assert_eq!(relayed.deploy().await["deployed"], json!([]));

    let first = relayed.write(1, 11).await;
    let table = relayed.table.to_string();
    let migrate = ["migrate", &table];
    let nothing = relayed.with_parent(&migrate).await;
    assert!(
        nothing.stderr.contains("takes no block for final"),
        "{nothing:?}"
    );
    relayed.anchor(first).await;
    relayed.write(1, 12).await;
    let without = relayed.output(&migrate).await;
    assert!(without.stderr.contains("--parent-rpc"), "{without:?}");
    // At the anchor game's block, though the rollup has gone on.
    let migrated = relayed.with_parent(&migrate).await.json();
    assert_eq!(migrated["sourceBlock"], json!(first), "{migrated}");
    // The codes of the rollup's contracts are brought once.
    let stage = &relayed.op.rollup.stage;
    let code = stage.source.code(relayed.op.factory).await.unwrap();
    let kept = stage.code_of(keccak256(code)).await.unwrap();
    assert!(!kept.logic.is_zero());
    let doctor = relayed.output(&["doctor"]).await;
    let asks = format!("asks {} on chain 31337", relayed.op.portal);
    assert!(doctor.stdout.contains(&asks), "{doctor:?}");
    let second = relayed.write(2, 22).await;
    relayed.write(2, 23).await;
    relayed.anchor(second).await;
    let synced = relayed.with_parent(&["sync", &table]).await.json();
    assert_eq!(synced["sourceBlock"], json!(second), "{synced}");
    let target = &relayed.op.rollup.stage.target;
    let proxy: Address = migrated["proxy"].as_str().unwrap().parse().unwrap();
    let expected = [(1, 12), (2, 22)].map(|(slot, value)| (U256::from(slot), U256::from(value)));
    assert_eq!(target.storage(proxy).await.unwrap(), expected.into());
    // Games of today know their block by another name, and say their root claim by the chain's id, too.
    let respect = GameRegistry::setRespectedGameTypeCall { gameType: 621 };
    relayed.op.send(relayed.op.registry, respect).await;
    let third = relayed.write(3, 33).await;
    relayed.anchor(third).await;
    let synced = relayed.with_parent(&["sync", &table]).await.json();
    assert_eq!(synced["sourceBlock"], json!(third), "{synced}");
    // A block below the anchor game's is reached by its parents.
    let chain = &relayed.op.rollup.chain;
    let other = chain.deploy(&SlotTable::BYTECODE, []).await.unwrap();
    let below = chain.block_number().await.unwrap();
    chain.mine().await.unwrap();
    let newest = chain.mine().await.unwrap();
    relayed.anchor(newest).await;
    let (other, below) = (other.to_string(), below.to_string());
    let migrate = ["migrate", &other, "--block", &below];
    let migrated = relayed.with_parent(&migrate).await.json();
    assert_eq!(migrated["sourceBlock"].to_string(), below, "{migrated}");
    for block in [newest - 2, newest - 1, newest] {
        let (header, _) = chain.header(block).await.unwrap();
        let root_source = deployed["rollup"].as_str();
        let known = relayed
            .op
            .rollup
            .known(root_source.unwrap().parse().unwrap(), block);
        assert_eq!(known.await, Ok(header.state_root));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watch_follows_a_rollup_s_claims() {
    let relayed = Relayed::start().await;
    let deployed = relayed.deploy().await;
    let registry: Address = deployed["registry"].as_str().unwrap().parse().unwrap();
    let table = relayed.table.to_string();
    let first = relayed.write(1, 1).await;
    relayed.anchor(first).await;
    let migrate = relayed.with_parent(&["migrate", &table]).await.json();
    let proxy: Address = migrate["proxy"].as_str().unwrap().parse().unwrap();
    let parent = relayed.op.rollup.stage.source.url().to_owned();
    let watch = ["watch", &table, "--every", "1", "--parent-rpc", &parent];
    let mut watch = smartsync_command(relayed.arguments(&watch))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let target = &relayed.op.rollup.stage.target;
    for value in 2..=3 {
        let claimed = relayed.write(1, value).await;
        // Not claimed.
        relayed.write(1, 1_000 + value).await;
        relayed.anchor(claimed).await;
        let deadline = Instant::now() + Duration::from_secs(60);
        loop {
            assert!(Instant::now() < deadline, "{value} never arrives");
            assert!(watch.try_wait().unwrap().is_none(), "the watch ended");
            let record = IRegistry::recordCall { proxy };
            let record = target.view(registry, record).await.unwrap();
            if record.sourceBlock >= claimed {
                assert_eq!(record.sourceBlock, claimed);
                break;
            }
            tokio::task::yield_now().await;
        }
        let storage = target.storage(proxy).await.unwrap();
        assert_eq!(storage, [(U256::from(1), U256::from(value))].into());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mirror_of_an_arbitrum_chain_s_contract_follows_its_outbox() {
    let rollup = Rollup::start().await.unwrap();
    let (stage, directory) = (&rollup.stage, tempfile::tempdir().unwrap());
    let outbox = stage.on_source(&SendRoots::BYTECODE, []).await.unwrap();
    let bridge = stage.on_source(&OutboxList::BYTECODE, []).await.unwrap();
    let contract = (bridge, outbox).abi_encode();
    let contract = stage.on_source(&RollupContract::BYTECODE, contract).await;
    let allow = OutboxList::setOutboxCall {
        outbox,
        allowed: true,
    };
    stage.source.send(bridge, allow).await.unwrap();
    let table = rollup.chain.deploy(&SlotTable::BYTECODE, []).await.unwrap();
    let run = async |arguments: &[&str]| smartsync(connected(&rollup, &directory, arguments)).await;
    let (prover, contract) = (rollup.prover.to_string(), contract.unwrap().to_string());
    let said = ["--parent-prover", &prover, "--rollup-contract", &contract];
    run(&[&DEPLOY[..], &said].concat()).await.json();
    let (parent, address) = (stage.source.url(), table.to_string());
    let migrate = ["migrate", &address, "--parent-rpc", parent];
    let nothing = run(&migrate).await;
    assert!(
        nothing.stderr.contains("takes no block for final"),
        "{nothing:?}"
    );
    let confirm = async |send_root: u8, block_hash: B256| {
        let update = SendRoots::updateSendRootCall {
            sendRoot: B256::repeat_byte(send_root),
            blockHash: block_hash,
        };
        stage.source.send(outbox, update).await.unwrap();
    };
    let block = rollup.chain.block_number().await.unwrap();
    let (first, _) = rollup.chain.header(block).await.unwrap();
    confirm(1, first.hash_slow()).await;
    rollup.chain.mine().await.unwrap();
    let migrated = run(&migrate).await.json();
    assert_eq!(migrated["sourceBlock"], json!(block), "{migrated}");
    // The one that was confirmed last counts.
    let write = SlotTable::writeCall {
        slots: vec![U256::from(4)],
        values: vec![U256::from(44)],
    };
    rollup.chain.send(table, write).await.unwrap();
    let block = rollup.chain.block_number().await.unwrap();
    let (second, _) = rollup.chain.header(block).await.unwrap();
    confirm(2, second.hash_slow()).await;
    rollup.chain.mine().await.unwrap();
    let sync = ["sync", &address, "--parent-rpc", parent];
    let synced = run(&sync).await.json();
    assert_eq!(synced["sourceBlock"], json!(block), "{synced}");
    // A block that this node does not have.
    confirm(3, B256::repeat_byte(9)).await;
    let unknown = run(&sync).await;
    assert!(
        unknown.stderr.contains("does not have the block"),
        "{unknown:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mirror_follows_a_view_that_answers_with_hashes_of_final_blocks() {
    let rollup = Rollup::start().await.unwrap();
    let stage = &rollup.stage;
    let contract = stage.on_source(&FinalBlocks::BYTECODE, []).await.unwrap();
    let table = rollup.chain.deploy(&SlotTable::BYTECODE, []).await.unwrap();
    let (prover, contract_text) = (rollup.prover.to_string(), contract.to_string());
    let (parent, address) = (stage.source.url(), table.to_string());
    let write = async |value: u64| {
        let write = SlotTable::writeCall {
            slots: vec![U256::from(4)],
            values: vec![U256::from(value)],
        };
        rollup.chain.send(table, write).await.unwrap();
        rollup.chain.block_number().await.unwrap()
    };
    let finalise = async |number: u64| {
        let (header, _) = rollup.chain.header(number).await.unwrap();
        let finalise = FinalBlocks::finaliseCall {
            number: U256::from(number),
            blockHash: header.hash_slow(),
        };
        stage.source.send(contract, finalise).await.unwrap();
    };
    // One that is asked about a block's number, its second word; one that says the newest without arguments.
    for (view, hash_at) in [("checkpoint(uint256)", "1"), ("newest()", "0")] {
        let directory = tempfile::tempdir().unwrap();
        let run =
            async |arguments: &[&str]| smartsync(connected(&rollup, &directory, arguments)).await;
        let said = [
            "--parent-prover",
            &prover,
            "--view-contract",
            &contract_text,
        ];
        let unsaid = run(&[&DEPLOY[..], &said].concat()).await;
        assert!(unsaid.stderr.contains("--view <SIGNATURE>"), "{unsaid:?}");
        let no_function = [&said[..], &["--view", "0x12"]].concat();
        let no_function = run(&[&DEPLOY[..], &no_function].concat()).await;
        let told = "is no function's signature";
        assert!(no_function.stderr.contains(told), "{no_function:?}");
        let said = [&said[..], &["--view", view, "--hash-at", hash_at]].concat();
        let deployed = run(&[&DEPLOY[..], &said].concat()).await.json();
        let root_source = deployed["rollup"].as_str().unwrap().parse().unwrap();
        let again = run(&[&DEPLOY[..], &said].concat()).await.json();
        assert_eq!(again["deployed"], json!([]));
        let described = stage.target.view(root_source, IRollup::describeCall {});
        let described = described.await.unwrap();
        assert_eq!((described.kind, described.parentContract), (VIEW, contract));
        // Nothing is final, or only what mirrors had before.
        let first = write(11).await;
        let migrate = ["migrate", &address, "--parent-rpc", parent];
        if view != "newest()" {
            let nothing = run(&migrate).await;
            assert!(
                nothing.stderr.contains("takes no block for final"),
                "{nothing:?}"
            );
        }
        finalise(first).await;
        for _ in 0..3 {
            rollup.chain.mine().await.unwrap();
        }
        let migrated = run(&migrate).await.json();
        assert_eq!(migrated["sourceBlock"], json!(first), "{migrated}");
        let second = write(22).await;
        write(33).await;
        finalise(second).await;
        let sync = ["sync", &address, "--parent-rpc", parent];
        let synced = run(&sync).await.json();
        assert_eq!(synced["sourceBlock"], json!(second), "{synced}");
        let (header, _) = rollup.chain.header(second).await.unwrap();
        let known = rollup.known(root_source, second).await;
        assert_eq!(known, Ok(header.state_root));
        let proxy: Address = migrated["proxy"].as_str().unwrap().parse().unwrap();
        let storage = stage.target.storage(proxy).await.unwrap();
        assert_eq!(storage, [(U256::from(4), U256::from(22))].into());
    }
    // A hash of no block of the rollup's.
    let finalise = FinalBlocks::finaliseCall {
        number: U256::from(1_000),
        blockHash: B256::repeat_byte(9),
    };
    stage.source.send(contract, finalise).await.unwrap();
    let directory = tempfile::tempdir().unwrap();
    let run = async |arguments: &[&str]| smartsync(connected(&rollup, &directory, arguments)).await;
    let said = [
        "--parent-prover",
        &prover,
        "--view-contract",
        &contract_text,
    ];
    let said = [&DEPLOY[..], &said, &["--view", "newest()"]].concat();
    run(&said).await.json();
    let unknown = run(&["migrate", &address, "--parent-rpc", parent]).await;
    assert!(
        unknown.stderr.contains("does not have the block"),
        "{unknown:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watch_keeps_a_mirror_and_a_feed_by_a_view_that_answers_with_hashes_of_final_blocks() {
    let rollup = Rollup::start().await.unwrap();
    let (stage, chain) = (&rollup.stage, &rollup.chain);
    let contract = stage.on_source(&FinalBlocks::BYTECODE, []).await.unwrap();
    let table = chain.deploy(&SlotTable::BYTECODE, []).await.unwrap();
    let rate = U256::from(1).abi_encode();
    let oracle = chain.deploy(&Oracle::BYTECODE, rate).await.unwrap();
    // Both are told a value, and a block later another that is not final when the first one is.
    let finalise = async |value: u64| {
        let tell = async |value: u64| {
            let write = SlotTable::writeCall {
                slots: vec![U256::from(4)],
                values: vec![U256::from(value)],
            };
            chain.send(table, write).await.unwrap();
            let rate_ = U256::from(value);
            let set = Oracle::setCall { rate_ };
            chain.send(oracle, set).await.unwrap();
            chain.block_number().await.unwrap()
        };
        let number = tell(value).await;
        tell(1_000 + value).await;
        let (header, _) = chain.header(number).await.unwrap();
        let finalise = FinalBlocks::finaliseCall {
            number: U256::from(number),
            blockHash: header.hash_slow(),
        };
        stage.source.send(contract, finalise).await.unwrap();
        number
    };
    let (prover, contract) = (rollup.prover.to_string(), contract.to_string());
    let (table_text, oracle_text) = (table.to_string(), oracle.to_string());
    let mut value = 0;
    for (view, hash_at) in [("checkpoint(uint256)", "1"), ("newest()", "0")] {
        let directory = tempfile::tempdir().unwrap();
        let run = async |arguments: &[&str]| {
            let parent = ["--parent-rpc", stage.source.url()];
            let arguments = [arguments, &parent].concat();
            smartsync(connected(&rollup, &directory, &arguments)).await
        };
        let said = ["--parent-prover", &prover, "--view-contract", &contract];
        let viewed = ["--view", view, "--hash-at", hash_at, "--prover"];
        let deploy = connected(&rollup, &directory, &[&DEPLOY[..], &said, &viewed].concat());
        let deployed = smartsync(deploy).await.json();
        value += 1;
        let first = finalise(value).await;
        let migrated = run(&["migrate", &table_text]).await.json();
        assert_eq!(migrated["sourceBlock"], json!(first), "{migrated}");
        let created = ["feed", "create", &oracle_text, "rate()(uint256)"];
        let described = ["--description", "a rollup's rate"];
        let created = smartsync(connected(
            &rollup,
            &directory,
            &[&created[..], &described].concat(),
        ));
        let created = created.await.json();
        let address = |value: &Value| -> Address { value.as_str().unwrap().parse().unwrap() };
        let (registry, proxy, feed) = (
            address(&deployed["registry"]),
            address(&migrated["proxy"]),
            address(&created["feed"]),
        );
        let config = directory.path().join("watch.toml");
        let text = format!(
            "finality = \"latest\"\n[source]\nrpc = \"{}\"\n[target]\nrpc = \"{}\"\n[parent]\nrpc = \"{}\"\n\
             [watch]\npoll = \"200ms\"\npace = \"50ms\"\n[[mirror]]\naddress = \"{table}\"\n[[feed]]\naddress = \"{feed}\"\n",
            chain.url(),
            stage.target.url(),
            stage.source.url(),
        );
        std::fs::write(&config, text).unwrap();
        let config = config.display().to_string();
        let watch = connected(&rollup, &directory, &["watch", "--config", &config]);
        let mut watch = smartsync_command(watch)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        for _ in 0..2 {
            value += 1;
            let block = finalise(value).await;
            let deadline = Instant::now() + Duration::from_secs(60);
            let latest = loop {
                assert!(Instant::now() < deadline, "{view}: {value} never arrives");
                assert!(watch.try_wait().unwrap().is_none(), "the watch ended");
                let record = IRegistry::recordCall { proxy };
                let record = stage.target.view(registry, record).await.unwrap();
                let latest = stage.target.view(feed, IFeed::latestCall {}).await;
                if let Ok(latest) = latest
                    && record.sourceBlock >= block
                    && latest.sourceBlock >= block
                {
                    assert_eq!((record.sourceBlock, latest.sourceBlock), (block, block));
                    break latest;
                }
                tokio::task::yield_now().await;
            };
            assert_eq!(latest.answer.into_raw(), U256::from(value));
            let storage = stage.target.storage(proxy).await.unwrap();
            assert_eq!(storage, [(U256::from(4), U256::from(value))].into());
        }
        watch.kill().await.unwrap();
    }
}
