#!/usr/bin/env bash
# Runs the tests under AddressSanitizer. The flag belongs to the nightly compiler; RUSTC_BOOTSTRAP lets the stable one
# take it. Arguments go to cargo test: `ci/sanitizer.sh --test properties`.
set -euo pipefail
cd "$(dirname "$0")/.."

host=$(rustc -vV | sed -n 's/^host: //p')

# Leaks are not looked for: an abandoned process keeps its stack on purpose, and tests/leaks.rs counts the rest.
export RUSTC_BOOTSTRAP=1
export RUSTFLAGS='-Zsanitizer=address'
export ASAN_OPTIONS='detect_leaks=0'

# The default is every test but those that compile programs (ui) or whole examples.
if [ $# -eq 0 ]; then
    set -- --lib --tests
fi
cargo test --package twisted-csp --features sanitizer --locked --target "$host" --target-dir target/sanitizer "$@"
