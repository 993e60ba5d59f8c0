#!/usr/bin/env bash
# Sets a fresh machine up: the WASM target, the pinned npm packages of the tests, PostgreSQL; with --tools what cargo-stylus needs, too, OpenSSL's
# headers. Does nothing when all is there.
# Needs rustup (or a Rust toolchain with the target), Node.js 18 or later with npm, and a C compiler.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

need() {
    if ! command -v "$1" >/dev/null; then
        echo "error: $1 is missing: $2" >&2
        exit 1
    fi
}
need cargo "install Rust, https://rustup.rs"
need cc "install a C compiler, such as gcc"

# rust-toolchain.toml names the toolchain and the target; rustup installs both on first use, older ones not the target.
if command -v rustup >/dev/null && ! rustup target list --installed 2>/dev/null | grep -x wasm32-unknown-unknown >/dev/null; then
    rustup target add wasm32-unknown-unknown
fi

if [[ "${1:-}" == --rust-only ]]; then
    exit 0
fi

# A PostgreSQL server, for the tests of relayers that share mirrors.
packages=()
scripts/postgres.sh find >/dev/null 2>&1 || packages+=(postgresql)
if [[ "${1:-}" == --tools ]] && ! pkg-config --exists openssl 2>/dev/null; then
    packages+=(pkg-config libssl-dev)
fi
if [[ ${#packages[@]} -gt 0 ]]; then
    as_root=()
    if [[ $(id -u) -ne 0 ]]; then
        as_root=(sudo -n)
    fi
    need apt-get "install ${packages[*]}"
    "${as_root[@]}" apt-get update -qq
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${packages[@]}" >/dev/null
fi

need node "install Node.js 18 or later"
need npm "install npm"
lock=tests/npm/package-lock.json
installed=tests/npm/node_modules/.installed
if ! [[ -f "$installed" ]] || ! cmp -s "$lock" "$installed"; then
    npm ci --prefix tests/npm --no-fund --no-audit
    cp "$lock" "$installed"
fi
