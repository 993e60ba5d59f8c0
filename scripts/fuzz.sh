#!/usr/bin/env bash
# Fuzzes with one target of fuzz/fuzz_targets for some seconds of processor time, those of the proof crate from seeds that are real
# proofs, and prints what was run as a row for docs/reports/proof-fuzz.md or evm-fuzz.md. Needs a nightly toolchain and cargo-fuzz.
# Usage: scripts/fuzz.sh TARGET [SECONDS]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
target=${1:?which target of fuzz/fuzz_targets}
limit=${2:-3600}

case $target in
decode | verify | witness | builder)
    [[ -d fuzz/corpus/$target ]] ||
        cargo run --quiet -p smartsync-proof --features std --example seeds -- fuzz/corpus
    ;;
*) mkdir -p "fuzz/corpus/$target" ;;
esac
cargo +nightly fuzz build "$target"
mkdir -p "fuzz/artifacts/$target"
log=$(mktemp)
trap 'rm -f "$log"' EXIT

started=$SECONDS
"fuzz/target/x86_64-unknown-linux-gnu/release/$target" "fuzz/corpus/$target" \
    "-artifact_prefix=fuzz/artifacts/$target/" -print_final_stats=1 -max_len=16384 2> "$log" &
fuzzer=$!
ticks=$(getconf CLK_TCK)
seconds() {
    # Nothing once the process has ended; its status is read below.
    awk -v "ticks=$ticks" '$3 != "Z" { print int(($14 + $15) / ticks) }' "/proc/$fuzzer/stat" 2>/dev/null
}
used=0
while now=$(seconds) && [[ -n $now ]]; do
    used=$now
    if ((used >= limit)); then
        kill -INT "$fuzzer"
        break
    fi
    sleep 1
done
# libFuzzer exits with 72 when it is interrupted; anything else is a finding.
status=0
wait "$fuzzer" || status=$?
if ((status != 72)); then
    tail -n 40 "$log" >&2
    echo "error: $target stopped with status $status after ${used} s of processor time" >&2
    exit 1
fi
stat() {
    awk -v "name=stat::$1:" '$1 == name { print $2 }' "$log"
}
covered=$(grep -o 'cov: [0-9]*' "$log" | tail -n 1)
echo "| \`$target\` | $used | $((SECONDS - started)) | $(stat number_of_executed_units) | ${covered#cov: } | $(stat peak_rss_mb) |"
