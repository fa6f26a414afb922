// Source: Advanced Go Concurrency Patterns (Ajmani 2013), after slide 30
// A buffer without end, as a process between two channels: it always takes, and puts what it has.
//
// Look for: the burst is over before the first value is read, and all come, in order.
// Try: a condition on the first branch, `if open && queue.len() < 10`: it is bounded now.

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
            sent = put(&output, from queue) => sent.or_stop(),
        }
    }
    close(&output);
}

#[csp::main]
pub fn main() {
    let (input, output) = (Channel::new(), Channel::new());
    unbounded(input.clone(), output.clone());

    for n in 0..1000 {
        put(&input, n).unwrap();
    }
    close(&input);
    println!("a thousand values put, none taken");

    let values: Vec<u32> = output.iter().collect();
    println!("taken: {} to {}, {} in all", values[0], values[999], values.len());
}
