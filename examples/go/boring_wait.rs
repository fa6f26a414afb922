// Source: Go Concurrency Patterns (Pike 2012), slide 16
// While main sleeps, the other process runs.
//
// Look for: between main's two lines, what the process says in two seconds; how much that is, is chance. It ends with
// main, wherever it is.
// Try: sleep(Duration::from_secs(60)): enough for all of its ten lines.

use super::boring_less::boring;
use csp::prelude::*;

#[csp::main]
pub fn main() {
    go(|| boring("boring!"));
    println!("I'm listening.");
    sleep(Duration::from_secs(2));
    println!("You're boring; I'm leaving.");
}
