// Source: Go Concurrency Patterns (Pike 2012), slide 36
// A timeout for it all: a channel, made once, that closes later.
//
// Look for: some ten lines from Joe, and the end after five seconds however fast he talks.
// Try: make t inside of the loop: five seconds for each message, and no end, as no pause is so long. (Ctrl-C does it.)

use super::boring::boring;
use csp::prelude::*;

#[csp::main]
pub fn main() {
    let c = boring("Joe");
    let t = timeout(Duration::from_secs(5)); // a channel that will be closed in five seconds
    loop {
        let (value, chan) = alts([&c, &t]); // as alts!, for a list of takes: what came, and from where
        if chan == c {
            println!("{}", value.unwrap());
        } else {
            println!("You talk too much.");
            return;
        }
    }
}
