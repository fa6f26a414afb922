// Source: Communicating Sequential Processes (Hoare 1978), section 6.1
// The sieve of Eratosthenes, by a row of processes that are there from the start, one for each prime it needs.
//
// Look for: 303 primes. There is no division: each process counts up the multiples of its prime beside what comes.
// Try: 10 processes only: the last one passes on what they cannot sieve, 1369 for example, which is 37 times 37.

use csp::prelude::*;

#[process]
fn sieve(west: Receiver<u32>, east: Sender<u32>, print: Sender<u32>) {
    let p = take(&west).or_stop();
    put(&print, p).or_stop();
    let mut multiple = p;
    for m in &west {
        while m > multiple {
            multiple += p;
        }
        if m < multiple {
            put(&east, m).or_stop();
        }
    }
}

#[csp::main]
pub fn main() {
    let (print, printed) = channel(0);
    let (first, mut west) = channel(0);
    for _ in 0..13 {
        let (east, next) = channel(0);
        sieve(west, east, print.clone());
        west = next;
    }
    go(move || {
        for n in &west {
            put(&print, n).or_stop(); // what nobody has sieved
        }
    });
    go(move || {
        for n in (3..2000).step_by(2) {
            put(&first, n).or_stop();
        }
    });

    let primes: Vec<u32> = std::iter::once(2).chain(&printed).collect();
    println!("{} primes below 2000: {:?} ... {:?}", primes.len(), &primes[..10], &primes[primes.len() - 5..]);
}
