// Source: csp
// A hundred processes on whichever threads have time; what they find comes together in one channel.
//
// Look for: how many of 100000 darts have hit, and what that says of pi. With --seed 1 it is the same each time, though
// no seed says which thread is first: a sum does not depend on it.
// Try: ./run.sh threads.monte_carlo_pi 100000: all processors are busy for some seconds, and pi is 3.141 or 3.142.
// Try: `let die = || random_range(0.0..1.0);` in `hits`: --seed 1 does not repeat that. Each thread has a die of its
// own, and who throws it when is chance.

use csp::prelude::*;
use csp::sync;

const DARTS: u64 = 1000;

/// A die of one's own (SplitMix64): the same seed, the same numbers, on whichever thread.
fn die(mut seed: u64) -> impl FnMut() -> f64 {
    move || {
        seed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = seed;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) as f64 / u64::MAX as f64
    }
}

/// How many darts that are thrown at a square hit the quarter of a circle in it.
fn hits(seed: u64) -> u64 {
    let mut die = die(seed);
    (0..DARTS).filter(|_| die().hypot(die()) < 1.0).count() as u64
}

#[csp::main]
pub fn main() {
    let n = std::env::args().nth(1).map_or(100, |n| n.parse().expect("a number"));
    let (out, found) = sync::channel(0); // like channel(0), but its parts may go to other threads
    for _ in 0..n {
        let (out, seed) = (out.clone(), random_range(0..u64::MAX));
        sync::go(move || put(&out, hits(seed))); // starts a process, on whichever thread has time
    }
    drop(out); // only the processes have Senders now
    let (hits, darts) = (found.iter().sum::<u64>(), n * DARTS);
    println!("{hits} of {darts} darts have hit: pi is about {:.4}", 4.0 * hits as f64 / darts as f64);
}
