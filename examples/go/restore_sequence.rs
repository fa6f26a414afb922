// Source: Go Concurrency Patterns (Pike 2012), slide 29
// A channel inside a message: it lets the receiver say when the sender may go on.
//
// Look for: both speak once in each pair. Joe is always the first: he is started first, and then told first to go on.
// Try: leave out the loop with the put: nobody is told to go on, and after one pair the report says who waits for whom.

use super::boring_multiplexing::fan_in;
use csp::prelude::*;

struct Message {
    text: String,
    wait: Channel<bool>, // where the sender waits: a put into it means "go on"
}

fn boring(name: &'static str) -> Channel<Message> {
    let c = Channel::new();
    let out = c.clone();
    go(move || {
        let wait_for_it = Channel::new(); // the same one in all messages
        for i in 0.. {
            put(&out, Message { text: format!("{name}: {i}"), wait: wait_for_it.clone() }).or_stop();
            sleep(Duration::from_millis(random_range(0..2000)));
            take(&wait_for_it).or_stop(); // until main says "go on"
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
            put(&message.wait, true).unwrap(); // go on
        }
    }
    println!("You're all boring; I'm leaving.");
}
