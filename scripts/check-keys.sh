#!/usr/bin/env bash
# Compiles the relayer with the keys that the ordinary build leaves out (cargo features `aws` and `ledger`), and lints it. Not a
# part of scripts/test.sh: some 190 crates more take minutes.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# The ordinary selection of packages, so that what the features do not touch is not checked again.
cargo clippy --locked --features smartsync-relayer/aws,smartsync-relayer/ledger --lib --bins -- --deny warnings
