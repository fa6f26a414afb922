//! Processes inside of a tokio runtime. (Feature `tokio`.)
//!
//! A run is one future there. It never blocks its thread, its timers are tokio's, and a process may [`wait`](crate::wait())
//! for whatever is to be awaited in that world: a `TcpStream`, a request, a query. It is `!Send`, as the processes are: it
//! runs under `block_on`, or as a task of a `LocalSet`. With handlers and tasks on other threads processes talk over
//! [channels between threads](crate::sync), whose `take_async` and `put_async` are to be awaited anywhere.
//!
//! ```
//! use csp::prelude::*;
//!
//! let tokio = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
//! let answer = tokio.block_on(csp::tokio::run(|| {
//!     let c = Channel::new();
//!     let out = c.clone();
//!     go(move || {
//!         wait(tokio::time::sleep(Duration::from_millis(2))); // any future of tokio's
//!         put(&out, 42).or_stop();
//!     });
//!     take(&c)
//! }));
//! assert_eq!(answer, Some(42));
//! ```
//!
//! # What is not possible in it
//!
//! `block_on` inside of a process, as in any task. To use a *local* channel from a task of the same thread: it wakes nobody, and
//! is not counted when a [deadlock](crate::Deadlock) is looked for.

use std::future::Future;
use std::panic::panic_any;

use super::Builder;
use crate::reactor::Tokio;
use crate::report::RunError;

/// A [run](crate::run) as a future, for a tokio runtime. Dropped before its end, it unwinds all its processes.
///
/// # Panics
/// When it is polled, as [`run`](crate::run); when it has to wait outside of a tokio runtime, or in one without timers.
#[track_caller]
pub fn run<R: 'static>(main: impl FnOnce() -> R + 'static) -> impl Future<Output = R> {
    let hosted = try_run(main);
    async { hosted.await.unwrap_or_else(|error| panic_any(error.to_string())) }
}

/// As [`run`], and gives what has prevented a result instead of panicking with it.
///
/// ```
/// use csp::{RunError, prelude::*};
///
/// let tokio = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
/// let result = tokio.block_on(csp::tokio::try_run(|| take(&Channel::<()>::new())));
/// assert!(matches!(result, Err(RunError::Deadlock(_))));
/// ```
#[track_caller]
pub fn try_run<R: 'static>(main: impl FnOnce() -> R + 'static) -> impl Future<Output = Result<R, RunError>> {
    Builder::new().host(Tokio::new(), main)
}
