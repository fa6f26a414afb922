// Source: Go Concurrency Patterns (Pike 2012), slide 33
// Fan-in by one process: alts! waits for both inputs at once.
//
// Look for: Joe and Ann in random order, as in go.boring_multiplexing, though one process copies both.
// Try: `priority;` as the first line of alts!: it matters only when both are ready, so Joe's first line is the first.

use super::boring::boring;
use csp::prelude::*;

fn fan_in(input1: Channel<String>, input2: Channel<String>) -> Channel<String> {
    let c = Channel::new();
    let out = c.clone();
    go(move || {
        loop {
            alts! { // one of the two happens: of whoever is ready first
                s = take(&input1) => put(&out, s.or_stop()).or_stop(),
                s = take(&input2) => put(&out, s.or_stop()).or_stop(),
            }
        }
    });
    c
}

#[csp::main]
pub fn main() {
    let c = fan_in(boring("Joe"), boring("Ann"));
    for _ in 0..10 {
        println!("{}", take(&c).unwrap());
    }
    println!("You're both boring; I'm leaving.");
}
