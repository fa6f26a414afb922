//! Time that passes only when nobody has anything to do.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::{Arc, Condvar, Mutex, PoisonError};

use super::Reactor;
use crate::time::{Clock, Time};

/// A clock that stands still while anybody can run, and then jumps to the next timer: programs full of sleeps finish at
/// once, and do the same every time.
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
        if let Some(until) = until {
            self.clock.now.set(self.clock.now.get().max(until));
            return;
        }
        // Nothing but another thread can go on now, and that lives in real time.
        let rung = self.bell.rung.lock().unwrap_or_else(PoisonError::into_inner);
        let mut rung = self.bell.changed.wait_while(rung, |rung| !*rung).unwrap_or_else(PoisonError::into_inner);
        *rung = false;
    }
}
