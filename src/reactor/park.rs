//! Real time on a thread of its own.

use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::{Network, Reactor, Ringer};
use crate::time::{Clock, Time};

/// The machine's monotonic clock, and a thread that is parked while there is nothing to do. Once a process has waited for a
/// socket, the thread polls the sockets instead.
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
    bell: Arc<Bell>,
    network: Network,
}

/// How other threads end a wait. While the thread is awake to ring it is one exchange, and no call of the system.
struct Bell {
    /// [`AWAKE`], [`ASLEEP`] or [`RUNG`].
    state: AtomicU8,
    thread: thread::Thread,
    ringer: Ringer,
}

const AWAKE: u8 = 0;
/// It sleeps, or is about to.
const ASLEEP: u8 = 1;
/// The wait in progress is to end, or else the next.
const RUNG: u8 = 2;

impl Bell {
    fn ring(&self) {
        // What is asked second was there when the thread fell asleep, if that was to poll: it was awake when it began to.
        if self.state.swap(RUNG, Ordering::SeqCst) == ASLEEP && !self.ringer.ring() {
            self.thread.unpark();
        }
    }
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
        let network = Network::new();
        let bell = Bell { state: AtomicU8::new(AWAKE), thread: thread::current(), ringer: network.ringer() };
        RealTime { clock: Rc::new(Machine { start: Instant::now() }), bell: Arc::new(bell), network }
    }
}

impl Reactor for RealTime {
    fn clock(&self) -> Rc<dyn Clock> {
        self.clock.clone()
    }

    fn waker(&self) -> Box<dyn Fn() + Send + Sync> {
        let bell = self.bell.clone();
        Box::new(move || bell.ring())
    }

    fn wait(&mut self, until: Option<Time>) {
        let rung = self.bell.state.swap(ASLEEP, Ordering::SeqCst) == RUNG;
        let rest = if rung { Some(Duration::ZERO) } else { until.map(|until| until - self.clock.now()) };
        if !self.network.poll(rest) {
            match rest {
                None => thread::park(),
                Some(Duration::ZERO) => {}
                Some(rest) => thread::park_timeout(rest),
            }
        }
        self.bell.state.swap(AWAKE, Ordering::SeqCst);
    }

    fn look(&mut self) {
        self.network.poll(Some(Duration::ZERO));
    }

    fn network(&self) -> Option<Network> {
        Some(self.network.clone())
    }
}
