#!/usr/bin/env bash
# Compiles the relayer with the keys that the ordinary build leaves out (cargo features `aws` and `ledger`), lints it, and looks that
# a key that is not there is refused by an error. Not a part of scripts/test.sh: some 190 crates more take minutes.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
features=smartsync-cli/aws,smartsync-cli/ledger

# The ordinary selection of packages, so that what the features do not touch is not checked again.
cargo clippy --locked --features "$features" --lib --bins -- --deny warnings

cargo build --locked --features "$features" --bin smartsync
# Nothing listens there: keys are opened before any node is asked. The last index is no account of any device.
export AWS_ENDPOINT_URL=http://127.0.0.1:9 AWS_REGION=us-east-1 AWS_ACCESS_KEY_ID=any AWS_SECRET_ACCESS_KEY=any
for key in 'aws-key alias/none' 'ledger 2147483647'; do
    status=0
    # shellcheck disable=SC2086
    said=$(target/debug/smartsync deploy --target-rpc http://127.0.0.1:9 --source-chain-id 1 --${key} 2>&1) || status=$?
    if ((status != 1)) || ! grep -q 'cannot be used: ' <<< "$said"; then
        echo "error: --$key ended with status $status: $said" >&2
        exit 1
    fi
    echo "--$key: $(tail -n 1 <<< "$said")"
done
