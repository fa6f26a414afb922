// Source: twisted-csp (2013), example/buffered.py
// A buffer of two lets two puts succeed before anybody takes.
//
// Look for: both values come out in the order in which they went in, each as Some(value): the channel is open.
// Try: a third put before the first take: the buffer is full, nobody else is there to take, and the report says so.

use csp::prelude::*;

#[csp::main]
pub fn main() {
    let c = Channel::buffered(2);
    put(&c, "buffered").unwrap();
    put(&c, "channel").unwrap();
    println!("{:?}", take(&c));
    println!("{:?}", take(&c));
}
