// Source: Go Concurrency Patterns (Pike 2012), slide 29
// A channel inside a message: it lets the receiver say when the sender may go on.
//
// Look for: in each pair both speak once, the faster one first, though nobody knows who that is.
// Try: take the two puts away: the first pair is the last, and the report says who waits for whom.

use super::boring_multiplexing::fan_in;
use csp::prelude::*;

struct Message {
    text: String,
    wait: Channel<bool>,
}

fn boring(name: &'static str) -> Channel<Message> {
    let c = Channel::new();
    let out = c.clone();
    go(move || {
        let wait_for_it = Channel::new();
        for i in 0.. {
            put(&out, Message { text: format!("{name}: {i}"), wait: wait_for_it.clone() }).or_stop();
            sleep(Duration::from_millis(random_range(0..2000)));
            take(&wait_for_it).or_stop();
        }
    });
    c
}

#[csp::main]
pub fn main() {
    let c = fan_in(boring("Joe"), boring("Ann"));
    for _ in 0..5 {
        let messages = [take(&c).unwrap(), take(&c).unwrap()];
        println!("{:8}{}", messages[0].text, messages[1].text);
        for message in messages {
            put(&message.wait, true).unwrap();
        }
    }
    println!("You're all boring; I'm leaving.");
}
