// Source: Go Concurrency Patterns (Pike 2012), slide 53
// The sieve: a filter for each prime, put in front of the next as the primes are found.
//
// Look for: the first twenty primes. There is no list and no array: the primes are in the processes.
// Try: the number as an argument: ./run.sh go.prime_sieve 1000 ends with 7919.

use csp::prelude::*;

#[process]
fn generate(c: Channel<u32>) {
    for i in 2.. {
        put(&c, i).or_stop();
    }
}

#[process]
fn filter(input: Channel<u32>, output: Channel<u32>, prime: u32) {
    // Takes until input is closed.
    for i in &input {
        if i % prime != 0 {
            put(&output, i).or_stop();
        }
    }
}

#[csp::main]
pub fn main() {
    let n = std::env::args().nth(1).map_or(20, |n| n.parse().expect("a number"));
    let mut c = Channel::new();
    generate(c.clone()); // starts a process
    for _ in 0..n {
        let prime = take(&c).unwrap();
        println!("{prime}");
        let next = Channel::new();
        filter(c, next.clone(), prime); // starts one more
        c = next;
    }
}
