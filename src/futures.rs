//! Waiting for a future: in a process, as a branch of a choice, or on a thread where no scheduler runs.

use std::future::{Future, IntoFuture};
use std::pin::{Pin, pin};
use std::sync::{Arc, Weak};
use std::task::{Context, Poll, Wake, Waker};

use crate::context;
use crate::inside;
use crate::op::{Op, Waiting, waiting_as};
use crate::operation::{Arm, Instruction, Operation};
use crate::place::Place;
use crate::threads::{self, AtomicBool, Ordering, Thread};

/// Waits for a future, and gives what it comes to: parks the process while the others run, or the thread where no scheduler
/// runs.
///
/// The future is polled here, in the process, which may be in the midst of any call; it stays on the process's stack, so it
/// may borrow from there. Its code must not wait in another way: to `take` in it is a panic, and
/// [`take_async`](crate::Channel::take_async) is what is meant. If the process ends while it waits, the future is dropped.
/// To wait for a future or for something else, whichever comes first, there is the branch `wait(…)` of
/// [`alts!`](crate::alts!).
///
/// As long as somebody keeps the future's waker, no deadlock is reported: it might be woken.
///
/// # Panics
/// With what the future panics with. If it would have to wait and the caller must not: it is being unwound, or no process (a
/// callback, say). What is ready at once it gives even then. A panic in a destructor that is run by unwinding aborts the
/// program: there, use `alts!` with a default.
///
/// ```
/// use csp::prelude::*;
///
/// csp::run(|| {
///     let c = Channel::new();
///     let sum = async { c.take_async().await.unwrap() + c.take_async().await.unwrap() };
///     let out = c.clone();
///     go(move || [1, 2].map(|n| put(&out, n)));
///     assert_eq!(wait(sum), 3);
/// });
/// assert_eq!(wait(std::future::ready(5)), 5); // on a thread without a scheduler, too
/// ```
#[track_caller]
pub fn wait<F: IntoFuture>(future: F) -> F::Output {
    let place = Place::caller();
    context::tick();
    let future = pin!(future.into_future());
    if context::with(|context| context.is_none()) && inside::what().is_none() && !std::thread::panicking() {
        return wait_on_thread(future);
    }
    let arm = pin!(awaiting(future));
    if !arm.attempt() {
        context::wait(arm.as_ref(), Instruction::Wait, place);
    }
    arm.answer()
}

/// The branch of a future.
pub fn awaiting<F: Future + Unpin>(future: F) -> Waiting<Ready<F>> {
    waiting_as("wait", ready(future))
}

/// The thread is what waits.
fn wait_on_thread<F: Future>(mut future: Pin<&mut F>) -> F::Output {
    let sleeper = Arc::new(Sleeper { thread: threads::current(), woken: AtomicBool::new(false) });
    let waker = Waker::from(sleeper.clone());
    let mut context = Context::from_waker(&waker);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
        // Not whether it was unparked: what the future waits in while it is polled may have been meant.
        while !sleeper.woken.swap(false, Ordering::AcqRel) {
            threads::park();
        }
    }
}

/// A thread that waits for a future.
struct Sleeper {
    thread: Thread,
    woken: AtomicBool,
}

impl Wake for Sleeper {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.woken.store(true, Ordering::Release);
        self.thread.unpark();
    }
}

/// A future as an [`Op`]; from [`ready`].
#[must_use = "it is polled when it is a branch of a choice: `op(…)` in `alts!`"]
pub struct Ready<F> {
    future: F,
    /// What the future was polled with: nobody may be left who keeps it, and then nobody can wake it.
    alarm: Weak<Alarm>,
    /// What it is to be polled with.
    next: Option<Arc<Alarm>>,
}

/// What a future is polled with: it knows whether it is worth another poll.
struct Alarm {
    rung: AtomicBool,
    doorbell: Waker,
}

impl Wake for Alarm {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.rung.store(true, Ordering::Release);
        self.doorbell.wake_by_ref();
    }
}

/// A future as an [`Op`]: the branch `wait(future)` of [`alts!`](crate::alts!) is `op(ready(future))`.
///
/// When another branch happens the future has lost nothing: lent as `&mut`, it can be waited for again. A future that may not
/// be moved is pinned first, by `std::pin::pin!` or `Box::pin`.
///
/// ```
/// use csp::prelude::*;
/// use std::pin::pin;
///
/// csp::Builder::new().virtual_time().run(|| {
///     let c = Channel::new();
///     let mut twice = pin!(async { 2 * c.take_async().await.unwrap() });
///     alts! {
///         _ = wait(&mut twice) => unreachable!("nobody has put anything yet"),
///         _ = sleep(Duration::from_secs(1)) => {}
///     }
///     let out = c.clone();
///     go(move || put(&out, 21));
///     alts! { n = wait(&mut twice) => assert_eq!(n, 42) }
/// });
/// ```
pub fn ready<F: Future + Unpin>(future: F) -> Ready<F> {
    Ready { future, alarm: Weak::new(), next: None }
}

impl<F: Future + Unpin> Op for Ready<F> {
    type Answer = F::Output;

    /// All polls are made here, so that what the future comes to is never there while another branch happens.
    fn attempt(&mut self) -> Option<F::Output> {
        let _inside = inside::enter("a future (what it waits for is to be awaited there: `take_async` and its kin)");
        let alarm = self.next.take().or_else(|| self.alarm.upgrade());
        if alarm.as_ref().is_some_and(|alarm| !alarm.rung.swap(false, Ordering::AcqRel)) {
            return None;
        }
        self.alarm = alarm.as_ref().map_or_else(Weak::new, Arc::downgrade);
        let waker = alarm.map_or_else(|| Waker::noop().clone(), Waker::from);
        match Pin::new(&mut self.future).poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(output) => Some(output),
            Poll::Pending => None,
        }
    }

    /// It is attempted right after this. What it was polled with before in this choice reaches the process as well.
    fn enlist(&mut self, waker: &Waker) {
        if self.alarm.strong_count() == 0 {
            self.next = Some(Arc::new(Alarm { rung: AtomicBool::new(true), doorbell: waker.clone() }));
        }
    }

    fn withdraw(&mut self) {
        (self.alarm, self.next) = (Weak::new(), None);
    }

    fn refused(&mut self) -> F::Output {
        panic!(
            "`wait` for a future that is not ready, while its process is being unwound: use `alts!` with a default there"
        )
    }

    fn describe(&self) -> String {
        let name = std::any::type_name::<F>();
        let pinned = name.strip_prefix("core::pin::Pin<&mut ").and_then(|name| name.strip_suffix('>'));
        pinned.unwrap_or(name).to_owned()
    }
}
