//! Mirrors of a rollup's contracts, by the command line.

use alloy_primitives::{Address, U256};
use serde_json::{Value, json};
use smartsync_tests::{GameRegistry, Output, PRIVATE_KEYS, SlotTable, smartsync};

use crate::rollup::OpStack;

/// A deployment whose source is the rollup.
struct Relayed {
    op: OpStack,
    directory: tempfile::TempDir,
    table: Address,
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

    async fn output(&self, arguments: &[&str]) -> Output {
        let deployment = self.directory.path().join("deployment.json");
        let deployment = deployment.display().to_string();
        let connection = [
            "--json",
            "--source-rpc",
            self.op.rollup.chain.url(),
            "--target-rpc",
            self.op.rollup.stage.target.url(),
            "--private-key",
            PRIVATE_KEYS[0],
            "--finality",
            "latest",
            "--deployment",
            &deployment,
        ];
        smartsync(arguments.iter().chain(&connection)).await
    }

    async fn run(&self, arguments: &[&str]) -> Value {
        self.output(arguments).await.json()
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
    let (prover, portal) = (
        relayed.op.rollup.prover.to_string(),
        relayed.op.portal.to_string(),
    );
    let deploy = ["deploy", "--first-block", "1", "--root-source", "rollup"];
    let unsaid = relayed.output(&deploy).await;
    assert!(unsaid.stderr.contains("--parent-prover"), "{unsaid:?}");
    let said = ["--parent-prover", &prover, "--portal", &portal];
    let deployed = relayed.run(&[&deploy[..], &said].concat()).await;
    assert_eq!(
        deployed["deployed"],
        json!(["proxy", "rollup", "reader", "registry", "verifier"])
    );
    // What stands is kept, with its wish or without.
    for again in [&deploy[..3], &[&deploy[..], &said].concat()] {
        assert_eq!(relayed.run(again).await["deployed"], json!([]));
    }

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
    let second = relayed.write(2, 22).await;
    relayed.write(2, 23).await;
    relayed.anchor(second).await;
    let synced = relayed.with_parent(&["sync", &table]).await.json();
    assert_eq!(synced["sourceBlock"], json!(second), "{synced}");
    let target = &relayed.op.rollup.stage.target;
    let proxy: Address = migrated["proxy"].as_str().unwrap().parse().unwrap();
    let expected = [(1, 12), (2, 22)].map(|(slot, value)| (U256::from(slot), U256::from(value)));
    assert_eq!(target.storage(proxy).await.unwrap(), expected.into());
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
