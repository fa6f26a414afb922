// Source: Go Concurrency Patterns (Pike 2012), slide 13
// Slightly less boring: nobody knows when the next line comes.
//
// Look for: pauses of any length up to a second; --seed 1 before the name repeats them.
// Try: random_range(0..10), and it pours.

use csp::prelude::*;

pub fn boring(message: &str) {
    for i in 0..10 {
        println!("{message} {i}");
        sleep(Duration::from_millis(random_range(0..1000)));
    }
}

#[csp::main]
pub fn main() {
    boring("boring!");
}
