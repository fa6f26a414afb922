// Source: Go Concurrency Patterns (Pike 2012), slide 31
// alts! is a switch over communications: of those that are possible, exactly one happens.
//
// Look for: nobody ready; then one; then three lines in random order, as three were ready.
// Try: `priority;` as the first line of alts!: of several that are ready, the topmost: c1, then c2, then c3.

use csp::prelude::*;

fn select(c1: &Channel<u32>, c2: &Channel<u32>, c3: &Channel<u32>) {
    alts! {
        v1 = take(c1) => println!("received {v1:?} from c1"),
        v2 = take(c2) => println!("received {v2:?} from c2"),
        _ = put(c3, 23) => println!("sent 23 to c3"),
        // If none of these is possible now. Without a default, alts! waits until one is.
        default => println!("nobody was ready to communicate"),
    }
}

#[csp::main]
pub fn main() {
    // Each has a buffer for one value: the first put need not wait for a take.
    let (c1, c2, c3) = (Channel::buffered(1), Channel::buffered(1), Channel::buffered(1));
    put(&c3, 0).unwrap(); // now c3 is full
    select(&c1, &c2, &c3);

    put(&c1, 1).unwrap();
    select(&c1, &c2, &c3);

    put(&c1, 1).unwrap();
    put(&c2, 2).unwrap();
    take(&c3);
    for _ in 0..3 {
        select(&c1, &c2, &c3);
    }
}
