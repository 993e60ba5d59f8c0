#!/usr/bin/env bash
# Runs the relayer against faulty nodes and kills it, and writes docs/reports/relayer-faults.md.
# Usage: scripts/soak-relayer.sh [REQUESTS] [KILLS] [SEED]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

requests=${1:-10000}
kills=${2:-100}
seed=${3:-1}
report=docs/reports/relayer-faults.md
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

run() {
    SMARTSYNC_SOAK_SEED=$seed SMARTSYNC_SOAK_REQUESTS=$requests SMARTSYNC_SOAK_KILLS=$kills SMARTSYNC_SOAK_REPORT="$folder/$1.md" \
        cargo test --locked --quiet --test chains "$2" >&2
}
run faults syncs_through_faulty_nodes
run kills a_relayer_killed_at_any_instant
run shared relayers_that_share_mirrors

cat >"$report" <<REPORT
# The relayer against faulty nodes and kills

Written by \`scripts/soak-relayer.sh $requests $kills $seed\` on $(date -u +%F), $(rustc --version).

## Faulty nodes

Two relayers keep one mirror fresh while its source changes, through two proxies in front of the source and two in front of the
target: one relies on two nodes that agree, the other on one at a time. The proxies answer wrongly, late or not at all at random
([\`faults.rs\`](../../relayer/cli/tests/chains/faults.rs), [\`fault_proxy.rs\`](../../relayer/cli/tests/chains/fault_proxy.rs)). After each sync the
mirror is read past the proxies: an active mirror's storage root is the source's at the recorded block, and a sync that reported a move
made it. That there was nothing to do must be so for the first relayer; what a single node says of that is as true as the
node. After the faults stop, both storage roots are equal.

$(cat "$folder/faults.md")

## Kills

The binary is killed (SIGKILL) at random instants of \`migrate\` and \`watch\`, on a target that mines every 40 ms, so that transactions are
on their way at some of them ([\`kills.rs\`](../../relayer/cli/tests/chains/kills.rs)). After each series a run that is left alone completes; both
storage roots are equal, and the source has one mirror. No transaction failed: the registry refuses a sync, part or
completion that was made before, so none was sent in vain.

$(cat "$folder/kills.md")

## Relayers that share mirrors

Two \`smartsync watch\` share three mirrors through PostgreSQL while the sources change, on a target that mines every 40 ms. One of them is
killed at a random instant and started again, or the database ends all their sessions, again and again
([\`shared_kills.rs\`](../../relayer/cli/tests/chains/shared_kills.rs)). In the end they are left alone, and all storage roots are equal. No transaction of
theirs failed, and none found a mirror moved already: what one had on its way when it was killed was waited for by the other.

$(cat "$folder/shared.md")
REPORT
echo "$report"
