#!/usr/bin/env bash
# Tests the relayer's web page in Chromium, on a desk and on a phone.
# Usage: scripts/test-web.sh [--if-possible] [FOLDER]. Screenshots go to the folder. With --if-possible a missing Chromium is
# installed from Debian's packages if that takes no longer than a minute, else the test is skipped.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

if_possible=false
if [[ "${1:-}" == --if-possible ]]; then
    if_possible=true
    shift
fi

export CHROMIUM=${CHROMIUM:-/usr/bin/chromium}
if ! [[ -x "$CHROMIUM" ]]; then
    if [[ "$if_possible" == false ]]; then
        echo "error: $CHROMIUM is missing: install Chromium, or say where it is by CHROMIUM" >&2
        exit 1
    fi
    install=(apt-get install -qq -y --no-install-recommends)
    export DEBIAN_FRONTEND=noninteractive
    # Only the download is cut short: an installation that is cut short would leave the machine's packages in a mess.
    if [[ $EUID -ne 0 ]] || ! command -v apt-get >/dev/null \
        || ! timeout 15 apt-get update -qq >/dev/null 2>&1 \
        || ! timeout 40 "${install[@]}" --download-only chromium >/dev/null 2>&1 \
        || ! "${install[@]}" chromium >/dev/null 2>&1; then
        echo "skipped: the test of the web page, since Chromium is not here and could not be installed within a minute"
        exit 0
    fi
fi

scripts/setup.sh
if [[ -n "${1:-}" ]]; then
    mkdir -p "$1"
    SMARTSYNC_SCREENSHOTS=$(cd "$1" && pwd)
    export SMARTSYNC_SCREENSHOTS
fi
cargo test --locked --test chains -- --ignored --exact browsing::the_web_page_shows_in_a_browser_what_the_relayer_knows
