// Source: csp
// A hundred thousand processes, all parked at once; closing one channel wakes them all.
//
// Look for: how many wait, what memory each takes (not the 256 KiB it may, but what it uses: 4.4 KiB as ./run.sh builds
// it, on Linux and x86-64), and that all are woken.
// Try: ./run.sh hundred_thousand_processes 1000000: each takes as much, so a million take some 4.4 GB.

use csp::prelude::*;
use std::cell::Cell;
use std::rc::Rc;

/// The memory of this program, in KiB, where the system tells.
fn resident() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

#[csp::main]
pub fn main() {
    let n = std::env::args().nth(1).map_or(100_000, |n| n.parse().expect("a number"));
    let (gate, woken, before) = (Channel::<()>::new(), Rc::new(Cell::new(0)), resident());
    for _ in 0..n {
        let (gate, woken) = (gate.clone(), woken.clone());
        go(move || {
            take(&gate); // waits until it is closed
            woken.set(woken.get() + 1);
        });
    }
    yield_now(); // all of them have their first turn, and park
    println!("{} processes besides main", csp::stats().processes - 1);
    match before.zip(resident()) {
        Some((before, now)) => println!("{:.1} KiB of memory each", (now - before) as f64 / n as f64),
        None => println!("how much memory they take, this system does not tell"),
    }

    close(&gate);
    yield_now(); // and their last turn
    println!("{} woken, {} left", woken.get(), csp::stats().processes - 1);
}
