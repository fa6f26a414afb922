// Source: Communicating Sequential Processes (Hoare 1978), section 5.1
// A bounded buffer is a process: it takes while it has room, and gives while it has something.
//
// Look for: the producer runs ahead by ten and then keeps pace. In the paper the consumer must ask for more; here a put
// can be a guard as well.
// Try: Channel::buffered(10) in place of it all.

use csp::prelude::*;
use std::collections::VecDeque;

#[process]
fn bounded_buffer(producer: Receiver<u32>, consumer: Sender<u32>) {
    let (mut buffer, mut more) = (VecDeque::new(), true);
    while more || !buffer.is_empty() {
        alts! {
            portion = take(&producer), if more && buffer.len() < 10 => match portion {
                Some(portion) => buffer.push_back(portion),
                None => more = false,
            },
            sent = put(&consumer, from buffer) => sent.or_stop(),
        }
    }
}

#[process]
fn produce(buffer: Sender<u32>) {
    for portion in 1..=15 {
        put(&buffer, portion).or_stop();
        println!("{:>3} s: produced {portion}", now().since_start().as_secs());
    }
}

#[csp::main]
pub fn main() {
    let (to_buffer, producer) = channel(0);
    let (to_consumer, consumer) = channel(0);
    produce(to_buffer);
    bounded_buffer(producer, to_consumer);
    sleep(Duration::from_secs(1));
    for portion in &consumer {
        println!("{:>3} s: consumed {portion}", now().since_start().as_secs());
        sleep(Duration::from_secs(1));
    }
}
