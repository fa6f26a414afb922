// Source: csp
// Four processes, on whichever threads have time, take their work from one channel and put what they find to another.
//
// Look for: how many primes there are in each tenth of the numbers below 100000: fewer and fewer.
// Try: leave out `found.sort()`: the tenths come as they are found, in an order that no seed repeats.
// Try: ./run.sh threads.parallel_sieve 200000000: there are 11078937, found by all processors.

use csp::prelude::*;
use csp::sync;
use std::{ops::Range, sync::Arc};

/// How many primes there are in a part of the numbers. `small` are the primes up to the root of its end.
fn primes(part: &Range<usize>, small: &[usize]) -> usize {
    let mut sieve = vec![true; part.len()];
    for &p in small {
        for multiple in (part.start.next_multiple_of(p).max(p * p)..part.end).step_by(p) {
            sieve[multiple - part.start] = false;
        }
    }
    sieve.iter().filter(|&&prime| prime).count()
}

#[csp::main]
pub fn main() {
    let n: usize = std::env::args().nth(1).map_or(100_000, |n| n.parse().expect("a number"));
    let small: Arc<[usize]> = (2..=n.isqrt()).filter(|n| (2..*n).all(|p| n % p != 0)).collect(); // all threads read it
    let (work, parts) = sync::channel::<Range<usize>>(0);
    let (out, found) = sync::channel(0);
    for _ in 0..4 {
        let (parts, out, small) = (parts.clone(), out.clone(), small.clone()); // who is free takes a part
        sync::go(move || {
            for part in &parts {
                put(&out, (part.start, primes(&part, &small))).or_stop();
            }
        });
    }
    drop(out); // only the four have Senders now
    go(move || {
        for tenth in 0..10 {
            put(&work, (n * tenth / 10).max(2)..n * (tenth + 1) / 10).or_stop();
        }
    });
    let mut found: Vec<_> = found.iter().collect();
    found.sort();
    for (from, primes) in &found {
        println!("{from:9} ... {primes:7} {}", "#".repeat(primes * 2500 / n));
    }
    println!("{} primes below {n}", found.iter().map(|(_, primes)| primes).sum::<usize>());
}
