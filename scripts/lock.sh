#!/usr/bin/env bash
# Opens mirrors of 1,000 to 1,000,000 slots by parts, measures what it costs the opener and the others, and writes docs/reports/lock.md.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

scripts/setup.sh --rust-only
cargo build --locked --quiet --example lock
report=$(mktemp)
trap 'rm -f "$report"' EXIT
"${CARGO_TARGET_DIR:-target}/debug/examples/lock" >"$report"
cp "$report" docs/reports/lock.md
