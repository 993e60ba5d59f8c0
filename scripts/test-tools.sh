#!/usr/bin/env bash
# The library of cargo-stylus on the dev chain: a workspace of its own (tests/tools), because it brings another alloy and
# another WASM engine. No part of `test.sh`, since its build takes five minutes. With `cargo-stylus.sh` it shares one build, in target/tools.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

scripts/setup.sh --tools
export SMARTSYNC=${CARGO_TARGET_DIR:-$PWD/target}/debug/smartsync
if ! [[ -x $SMARTSYNC ]]; then
    cargo build --locked --tests --bins --examples
fi
export CARGO_TARGET_DIR=$PWD/target/tools/build
cargo test --locked --manifest-path tests/tools/Cargo.toml "$@"
