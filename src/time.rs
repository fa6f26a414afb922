//! Time as a scheduler sees it. No clock is read here: that is the reactors' affair.

use std::fmt;
use std::ops::{Add, Sub};
use std::time::Duration;

/// A moment, counted from the start of the scheduler it was read in.
///
/// Under real time it is monotonic; under virtual time it moves only when nothing can run. Two
/// moments of one scheduler can be compared and subtracted; those of different schedulers mean
/// nothing to each other.
///
/// ```
/// use csp::prelude::*;
///
/// csp::Builder::new().virtual_time().run(|| {
///     let start = now();
///     sleep(Duration::from_secs(3600));
///     assert_eq!(now() - start, Duration::from_secs(3600));
/// });
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Time(Duration);

impl Time {
    /// The start of the scheduler.
    pub const ZERO: Time = Time(Duration::ZERO);

    /// The moment that lies `since_start` after the start of the scheduler.
    #[must_use]
    pub const fn from_start(since_start: Duration) -> Time {
        Time(since_start)
    }

    /// How long after the start of the scheduler this moment is.
    #[must_use]
    pub const fn since_start(self) -> Duration {
        self.0
    }

    /// How long ago `earlier` was at this moment; zero if it was later.
    #[must_use]
    pub fn saturating_since(self, earlier: Time) -> Duration {
        self.0.saturating_sub(earlier.0)
    }
}

impl Add<Duration> for Time {
    type Output = Time;

    /// `Duration::MAX` away is as far as time goes: it saturates, and never panics.
    fn add(self, distance: Duration) -> Time {
        Time(self.0.saturating_add(distance))
    }
}

impl Sub for Time {
    type Output = Duration;

    /// The distance between two moments; zero if `earlier` is the later one.
    fn sub(self, earlier: Time) -> Duration {
        self.saturating_since(earlier)
    }
}

impl fmt::Debug for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0)
    }
}

/// What tells a scheduler the time. It is read when a timer is asked for, when timers may be due, and for reports.
///
/// A clock never goes backwards. The clocks that come with this library are those of the two
/// [reactors](crate::reactor).
pub trait Clock {
    /// The time now.
    fn now(&self) -> Time;
}
