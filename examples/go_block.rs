// Source: twisted-csp (2013), example/go_block.py
// A process may return a value: its channel delivers it, sooner or later, and closes.
//
// Look for: "I'm done" and Some(1), then the same for 2: that process ends before main takes, and its value stays.
// Try: println!("{:?}", take(&c)); once more: None, as the channel has delivered its one value and is closed.

use csp::prelude::*;

#[process_channel] // to call it starts a process, and gives a channel on which the result will come
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
    sleep(Duration::from_secs(1)); // by now it has ended
    println!("{:?}", take(&c));

    "Done"
}
