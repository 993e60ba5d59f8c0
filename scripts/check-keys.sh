#!/usr/bin/env bash
# Compiles the relayer with the keys that the ordinary build leaves out (cargo features `aws` and `ledger`), and lints it. With
# --test it also runs the unit tests of keys and configuration with them.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# The ordinary selection of packages, so that what the features do not touch is not built again.
features=smartsync-relayer/aws,smartsync-relayer/ledger
cargo clippy --locked --features "$features" --lib --bins -- --deny warnings
if [[ "${1:-}" == --test ]]; then
    cargo test --locked --features "$features" --lib -- wallet config
fi
