//! Measures a contract of a million slots: `cargo run -p smartsync-devchain --example million`.
//!
//! Prints the memory it takes, and how long a block that changes 1,000 of its slots takes to seal.

use std::time::Instant;

use alloy::{
    primitives::{Address, U256, keccak256},
    providers::{Provider, ProviderBuilder, RootProvider},
};
use devchain::{Config, DevChain, Kind};
use serde_json::{Map, Value, json};

const SLOTS: u64 = 1_000_000;
const CHUNK: u64 = 100_000;
const CHANGED: u64 = 1_000;

fn resident_mib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS"))?;
    Some(line.split_whitespace().nth(1)?.parse::<u64>().ok()? / 1024)
}

fn slots(from: u64, to: u64, seed: u64) -> Map<String, Value> {
    (from..to)
        .map(|index| {
            let value = U256::from_be_bytes(
                keccak256([index.to_be_bytes(), seed.to_be_bytes()].concat()).0,
            );
            (format!("{index:#x}"), json!(value))
        })
        .collect()
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let chain = DevChain::spawn(Config::new(Kind::Evm)).await?;
    let client: RootProvider = ProviderBuilder::default().connect_http(chain.url().parse()?);
    let contract = Address::repeat_byte(0xaa);
    let began = Instant::now();
    for from in (0..SLOTS).step_by(CHUNK as usize) {
        let params = json!([contract, slots(from, from + CHUNK, 0)]);
        client
            .raw_request::<_, Value>("smartsync_setStorage".into(), params)
            .await?;
    }
    println!(
        "{SLOTS} slots in {:?}, {:?} MiB resident",
        began.elapsed(),
        resident_mib()
    );
    for seed in 1..=5 {
        let params = json!([contract, slots(SLOTS / 2, SLOTS / 2 + CHANGED, seed)]);
        let began = Instant::now();
        client
            .raw_request::<_, Value>("smartsync_setStorage".into(), params)
            .await?;
        println!(
            "a block that changes {CHANGED} slots: {:?}",
            began.elapsed()
        );
    }
    let began = Instant::now();
    let keys = (0..CHANGED).map(|index| U256::from(index).into()).collect();
    client.get_proof(contract, keys).await?;
    println!("a proof of {CHANGED} slots: {:?}", began.elapsed());
    println!("{:?} MiB resident", resident_mib());
    let count = 2_000;
    let began = Instant::now();
    for _ in 0..count {
        let from = devchain::dev_accounts()[0].address;
        let transfer = json!([{ "from": from, "to": contract, "value": "0x1", "gas": "0x5208" }]);
        client
            .raw_request::<_, Value>("eth_sendTransaction".into(), transfer)
            .await?;
    }
    println!(
        "{count} transfers, each in its block and signed by the node: {:?}",
        began.elapsed()
    );
    chain.stop().await;
    Ok(())
}
