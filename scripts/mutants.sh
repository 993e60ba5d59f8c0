#!/usr/bin/env bash
# Mutants of the programs against the tests end to end: docs/reports/program-mutants.md.
#   scripts/mutants.sh rules                   each rule of scripts/mutants/rules.tsv is taken out; its test must fail
#   scripts/mutants.sh run [CRATE[=EVERY]..]   the tests of each mutant (of every third: registry=3) that has no result yet
# All mutants are in one build, in target/mutants; results are in target/mutants/results.tsv.
set -euo pipefail
cd "$(dirname "$0")/.."
work="$PWD/target/mutants"
tree="$work/tree"
mkdir -p "$work"
cargo build --quiet --manifest-path scripts/mutants/Cargo.toml --target-dir "$work/tool"
tool="$work/tool/debug/smartsync-mutants"

rm -rf "$tree"
mkdir "$tree"
git archive HEAD | tar -x -C "$tree"
ln -s "$PWD/tests/npm/node_modules" "$tree/tests/npm/node_modules"
"$tool" apply "$tree" "$work/mutants.tsv"
# Programs with all their mutants are larger than a chain allows.
limits='cfg.limit_contract_code_size = Some(1 << 20); cfg.limit_contract_initcode_size = Some(1 << 21);'
sed -i "s|^        cfg.tx_gas_limit_cap|        $limits\n&|" "$tree/devchain/src/evm/execute.rs"
grep -q limit_contract_code_size "$tree/devchain/src/evm/execute.rs"
# Nor need they be small, and compressing them well takes time in each test.
sed -i 's/to_vec(), 4096, 11, 22)/to_vec(), 4096, 1, 22)/' "$tree/contract/artifacts/src/lib.rs"
grep -q '4096, 1, 22)' "$tree/contract/artifacts/src/lib.rs"
(cd "$tree" && CARGO_TARGET_DIR="$work/target" cargo build --locked --test e2e)
binary=$(find "$work/target/debug/deps" -name 'e2e-*' -type f -perm -u+x -printf '%T@ %p\n' | sort -n | tail -1 | cut -d' ' -f2)

export TESTS="$tree/tests"
case "${1:-rules}" in
    rules) "$tool" rules "$binary" "$work/mutants.tsv" scripts/mutants/rules.tsv ;;
    run)
        shift
        [ $# -gt 0 ] || set -- $(cut -d' ' -f1 scripts/mutants/tests.txt)
        "$tool" run "$binary" "$work/mutants.tsv" scripts/mutants/tests.txt "$work/results.tsv" "$@"
        cut -f1,3 "$work/results.tsv" | sed 's/killed by .*/killed/' | sort | uniq -c
        grep SURVIVES "$work/results.tsv" || true
        ;;
    *) sed -n '2,5p' "$0"; exit 2 ;;
esac
