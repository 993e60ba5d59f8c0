//! The relayer's command, over a source of any kind.

use alloy_primitives::{Address, B256, U256};
use devchain::{Config, DevChain, Kind};
use serde_json::{Value, json};
use smartsync_tests::{Chain, PRIVATE_KEYS, smartsync, smartsync_command};

/// A source chain, a target chain, and what the relayer deployed.
pub struct Relayed {
    pub source: Chain,
    pub target: Chain,
    pub deployment: Value,
    pub directory: tempfile::TempDir,
    _target: DevChain,
}

impl Relayed {
    /// Over a source node; everything is deployed.
    pub async fn from(source: &str) -> Self {
        let target_chain = DevChain::spawn(Config::new(Kind::Stylus)).await.unwrap();
        let directory = tempfile::tempdir().unwrap();
        let mut relayed = Self {
            source: Chain::at(source),
            target: Chain::at(&target_chain.url()),
            deployment: Value::Null,
            directory,
            _target: target_chain,
        };
        relayed.deployment = relayed.run(&["deploy"]).await;
        relayed
    }

    /// Runs a command that must succeed; what it says with `--json`.
    pub async fn run(&self, arguments: &[&str]) -> Value {
        self.output(arguments).await.json()
    }

    /// Runs a command that must succeed; what it says to people.
    pub async fn text(&self, arguments: &[&str]) -> String {
        let mut arguments = self.arguments(arguments);
        arguments.retain(|argument| argument != "--json");
        let output = smartsync(arguments).await;
        assert_eq!(output.code, Some(0), "{output:?}");
        output.stdout
    }

    /// Runs a command.
    pub async fn output(&self, arguments: &[&str]) -> smartsync_tests::Output {
        smartsync(self.arguments(arguments)).await
    }

    /// A command to run beside the test.
    pub fn command(&self, arguments: &[&str]) -> tokio::process::Command {
        smartsync_command(self.arguments(arguments))
    }

    fn arguments(&self, arguments: &[&str]) -> Vec<String> {
        let deployment = self.directory.path().join("deployment.json");
        let connection = [
            "--json",
            "--source-rpc",
            self.source.url(),
            "--target-rpc",
            self.target.url(),
            "--private-key",
            PRIVATE_KEYS[0],
            "--deployment",
            deployment.to_str().unwrap(),
        ];
        let all = arguments.iter().chain(&connection);
        all.map(ToString::to_string).collect()
    }

    /// Mirrors a contract; its mirror.
    pub async fn migrate(&self, source: Address) -> Address {
        let migrated = self.run(&["migrate", &source.to_string()]).await;
        serde_json::from_value(migrated["proxy"].clone())
            .unwrap_or_else(|error| panic!("{error}: {migrated}"))
    }

    /// Syncs and checks every field of the report against the chains.
    pub async fn sync(&self, source: Address, proxy: Address) -> Value {
        let pre = self.target.storage_root(proxy).await.unwrap();
        let report = self.run(&["sync", &source.to_string()]).await;
        let post = self.source.storage_root(source).await.unwrap();
        assert_eq!(
            self.target.storage_root(proxy).await.unwrap(),
            post,
            "{report}"
        );
        assert_eq!(report["preStorageRoot"], json!(pre), "{report}");
        assert_eq!(report["postStorageRoot"], json!(post), "{report}");
        assert_eq!(
            report["sourceBlock"],
            json!(self.source.block_number().await.unwrap()),
            "{report}"
        );
        let hash: B256 = serde_json::from_value(report["txHash"].clone()).unwrap();
        let receipt = self
            .target
            .rpc("eth_getTransactionReceipt", json!([hash]))
            .await
            .unwrap();
        let gas: U256 = serde_json::from_value(receipt["gasUsed"].clone()).unwrap();
        assert_eq!(report["gasUsed"], json!(gas.to::<u64>()), "{report}");
        assert!(
            report["proofBytes"]
                .as_u64()
                .is_some_and(|bytes| bytes >= 3),
            "{report}"
        );
        assert!(report["elapsedMs"].is_object(), "{report}");
        report
    }
}
