#!/usr/bin/env bash
# Measures what SmartSync costs and writes docs/costs.md.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

scripts/setup.sh --rust-only
cargo build --locked --quiet --example costs
report=$(mktemp)
trap 'rm -f "$report"' EXIT
"${CARGO_TARGET_DIR:-target}/debug/examples/costs" >"$report"
cp "$report" docs/costs.md
