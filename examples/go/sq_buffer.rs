// Source: Go blog, Pipelines and cancellation (Ajmani 2014), "Stopping short"
// With room for what nobody takes, no put waits, and nobody is left. But how much room is that?
//
// Look for: main takes one square. Of two squares, room for one more is enough; of three it is not. Whoever writes
// that 1 must know how many come, and how many main takes: when either changes, some wait for ever.
// Try: 2 in place of 1: of three squares, too, none waits. Of four, some would.

use super::sq_leak::{merge, sq};
use csp::prelude::*;

/// No process is needed: all numbers go into the buffer.
fn generate(numbers: &[u32]) -> Channel<u32> {
    let c = Channel::buffered(numbers.len());
    for &n in numbers {
        put(&c, n).unwrap(); // there is room: it never waits
    }
    close(&c); // what is in the buffer can still be taken
    c
}

#[csp::main]
pub fn main() {
    for numbers in [&[2, 3][..], &[2, 3, 4]] {
        let c = generate(numbers);
        let c = merge([sq(c.clone()), sq(c)], 1); // a buffer for 1
        let first = take(&c).unwrap();
        sleep(Duration::from_millis(100)); // whoever can end has ended by now
        println!("took {first}, one of {} squares: {} wait for ever", numbers.len(), csp::parked().len());
    }
}
