// Source: Go Concurrency Patterns (Pike 2012), slide 16
// While main sleeps, the other process runs.
//
// Look for: what is said in two seconds, and no more: the process ends with main, in the middle of its sleep.
// Try: a minute, which is enough for all of its ten lines.

use super::boring_less::boring;
use csp::prelude::*;

#[csp::main]
pub fn main() {
    go(|| boring("boring!"));
    println!("I'm listening.");
    sleep(Duration::from_secs(2));
    println!("You're boring; I'm leaving.");
}
