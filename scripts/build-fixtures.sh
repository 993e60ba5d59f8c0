#!/usr/bin/env bash
# Compiles the Solidity fixtures with the pinned compiler: tests/fixtures/contracts -> tests/fixtures/artifacts.
# With --check, writes nothing and fails if the committed artifacts are not what the sources compile to.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

artifacts=tests/fixtures/artifacts
if [[ "${1:-}" == --check ]]; then
    fresh=$(mktemp -d)
    trap 'rm -rf "$fresh"' EXIT
    node tests/npm/compile.js "$fresh"
    if ! diff -r --brief "$fresh" "$artifacts"; then
        echo "error: $artifacts is not what its sources compile to; run scripts/build-fixtures.sh" >&2
        exit 1
    fi
    echo "fixtures: $(find "$artifacts" -name '*.json' | wc -l) artifacts are what their sources compile to"
else
    rm -rf "$artifacts"
    node tests/npm/compile.js "$artifacts"
    echo "fixtures: wrote $(find "$artifacts" -name '*.json' | wc -l) artifacts to $artifacts"
fi
