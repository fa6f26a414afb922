// Source: Go Concurrency Patterns (Pike 2012), slide 19
// A channel connects two processes: one puts, the other takes.
//
// Look for: neither put nor take goes on before the other has come; then both do.
// Try: put in main itself, without go. Nobody else is there to take, and the report says so.

use csp::prelude::*;

#[csp::main]
pub fn main() {
    let c = Channel::new();
    let same = c.clone(); // another handle of the same channel

    go(move || put(&same, 1)); // send on the channel
    let value = take(&c); // receive from it

    println!("{value:?}");
}
