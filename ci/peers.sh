#!/usr/bin/env bash
# Runs csp's sockets against programs that others have written: curl, openssl, netcat, wrk and Chromium. What is missing it
# installs, where it may. An argument chooses the tests: `ci/peers.sh nc::`.
set -euo pipefail
cd "$(dirname "$0")/.."

missing=()
# A program, and the package of Debian that has it.
need() {
    command -v "$1" >/dev/null || missing+=("$2")
}
need curl curl
need openssl openssl
need nc netcat-openbsd
need wrk wrk
need chromium chromium
# There are other netcats, whose options are others.
if command -v nc >/dev/null && ! nc -h 2>&1 | grep -q OpenBSD; then
    missing+=(netcat-openbsd)
fi

if [ ${#missing[@]} -gt 0 ]; then
    as_root='env'
    [ "$(id -u)" -eq 0 ] || as_root='sudo env'
    if ! command -v apt-get >/dev/null || ! command -v "${as_root%% *}" >/dev/null; then
        echo "ci/peers.sh: the peers are programs of their own, and some are missing: apt-get install ${missing[*]}" >&2
        exit 2
    fi
    $as_root apt-get update --quiet
    $as_root DEBIAN_FRONTEND=noninteractive apt-get install --yes --quiet --no-install-recommends "${missing[@]}"
fi

cargo test --package twisted-csp --locked --test net_peers "$@"
