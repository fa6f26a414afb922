// Source: Go Concurrency Patterns (Pike 2012), slide 36
// A timeout for it all: a channel, made once, that closes later.
//
// Look for: some ten lines from Joe, and the end after five seconds however fast he talks.
// Try: make the timeout inside of the loop: there is one for each message then, and no end.

use super::boring::boring;
use csp::prelude::*;

#[csp::main]
pub fn main() {
    let c = boring("Joe");
    let t = timeout(Duration::from_secs(5));
    loop {
        let (value, chan) = alts([&c, &t]);
        if chan == c {
            println!("{}", value.unwrap());
        } else {
            println!("You talk too much.");
            return;
        }
    }
}
