// Source: Go Concurrency Patterns (Pike 2012), slide 26
// A channel is a handle on a service: two of them, two services at work at once.
//
// Look for: Joe and Ann in strict turns, since main asks in turns; who is ready first has to wait.
// Try: a third service, and one that is asked twice a round.

use super::boring::boring;
use csp::prelude::*;

#[csp::main]
pub fn main() {
    let joe = boring("Joe");
    let ann = boring("Ann");
    for _ in 0..5 {
        println!("{}", take(&joe).unwrap());
        println!("{}", take(&ann).unwrap());
    }
    println!("You're both boring; I'm leaving.");
}
