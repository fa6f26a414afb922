// Source: Go Concurrency Patterns (Pike 2012), slide 13
// Slightly less boring: nobody knows when the next line comes.
//
// Look for: ten lines after pauses of any length up to a second; ./run.sh --seed 1 go.boring_less repeats the pauses.
// Try: random_range(0..10): all ten lines come at once.

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
