//! Prints each program's name and code hash: the keccak-256 of the code that stands on chain.

use alloy_primitives::keccak256;

fn main() {
    for artifact in smartsync_artifacts::ALL {
        println!("{} {}", artifact.name, keccak256(artifact.deploy_code()));
    }
}
