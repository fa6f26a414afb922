//! Real time on a thread of its own.

use std::rc::Rc;
use std::thread;
use std::time::{Duration, Instant};

use super::Reactor;
use crate::time::{Clock, Time};

/// The machine's monotonic clock, and a thread that is parked while there is nothing to do.
///
/// It belongs to the thread that made it.
///
/// ```
/// use csp::reactor::{RealTime, Reactor};
///
/// let mut reactor = RealTime::new();
/// let clock = reactor.clock();
/// let until = clock.now() + std::time::Duration::from_millis(2);
/// while clock.now() < until {
///     reactor.wait(Some(until));
/// }
/// ```
pub struct RealTime {
    clock: Rc<Machine>,
    thread: thread::Thread,
}

struct Machine {
    start: Instant,
}

impl Clock for Machine {
    fn now(&self) -> Time {
        Time::from_start(self.start.elapsed())
    }
}

impl RealTime {
    /// A reactor for the calling thread, whose time begins now.
    #[must_use]
    #[allow(clippy::new_without_default, reason = "when it is made, and on which thread, matters")]
    pub fn new() -> RealTime {
        RealTime { clock: Rc::new(Machine { start: Instant::now() }), thread: thread::current() }
    }
}

impl Reactor for RealTime {
    fn clock(&self) -> Rc<dyn Clock> {
        self.clock.clone()
    }

    fn waker(&self) -> Box<dyn Fn() + Send + Sync> {
        let thread = self.thread.clone();
        Box::new(move || thread.unpark())
    }

    fn wait(&mut self, until: Option<Time>) {
        // A wake-up that came earlier is kept by the thread, and ends this at once.
        match until {
            None => thread::park(),
            Some(until) => {
                let rest = until - self.clock.now();
                if rest > Duration::ZERO {
                    thread::park_timeout(rest);
                }
            }
        }
    }
}
