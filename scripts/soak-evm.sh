#!/usr/bin/env bash
# Runs random and structured programs in the interpreter and in revm, and writes docs/reports/evm-soak.md.
# Usage: scripts/soak-evm.sh [STATES] [SEED] [THREADS]
set -euo pipefail
cd "$(dirname "$0")/.."
states=${1:-5000000}
seed=${2:-1}
threads=${3:-$(nproc)}
report=docs/reports/evm-soak.md
cargo build --quiet --locked --profile dist -p smartsync-evm --example soak_evm
result=$("${CARGO_TARGET_DIR:-target}/dist/examples/soak_evm" "$states" "$seed" "$threads")
cat > "$report" <<REPORT
# Soak test of the interpreter

Written by \`scripts/soak-evm.sh $states $seed $threads\` on $(date -u +%F), $(rustc --version). Each state has three random programs, structured ones and arbitrary bytes, with random
storage and balances; they call each other, themselves and precompiled contracts, some with little gas. Each is called with random calldata by a STATICCALL in
revm (Osaka) and by the interpreter: equal bytes, or an error whose reason is seen in revm's steps. It stops at the first difference.

| what | number |
| --- | --- |
$result
REPORT
echo "$report"
