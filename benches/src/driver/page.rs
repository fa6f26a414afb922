//! `docs/benchmarks.md`.

use std::fmt::Write;

use super::machine;
use super::table::Table;
use crate::peers::{self, Peer};
use crate::workloads::Workload;

pub fn page(table: &Table, rounds: usize) -> String {
    let mut page = format!(
        "\
# Benchmarks

This file is written by `./run.sh bench`, not by hand.

![How much longer the peers take than csp, for each workload](benchmarks.svg)

{}
What stands there is nanoseconds an operation, or bytes a piece. The best of the peers is bold. Ratios above 1 mean
that csp is faster, or smaller. A floor is how many times as fast as Go csp promises to be, at least; `./run.sh bench
--check` fails when that is not so, or when cargo's own release profile does not reach three quarters of it.

## How it was measured

Each run is a program of its own. In each of {rounds} rounds, each workload runs in all of them, one after the other;
the figures are the medians of the rounds. In a round, a workload runs three times in one program: the first does not
count, and of the others the better does. Where the cold start is measured, or memory, it runs once.
Each run has to return the right answer.

`csp` and the Rust peers are built with fat link-time optimization and one code generation unit, `csp, default profile`
as `cargo build --release` builds it. Go runs with one thread for goroutines, and with two: the better median is in the
table.

",
        table.markdown()
    );
    for (name, fact) in machine::facts() {
        _ = writeln!(page, "- {name}: {fact}");
    }
    page.push_str("\n## The peers\n\n");
    for Peer { name, crates, note, .. } in peers::ALL {
        let versions: Vec<_> = crates.iter().map(|name| format!("{name} {}", machine::version_of(name))).collect();
        let versions = if versions.is_empty() { String::new() } else { format!(" ({})", versions.join(", ")) };
        _ = writeln!(page, "- `{name}`{versions}: {note}");
    }
    page.push_str("\n## The workloads\n\n");
    for Workload { name, what, .. } in table.rows.iter().map(|row| row.workload) {
        _ = writeln!(page, "- `{name}`: {what}");
    }
    page
}
