//! Writes real proofs, made-up ones, nodes and states as first inputs of the fuzz targets. Usage: `seeds DIRECTORY`; fills
//! `DIRECTORY/{decode,verify,witness,builder}`. Those of witnesses are the published vectors.

#[path = "../tests/proof/ground.rs"]
mod ground;
#[path = "../tests/proof/made_up.rs"]
mod made_up;
#[allow(dead_code)]
#[path = "../tests/proof/oracle.rs"]
mod oracle;

use std::{fs, io, path::Path};

use alloy_primitives::{B256, U256};
use made_up::old_value;
use oracle::{State, alloy_nodes};
use rand::{SeedableRng, rngs::StdRng};
use smartsync_proof::build_from_states;

fn main() -> io::Result<()> {
    let Some(directory) = std::env::args_os().nth(1) else {
        eprintln!("usage: seeds DIRECTORY");
        std::process::exit(2);
    };
    let directory = Path::new(&directory);
    for target in ["decode", "verify", "witness", "builder"] {
        fs::create_dir_all(directory.join(target))?;
    }
    let vectors: serde_json::Value = serde_json::from_str(include_str!("../vectors.json"))?;
    for (index, vector) in vectors["witnesses"]
        .as_array()
        .into_iter()
        .flatten()
        .enumerate()
    {
        let text = vector["witness"].as_str().unwrap_or_default();
        let bytes = alloy_primitives::hex::decode(text).unwrap_or_default();
        fs::write(directory.join("witness").join(format!("{index}")), bytes)?;
    }
    let close = ground::all();
    let mut random = StdRng::seed_from_u64(1);
    for seed in 0..200u8 {
        // The old values are those that `fuzz_targets/verify.rs` makes up.
        let slots: Vec<_> = (0..seed % 24)
            .map(U256::from)
            .chain(close.iter().copied().take(usize::from(seed) % 13))
            .collect();
        let pre: State = slots
            .iter()
            .map(|slot| (*slot, U256::from_be_bytes(old_value(&B256::from(*slot)).0)))
            .collect();
        let mut post = pre.clone();
        for (index, slot) in (0u8..).zip(&slots) {
            if (index ^ seed) % 3 == 0 {
                post.insert(
                    *slot,
                    if seed & 8 == 0 {
                        U256::ZERO
                    } else {
                        U256::from(index) + U256::from(2)
                    },
                );
            }
        }
        if let Ok(built) = build_from_states(&pre, &post) {
            fs::write(
                directory.join("verify").join(format!("{seed}")),
                built.multi_proof,
            )?;
        }
        fs::write(
            directory.join("verify").join(format!("made-up-{seed}")),
            made_up::proof(&mut random, seed % 2 == 0),
        )?;
        let (_, nodes) = alloy_nodes(&pre, &[U256::from(seed % 8)]);
        let decode: Vec<u8> = nodes
            .iter()
            .flat_map(|node| [&(node.len() as u16).to_be_bytes()[..], &node[..]].concat())
            .collect();
        fs::write(directory.join("decode").join(format!("{seed}")), decode)?;
        let build: Vec<u8> = (0..seed % 16)
            .flat_map(|slot| [slot, seed, seed.wrapping_mul(slot), slot])
            .collect();
        fs::write(directory.join("builder").join(format!("{seed}")), build)?;
    }
    Ok(())
}
