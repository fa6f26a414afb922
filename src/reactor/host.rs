//! What a scheduler rests on that is a future: somebody else's event loop.

use std::rc::Rc;
use std::task::{Context, Poll};

use crate::time::{Clock, Time};

/// A clock and timers of an event loop that polls a scheduler as one of its futures: what
/// [`Builder::host`](crate::Builder::host) is given. A [`Reactor`](super::Reactor) turned inside out.
///
/// Wake-ups need nothing here: they go to the waker that the future is polled with.
///
/// ```
/// use csp::reactor::{Host, Reactor, RealTime};
/// use csp::{Clock, Time, prelude::*};
/// use std::rc::Rc;
/// use std::task::{Context, Poll};
///
/// /// A thread for each sleep: simple, and it works in any executor.
/// struct Threads(Rc<dyn Clock>);
///
/// impl Host for Threads {
///     fn clock(&self) -> Rc<dyn Clock> {
///         self.0.clone()
///     }
///
///     fn poll_until(&mut self, until: Option<Time>, cx: &mut Context<'_>) -> Poll<()> {
///         let Some(until) = until else { return Poll::Pending };
///         let rest = until - self.0.now();
///         if rest.is_zero() {
///             return Poll::Ready(());
///         }
///         let waker = cx.waker().clone();
///         std::thread::spawn(move || {
///             std::thread::sleep(rest);
///             waker.wake();
///         });
///         Poll::Pending
///     }
/// }
///
/// let hosted = csp::Builder::new().host(Threads(RealTime::new().clock()), || {
///     sleep(Duration::from_millis(2));
///     6 * 7
/// });
/// assert_eq!(csp::wait(hosted).unwrap(), 42); // any executor would do
/// ```
pub trait Host {
    /// The clock that timers go by.
    fn clock(&self) -> Rc<dyn Clock>;

    /// Whether the clock shows `until`; if not, the task of `cx` is woken when it does (`None`: not by this).
    ///
    /// Called whenever nobody can run. What was asked for before is not needed any more: a wake-up for that is allowed, as are
    /// others, and so is to be ready early.
    fn poll_until(&mut self, until: Option<Time>, cx: &mut Context<'_>) -> Poll<()>;
}
