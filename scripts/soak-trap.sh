#!/usr/bin/env bash
# Traps arbitrary byte strings, has a proxy delegate to them in revm, and writes docs/reports/trap-soak.md.
# Usage: scripts/soak-trap.sh [CODES] [SEED] [THREADS]
set -euo pipefail
cd "$(dirname "$0")/.."
codes=${1:-1000000}
seed=${2:-1}
threads=${3:-$(nproc)}
report=docs/reports/trap-soak.md
cargo build --quiet --locked --profile dist -p smartsync-trap --example soak_trap
result=$("${CARGO_TARGET_DIR:-target}/dist/examples/soak_trap" "$codes" "$seed" "$threads")
cat > "$report" <<REPORT
# Soak test of the native lane

Written by \`scripts/soak-trap.sh $codes $seed $threads\` on $(date -u +%F), $(rustc --version). Each byte string, arbitrary or with many small pushes, is trapped and delegate-called
by a proxy with random storage and calldata, in a transaction of revm (Osaka) that may write. No account, slot or balance may change, no log be written, no frame be opened but
these two; and data that it answers must be what the byte string as it is answers in a static context. It stops at the first that does otherwise.

| what | number |
| --- | --- |
$result
REPORT
echo "$report"
