//! What has happened in a run, counted.

use std::cell::Cell;
use std::fmt;

/// What has happened in a run, counted: from [`census`](crate::census), or at the end of the run from
/// [`Builder::on_end`](crate::Builder::on_end). With virtual time and a seed the same program counts the same.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct Census {
    /// Processes that were made, main among them.
    pub made: u64,
    /// Processes that have come to their end. At the end of a run that is before the rest are unwound.
    pub ended: u64,
    /// Values that were taken, by whatever kind of take.
    pub messages: u64,
    /// Timers that were set: one for each sleep that has waited, each timeout, each tick.
    pub timers: u64,
    /// Channels that were closed or drained while they were open. Timeouts do not count.
    pub closes: u64,
}

impl fmt::Display for Census {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Census { made, ended, messages, timers, closes } = self;
        write!(f, "processes made {made}, ended {ended}; messages {messages}; timers {timers}; closes {closes}")
    }
}

/// A number that only grows.
#[derive(Default)]
pub(crate) struct Count(Cell<u64>);

impl Count {
    /// One more: the number it is.
    #[inline(always)]
    pub(crate) fn add(&self) -> u64 {
        self.0.set(self.0.get() + 1);
        self.0.get()
    }

    pub(crate) fn get(&self) -> u64 {
        self.0.get()
    }
}
