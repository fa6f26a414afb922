//! What a scheduler holds now: for leak checks, and for asking at three in the morning who waits.

use crate::census::Census;
use crate::context::{self, Context};
use crate::report::Parked;
use crate::scheduler;

/// What a scheduler holds at one moment; from [`stats`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Stats {
    /// Processes that have not ended, main among them.
    pub processes: usize,
    /// Timers that have not gone off: sleepers, timeouts, tickers.
    pub timers: usize,
    /// Callbacks and futures that wait, or are about to run.
    pub callbacks: usize,
    /// Stacks with a process on them.
    pub stacks_in_use: usize,
    /// Stacks kept for the next process, with their memory.
    pub stacks_kept: usize,
}

/// What the scheduler on this thread holds now.
///
/// # Panics
/// If no scheduler runs on this thread.
///
/// ```
/// use csp::prelude::*;
///
/// csp::run(|| {
///     let t = timeout::<()>(Duration::from_secs(60));
///     assert_eq!(csp::stats().timers, 1);
///     drop(t);
///     assert_eq!(csp::stats().timers, 0);
/// });
/// ```
#[must_use]
#[track_caller]
pub fn stats() -> Stats {
    context::expect("stats", |context| {
        let stacks = context.stacks.stats();
        Stats {
            processes: (context.made.get() - context.ended.get()) as usize,
            timers: context.timers.len(),
            callbacks: context.tasks.borrow().len(),
            stacks_in_use: stacks.in_use,
            stacks_kept: stacks.warm,
        }
    })
}

/// What has happened under the scheduler on this thread until now, counted.
///
/// # Panics
/// If no scheduler runs on this thread.
///
/// ```
/// use csp::prelude::*;
///
/// csp::run(|| {
///     take(&go_channel(|| 1));
///     let census = csp::census();
///     assert_eq!((census.made, census.ended, census.messages), (2, 1, 1));
/// });
/// ```
#[must_use]
#[track_caller]
pub fn census() -> Census {
    context::expect("census", Context::census)
}

/// Every process of the scheduler on this thread that is parked now, in order of making, with what it waits for.
///
/// # Panics
/// If no scheduler runs on this thread.
///
/// ```
/// use csp::prelude::*;
///
/// csp::run(|| {
///     go_now(|| take(&Channel::<()>::new()));
///     let waiting = csp::parked();
///     assert_eq!(waiting.len(), 1);
///     println!("{}", waiting[0]); // who, since when, and where
/// });
/// ```
#[must_use]
#[track_caller]
pub fn parked() -> Vec<Parked> {
    context::expect("parked", scheduler::parked)
}
