// Source: Go Concurrency Patterns (Pike 2012), slide 20
// With a channel between them, the process tells main, and main listens.
//
// Look for: five lines, made by the process and printed by main, and the last word, which is main's.
// Try: 0..50 in main: the process has as much to say as main wants to hear.

use csp::prelude::*;

fn boring(message: &str, c: Channel<String>) {
    for i in 0.. {
        put(&c, format!("{message} {i}")).or_stop(); // if c is closed, this process stops here
        sleep(Duration::from_millis(random_range(0..1000)));
    }
}

#[csp::main]
pub fn main() {
    let c = Channel::new();
    let out = c.clone();
    go(|| boring("boring!", out));
    for _ in 0..5 {
        println!("You say: {:?}", take(&c).unwrap());
    }
    println!("You're boring; I'm leaving.");
}
