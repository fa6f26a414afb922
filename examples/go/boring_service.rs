// Source: Go Concurrency Patterns (Pike 2012), slide 26
// A channel is a handle on a service: two of them, two services at work at once.
//
// Look for: Joe and Ann in strict turns, since main asks in turns; whoever is ready too early waits.
// Try: take from joe twice in each round: his lines count from 0 to 9, Ann's from 0 to 4.

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
