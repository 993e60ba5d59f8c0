#!/usr/bin/env bash
# Kills the relayer while it migrates and watches groups, reads them all the while, and writes docs/reports/group-reads.md.
# Usage: scripts/soak-groups.sh [KILLS] [READS] [SEED]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

kills=${1:-100}
reads=${2:-10000}
seed=${3:-1}
report=docs/reports/group-reads.md
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

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
