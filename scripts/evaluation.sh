#!/usr/bin/env bash
# Repeats the paper's evaluation: measures, draws, and writes docs/evaluation.md with pictures and tables in docs/evaluation.
# Usage: scripts/evaluation.sh [--small]
# With --small it measures little, in seconds, and keeps nothing: a check that it still works.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

scripts/setup.sh --rust-only
cargo build --locked --quiet --example evaluation
evaluation=${CARGO_TARGET_DIR:-target}/debug/examples/evaluation
measured=$(mktemp -d)
trap 'rm -rf "$measured"' EXIT
"$evaluation" measure "$measured" "$@"
"$evaluation" draw "$measured" docs/evaluation "$measured/evaluation.md"
if [[ ${1:-} != --small ]]; then
    mv "$measured/evaluation.md" docs/evaluation.md
    cp "$measured"/*.csv "$measured"/*.svg docs/evaluation/
fi
