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

# Left out: what measures memory, which the sanitizer holds back, and what the sanitizer answers in a way of its own.
if [ $# -eq 0 ]; then
    set -- --lib --tests -- --skip memory_comes_back_after_a_peak --skip an_overflow_outside_any_process_is_not_ours
fi
cargo test --package twisted-csp --features sanitizer --locked --target "$host" --target-dir target/sanitizer "$@"
