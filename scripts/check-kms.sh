#!/usr/bin/env bash
# Deploys, migrates and syncs with a key that is in a key service: moto, an independent implementation of AWS KMS's interface, on
# this machine (it checks no credentials, and does not know digests, which is added here). The key pays, and signs the headers for the notary. Not a part of scripts/test.sh: the cargo feature `aws` brings
# some 100 crates, and moto's packages some 80 MB. Needs Python 3.9 or later with venv.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

cargo build --locked --features smartsync-cli/aws --bin smartsync
scripts/setup.sh
venv=target/kms-venv
if ! [[ -x $venv/bin/moto_server ]]; then
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet 'moto[server,kms]==5.2.5'
fi

# A copy, since the next build without the feature takes its place.
work=$(mktemp -d)
cp target/debug/smartsync "$work/smartsync"
started=()
finish() {
    kill "${started[@]}" 2>/dev/null || true
    rm -rf "$work"
}
trap finish EXIT
PATH=$work:$PATH

# Waits for the first line of a file that a program writes while it runs.
first_line() {
    until [[ -s $1 ]]; do
        kill -0 "$2"
        read -r -t 0.1 <> <(:) || true
    done
    head -n 1 "$1"
}
# A field of a JSON object on stdin.
field() {
    node -e 'process.stdout.write(String(JSON.parse(require("fs").readFileSync(0))'"$1"'))'
}
rpc() {
    curl --silent --show-error --fail -H 'content-type: application/json' --data "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"$2\",\"params\":$3}" "$1"
}

smartsync devchain --kind evm > "$work/source" &
started+=($!)
source=$(first_line "$work/source" $!)
smartsync devchain --kind stylus > "$work/target" &
started+=($!)
target=$(first_line "$work/target" $!)
# It signs what it is given as a message; what the relayer gives it is a digest.
"$venv/bin/python" - > "$work/kms" 2>&1 <<'PYTHON' &
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils
from moto.kms.utils import ECDSAPrivateKey
from moto.server import main

digest = ec.ECDSA(utils.Prehashed(hashes.SHA256()))
ECDSAPrivateKey.sign = lambda self, message, _algorithm: self.private_key.sign(message, digest)
main(["-H", "127.0.0.1", "-p", "0"])
PYTHON
started+=($!)
moto=$!
until url=$(grep -o 'http://127.0.0.1:[0-9]*' "$work/kms" | head -n 1) && [[ -n $url ]]; do
    kill -0 "$moto"
    read -r -t 0.1 <> <(:) || true
done

export AWS_ENDPOINT_URL=$url AWS_REGION=us-east-1 AWS_DEFAULT_REGION=us-east-1 AWS_ACCESS_KEY_ID=any AWS_SECRET_ACCESS_KEY=any
key=$("$venv/bin/python" - <<'PYTHON'
import boto3
made = boto3.client("kms").create_key(KeySpec="ECC_SECG_P256K1", KeyUsage="SIGN_VERIFY")
print(made["KeyMetadata"]["KeyId"])
PYTHON
)
export SMARTSYNC_SOURCE_RPC=$source SMARTSYNC_TARGET_RPC=$target SMARTSYNC_AWS_KEY=$key SMARTSYNC_DEPLOYMENT=$work/deployment.json

# It has no ether: the refusal names its address.
refused=$(smartsync deploy 2>&1) && { echo "error: deployed without ether" >&2; exit 1; }
account=$(grep -o "account 0x[0-9a-fA-F]\{40\}" <<< "$refused" | head -n 1 | cut -d" " -f2) || true
[[ -n $account ]] || { echo "error: no account was named: $refused" >&2; exit 1; }
echo "KMS key $key is account $account"
rpc "$target" anvil_setBalance "[\"$account\", \"0x56bc75e2d63100000\"]" > /dev/null

smartsync deploy
dev=0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80
cast=tests/npm/node_modules/.bin/cast
table=$("$cast" send --rpc-url "$source" --private-key "$dev" --json --create "$(field .bytecode < tests/fixtures/artifacts/SlotTable.json)" |
    field .contractAddress)
write() {
    "$cast" send --rpc-url "$source" --private-key "$dev" "$table" 'write(uint256[],uint256[])' "$1" "$2" > /dev/null
}
write '[1,2,3]' '[10,20,30]'
smartsync migrate "$table"
write '[2,4]' '[0,40]'
smartsync sync "$table"

# What the registry says of it, and what the mirror holds, by another client.
[[ $(smartsync status --json | field '.mirrors[0].upToDate') == true ]]
proxy=$(smartsync status --json | field '.mirrors[0].proxy')
for slot in 1:10 2:0 3:30 4:40; do
    [[ $("$cast" storage "$proxy" "${slot%:*}" --rpc-url "$target") == "$("$cast" to-uint256 "${slot#*:}")" ]] ||
        { echo "error: slot ${slot%:*}" >&2; exit 1; }
done
echo "a key in KMS deployed, vouched for headers, migrated and synced"
