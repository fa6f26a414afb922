// Source: Go Concurrency Patterns (Pike 2012), slide 39
// A hundred thousand processes in a row, each adding one to what it is told.
//
// Look for: 100001: one to begin with, and one for each process. A second is enough for all of them.
// Try: the number as an argument, ./run.sh go.daisy_chain 1000000: 1000001, if there are 5 GB of memory for the stacks.

use csp::prelude::*;

#[process] // to call f starts a process that runs it
fn f(left: Channel<u64>, right: Channel<u64>) {
    put(&left, 1 + take(&right).or_stop()).or_stop();
}

#[csp::main]
pub fn main() {
    let n = std::env::args().nth(1).map_or(100_000, |n| n.parse().expect("a number"));
    let leftmost = Channel::new();
    let mut left = leftmost.clone();
    for _ in 0..n {
        let right = Channel::new();
        f(left, right.clone()); // starts a process
        left = right;
    }
    go(move || put(&left, 1));
    println!("{}", take(&leftmost).unwrap());
}
