#!/usr/bin/env bash
# Mirrors a contract of 100,000 slots in proven parts, updates 5,000 of them in one block, and writes docs/reports/parts-large.md.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

scripts/setup.sh --rust-only
cargo build --locked --quiet --example large
report=$(mktemp)
trap 'rm -f "$report"' EXIT
"${CARGO_TARGET_DIR:-target}/debug/examples/large" >"$report"
cp "$report" docs/reports/parts-large.md
