#!/usr/bin/env bash
# Checks random storage transitions against two other trie implementations and writes docs/reports/proof-soak.md.
# Usage: scripts/soak-proof.sh [TRANSITIONS] [SEED]
set -euo pipefail
cd "$(dirname "$0")/.."
transitions=${1:-1000000}
seed=${2:-1}
report=docs/reports/proof-soak.md
mkdir -p "$(dirname "$report")"
result=$(cargo run --quiet -p smartsync-proof --features std --example soak -- "$transitions" "$seed")
cat > "$report" <<REPORT
# Soak test of the proof crate

Written by \`scripts/soak-proof.sh $transitions $seed\` on $(date -u +%F), $(rustc --version). Each transition is built from both whole states and
from the EIP-1186 nodes of two implementations (the bytes must be the same); both roots are compared with alloy's hash builder and with
\`eth_trie\`; the verifier must confirm it from the old storage and leave the new one; an inclusion proof of the new values is built and
checked; and randomly edited bytes must be refused. Slots include ground ones whose hashes share 7 to 12 nibbles.

$result
REPORT
echo "$report"
