//! What is given to a runtime that may end at any time: it is run once or dropped once, and its end is told once.

use std::panic::resume_unwind;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use csp::prelude::*;
use csp::{PanicPolicy, ProcessError, sync};

use crate::Random;
use crate::watchdog::Watchdog;

/// How often something has happened.
#[derive(Default)]
struct Counts {
    given: AtomicUsize,
    gone: AtomicUsize,
    /// Panics that jobs have raised, and that somebody was told of.
    panics: AtomicUsize,
    told: AtomicUsize,
    wrong: AtomicUsize,
}

fn add(count: &AtomicUsize) {
    count.fetch_add(1, Ordering::Relaxed);
}

/// Goes with the closure of a job.
struct Gone(Arc<Counts>);

impl Drop for Gone {
    fn drop(&mut self) {
        add(&self.0.gone);
    }
}

fn policy(counts: &Arc<Counts>) -> PanicPolicy {
    let counts = counts.clone();
    PanicPolicy::handler(move |_| add(&counts.told))
}

/// Plays a round; what was wrong with it.
pub fn play(seed: u64, watchdog: &Watchdog) -> Vec<String> {
    watchdog.describe(move || format!("round of jobs, of seed {seed}"));
    let mut random = Random::new(seed);
    let counts = Arc::new(Counts::default());
    let told = counts.clone();
    let builder = sync::Runtime::builder().workers(1 + random.below(3));
    let runtime = builder.each(move |builder| builder.panic_policy(policy(&told))).start();
    let clients: Vec<_> = (0..1 + random.below(3))
        .map(|_| {
            let (counts, handle, mut own) = (counts.clone(), runtime.handle(), Random::new(random.next()));
            thread::spawn(move || {
                // Deferreds are looked at, or dropped, in a scheduler: it is told of what nobody has looked at.
                csp::Builder::new().panic_policy(policy(&counts)).run(|| {
                    for _ in 0..30 {
                        start(&counts, &handle, &mut own);
                    }
                });
            })
        })
        .collect();
    for _ in 0..random.below(2000) {
        thread::yield_now();
    }
    let before = random.below(3);
    let ending = thread::spawn(move || if before == 0 { runtime.join() } else { drop(runtime) });
    for thread in clients.into_iter().chain([ending]) {
        if thread.join().is_err() {
            add(&counts.wrong);
        }
    }
    let [given, gone, panics, told, wrong] =
        [&counts.given, &counts.gone, &counts.panics, &counts.told, &counts.wrong].map(|c| c.load(Ordering::Relaxed));
    let mut complaints = Vec::new();
    if given != gone {
        complaints.push(format!("{given} jobs were given, {gone} have gone"));
    }
    if panics != told {
        complaints.push(format!("{panics} jobs have panicked, {told} were told"));
    }
    if wrong > 0 {
        complaints.push(format!("{wrong} answers were wrong, or threads have panicked"));
    }
    complaints
}

fn start(counts: &Arc<Counts>, handle: &sync::Handle, random: &mut Random) {
    add(&counts.given);
    let (gone, how, turns) = (Gone(counts.clone()), random.below(6), random.below(4));
    let number = random.next();
    let job = move || {
        let counts = &gone.0;
        for _ in 0..turns {
            yield_now();
        }
        match how {
            0 => {
                add(&counts.panics);
                // Without a line on standard error for each.
                resume_unwind(Box::new("of a job"));
            }
            1 => stop(),
            2 => sleep(Duration::from_micros(30)),
            _ => {}
        }
        number
    };
    let right = match random.below(6) {
        0 => {
            // Refused, it was dropped.
            _ = handle.go(job);
            true
        }
        1 => take(&handle.go_channel(job)).is_none_or(|answer| answer == number),
        2 => {
            drop(handle.go_deferred(job));
            true
        }
        3 => {
            let deferred = handle.go_deferred(job);
            (0..random.below(4)).for_each(|_| yield_now());
            drop(deferred);
            true
        }
        4 => match handle.go_deferred(job).poll_now() {
            Ok(answer) => is_right(counts, how, number, answer),
            Err(deferred) => is_right(counts, how, number, deferred.wait()),
        },
        _ => is_right(counts, how, number, handle.go_deferred(job).wait()),
    };
    if !right {
        add(&counts.wrong);
    }
}

fn is_right(counts: &Counts, how: usize, number: u64, answer: Result<u64, ProcessError>) -> bool {
    match answer {
        Ok(answer) => how > 1 && answer == number,
        Err(ProcessError::Panicked { .. }) => {
            add(&counts.told);
            how == 0
        }
        Err(ProcessError::Stopped) => how == 1,
        // With the runtime.
        Err(_) => true,
    }
}
