// Source: twisted-csp (2013), example/select.py
// alts waits on a list of channels, as long as you like, for whichever is ready.
//
// Look for: 0 to 19, each once, in an order that is chance; ./run.sh --seed 1 select repeats one. Then the timeout.
// Try: alts_priority, which prefers what stands first in the list: 0 to 19 in order.

use csp::prelude::*;

#[process]
fn produce(c: Channel<u32>, value: u32) {
    sleep(Duration::from_millis(100));
    put(&c, value).or_stop();
}

#[csp::main]
pub fn main() {
    let mut channels: Vec<Channel<u32>> = (0..20).map(|_| Channel::new()).collect();
    for (c, i) in channels.iter().zip(0..) {
        produce(c.clone(), i); // starts a process
    }
    channels.push(timeout(Duration::from_millis(300)));

    // What was taken, and from which channel. The timeout closes, which gives None.
    while let (Some(value), _) = alts(&channels) {
        println!("{value}");
    }
    println!("time out");
}
