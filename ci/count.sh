#!/usr/bin/env bash
# Counts the instructions of csp's operations, and fails when they are not those in benches/instructions.txt.
# Arguments go to csp-bench: `ci/count.sh --strict`, `ci/count.sh ping_pong`.
set -euo pipefail
cd "$(dirname "$0")/.."

if ! command -v valgrind >/dev/null; then
    if ! command -v apt-get >/dev/null || [ "$(id -u)" -ne 0 ]; then
        echo 'ci/count.sh: Valgrind counts the instructions, and is missing: apt-get install valgrind' >&2
        exit 2
    fi
    apt-get update --quiet
    DEBIAN_FRONTEND=noninteractive apt-get install --yes --quiet --no-install-recommends valgrind
fi

# Without the peers: what is counted is csp alone.
cargo build --manifest-path benches/Cargo.toml --profile fat --no-default-features --locked --target-dir target/bench
exec target/bench/fat/csp-bench count "$@"
