#!/usr/bin/env bash
# Runs the tests of what goes between threads under ThreadSanitizer. The flag belongs to the nightly compiler; RUSTC_BOOTSTRAP
# lets the stable one take it. Arguments go to cargo test: `ci/thread_sanitizer.sh --test sync_stress`.
#
# The standard library has to be built with it: of a lock or an unpark that is not instrumented the sanitizer does not know
# what it orders, and everything looks like a race. Hence the component rust-src.
#
# Processes can be looked at as well as threads. To the sanitizer a scheduler with all its processes is one thread, which is
# right: they do not race. It is not told of the change of stacks; its own stack of calls, for its reports, is right again when
# the processes have ended, but has no room for very many at a time. So what is left out is what makes crowds, and what ends
# in a fault or an abort.
set -euo pipefail
cd "$(dirname "$0")/.."

if [ ! -d "$(rustc --print sysroot)/lib/rustlib/src/rust/library" ]; then
    echo 'ci/thread_sanitizer.sh: the source of the standard library is missing: rustup component add rust-src' >&2
    exit 2
fi
host=$(rustc -vV | sed -n 's/^host: //p')

export RUSTC_BOOTSTRAP=1
export RUSTFLAGS='-Zsanitizer=thread'
# The first race ends a test: what comes after it may come of it. The threads of the default runtime end with the program.
export TSAN_OPTIONS="halt_on_error=1 report_thread_leaks=0 ${TSAN_OPTIONS-}"
# Everything takes ten times as long.
export CSP_STRESS_PATIENCE=${CSP_STRESS_PATIENCE-300}

if [ $# -eq 0 ]; then
    set -- --test sync_stress --test sync_linearizable --test go_channels --test spec_sync --test spec_runtime --test interrupt
fi
cargo test -Zbuild-std --package twisted-csp --locked --target "$host" --target-dir target/thread-sanitizer "$@"
