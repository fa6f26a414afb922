//! Work that would hold up a scheduler, on threads of its own.

use std::thread;

use super::deferred::Deferred;
use super::ends::{Receiver, channel};
use super::runtime::Handle;
use crate::port::offer;

/// Starts a process on a worker of the runtime that this is called in, or else of a default one with as many workers as the
/// machine runs threads at a time, which is started when it is first needed. After [`interrupt`](crate::interrupt()) another is.
///
/// ```
/// use csp::{prelude::*, sync};
///
/// let c = sync::Channel::new();
/// let out = c.clone();
/// sync::go(move || put(&out, "from some thread"));
/// assert_eq!(take(&c), Some("from some thread"));
/// ```
#[track_caller]
pub fn go<T: 'static>(f: impl FnOnce() -> T + Send + 'static) {
    // Where it is ending nothing is started any more, as in a scheduler that is ending.
    _ = Handle::current().go(f);
}

/// As [`go`]; the channel delivers the result, and has ended then. It ends without one if there is none: the process
/// panicked, which is reported, stopped, or was killed.
///
/// ```
/// use csp::{prelude::*, sync};
///
/// let halves: Vec<_> = [0..500u64, 500..1000].map(|half| sync::go_channel(move || half.sum::<u64>())).into();
/// assert_eq!(halves.iter().map(|half| take(half).unwrap()).sum::<u64>(), 499_500);
/// ```
#[must_use]
#[track_caller]
pub fn go_channel<T: Send + 'static>(f: impl FnOnce() -> T + Send + 'static) -> Receiver<T> {
    Handle::current().go_channel(f)
}

/// As [`go`], with the result, or why there is none.
#[track_caller]
pub fn go_deferred<T: Send + 'static>(f: impl FnOnce() -> T + Send + 'static) -> Deferred<T> {
    Handle::current().go_deferred(f)
}

/// Runs `f` on a thread of its own; the channel delivers the result, and has ended then. If it panics, that is printed as a
/// thread's panic is, and the channel ends without a result.
///
/// # Panics
/// If the system has no thread left.
///
/// ```
/// use csp::{prelude::*, sync};
///
/// csp::run(|| {
///     let answer = sync::thread(|| 6 * 7);
///     assert_eq!(take(&answer), Some(42));
/// });
/// ```
#[must_use]
pub fn thread<T: Send + 'static>(f: impl FnOnce() -> T + Send + 'static) -> Receiver<T> {
    let (out, result) = channel(1);
    thread::spawn(move || _ = offer(&out, f()));
    result
}
