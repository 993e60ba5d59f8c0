//! A vault whose reads take several contracts.

use alloy_primitives::{Address, U256};
use alloy_sol_types::SolValue;
use devchain::{Config, DevChain, Kind};
use serde_json::Value;
use smartsync_tests::{Oracle, RateVault, Shares, UpgradeableProxy};

use crate::relayed::Relayed;

pub const RATE: &str = "convertToAssets(uint256)(uint256)";
pub const ASSETS: &str = "totalAssets()(uint256)";

/// A vault over an upgradeable token, with a rate from a third contract.
pub struct Vault {
    pub relayed: Relayed,
    _source: DevChain,
    pub vault: Address,
    pub token: Address,
    pub oracle: Address,
}

impl Vault {
    pub async fn start() -> Self {
        let source_chain = DevChain::spawn(Config::new(Kind::Evm)).await.unwrap();
        let relayed = Relayed::from(&source_chain.url()).await;
        let source = &relayed.source;
        let logic = source.deploy(&Shares::BYTECODE, []).await.unwrap();
        let token = source
            .deploy(&UpgradeableProxy::BYTECODE, logic.abi_encode())
            .await
            .unwrap();
        let rate = U256::from(3_000_000_000_000_000_000_u64);
        let oracle = source
            .deploy(&Oracle::BYTECODE, rate.abi_encode())
            .await
            .unwrap();
        let vault = source
            .deploy(&RateVault::BYTECODE, (token, oracle).abi_encode())
            .await
            .unwrap();
        let amount = U256::from(700);
        let mint = Shares::mintCall { to: vault, amount };
        source.send(token, mint).await.unwrap();
        Self {
            relayed,
            _source: source_chain,
            vault,
            token,
            oracle,
        }
    }

    pub async fn run(&self, command: &str, more: &[&str]) -> Value {
        let vault = self.vault.to_string();
        self.relayed.run(&[&[command, &vault], more].concat()).await
    }

    /// The answer through the mirror, which must be that of the source at the mirror's block.
    pub async fn equal(&self, function: &str, arguments: &[&str]) -> Value {
        let read = [&[function], arguments, &["--compare"]].concat();
        let answer = self.run("call", &read).await;
        assert_eq!(answer["comparison"]["equal"], true, "{answer}");
        assert_eq!(answer["success"], true, "{answer}");
        answer["values"][0].clone()
    }

    /// What a read that fails says: JSON on stdout, and the line on stderr.
    pub async fn fails(&self, function: &str, arguments: &[&str]) -> (Value, String) {
        let vault = self.vault.to_string();
        let read = [&["call", &vault, function], arguments].concat();
        let output = self.relayed.output(&read).await;
        assert_eq!(output.code, Some(1), "{output:?}");
        let answer = serde_json::from_str(&output.stdout).expect("JSON");
        (answer, output.stderr)
    }
}
