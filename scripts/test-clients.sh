#!/usr/bin/env bash
# Clients that do not come from npm, or take long: web3.py (from PyPI, pinned, in a folder of its own in target) and `forge script`,
# unmodified, on both kinds of dev chain. Says which steps worked, and ends with the first that does not.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

target=${CARGO_TARGET_DIR:-$PWD/target}
smartsync=$target/debug/smartsync
python=$target/tools/web3py/bin/python
key=0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80
npm=$PWD/tests/npm
work=$(mktemp -d)
chain=

finish() {
    [[ -z $chain ]] || kill "$chain" 2>/dev/null || true
    rm -rf "$work"
}
trap finish EXIT

if ! [[ -x $smartsync ]]; then
    cargo build --locked --tests --bins --examples
fi
scripts/setup.sh
if ! cmp -s tests/clients/requirements.txt "$target/tools/web3py/.installed"; then
    python3 -m venv --clear "$target/tools/web3py"
    "$python" -m pip install --quiet --disable-pip-version-check --requirement tests/clients/requirements.txt
    cp tests/clients/requirements.txt "$target/tools/web3py/.installed"
fi
cp -r tests/clients/forge "$work/forge"

for kind in evm stylus; do
    echo "on the $kind chain"
    "$smartsync" devchain --kind "$kind" --port 0 >"$work/$kind" &
    chain=$!
    until [[ -s $work/$kind ]]; do
        kill -0 "$chain"
        read -r -t 0.1 <> <(:) || true
    done
    read -r url <"$work/$kind"
    "$python" tests/clients/web3py.py "$url" "${url/http/ws}" tests/fixtures/artifacts
    (
        cd "$work/forge"
        KEY=$key NO_COLOR=1 FOUNDRY_OFFLINE=true "$npm/node_modules/.bin/forge" script script/Deploy.s.sol:Deploy \
            --use "$npm/solc.js" --rpc-url "$url" --broadcast --slow >"$work/said" 2>&1 || { cat "$work/said"; exit 1; }
    )
    first=$(sed -n 's/^first: contract Counter \(0x[0-9a-fA-F]*\)$/\1/p' "$work/said")
    paid=$("$npm/node_modules/.bin/cast" balance --rpc-url "$url" 0x1111111111111111111111111111111111111111)
    number=$("$npm/node_modules/.bin/cast" call --rpc-url "$url" "$first" 'number()(uint256)')
    [[ $number == 42 && $paid == 7 ]] || { cat "$work/said"; echo "error: $number and $paid, not 42 and 7" >&2; exit 1; }
    echo "forge: a script that deploys, by CREATE and by CREATE2, calls and pays"
    kill "$chain"
    wait "$chain" 2>/dev/null || true
    chain=
done
