#!/usr/bin/env bash
# A contract mirrored end to end: two chains, two contracts, proofs, and a contract that reads the mirrors.
# Arguments are passed on, such as --json.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

scripts/setup.sh --rust-only
# Not the whole command: what the demo does not use need not be built for it. Cargo shows its progress, on stderr.
cargo build --locked --package smartsync-demo
exec "${CARGO_TARGET_DIR:-target}/debug/smartsync-demo" "$@"
