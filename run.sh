#!/bin/sh
# Runs an example: `./run.sh go.boring`. What that needs is built first, silently when there is nothing to tell.
# `./run.sh bench` measures the library beside others instead.
# The rest, the list of the examples and the options too, is in runner/; `./run.sh --help` tells.
set -eu

# Where the project is, wherever this was called from, through a link too.
self=$(readlink -f -- "$0" 2>/dev/null) || self=$0
case $self in */*) root=${self%/*} ;; *) root=. ;; esac
root=$(CDPATH='' cd -- "$root" && pwd -P)

cargo=$(command -v cargo) || cargo=${CARGO_HOME:-${HOME:-}/.cargo}/bin/cargo
if [ ! -x "$cargo" ]; then
    echo 'run.sh: cargo is missing, the tool that builds Rust programs.' >&2
    echo 'It comes with Rust: https://rustup.rs tells how to install that, in one line.' >&2
    exit 127
fi

# The benchmarks are a program of their own, in a workspace of their own. What is being built is shown: it takes minutes.
if [ "${1:-}" = bench ]; then
    shift
    if [ "${1:-}" = count ]; then
        shift
        exec "$root/ci/count.sh" "$@"
    fi
    "$cargo" build --manifest-path "$root/benches/Cargo.toml" --profile fat --locked --target-dir "$root/target/bench"
    exec "$root/target/bench/fat/csp-bench" "$@"
fi

# Builds the runner and prints its path. On a terminal, what cargo is doing is shown in one line that is wiped away
# in the end; all that it said comes out only when it fails. The prefix is cut from the paths in the program, so that
# its reports say examples/go/boring.rs wherever the project is.
build() {
    cd "$root"
    if [ -t 2 ]; then color=always wipe='\r\033[K'; else color=never wipe=''; fi
    "$cargo" rustc --release --package csp-runner --bin csp-runner --color "$color" \
        --message-format json-render-diagnostics -- --remap-path-prefix "$root/=" 2>&1 </dev/null | {
        runner='' said='' built=false
        while IFS= read -r line; do
            case $line in
            '{'*'"executable":"'*) runner=${line##*'"executable":"'} runner=${runner%%'"'*} ;;
            '{"reason":"build-finished","success":true}') built=true ;;
            '{'*) ;;
            *)
                said="$said$line
"
                if [ -n "$wipe" ]; then doing "$line"; fi
                ;;
            esac
        done
        printf "$wipe" >&2
        if $built; then printf '%s\n' "$runner"; else printf '%s' "$said" >&2 && exit 1; fi
    }
}

# Shows what takes time: a package being compiled or fetched, another build being waited for.
doing() {
    case $1 in
    *Compiling* | *Download* | *Updating* | *Blocking*) printf "$wipe%s" "${1%% (*}" >&2 ;;
    esac
}

runner=$(build) || exit
exec "$runner" "$@"
