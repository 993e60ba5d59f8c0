//! What the measurements share: SmartSync on two dev chains, a contract that writes raw slots, and how times are told.

use std::{error::Error, ops::Range, path::Path};

use alloy::signers::local::PrivateKeySigner;
use alloy_primitives::{Address, Bytes, U256, keccak256};
use alloy_sol_types::{SolCall, sol};
use devchain::dev_accounts;
use relayer::{DeployOptions, Deployment, Relayer, SourceChainFacts, deploy};
use serde_json::Value;
use smartsync_chain::{Chain, Side, Submitter, Transaction};

sol! {
    function write(uint256[] calldata slots, uint256[] calldata values) external;
}

const SLOT_TABLE: &str = include_str!("../../../tests/fixtures/artifacts/SlotTable.json");

/// SmartSync deployed on a target chain, and a key that pays on the source.
pub struct Stage {
    pub source: Submitter,
    pub relayer: Relayer,
}

impl Stage {
    /// Deploys from one dev chain to another, by their URLs.
    pub async fn over(source: &str, target: &str) -> Result<(Self, Deployment), Box<dyn Error>> {
        let source = Submitter::new(Chain::connect(Side::Source, source).await?, key(1)?);
        let target = Submitter::new(Chain::connect(Side::Target, target).await?, key(0)?);
        let options = DeployOptions::new(source.chain().chain_id(), SourceChainFacts::cautious(0));
        let deployment = deploy(&target, None, &options).await?.deployment;
        let relayer = Relayer::new(
            source.chain().clone(),
            target,
            vec![key(0)?],
            &deployment,
            Path::new("stage"),
        )?;
        Ok((Self { source, relayer }, deployment))
    }

    /// A new contract on the source whose slots anybody writes.
    pub async fn create_table(&self) -> Result<Address, Box<dyn Error>> {
        let artifact: Value = serde_json::from_str(SLOT_TABLE)?;
        let data: Bytes = serde_json::from_value(artifact["bytecode"].clone())?;
        let creation = Transaction {
            call: "deployment",
            to: None,
            value: U256::ZERO,
            data,
        };
        let receipt = self.source.send(creation).await?;
        Ok(receipt.contract_address.ok_or("nothing was created")?)
    }

    /// Sets some of a contract's slots to 32-byte values that depend on `seed`, in one transaction.
    pub async fn write(
        &self,
        table: Address,
        places: Range<u64>,
        seed: u64,
    ) -> Result<(), Box<dyn Error>> {
        let call = writeCall {
            slots: places.clone().map(slot).collect(),
            values: places.map(|place| value(place, seed)).collect(),
        };
        let transaction = Transaction {
            call: writeCall::SIGNATURE,
            to: Some(table),
            value: U256::ZERO,
            data: call.abi_encode().into(),
        };
        self.source.send(transaction).await?;
        Ok(())
    }
}

/// The key of a dev account.
pub fn key(index: usize) -> Result<PrivateKeySigner, Box<dyn Error>> {
    let accounts = dev_accounts();
    let account = accounts.get(index).ok_or("no such dev account")?;
    Ok(PrivateKeySigner::from_bytes(&account.private_key)?)
}

/// A random-looking slot.
pub fn slot(place: u64) -> U256 {
    keccak256(place.to_be_bytes()).into()
}

/// A random-looking value.
pub fn value(place: u64, seed: u64) -> U256 {
    keccak256([place.to_be_bytes(), seed.to_be_bytes()].concat()).into()
}

/// Minimum and median.
pub fn minimum_and_median(mut figures: Vec<f64>) -> [f64; 2] {
    figures.sort_unstable_by(f64::total_cmp);
    [0, figures.len() / 2].map(|rank| figures.get(rank).copied().unwrap_or(f64::NAN))
}
