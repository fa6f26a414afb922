// Source: Advanced Go Concurrency Patterns (Ajmani 2013), after slide 30
// A buffer without end, as a process between two channels: it always takes, and puts what it has.
//
// Look for: all thousand values are put before the first is read, and all come out, in order: 0 to 999.
// Try: `if open && queue.len() < 10`: the buffer takes ten, then main waits for a take that comes only after its loop:
// a deadlock, and the report says so.

use csp::prelude::*;
use std::collections::VecDeque;

#[process]
fn unbounded<T: 'static>(input: Channel<T>, output: Channel<T>) {
    let (mut queue, mut open) = (VecDeque::new(), true);
    while open || !queue.is_empty() {
        alts! {
            value = take(&input), if open => match value {
                Some(value) => queue.push_back(value),
                None => open = false,
            },
            sent = put(&output, from queue) => sent.or_stop(), // the front of the queue; if it is empty, no branch
        }
    }
    close(&output);
}

#[csp::main]
pub fn main() {
    let (input, output) = (Channel::new(), Channel::new());
    unbounded(input.clone(), output.clone()); // starts a process

    for n in 0..1000 {
        put(&input, n).unwrap();
    }
    close(&input);
    println!("a thousand values put, none read yet");

    let values: Vec<u32> = output.iter().collect();
    println!("read: {} to {}, {} in all", values[0], values[999], values.len());
}
