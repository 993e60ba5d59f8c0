#!/usr/bin/env bash
# Everything that CI checks: format, lints, fixtures, interfaces, unit tests, and end to end on WASM.
# Arguments are passed to the end-to-end tests: `scripts/test.sh random_walk` runs only those.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

step() {
    printf '\n== %s (%ds)\n' "$1" "$SECONDS"
}

SECONDS=0
log=$(mktemp)

# The sum over all test binaries, whether or not a step failed.
finish() {
    awk '/^test result:/ { passed += $4; failed += $6 } END { printf "\n%d passed, %d failed\n", passed, failed }' "$log"
    rm -f "$log"
}
trap finish EXIT

# Runs cargo test, shows what it says, and keeps it for the sum at the end.
run_tests() {
    cargo test --locked --no-fail-fast "$@" 2>&1 | tee -a "$log"
}

step "set-up"
scripts/setup.sh

step "format"
cargo fmt --all --check

step "fixtures"
scripts/build-fixtures.sh --check

step "lints"
cargo clippy --locked --all-targets -- --deny warnings
scripts/lint-programs.sh

# One selection of packages for everything natively built, so that no dependency is built twice with other features.
step "build"
cargo build --locked --tests --bins --examples

step "unit tests and end to end"
if [[ $# -eq 0 ]]; then
    run_tests
else
    run_tests --test e2e -- "$@"
fi

if [[ $# -eq 0 ]]; then
    step "web page"
    scripts/test-web.sh --if-possible 2>&1 | tee -a "$log"

    step "evaluation, in a small form"
    scripts/evaluation.sh --small

    step "code hashes"
    scripts/check-code-hashes.sh 2>&1 | tee -a "$log"

    step "library of cargo-stylus"
    scripts/test-tools.sh 2>&1 | tee -a "$log"
fi

step "done"
