// Source: Go Concurrency Patterns (Pike 2012), slide 25
// A function that returns a channel: main hears through it the process that the function has started.
//
// Look for: five lines from the process and one from main. The process would go on for ever; when main returns, it is
// ended too.
// Try: sleep(Duration::from_secs(2)); in the loop of main: the process talks no faster than main listens.

use csp::prelude::*;

pub fn boring(message: &'static str) -> Channel<String> {
    let c = Channel::new();
    let out = c.clone(); // the same channel: one handle for the process, one for the caller
    go(move || {
        for i in 0.. {
            put(&out, format!("{message} {i}")).or_stop();
            sleep(Duration::from_millis(random_range(0..1000)));
        }
    });
    c
}

#[csp::main]
pub fn main() {
    let c = boring("boring!");
    for _ in 0..5 {
        println!("You say: {:?}", take(&c).unwrap());
    }
    println!("You're boring; I'm leaving.");
}
