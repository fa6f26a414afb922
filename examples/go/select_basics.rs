// Source: Go Concurrency Patterns (Pike 2012), slide 31
// alts! is a switch over communications: the first that is possible happens, and no other.
//
// Look for: nobody ready, one ready, then all three, whose order is chance.
// Try: `priority;` as the first line of alts!: of several that are ready, the topmost.

use csp::prelude::*;

fn select(c1: &Channel<u32>, c2: &Channel<u32>, c3: &Channel<u32>) {
    alts! {
        v1 = take(c1) => println!("received {v1:?} from c1"),
        v2 = take(c2) => println!("received {v2:?} from c2"),
        _ = put(c3, 23) => println!("sent 23 to c3"),
        default => println!("nobody was ready to communicate"),
    }
}

#[csp::main]
pub fn main() {
    let [c1, c2, c3] = [(); 3].map(|()| Channel::buffered(1));
    put(&c3, 0).unwrap(); // it is full now
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
