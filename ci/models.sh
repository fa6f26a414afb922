#!/usr/bin/env bash
# Runs the models of what threads do with each other in every order that there is (loom), with at most so many threads taken
# off the processor in the middle of something: LOOM_MAX_PREEMPTIONS, 2 if not set. An argument chooses the models:
# `ci/models.sh two_choices`.
set -euo pipefail
cd "$(dirname "$0")/.."

export RUSTFLAGS='--cfg csp_loom'
export LOOM_MAX_PREEMPTIONS="${LOOM_MAX_PREEMPTIONS:-2}"
cargo test --package twisted-csp --locked --release --target-dir target/models --lib --test models "${1:-model}"
