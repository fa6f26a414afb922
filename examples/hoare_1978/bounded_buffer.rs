// Source: Communicating Sequential Processes (Hoare 1978), section 5.1
// A bounded buffer is a process: it takes while it has room, and gives while it has something.
//
// Look for: ten portions are produced at once, then one for each that is consumed. (In the paper, where only a take can
// be one of several branches, the consumer must ask for each portion. Here a put can be a branch too.)
// Try: one channel(10), and no bounded_buffer: it prints the same.

use csp::prelude::*;
use std::collections::VecDeque;

#[process]
fn bounded_buffer(input: Receiver<u32>, output: Sender<u32>) {
    let (mut buffer, mut more) = (VecDeque::new(), true);
    while more || !buffer.is_empty() {
        alts! {
            portion = take(&input), if more && buffer.len() < 10 => match portion {
                Some(portion) => buffer.push_back(portion),
                None => more = false,
            },
            sent = put(&output, from buffer) => sent.or_stop(), // the front of the buffer; if it is empty, no branch
        }
    }
}

#[process]
fn produce(out: Sender<u32>) {
    for portion in 1..=15 {
        put(&out, portion).or_stop();
        println!("{:>3} s: produced {portion}", now().since_start().as_secs());
    }
}

#[csp::main]
pub fn main() {
    let (produced, input) = channel(0);
    let (output, portions) = channel(0);
    produce(produced); // starts a process, and so does this:
    bounded_buffer(input, output);
    sleep(Duration::from_secs(1));
    for portion in &portions {
        println!("{:>3} s: consumed {portion}", now().since_start().as_secs());
        sleep(Duration::from_secs(1));
    }
}
