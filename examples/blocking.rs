// Source: twisted-csp (2013), example/blocking.py
// A put waits for its taker: when nobody can ever come, that is told, not waited for.
//
// Look for: the report names main, the channel, and the line that waits; `echo $?` then says 2.
// Try: Channel::buffered(1), which holds the value until main itself takes it.
// Exit status: 2

use csp::prelude::*;

#[csp::main]
pub fn main() {
    let c = Channel::new();
    println!("will block");
    put(&c, "channel").unwrap();
    println!("will not get here: {:?}", take(&c));
}
