// Source: Go Concurrency Patterns (Pike 2012), slide 35
// A timeout for each message: alts!, which is Go's select, can wait for a sleep too.
//
// Look for: how long the conversation lasts is chance: until Joe pauses for 800 ms or more.
// Try: 1100 ms: no pause is so long, and he never ends. (Ctrl-C does it.)

use super::boring::boring;
use csp::prelude::*;

#[csp::main]
pub fn main() {
    let c = boring("Joe");
    loop {
        alts! {
            s = take(&c) => println!("{}", s.unwrap()),
            _ = sleep(Duration::from_millis(800)) => {
                println!("You're too slow.");
                return;
            }
        }
    }
}
