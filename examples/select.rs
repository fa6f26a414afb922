// Source: twisted-csp (2013), example/select.py
// alts waits on a list of channels, as long as you like, for whichever is ready.
//
// Look for: another order with every run; --seed 1 before the name repeats one.
// Try: alts_priority, which prefers what stands first in the list.

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
        produce(c.clone(), i);
    }
    channels.push(timeout(Duration::from_millis(300)));

    while let (Some(value), _) = alts(&channels) {
        println!("{value}");
    }
    println!("time out");
}
