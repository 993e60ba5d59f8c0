#!/usr/bin/env bash
# Measures how fast the relayer is and writes docs/reports/relayer-speed.md.
# Usage: scripts/speed.sh [RUNS]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

runs=${1:-30}
report=docs/reports/relayer-speed.md
scripts/setup.sh --rust-only
cargo build --locked --quiet --bin smartsync --example speed --example million_slots
built=${CARGO_TARGET_DIR:-target}/debug
syncs=$("$built/examples/speed" "$runs")
large=$("$built/examples/million_slots" "$built/smartsync")
cat >"$report" <<REPORT
# Speed of the relayer

Written by \`scripts/speed.sh $runs\` on $(date -u +%F): $(nproc) processors, niceness $(nice), load $(cut -d' ' -f1 /proc/loadavg) at the end, $(rustc --version), the dev
profile, which the scripts and tests build. Relayer, source chain and target chain share the processors: in the first table they are one process,
in the second part the chains are processes of their own, and so is \`smartsync diff\`. On a machine
that is busy with other things, run it with a high priority (\`nice -n -20\`), and look at the minima.

## A sync, from the source block to the receipt

A contract of 1,000 slots with 32-byte values. Milliseconds, of $runs runs each: \`elapsedMs\` of \`smartsync sync --json\`. *Processor* is what all
three parts spent on processors. For comparison, the paper's prototype: 91 to 475 ms for 1 slot, 119 ms for 10, 1,879 ms for 1,000.

$syncs

- look up: the mirror's record, the source block's header and the source's account proof, each asked for as soon as it can be
- find: which slots changed, by the first way that the source node offers (here: its block access list)
- fetch: the proofs of the changed slots, from both chains at once
- build: the multi-proof, and both roots from it
- simulate: what the root source needs, and \`eth_estimateGas\`, which executes the sync twice at least
- submit: nonce and fees, signature, sending, receipt

## A contract with 1,000,000 slots

$large
REPORT
echo "$report"
