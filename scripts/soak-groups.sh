#!/usr/bin/env bash
# Kills the relayer while it migrates and watches groups, reads them all the while, and writes docs/reports/group-reads.md; or gives it nodes that lie or lag, and writes
# docs/reports/group-faults.md.
# Usage: scripts/soak-groups.sh [KILLS] [READS] [SEED]
#        scripts/soak-groups.sh --faults [REQUESTS] [SEED]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

if [ "${1:-}" = --faults ]; then
    requests=${2:-10000}
    seed=${3:-1}
    report=docs/reports/group-faults.md
    SMARTSYNC_SOAK_SEED=$seed SMARTSYNC_SOAK_REQUESTS=$requests SMARTSYNC_SOAK_REPORT="$folder/faults.md" \
        cargo test --locked --quiet --test chains groups_through_faulty_nodes >&2
    cat >"$report" <<REPORT
# Groups through nodes that lie or lag

Written by \`scripts/soak-groups.sh --faults $requests $seed\` on $(date -u +%F), $(rustc --version).

A vault over a token behind a proxy, with a rate from a third contract, is kept by two relayers in turn, each with two endpoints a chain behind proxies that answer wrongly, late or not at all; one relies on
two nodes that agree, the other on a single node. Each round the token is upgraded, and every other time the rate changes in the block behind that. A reader with honest nodes asks all the while and compares with the source at the recorded block
([\`group_faults.rs\`](../../relayer/cli/tests/chains/group_faults.rs)). At the end the faults stop, and all is answered at the newest block.

$(cat "$folder/faults.md")
REPORT
    echo "wrote $report" >&2
    exit
fi

kills=${1:-100}
reads=${2:-10000}
seed=${3:-1}
report=docs/reports/group-reads.md

cargo build --locked --quiet --bins
SMARTSYNC_SOAK_SEED=$seed SMARTSYNC_SOAK_KILLS=$kills SMARTSYNC_SOAK_READS=$reads SMARTSYNC_SOAK_REPORT="$folder/reads.md" \
    cargo test --locked --quiet --test e2e groups_whose_relayer_is_killed >&2

cat >"$report" <<REPORT
# Groups are read while they move

Written by \`scripts/soak-groups.sh $kills $reads $seed\` on $(date -u +%F), $(rustc --version).

Vaults of OpenZeppelin over a token behind a proxy, with a rate from a feed of Chainlink's, are migrated and watched by \`smartsync\`, which is killed (SIGKILL) at random
instants, on a target that mines every 40 ms. Every 120 ms the source moves on: the rate, a balance, an upgrade of the token, or another feed. Every other
token has 500 slots more, so that it is copied in parts. A reader asks the mirrors of the last three vaults all the while ([\`group_kills.rs\`](../../tests/e2e/group_kills.rs)): where the mirror's
block is the same before and after, each answer must be the source's at that block, or a typed error. At the end of each round the relayer is left alone, and all is answered at
the newest block.

$(cat "$folder/reads.md")
REPORT
echo "wrote $report" >&2
