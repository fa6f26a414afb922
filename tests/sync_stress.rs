//! Channels between threads under stress: threads, processes of several schedulers and of a runtime do everything at once,
//! at random. Nothing may be lost, nothing be there twice, nobody be overtaken, nobody sleep who could go on.
//!
//! What each party draws follows from a seed, which is told when something was wrong; who is how fast does not.
//! `CSP_STRESS_SEED=7 CSP_STRESS_ROUNDS=1` plays one round again, a larger number of rounds looks further.

#[path = "sync_stress/books.rs"]
mod books;
#[path = "sync_stress/ends.rs"]
mod ends;
#[path = "sync_stress/jobs.rs"]
mod jobs;
#[path = "sync_stress/party.rs"]
mod party;
#[path = "sync_stress/round.rs"]
mod round;
mod watchdog;

use round::Cast;
use watchdog::{Watchdog, setting, watch};

/// A small generator of numbers (SplitMix64).
struct Random(u64);

impl Random {
    fn new(seed: u64) -> Random {
        Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }
}

/// Plays `rounds` rounds, or as many as the environment says.
fn rounds(rounds: u64, play: impl Fn(u64, &Watchdog) -> Vec<String> + Send + 'static) {
    let rounds = setting("CSP_STRESS_ROUNDS").unwrap_or(rounds);
    let first = setting("CSP_STRESS_SEED").unwrap_or(1);
    watch(move |watchdog| {
        for seed in first..first + rounds {
            let wrong = play(seed, watchdog);
            assert!(wrong.is_empty(), "CSP_STRESS_SEED={seed}:\n  {}", wrong.join("\n  "));
        }
    });
}

#[test]
fn spec_sync_stress_of_threads() {
    rounds(400, |seed, watchdog| {
        let threads = 2 + Random::new(!seed).below(4);
        round::play(seed, Cast { threads, schedulers: 0, processes: 0, jobs: 0 }, watchdog)
    });
}

#[test]
fn spec_sync_stress_of_threads_schedulers_and_a_runtime() {
    rounds(200, |seed, watchdog| {
        let mut random = Random::new(!seed);
        let cast = Cast {
            threads: random.below(4),
            schedulers: 1 + random.below(2),
            processes: 1 + random.below(4),
            jobs: random.below(4),
        };
        round::play(seed, cast, watchdog)
    });
}

#[test]
fn spec_sync_stress_of_ends_that_go() {
    rounds(300, ends::play);
}

#[test]
fn spec_sync_stress_of_jobs_of_a_runtime_that_ends() {
    rounds(150, jobs::play);
}
