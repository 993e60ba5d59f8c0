#!/usr/bin/env bash
# Lints the Stylus programs for the target they are built for.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

lint() {
    cargo clippy --locked --release --target wasm32-unknown-unknown --target-dir target/contracts --lib "$@" -- --deny warnings
}

packages=()
for program in program headers notary parent-chain combined rollup codes feeds registry proxy reader prover runner verifier views; do
    packages+=(--package "smartsync-$program")
done
lint "${packages[@]}"
# By itself: it takes its allocator from the SDK, the others bring their own.
lint --package smartsync-consumer
