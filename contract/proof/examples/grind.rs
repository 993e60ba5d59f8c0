//! Finds storage slots whose hashes share many nibbles, by birthday over small slot numbers. The constants in
//! `tests/proof/ground.rs` come from `cargo run -p smartsync-proof --example grind -- 33554432`.

use alloy_primitives::{U256, keccak256};

fn main() {
    let count: u32 = match std::env::args().nth(1).map(|count| count.parse()) {
        Some(Ok(count)) => count,
        _ => {
            eprintln!("usage: grind COUNT (slots 0..COUNT are tried)");
            std::process::exit(2);
        }
    };
    // The first 16 nibbles of each hash, and the slot.
    let mut hashes: Vec<(u64, u32)> = (0..count)
        .map(|slot| {
            let hash = keccak256(U256::from(slot).to_be_bytes::<32>());
            (
                hash.first_chunk()
                    .map_or(0, |head| u64::from_be_bytes(*head)),
                slot,
            )
        })
        .collect();
    hashes.sort_unstable();
    for (size, nibbles) in [(2, 11), (3, 8), (4, 7)] {
        for group in hashes.windows(size) {
            if let [(first, _), .., (last, _)] = group {
                let shared = (first ^ last).leading_zeros() / 4;
                if shared >= nibbles {
                    let slots: Vec<_> = group.iter().map(|(_, slot)| *slot).collect();
                    println!("{size} slots share {shared} nibbles: {slots:?}");
                }
            }
        }
    }
}
