// Source: Go Concurrency Patterns (Pike 2012), slide 35
// A timeout for each message: a sleep is one more thing alts! can wait for.
//
// Look for: how long the conversation lasts is chance; it ends with the first pause of 800 ms.
// Try: 999 ms; then go.timeout_for_whole_conversation_using_select, where the clock is set once.

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
