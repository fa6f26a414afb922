// Source: Go Concurrency Patterns (Pike 2012), slide 27
// Fan-in: a process for each input copies it, and whoever is ready talks.
//
// Look for: ten lines in random order: Joe and Ann no longer take turns, and each one's own lines stay in order.
// Try: inputs: Vec<Channel<T>> as the only parameter: three speakers work as well as two.

use super::boring::boring;
use csp::prelude::*;

pub fn fan_in<T: 'static>(input1: Channel<T>, input2: Channel<T>) -> Channel<T> {
    let c = Channel::new();
    for input in [input1, input2] {
        let c = c.clone();
        go(move || {
            loop {
                let value = take(&input).or_stop();
                put(&c, value).or_stop();
            }
        });
    }
    c
}

#[csp::main]
pub fn main() {
    let c = fan_in(boring("Joe"), boring("Ann"));
    for _ in 0..10 {
        println!("{}", take(&c).unwrap());
    }
    println!("You're both boring; I'm leaving.");
}
