// Source: twisted-csp (2013), example/go_block.py
// A process may return a value: its channel delivers it, sooner or later, and closes.
//
// Look for: the second "I'm done" does not wait for main: the process ends, its value stays.
// Try: take from the second channel twice.

use csp::prelude::*;

#[process_channel]
fn lazy_echo(x: u32) -> u32 {
    sleep(Duration::from_millis(100));
    println!("I'm done");
    x
}

#[csp::main]
pub fn main() -> &'static str {
    let c = lazy_echo(1);
    println!("{:?}", take(&c));

    let c = lazy_echo(2);
    sleep(Duration::from_secs(1));
    println!("{:?}", take(&c));

    "Done"
}
