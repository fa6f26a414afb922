// Source: twisted-csp (2013), example/closed.py
// A closed channel: takes give None for ever, and puts give their value back.
//
// Look for: a million takes neither wait nor use up the stack.
// Try: put something into a buffered channel before closing it: what it holds can still be taken.

use csp::prelude::*;

#[csp::main]
pub fn main() {
    let c = Channel::new();
    close(&c);

    println!("{:?}", take(&c));
    if let Err(Closed(value)) = put(&c, "a letter") {
        println!("{value:?} came back");
    }
    for _ in 0..1_000_000 {
        assert_eq!(take(&c), None);
    }
    println!("still closed");
}
