//! `docs/benchmarks.md`.

use std::fmt::Write;

use super::machine;
use super::table::Table;
use crate::command_line::Settings;
use crate::groups::{Group, NETWORK, THREADS};
use crate::peers::Peer;
use crate::workloads::Workload;

pub const NAME: &str = "benchmarks.md";

/// How the parts of the page begin that have a heading; the first has none.
const BETWEEN_THREADS: &str = "\n## Between threads\n";
const OVER_THE_NETWORK: &str = "\n## Over the network\n";

pub fn chart(group: &Group) -> &'static str {
    match group.name {
        name if name == THREADS.name => "benchmarks-threads.svg",
        name if name == NETWORK.name => "benchmarks-net.svg",
        _ => "benchmarks.svg",
    }
}

/// The page as it was before, with its part about this group anew.
pub fn page(before: &str, table: &Table, settings: &Settings) -> String {
    let begin = |heading| before.find(heading).unwrap_or(before.len());
    let (one_thread, others) = before.split_at(begin(BETWEEN_THREADS).min(begin(OVER_THE_NETWORK)));
    let (threads, network) = others.split_at(others.find(OVER_THE_NETWORK).unwrap_or(others.len()));
    match settings.group.name {
        name if name == THREADS.name => one_thread.to_string() + &between_threads(table, settings) + network,
        name if name == NETWORK.name => one_thread.to_string() + threads + &over_the_network(table, settings),
        _ => on_one_thread(table, settings) + others,
    }
}

fn on_one_thread(table: &Table, settings: &Settings) -> String {
    let mut page = format!(
        "\
# Benchmarks

This file is written by `./run.sh bench`, not by hand; what is about threads, by `./run.sh bench threads`, and what is
about the network, by `./run.sh bench net`.

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

fn over_the_network(table: &Table, settings: &Settings) -> String {
    let mut part = format!(
        "\
{OVER_THE_NETWORK}
This part is written by `./run.sh bench net`.

![How much longer the peers take than csp over the network, for each workload]({})

{}
What stands there is the time on the wall from one answer to the next, what the server has used of the processor for
each, and within which time half of the requests were answered, 99 of a hundred, and 999 of a thousand; or bytes a
connection. The best of the peers is bold. Ratios above 1 mean that csp is faster, or smaller. The floor is that csp is
as fast as the best peer, with 64 connections and with 1,000, to within the two parts in a hundred that a program and
itself differ by; the ceiling, what a connection takes at most.
`./run.sh bench net --check` fails when that is not so.

### How over the network was measured

Each server is a program of its own, and all of them have the same clients: of an echo, one thread of the measuring
program, which compares each answer with what it has sent; of HTTP, wrk with one thread. A server on one core is bound
to the first core of the machine, and its clients to the others; where a server has two cores and the machine no more,
the clients share them. Clients of an echo with a core of their own look for answers again and again and do not sleep:
to wake them up would be work of the server's, which takes a quarter of its time or nothing, as chance will have it. Go
runs with as many threads for goroutines as the server has cores. There were {} rounds. In a round, all servers of an
echo run at the same time, and are asked in twenty turns, each for a tenth of a second or two, of which the first half
does not count: what the others have displaced from the caches has to come back first. What counts for csp is the median
of the turns of all rounds, and for another server how many times csp's of the same turn its figure is, in the median.
Of HTTP, one server runs after the other, and each is asked three times: the first does not count, and of the others the
faster does; what counts is the median of the rounds. For memory 10,000 clients connect, send 64 bytes and get them
back: what the server holds then beyond what it did with one. What the kernel holds for a socket is not in it. Servers
have 512 bytes for what they read. The answers of hyper and of Go's `net/http` have a date, the others have none.

csp and the Rust peers are built with fat link-time optimization and one code generation unit.

",
        chart(settings.group),
        table.markdown(),
        settings.rounds,
    );
    lists(&mut part, "###", table, settings.group);
    part
}

fn how(rounds: usize) -> String {
    format!(
        "\
Each run is a program of its own. In each of {rounds} rounds, each workload runs in all of them, one after the other;
the figures are the medians of the rounds. In a round, a workload runs three times in one program: the first does not
count, and of the others the better does. Where memory is measured it runs once; where the cold start is, once in each of two
programs, of which the second counts.
Each run has to return the right answer."
    )
}

fn lists(page: &mut String, level: &str, table: &Table, group: &Group) {
    for (name, fact) in machine::facts() {
        _ = writeln!(page, "- {name}: {fact}");
    }
    let of = match group.name {
        name if name == THREADS.name => " between threads",
        name if name == NETWORK.name => " over the network",
        _ => "",
    };
    _ = write!(page, "\n{level} The peers{of}\n\n");
    for Peer { name, crates, note, .. } in group.peers {
        let versions: Vec<_> = crates.iter().map(|name| format!("{name} {}", machine::version_of(name))).collect();
        let versions = if versions.is_empty() { String::new() } else { format!(" ({})", versions.join(", ")) };
        _ = writeln!(page, "- `{name}`{versions}: {note}");
    }
    _ = write!(page, "\n{level} The workloads{of}\n\n");
    let mut workloads: Vec<_> = table.rows.iter().map(|row| row.workload).collect();
    workloads.dedup_by_key(|workload| workload.name);
    for Workload { name, what, .. } in workloads {
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
    fn each_group_keeps_what_was_written_about_the_others() {
        let all = page_of("net", &page_of("threads", &page_of("", "")));
        assert!(all.starts_with("# Benchmarks\n"));
        for heading in [BETWEEN_THREADS, OVER_THE_NETWORK] {
            assert_eq!(all.matches(heading).count(), 1);
        }
        for line in ["", "threads", "net"] {
            assert_eq!(page_of(line, &all), all, "{line}");
        }
        assert_eq!(page_of("threads", &page_of("net", &page_of("", ""))), all);
    }
}
