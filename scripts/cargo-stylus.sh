#!/usr/bin/env bash
# Runs cargo-stylus, as published and unmodified, through all it does with a chain: on a dev chain of its own, with a
# contract of ours as developers write them (tests/tools/counter) and with the verifier. Installs it into target/tools first
# if it is not there: some 350 crates. Ends with the first step that fails.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

version=0.10.10
root=$PWD
tools=$root/target/tools
export CARGO_TARGET_DIR=$tools/build
export PATH=$tools/bin:$PATH
key=0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80
cast=$root/tests/npm/node_modules/.bin/cast
work=$(mktemp -d)
chain=

finish() {
    [[ -z $chain ]] || kill "$chain" 2>/dev/null || true
    rm -rf "$work"
}
trap finish EXIT

scripts/setup.sh --tools
if ! [[ -x $tools/bin/cargo-stylus ]] || [[ $(cargo stylus --version 2>/dev/null) != *" $version" ]]; then
    # From its own folder, so that no configuration of this repository applies.
    (cd "$work" && cargo install cargo-stylus --version "$version" --locked --debug --root "$tools" \
        --config profile.dev.debug=0)
fi
if ! [[ -x $root/target/debug/smartsync ]]; then
    CARGO_TARGET_DIR=$root/target cargo build --locked --tests --bins --examples
fi

"$root/target/debug/smartsync" devchain --kind stylus --port 0 >"$work/url" &
chain=$!
until [[ -s $work/url ]]; do
    kill -0 "$chain"
    read -r -t 0.1 <> <(:) || true
done
read -r url <"$work/url"
export ETH_RPC_URL=$url

# What builds say, which is not the point here.
noise='^ *(Compiling|Downloaded|Downloading|Adding|Locking|Updating|Blocking|Finished|\||=|-->|[0-9]+ \|)|^warning|^File used for|^$'

# Shows a command, runs it, and keeps what it says, without colours. Its status is the command's.
run() {
    printf '\n$ %s\n' "$*" | sed "s#$root/##g; s#$work/##g; s#$url#\$URL#g; s#$key#\$KEY#g"
    "$@" 2>&1 | sed 's/\x1b\[[0-9;]*m//g' | tee "$work/said" | { grep -vE "$noise" || true; } | sed "s#$root/##g" | cut -c1-160
}

# Fails unless the last command said this.
said() {
    grep -qE "$1" "$work/said" || { echo "error: expected the last command to say: $1" >&2; exit 1; }
}

# The address and the transaction that the last deployment said.
deployed() {
    address=$(sed -n 's/.*deployed code at address: *\(0x[0-9a-fA-F]\{40\}\).*/\1/p' "$work/said")
    transaction=$(sed -n 's/.*deployment tx hash: *\(0x[0-9a-f]\{64\}\).*/\1/p' "$work/said")
    [[ -n $address && -n $transaction ]] || { echo "error: no address in what the deployment said" >&2; exit 1; }
}

echo "cargo-stylus $version on the dev chain"
cd tests/tools/counter
run cargo stylus check --endpoint "$url"
said 'wasm data fee'
run cargo stylus constructor
said 'constructor\(uint256 first\) payable'
run cargo stylus deploy --no-verify --endpoint "$url" --private-key "$key" --estimate-gas
said 'deployment tx total cost'
run cargo stylus deploy --no-verify --endpoint "$url" --private-key "$key" --constructor-value 0.5 --constructor-args 41
deployed
run "$cast" call "$address" 'number()(uint256)'
said '^41$'
run "$cast" balance --ether "$address"
said '^0.5'
run cargo stylus verify --no-verify --skip-clean --endpoint "$url" --deployment-tx "$transaction"
said 'Verification successful'
run cargo stylus cache suggest-bid "$address" --endpoint "$url"
said 'Minimum bid for contract .*: 0 wei'
run cargo stylus cache status --endpoint "$url" --address "$address"
said 'is not yet cached'
run cargo stylus cache bid "$address" 0 --endpoint "$url" --private-key "$key"
said 'Successfully cached'
run cargo stylus cache status --endpoint "$url" --address "$address"
said 'is cached'

transaction=$("$cast" send --private-key "$key" --json "$address" 'advance(uint256)' 42 | sed -n 's/.*"transactionHash":"\([^"]*\)".*/\1/p')
run cargo stylus trace --endpoint "$url" --tx "$transaction"
said '"name":"emit_log"'
run cargo stylus trace --endpoint "$url" --tx "$transaction" --use-native-tracer
said '"name":"emit_log"'
run cargo stylus simulate --endpoint "$url" --to "$address" --data "$("$cast" calldata 'number()')"
said '"name":"storage_load_bytes32"'

# A program that is deployed in pieces: 40,000 bytes that do not compress, in the memory of one that returns nothing.
node - "$work/large.wasm" <<'SCRIPT'
const { createHash } = require('node:crypto');
const leb = (number) => {
  const bytes = [];
  for (; number > 0x7f; number >>>= 7) bytes.push((number & 0x7f) | 0x80);
  return [...bytes, number];
};
const text = (name) => [name.length, ...Buffer.from(name)];
const section = (id, body) => [id, ...leb(body.length), ...body];
const noise = Array.from({ length: 1_250 }, (_, index) => [...createHash('sha256').update(String(index)).digest()]).flat();
const wasm = Uint8Array.from([
  0, ...Buffer.from('asm'), 1, 0, 0, 0,
  // (i32) -> () of the host function, (i32) -> i32 of the program's own
  ...section(1, [2, 0x60, 1, 0x7f, 0, 0x60, 1, 0x7f, 1, 0x7f]),
  ...section(2, [1, ...text('vm_hooks'), ...text('pay_for_memory_grow'), 0, 0]),
  ...section(3, [1, 1]),
  ...section(5, [1, 0, 1]),
  ...section(7, [2, ...text('memory'), 2, 0, ...text('user_entrypoint'), 0, 1]),
  ...section(10, [1, 4, 0, 0x41, 0, 0x0b]),
  ...section(11, [1, 0, 0x41, 0, 0x0b, ...leb(noise.length), ...noise]),
]);
if (!WebAssembly.validate(wasm)) throw new Error('no WASM');
require('node:fs').writeFileSync(process.argv[2], wasm);
SCRIPT
before=$("$cast" block-number)
run cargo stylus deploy --wasm-file "$work/large.wasm" --no-verify --endpoint "$url" --private-key "$key"
said '40.2 KB .* \(2 fragments\)'
said 'successfully activated'
(($("$cast" block-number) - before == 4)) || { echo "error: two pieces, the root and the activation are four transactions" >&2; exit 1; }

cd "$root/contract/verifier"
run cargo stylus export-abi --contract smartsync-verifier --output "$work/abi.sol"
cmp "$work/abi.sol" abi.sol
echo "the same as contract/verifier/abi.sol"
run cargo stylus check --contract smartsync-verifier --endpoint "$url"
run cargo stylus deploy --contract smartsync-verifier --no-verify --endpoint "$url" --private-key "$key" --no-activate
deployed
run cargo stylus activate --address "$address" --endpoint "$url" --private-key "$key"
said 'successfully activated'
if run cargo stylus codehash-keepalive --codehash "$("$cast" keccak "$("$cast" code "$address")")" --endpoint "$url" --private-key "$key"; then
    echo "error: a new program was kept alive" >&2
    exit 1
fi
said 'Failed to keepalive contract'
printf '\nall of it worked, %ds\n' "$SECONDS"
