//! A run as a future, for event loops that are somebody else's.

use std::fmt;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};

use super::{AtEnd, Builder, Ground, Outcome, describe_overflow, wind_up};
use crate::context;
use crate::error::panic_message;
use crate::inside;
use crate::place::Place;
use crate::reactor::Host;
use crate::report::{Deadlock, ProcessPanic, RunError, say};
use crate::scheduler::{Scheduler, Turn};
use crate::stack::overflow::{self, AltStack};
use crate::wait::Seat;

/// A run as a future; from [`Builder::host`]. It gives what `main` has returned, or why there is nothing, as
/// [`try_run`](crate::try_run) does.
///
/// Each poll lets the processes run for one turn, of some hundred steps at most, and never blocks. It is `!Send`, as the
/// processes are: it stays on the thread where it was made. When it is dropped before the end, all processes are unwound,
/// main too: as at the end of a run.
///
/// # Panics
/// When it is polled, as [`try_run`](crate::try_run); and when it is polled again after it was ready.
#[must_use = "a future does nothing until it is polled"]
pub struct Hosted<R> {
    /// There until it is polled.
    begin: Option<Box<dyn FnOnce() -> Running>>,
    running: Option<Running>,
    result: Outcome<R>,
}

struct Running {
    scheduler: Scheduler,
    host: Box<dyn Host>,
    /// For the waker of the task that this is polled in.
    seat: Arc<Seat>,
    at_end: AtEnd,
    _alternate: AltStack,
}

impl Builder {
    /// Makes a future of a run, for an event loop that is somebody else's: `host` has its clock and its timers, its
    /// executor polls the future. The builder's own choice of a clock is of no account. `main`, and with it all processes,
    /// begins when the future is polled first.
    ///
    /// In it a process may [`wait`](crate::wait()) for the futures of that world. With what is not a process there, a task of the
    /// same thread included, it talks over [channels between threads](crate::sync): a local channel is for the processes of
    /// a run, and who uses one from outside wakes nobody.
    ///
    /// For tokio there is the module `csp::tokio` (feature `tokio`); how to write a host says [`Host`].
    ///
    /// ```
    /// use csp::reactor::{Host, Reactor, RealTime};
    /// use csp::{Clock, Time, prelude::*, sync};
    /// use std::{rc::Rc, task};
    ///
    /// /// For programs that never sleep.
    /// struct Timeless;
    ///
    /// impl Host for Timeless {
    ///     fn clock(&self) -> Rc<dyn Clock> {
    ///         RealTime::new().clock()
    ///     }
    ///     fn poll_until(&mut self, _: Option<Time>, _: &mut task::Context<'_>) -> task::Poll<()> {
    ///         task::Poll::Pending
    ///     }
    /// }
    ///
    /// let questions = sync::Channel::new();
    /// let asked = questions.clone();
    /// std::thread::spawn(move || put(&questions, 41));
    /// let hosted = csp::Builder::new().host(Timeless, move || take(&asked).map(|n| n + 1));
    /// assert_eq!(csp::wait(hosted).unwrap(), Some(42));
    /// ```
    #[track_caller]
    pub fn host<R: 'static>(mut self, host: impl Host + 'static, main: impl FnOnce() -> R + 'static) -> Hosted<R> {
        let main_at = Place::caller();
        let result = Outcome::default();
        let slot = Rc::clone(&result);
        let begin = move || {
            let seat = Seat::new();
            let called = seat.clone();
            let main = Box::new(move || slot.set(Some(main())));
            let ring = Box::new(move || wake(&called));
            let ground = Ground { clock: host.clock(), ring, network: None, hosted: true };
            let scheduler = self.scheduler(ground, main_at, main);
            let _alternate = overflow::install(describe_overflow);
            Running { scheduler, host: Box::new(host), seat, at_end: self.at_end, _alternate }
        };
        Hosted { begin: Some(Box::new(begin)), running: None, result }
    }
}

/// Wakes the task in which a run is polled: from any thread, and perhaps under the lock of a channel.
fn wake(seat: &Seat) {
    let Some(waker) = seat.take() else { return };
    if let Err(payload) = catch_unwind(AssertUnwindSafe(|| waker.wake())) {
        let who = "the waker of a hosted run".to_owned();
        context::report_panic(ProcessPanic { who, spawned_at: Place::caller(), payload });
    }
}

impl Running {
    /// Lets the processes run for a turn. `None` if it goes on after that; else the deadlock, if there is one.
    fn turn(&mut self, cx: &mut Context<'_>) -> Option<Option<Deadlock>> {
        match self.scheduler.turn() {
            Turn::Done => return Some(None),
            Turn::Deadlock(report) => return Some(Some(report)),
            Turn::Busy => cx.waker().wake_by_ref(),
            Turn::Idle { until, hints } => {
                if self.host.poll_until(hints.wake_at(until), cx).is_ready() {
                    cx.waker().wake_by_ref();
                }
            }
        }
        None
    }
}

impl<R> Future for Hosted<R> {
    type Output = Result<R, RunError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<R, RunError>> {
        if context::with(|context| context.is_some()) || inside::what().is_some() {
            return Poll::Ready(Err(RunError::Misplaced(
                "a hosted run inside `run`: one scheduler runs on this thread already; poll it outside, or use `go`",
            )));
        }
        if std::thread::panicking() {
            return Poll::Ready(Err(RunError::Misplaced(
                "a hosted run while the thread is panicking: no process could wait",
            )));
        }
        if let Some(begin) = self.begin.take() {
            self.running = Some(begin());
        }
        // It stays in its place until it has ended: code of the user's may panic.
        let Some(running) = &mut self.running else { panic!("a run that has ended was polled again") };
        // First, so that what happens from here on wakes the task.
        running.seat.leave(cx.waker());
        let turned = catch_unwind(AssertUnwindSafe(|| running.turn(cx)));
        let (deadlock, panicked) = match turned {
            Ok(None) => return Poll::Pending,
            Ok(Some(deadlock)) => (deadlock, None),
            Err(payload) => (None, Some(payload)),
        };
        let running = self.running.take().expect("it was turned just now");
        let error = wind_up(running.scheduler, running.at_end, deadlock, panicked)?;
        drop(running.seat.take());
        Poll::Ready(self.result.take().ok_or(error))
    }
}

impl<R> Drop for Hosted<R> {
    fn drop(&mut self) {
        let Some(mut running) = self.running.take() else { return };
        running.scheduler.finish();
        drop(running.seat.take());
        if let Some(payload) = running.scheduler.fatal() {
            say(format_args!("a panic that was to leave a run that is dropped: {}", panic_message(&*payload)));
            // The payload is the user's as well, and this must come to its end.
            std::mem::forget(payload);
        }
    }
}

impl<R> fmt::Debug for Hosted<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hosted").field("running", &self.running.is_some()).finish_non_exhaustive()
    }
}
