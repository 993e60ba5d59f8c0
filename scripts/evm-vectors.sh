#!/usr/bin/env bash
# Runs official test vectors of the EVM, of the npm package that tests/vectors pins, in the interpreter and in revm, and writes
# docs/reports/evm-vectors.md. Usage: scripts/evm-vectors.sh
set -euo pipefail
cd "$(dirname "$0")/.."
report=docs/reports/evm-vectors.md
npm ci --prefix tests/vectors --no-fund --no-audit >/dev/null
vectors=tests/vectors/node_modules/ethereumjs-testing/tests
cargo build --quiet --locked --profile dist -p smartsync-evm --example vectors_evm
run() {
    "${CARGO_TARGET_DIR:-target}/dist/examples/vectors_evm" "$vectors/$1"
}
vm=$(run VMTests)
state=$(run StateTests)
head='| what | as they are | as views |
| --- | --- | --- |'
cat > "$report" <<REPORT
# Official test vectors in the interpreter

Written by \`scripts/evm-vectors.sh\` on $(date -u +%F), $(rustc --version). The vectors are those of ethereum/tests as the npm package
ethereumjs-testing 1.0.4 has them (the last that has any). Every account with code in a vector's state is asked with the vector's calldata by a STATICCALL in revm (Osaka)
and by the interpreter: equal bytes, or an error whose reason is seen in revm's steps. It stops at the first difference.

Vectors keep in storage what they compute, and a STATICCALL keeps nothing. So each is asked twice: as it is, and as a view, with
\`MSTORE\` where it has \`SSTORE\` and with its memory as the answer of code that reaches its end. The last row but one is without revm: code that only computes is
moved so that the word of slot \`s\` is memory at \`32 (s mod 2048)\`, and its answer compared with the storage that the vector says there is afterwards.

VMTests:

$head
$vm

StateTests:

$head
$state
REPORT
echo "$report"
