//! Time that passes only when nobody has anything to do.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::Reactor;
use crate::time::{Clock, Time};

/// A clock that stands still while anybody can run, and then jumps to the next timer: programs full of sleeps finish at
/// once, and do the same every time.
///
/// The network lives in real time: as long as a process waits for it, time passes as in reality, and no faster.
///
/// A process that spins until some time has come spins for ever: it keeps time from passing. Use `sleep`.
///
/// ```
/// use csp::reactor::{Reactor, VirtualTime};
/// use csp::Time;
///
/// let mut reactor = VirtualTime::new();
/// let next_year = Time::ZERO + std::time::Duration::from_secs(365 * 24 * 3600);
/// reactor.wait(Some(next_year));
/// assert_eq!(reactor.clock().now(), next_year);
/// ```
pub struct VirtualTime {
    clock: Rc<Standing>,
    bell: Arc<Bell>,
}

struct Standing {
    now: Cell<Time>,
}

impl Clock for Standing {
    fn now(&self) -> Time {
        self.now.get()
    }
}

/// What a wake-up from another thread rings. Only a wait without end listens.
#[derive(Default)]
struct Bell {
    rung: Mutex<bool>,
    changed: Condvar,
}

impl Bell {
    /// Waits until it is rung, or for so long.
    fn wait(&self, limit: Option<Duration>) {
        let rung = self.rung.lock().unwrap_or_else(PoisonError::into_inner);
        let limit = limit.unwrap_or(Duration::MAX);
        let waited = self.changed.wait_timeout_while(rung, limit, |rung| !*rung);
        *waited.unwrap_or_else(PoisonError::into_inner).0 = false;
    }
}

impl VirtualTime {
    /// A reactor whose time is zero.
    #[must_use]
    #[allow(clippy::new_without_default, reason = "as `RealTime`")]
    pub fn new() -> VirtualTime {
        VirtualTime { clock: Rc::new(Standing { now: Cell::new(Time::ZERO) }), bell: Arc::default() }
    }
}

impl Reactor for VirtualTime {
    fn clock(&self) -> Rc<dyn Clock> {
        self.clock.clone()
    }

    fn waker(&self) -> Box<dyn Fn() + Send + Sync> {
        let bell = self.bell.clone();
        Box::new(move || {
            *bell.rung.lock().unwrap_or_else(PoisonError::into_inner) = true;
            bell.changed.notify_one();
        })
    }

    fn wait(&mut self, until: Option<Time>) {
        match until {
            Some(until) => self.clock.now.set(self.clock.now.get().max(until)),
            // Nothing but another thread can go on now, and that lives in real time.
            None => self.bell.wait(None),
        }
    }

    fn wait_really(&mut self, until: Option<Time>) {
        let (start, now) = (Instant::now(), self.clock.now.get());
        self.bell.wait(until.map(|until| until - now));
        let passed = now + start.elapsed();
        self.clock.now.set(until.map_or(passed, |until| passed.min(until)).max(now));
    }
}
