//! Prints, for several sizes, what confirming a transition costs on a Stylus chain, by part. Run it with
//! `cargo run -p smartsync-proof-ink [WASM]`; without a file, the program is built first. The report is
//! `docs/reports/proof-ink.md`.

mod contract;

use std::{path::Path, process::Command};

use alloy_primitives::U256;
use contract::{Contract, Cost};
use devchain::wasm::{ModuleCache, StylusParams, activate, run};
use rand::{Rng, SeedableRng, rngs::StdRng};
use smartsync_proof::StateTrie;

/// Changed slots and slots in all.
const CASES: [(usize, usize); 12] = [
    (1, 1_000),
    (10, 1_000),
    (100, 1_000),
    (1_000, 1_000),
    (1, 100_000),
    (10, 100_000),
    (100, 100_000),
    (1_000, 100_000),
    (1, 1_000_000),
    (10, 1_000_000),
    (100, 1_000_000),
    (1_000, 1_000_000),
];
const GAS: u64 = 1_000_000_000;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let wasm = match std::env::args_os().nth(1) {
        Some(path) => std::fs::read(path)?,
        None => program()?,
    };
    let params = StylusParams::default();
    let info = activate(&wasm, &params)?;
    let module = ModuleCache::shared()?.translate(&wasm, &params)?;
    println!(
        "program: {} bytes of WASM, {} gas to enter uncached, {} cached\n",
        wasm.len(),
        info.init_gas(&params) + info.cached_gas(&params),
        info.cached_gas(&params)
    );
    println!(
        "| K | N | bytes | storage gas | hashing gas | decoding gas | calldata, memory gas | verification / storage |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- | --- |");
    for (changed, slots) in CASES {
        let mut random = StdRng::seed_from_u64(7);
        let mut state: Vec<(U256, U256)> = (0..slots)
            .map(|_| (word(&mut random), word(&mut random)))
            .collect();
        let mut trie = StateTrie::new(state.iter().copied());
        let changes: Vec<_> = state
            .iter()
            .take(changed)
            .map(|(slot, _)| (*slot, word(&mut random)))
            .collect();
        let built = trie.advance(&changes)?;
        let input = [
            built.pre_storage_root.as_slice(),
            built.post_storage_root.as_slice(),
            &built.multi_proof,
        ]
        .concat();
        let mut contract = Contract::new(state.drain(..));
        let outcome = run(&module, &mut contract, &input, GAS, &params);
        if !outcome.output.is_empty() || GAS == outcome.gas_left {
            return Err(format!("{:?}: {:?}", outcome.status, outcome.output).into());
        }
        let Cost {
            storage,
            hashing,
            other,
        } = contract.cost;
        let ink = (GAS - outcome.gas_left) * 10_000;
        let decoding = ink - storage - hashing - other;
        println!(
            "| {changed} | {slots} | {} | {} | {} | {} | {} | {:.1} % |",
            built.multi_proof.len(),
            storage / 10_000,
            hashing / 10_000,
            decoding / 10_000,
            other / 10_000,
            100.0 * (hashing + decoding) as f64 / storage as f64
        );
    }
    Ok(())
}

fn word(random: &mut StdRng) -> U256 {
    U256::from_be_bytes(random.random::<[u8; 32]>())
}

/// Builds the program as the contracts are built.
fn program() -> Result<Vec<u8>, Box<dyn std::error::Error>> {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..");
    let target_dir = workspace.join("target/contracts");
    let built = Command::new(env!("CARGO"))
        .current_dir(&workspace)
        .args([
            "build",
            "--release",
            "--lib",
            "--target",
            "wasm32-unknown-unknown",
        ])
        .args(["--package", env!("CARGO_PKG_NAME"), "--target-dir"])
        .arg(&target_dir)
        .status()?;
    if !built.success() {
        return Err("the program does not build".into());
    }
    Ok(std::fs::read(target_dir.join(
        "wasm32-unknown-unknown/release/smartsync_proof_ink.wasm",
    ))?)
}
