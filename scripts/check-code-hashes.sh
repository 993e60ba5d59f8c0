#!/usr/bin/env bash
# Builds the programs and compares their code hashes with the committed ones in contract/code-hashes.txt.
# With --write, writes that file instead. See docs/reproducing.md.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

pinned=$(sed -n 's/^channel = "\(.*\)"$/\1/p' rust-toolchain.toml)
compiler=$(RUSTUP_TOOLCHAIN=$pinned rustc --version)
if [[ "$compiler" != "rustc $pinned "* ]]; then
    echo "error: the code hashes are those of Rust $pinned, and this is $compiler" >&2
    exit 1
fi

committed=contract/code-hashes.txt
built=$(cargo run --quiet --locked --package smartsync-artifacts --example code_hashes)
if [[ "${1:-}" == --write ]]; then
    printf '%s\n' "$built" >"$committed"
    echo "code hashes: wrote $(wc -l <"$committed") to $committed"
elif diff -u "$committed" <(printf '%s\n' "$built"); then
    echo "code hashes: $(wc -l <"$committed") programs are what $committed says"
else
    echo "error: the programs are not those of $committed; after a change of the programs run scripts/check-code-hashes.sh --write" >&2
    exit 1
fi
