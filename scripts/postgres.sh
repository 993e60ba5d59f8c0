#!/usr/bin/env bash
# A PostgreSQL server for tests, in a folder of its own and on a free port of 127.0.0.1.
#   scripts/postgres.sh start     prints the folder and the URL of the database, a line each
#   scripts/postgres.sh stop FOLDER
#   scripts/postgres.sh restart FOLDER   stops it at once, as a crash would, and starts it on the same port
#   scripts/postgres.sh find      prints where the server's binaries are; fails when there are none
set -euo pipefail

find_binaries() {
    local folder
    for folder in $(printf '%s\n' /usr/lib/postgresql/*/bin | sort -rV) "$(dirname "$(command -v initdb || echo /nowhere/initdb)")"; do
        if [[ -x "$folder/initdb" && -x "$folder/pg_ctl" ]]; then
            echo "$folder"
            return
        fi
    done
    echo "error: no PostgreSQL server is installed: run scripts/setup.sh" >&2
    return 1
}

# The server refuses to run as root; Debian's packages make a user for it.
as_owner() {
    if [[ $(id -u) -eq 0 ]]; then
        setpriv --reuid=postgres --regid=postgres --clear-groups -- "$@"
    else
        "$@"
    fi
}

start() {
    local binaries folder port
    binaries=$(find_binaries)
    folder=$(mktemp -d "${TMPDIR:-/tmp}/smartsync-postgres.XXXXXX")
    if [[ $(id -u) -eq 0 ]]; then
        chown postgres: "$folder"
    fi
    cd "$folder"
    as_owner "$binaries/initdb" -D "$folder/data" -U postgres --auth=trust --encoding=UTF8 --no-locale --no-sync >"$folder/initdb.log" 2>&1 ||
        { cat "$folder/initdb.log" >&2; return 1; }
    # A port can be taken between choosing and using it: then another is tried.
    for _ in 1 2 3 4 5 6 7 8; do
        port=$((20000 + RANDOM % 40000))
        if as_owner "$binaries/pg_ctl" -D "$folder/data" -l "$folder/server.log" -w -s \
            -o "-h 127.0.0.1 -p $port -k $folder -c fsync=off" start >/dev/null 2>&1; then
            printf '%s\n%s\n' "$folder" "postgres://postgres@127.0.0.1:$port/postgres"
            return
        fi
    done
    cat "$folder/server.log" >&2
    return 1
}

stop() {
    local binaries
    binaries=$(find_binaries)
    cd "$1"
    as_owner "$binaries/pg_ctl" -D "$1/data" -w -s -m immediate stop >/dev/null 2>&1 || true
    cd /
    rm -rf "$1"
}

restart() {
    local binaries
    binaries=$(find_binaries)
    cd "$1"
    as_owner "$binaries/pg_ctl" -D "$1/data" -l "$1/server.log" -w -s -m immediate restart >/dev/null
}

case "${1:-}" in
start) start ;;
restart) restart "$2" ;;
stop) stop "$2" ;;
find) find_binaries ;;
*)
    echo "usage: $0 start | stop FOLDER | restart FOLDER | find" >&2
    exit 2
    ;;
esac
