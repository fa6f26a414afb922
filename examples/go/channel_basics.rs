// Source: Go Concurrency Patterns (Pike 2012), slide 19
// A channel connects two processes: one puts, the other takes.
//
// Look for: Some(1). Whoever comes first, the put or the take, waits for the other.
// Try: put(&same, 1) in main itself, without go: main waits for a take that nobody can make, and the report says so.

use csp::prelude::*;

#[csp::main]
pub fn main() {
    let c = Channel::new(); // it has no buffer: a put and a take wait for each other
    let same = c.clone(); // another handle of the same channel

    go(move || put(&same, 1)); // send on the channel: Ok(()), or Err if it is closed
    let value = take(&c); // receive from it: Some(value), or None if it is closed

    println!("{value:?}");
}
