// Source: Go Concurrency Patterns (Pike 2012), slide 12
// A boring function: one step after the other, and nothing concurrent yet.
//
// Look for: five lines, one a second; nothing else can happen meanwhile.
// Try: boring("Ann"); after boring("Joe");: Ann does not begin before Joe is through.

use csp::prelude::*;

fn boring(message: &str) {
    for i in 0..5 {
        println!("{message} {i}");
        sleep(Duration::from_secs(1));
    }
}

#[csp::main]
pub fn main() {
    boring("Joe");
}
