//! `docs/benchmarks.md`.

use std::fmt::Write;

use super::machine;
use super::table::Table;
use crate::command_line::Settings;
use crate::groups::{Group, ONE_THREAD, THREADS};
use crate::peers::Peer;
use crate::workloads::Workload;

pub const NAME: &str = "benchmarks.md";

/// Where the part about threads begins.
const BETWEEN_THREADS: &str = "\n## Between threads\n";

pub fn chart(group: &Group) -> &'static str {
    if group.name == THREADS.name { "benchmarks-threads.svg" } else { "benchmarks.svg" }
}

/// The page as it was before, with its part about this group anew.
pub fn page(before: &str, table: &Table, settings: &Settings) -> String {
    let (one_thread, threads) = before.split_at(before.find(BETWEEN_THREADS).unwrap_or(before.len()));
    if settings.group.name == ONE_THREAD.name {
        on_one_thread(table, settings) + threads
    } else {
        one_thread.to_string() + &between_threads(table, settings)
    }
}

fn on_one_thread(table: &Table, settings: &Settings) -> String {
    let mut page = format!(
        "\
# Benchmarks

This file is written by `./run.sh bench`, not by hand; what is about threads, by `./run.sh bench threads`.

![How much longer the peers take than csp, for each workload]({})

{}
What stands there is nanoseconds an operation, or bytes a piece. The best of the peers is bold. Ratios above 1 mean
that csp is faster, or smaller. A floor is how many times as fast as Go csp promises to be, at least; `./run.sh bench
--check` fails when that is not so, or when cargo's own release profile does not reach three quarters of it.

## How it was measured

{}

`csp` and the Rust peers are built with fat link-time optimization and one code generation unit, `csp, default profile`
as `cargo build --release` builds it. Go runs with one thread for goroutines, and with two: the better median is in the
table.

",
        chart(settings.group),
        table.markdown(),
        how(settings.rounds),
    );
    lists(&mut page, "##", table, settings.group);
    page
}

fn between_threads(table: &Table, settings: &Settings) -> String {
    let mut part = format!(
        "\
{BETWEEN_THREADS}
This part is written by `./run.sh bench threads`.

![How much longer the peers take than csp between threads, for each workload]({})

{}
What stands there is nanoseconds an operation. The best of the peers is bold. The ratios, and the floors, are about the
best of csp's columns, for who uses it can choose among them; above 1 csp is faster. A floor is how many times as
fast csp promises to be, at least, as Go, as the best peer, and with two workers as with one; `./run.sh bench threads
--check` fails when that is not so.

### How between threads was measured

{}

csp and the Rust peers are built with fat link-time optimization and one code generation unit. Go runs with two threads
for goroutines. Who has threads for parties has one for each: where there are two producers and two consumers that is
four. Nobody is bound to a core.

",
        chart(settings.group),
        table.markdown(),
        how(settings.rounds),
    );
    lists(&mut part, "###", table, settings.group);
    part
}

fn how(rounds: usize) -> String {
    format!(
        "\
Each run is a program of its own. In each of {rounds} rounds, each workload runs in all of them, one after the other;
the figures are the medians of the rounds. In a round, a workload runs three times in one program: the first does not
count, and of the others the better does. Where the cold start is measured, or memory, it runs once.
Each run has to return the right answer."
    )
}

fn lists(page: &mut String, level: &str, table: &Table, group: &Group) {
    for (name, fact) in machine::facts() {
        _ = writeln!(page, "- {name}: {fact}");
    }
    let of = if group.name == THREADS.name { " between threads" } else { "" };
    _ = write!(page, "\n{level} The peers{of}\n\n");
    for Peer { name, crates, note, .. } in group.peers {
        let versions: Vec<_> = crates.iter().map(|name| format!("{name} {}", machine::version_of(name))).collect();
        let versions = if versions.is_empty() { String::new() } else { format!(" ({})", versions.join(", ")) };
        _ = writeln!(page, "- `{name}`{versions}: {note}");
    }
    _ = write!(page, "\n{level} The workloads{of}\n\n");
    for Workload { name, what, .. } in table.rows.iter().map(|row| row.workload) {
        _ = writeln!(page, "- `{name}`: {what}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command_line::{self, Request};

    fn page_of(line: &str, before: &str) -> String {
        let arguments: Vec<_> = line.split_whitespace().map(String::from).collect();
        let Ok(Request::Measure(settings)) = command_line::read(&arguments) else { panic!("{line}") };
        page(before, &Table { columns: vec!["csp"], rows: vec![] }, &settings)
    }

    #[test]
    fn each_group_keeps_what_was_written_about_the_other() {
        let both = page_of("threads", &page_of("", ""));
        assert!(both.starts_with("# Benchmarks\n") && both.matches(BETWEEN_THREADS).count() == 1);
        assert_eq!(page_of("threads", &both), both);
        assert_eq!(page_of("", &both), both);
    }
}
