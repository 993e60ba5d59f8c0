#!/usr/bin/env bash
# Compares random proven calls of random contracts with revm's on the full state, and writes docs/reports/calls-soak.md.
# Usage: scripts/soak-calls.sh [STATES] [WASM_CALLS] [SEED]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

states=${1:-168000}
wasm=${2:-2400}
seed=${3:-1}
report=docs/reports/calls-soak.md
log=$(mktemp)
trap 'rm -f "$log"' EXIT

SMARTSYNC_PROVEN_CALLS=$states SMARTSYNC_EVM_SEED=$seed cargo test --locked --quiet --test evm \
    --config 'profile.dev.package.smartsync-evm.opt-level=3' calls_on_a_witness -- --nocapture >"$log"
SMARTSYNC_WASM_CALLS=$wasm SMARTSYNC_EVM_SEED=$seed \
    cargo test --locked --quiet --test e2e random_calls_of_random -- --nocapture >>"$log"

# The figures of structured code, then those of arbitrary bytes.
rows() {
    sed -n 's/^Figures { \(.*\) }$/\1/p' "$log" | awk -F '[:,] *' '
        { for (i = 1; i < NF; i += 2) figure[$i, NR] = $(i + 1) }
        function row(what, name) { printf "| %s | %d | %d |\n", what, figure[name, 1], figure[name, 2] }
        function share(n) { return 100 * figure["refused", n] / (figure["equal", n] + figure["refused", n]) }
        END {
            row("calls with equal bytes", "equal")
            row("of these with data", "with_data")
            row("of these through nested frames", "nested")
            row("typed errors", "refused")
            printf "| typed errors, share | %.2f %% | %.2f %% |\n", share(1), share(2)
            print "| differences | 0 | 0 |"
            row("not compared: revm ran out of gas, or `GAS` was asked", "skipped")
            row("bytes of witnesses", "bytes")
        }'
}
cat >"$report" <<REPORT
# Random proven calls

Written by \`scripts/soak-calls.sh $states $wasm $seed\` on $(date -u +%F), $(rustc --version). It stops at the first difference.

Each of $states states has three random programs with random storage and balances, and an account without code; they call each other and themselves. One is called with
random calldata, by a STATICCALL in revm on the full state, and by the decoder of witnesses and the interpreter on what a witness proves, which grows by what is said to be missing
([\`proven.rs\`](../../contract/evm/tests/evm/proven.rs)). Once the programs are structured ones of all instructions, once bytes are arbitrary, too, and some
calls are given little gas: what no state shows is a typed error then, and revm has run the instruction that it names.

| what | structured | arbitrary |
| --- | --- | --- |
$(rows)

The programs themselves, as WASM on the dev chain, against the source chain's EVM ([\`prover_random.rs\`](../../tests/e2e/prover_random.rs)): $(grep -m 1 'refused$' "$log").
REPORT
echo "$report"
