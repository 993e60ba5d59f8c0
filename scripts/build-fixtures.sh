#!/usr/bin/env bash
# Compiles the Solidity fixtures with the pinned compiler, tests/fixtures/contracts -> tests/fixtures/artifacts, and the
# dev chain's own contracts, devchain/contracts -> devchain/contracts/artifacts.
# With --check, writes nothing and fails if the committed artifacts are not what the sources compile to.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

check=${1:-}
fresh=$(mktemp -d)
trap 'rm -rf "$fresh"' EXIT

# Compiles a folder's sources into its artifacts, or checks them: ARTIFACTS [SOURCES]
compile() {
    local artifacts=$1
    shift
    local made=$fresh/$artifacts
    mkdir -p "$made"
    node tests/npm/compile.js "$made" "$@"
    if [[ "$check" != --check ]]; then
        rm -rf "$artifacts"
        cp -R "$made" "$artifacts"
        echo "fixtures: wrote $(find "$artifacts" -name '*.json' | wc -l) artifacts to $artifacts"
    elif diff -r --brief "$made" "$artifacts"; then
        echo "fixtures: $(find "$artifacts" -name '*.json' | wc -l) artifacts of $artifacts are what their sources compile to"
    else
        echo "error: $artifacts is not what its sources compile to; run scripts/build-fixtures.sh" >&2
        exit 1
    fi
}

compile tests/fixtures/artifacts
compile devchain/contracts/artifacts devchain/contracts
