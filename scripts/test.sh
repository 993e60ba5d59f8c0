#!/usr/bin/env bash
# Everything that CI checks: format, lints, fixtures, interfaces, unit tests, and end to end on WASM.
# Arguments are passed to the end-to-end tests: `scripts/test.sh random_walk` runs only those.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

SECONDS=0
log=$(mktemp)
steps=$(mktemp)

step() {
    echo "$SECONDS $1" >>"$steps"
    printf '\n== %s (%ds)\n' "$1" "$SECONDS"
}

# What the steps took, the slowest tests, and the sum over all test binaries, whether or not a step failed.
finish() {
    echo "$SECONDS" >>"$steps"
    printf '\nseconds  step\n'
    awk 'NR > 1 { printf "%7d  %s\n", $1 - began, name } { began = $1; sub(/^[0-9]+ ?/, ""); name = $0 }' "$steps"
    printf '\nseconds  slowest tests\n'
    sed -nE 's/^test (.*) \.\.\. [a-zA-Z]+ <([0-9.]+)s>$/\2 \1/p' "$log" | sort -rn | awk 'NR <= 10 { printf "%7.1f  %s\n", $1, $2 }'
    awk '/^test result:/ { passed += $4; failed += $6 } END { printf "\n%d passed, %d failed\n", passed, failed }' "$log"
    rm -f "$log" "$steps"
}
trap finish EXIT

# Runs cargo test, shows what it says, and keeps it for the sums at the end.
run_tests() {
    cargo test --locked --no-fail-fast "$@" 2>&1 | tee -a "$log"
}

# The time of each test: an option that the test binaries take where this variable is set. Cargo must not see it, or it builds all anew.
timed() {
    local runner=CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_RUNNER
    case "$(uname -sm)" in
        "Linux aarch64") runner=CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUNNER ;;
        "Darwin arm64") runner=CARGO_TARGET_AARCH64_APPLE_DARWIN_RUNNER ;;
        "Darwin x86_64") runner=CARGO_TARGET_X86_64_APPLE_DARWIN_RUNNER ;;
    esac
    (
        export "$runner=env RUSTC_BOOTSTRAP=1"
        run_tests "$@" -Z unstable-options --report-time
    )
}

step "set-up"
scripts/setup.sh

step "format"
cargo fmt --all --check

step "import cycles"
scripts/check-cycles.mjs

step "fixtures"
scripts/build-fixtures.sh --check

# Clippy compiles what it lints: this workspace's own packages, once, and every other package as ever, once. Whatever is built below
# is built so. One selection of packages for everything natively built, so that no dependency is built twice with other features.
export RUSTC_WORKSPACE_WRAPPER=clippy-driver
export CLIPPY_ARGS="--deny__CLIPPY_HACKERY__warnings__CLIPPY_HACKERY__"
step "build and lints"
cargo build --locked --all-targets

step "lints of the programs"
env -u RUSTC_WORKSPACE_WRAPPER scripts/lint-programs.sh

step "unit tests and end to end"
if [[ $# -eq 0 ]]; then
    timed --lib --bins --tests --
    run_tests --doc
else
    timed --test e2e -- "$@"
fi

if [[ $# -eq 0 ]]; then
    step "web page"
    scripts/test-web.sh --if-possible 2>&1 | tee -a "$log"

    step "evaluation, in a small form"
    scripts/evaluation.sh --small

    step "code hashes"
    scripts/check-code-hashes.sh 2>&1 | tee -a "$log"

    step "web3.py and forge script"
    scripts/test-clients.sh
fi

if [[ $# -eq 0 ]]; then
    step "packages"
    if cargo deny --version >/dev/null 2>&1; then
        cargo deny --all-features check
    else
        echo "cargo-deny is not installed: advisories, licences and duplicate versions are not checked"
    fi
fi
