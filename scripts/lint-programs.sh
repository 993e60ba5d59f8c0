#!/usr/bin/env bash
# Lints the Stylus programs for the target they are built for.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

packages=()
for program in program headers notary parent-chain combined registry proxy verifier; do
    packages+=(--package "smartsync-$program")
done
cargo clippy --locked --release --target wasm32-unknown-unknown --target-dir target/contracts --lib "${packages[@]}" -- --deny warnings
