// Source: twisted-csp (2013), example/blocking.py
// A put waits for its taker: when nobody can ever come, the program does not hang, it ends with a report.
//
// Look for: the report names main, the channel, and the line that waits; `echo $?` then says 2.
// Try: Channel::buffered(1), which holds the value until main itself takes it: the last line prints it.
// Exit status: 2

use csp::prelude::*;

#[csp::main]
pub fn main() {
    let c = Channel::new(); // without a buffer: a put waits for a take
    println!("will block");
    put(&c, "a letter").unwrap();
    println!("will not get here: {:?}", take(&c));
}
