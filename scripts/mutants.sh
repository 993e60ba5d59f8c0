#!/usr/bin/env bash
# Mutants of the programs against the tests end to end: docs/reports/program-mutants.md.
#   scripts/mutants.sh rules                   each rule of scripts/mutants/rules.tsv is taken out; its test must fail
#   scripts/mutants.sh run [CRATE[=EVERY]..]   the tests of each mutant (of every third: registry=3) that has no result yet
# Mutants of the interpreter and of the trap against their own tests, natively: docs/reports/evm-mutants.md.
#   scripts/mutants.sh interpreter [CRATE[=EVERY]..]
# All mutants are in one build, in target/mutants; results are in target/mutants/results.tsv and interpreter-results.tsv.
set -euo pipefail
cd "$(dirname "$0")/.."
work="$PWD/target/mutants"
tree="$work/tree"
next="$work/next"
mode=${1:-rules}
shift || true
mkdir -p "$work"
cargo build --quiet --manifest-path scripts/mutants/Cargo.toml --target-dir "$work/tool"
tool="$work/tool/debug/smartsync-mutants"

rm -rf "$next"
mkdir -p "$next" "$tree"
git archive HEAD | tar -x -C "$next"

# Makes the tree what was prepared, and leaves alone what is so already: cargo builds anew what has a new time.
renew() {
    local file
    (cd "$next" && find . -type f) | while read -r file; do
        cmp -s "$next/$file" "$tree/$file" || { mkdir -p "$tree/${file%/*}" && cp -p "$next/$file" "$tree/$file"; }
    done
    (cd "$tree" && find . -type f) | while read -r file; do
        [ -e "$next/$file" ] || rm "$tree/$file"
    done
    rm -rf "$next"
}

# The newest test binary of a name.
built() {
    find "$work/target/debug/deps" -name "$1-*" -type f -perm -u+x -printf '%T@ %p\n' | sort -n | tail -1 | cut -d' ' -f2
}

# Runs mutants, of all crates where none is named, and tells what became of them.
run() {
    local binaries=$1 list=$2 tests=$3 results=$4
    shift 4
    [ $# -gt 0 ] || set -- $(cut -d' ' -f1 "$tests")
    "$tool" run "$binaries" "$list" "$tests" "$results" "$@"
    cut -f1,3 "$results" | sed 's/killed by .*/killed/' | sort | uniq -c
    grep SURVIVES "$results" || true
}

if [ "$mode" = interpreter ]; then
    "$tool" apply interpreter "$next" "$work/interpreter.tsv"
    renew
    (cd "$tree" && CARGO_TARGET_DIR="$work/target" cargo build --locked -p smartsync-evm -p smartsync-trap --lib --tests \
        --config profile.dev.package.smartsync-evm.opt-level=2 --config profile.dev.package.smartsync-trap.opt-level=2)
    # A loop is told from a slow test by a minute of processor time.
    export TESTS="$tree/contract/evm" MUTANT_SECONDS=60
    run "$(built smartsync_trap),$(built lane),$(built evm)" "$work/interpreter.tsv" scripts/mutants/interpreter-tests.txt \
        "$work/interpreter-results.tsv" "$@"
    exit
fi

"$tool" apply programs "$next" "$work/mutants.tsv"
# Programs with all their mutants are larger than a chain allows.
limits='cfg.limit_contract_code_size = Some(1 << 20); cfg.limit_contract_initcode_size = Some(1 << 21);'
sed -i "s|^        cfg.tx_gas_limit_cap|        $limits\n&|" "$next/devchain/src/evm/execute.rs"
grep -q limit_contract_code_size "$next/devchain/src/evm/execute.rs"
# Nor need they be small, and compressing them well takes time in each test.
sed -i 's/to_vec(), 4096, 11, 22)/to_vec(), 4096, 1, 22)/' "$next/contract/artifacts/src/lib.rs"
grep -q '4096, 1, 22)' "$next/contract/artifacts/src/lib.rs"
renew
ln -sfn "$PWD/tests/npm/node_modules" "$tree/tests/npm/node_modules"
(cd "$tree" && CARGO_TARGET_DIR="$work/target" cargo build --locked --test e2e)

export TESTS="$tree/tests"
case "$mode" in
    rules) "$tool" rules "$(built e2e)" "$work/mutants.tsv" scripts/mutants/rules.tsv ;;
    run) run "$(built e2e)" "$work/mutants.tsv" scripts/mutants/tests.txt "$work/results.tsv" "$@" ;;
    *) sed -n '2,8p' "$0"; exit 2 ;;
esac
