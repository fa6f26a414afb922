//! The result of a process of another thread, for those who come to fetch it.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::ends::{Receiver, Sender, channel};
use super::future::TakeFuture;
use crate::context;
use crate::deferred::downcast;
use crate::error::{OfferError, PollError, ProcessError};
use crate::place::Place;
use crate::port::{poll, take};
use crate::process::{Ending, Sequel};
use crate::report::ProcessPanic;

/// The result that a process of some thread will have; from [`go_deferred`](super::go_deferred).
///
/// It is a future as well, for any executor on any thread.
/// A panic of the process is its holder's affair, found in the result. If nobody looks, it is reported by the
/// [panic policy](crate::PanicPolicy) of the process's scheduler, or where the deferred is dropped.
///
/// ```
/// let deferred = csp::sync::go_deferred(|| 6 * 7);
/// assert_eq!(csp::wait(deferred).unwrap(), 42); // or `deferred.await`, in any executor
/// ```
#[must_use = "the process runs without it; use `go` if its result does not matter"]
pub struct Deferred<T: 'static> {
    result: Receiver<Result<T, ProcessError>>,
    future: Option<TakeFuture<Result<T, ProcessError>>>,
    spawned_at: Place,
}

impl<T: Send + 'static> Deferred<T> {
    #[track_caller]
    pub(super) fn new(spawned_at: Place) -> (Sender<Result<T, ProcessError>>, Deferred<T>) {
        let (out, result) = channel(1);
        (out, Deferred { result, future: None, spawned_at })
    }
}

impl<T: 'static> Deferred<T> {
    /// Waits for the process to end: parks the process that calls this, or the thread where no scheduler runs.
    ///
    /// # Errors
    /// [`ProcessError`] if there is no result: it panicked, was killed (the end of its runtime counts), or stopped.
    ///
    /// ```
    /// use csp::{ProcessError, sync};
    ///
    /// assert_eq!(sync::go_deferred(|| 6 * 7).wait().unwrap(), 42);
    /// assert!(matches!(sync::go_deferred(|| -> u32 { panic!("no") }).wait(), Err(ProcessError::Panicked { .. })));
    /// ```
    #[track_caller]
    pub fn wait(self) -> Result<T, ProcessError> {
        take(&self.result).unwrap_or(Err(ProcessError::Killed))
    }

    /// The result if it is there already; else the deferred comes back.
    ///
    /// # Errors
    /// The deferred itself, if the process has not ended yet.
    pub fn poll_now(self) -> Result<Result<T, ProcessError>, Deferred<T>> {
        match poll(&self.result) {
            Ok(result) => Ok(result),
            Err(PollError::Closed) => Ok(Err(ProcessError::Killed)),
            Err(PollError::Empty) => Err(self),
        }
    }
}

impl<T: 'static> Future for Deferred<T> {
    type Output = Result<T, ProcessError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        let future = this.future.get_or_insert_with(|| this.result.take_async());
        Pin::new(future).poll(cx).map(|result| result.unwrap_or(Err(ProcessError::Killed)))
    }
}

impl<T: 'static> Drop for Deferred<T> {
    fn drop(&mut self) {
        // What was handed to it goes back, to be looked at here.
        self.future = None;
        // A process that panics after this finds that nobody will look, and reports it.
        self.result.take_last(|result| {
            if let Err(ProcessError::Panicked { payload, spawned_at }) = result {
                context::report_panic(ProcessPanic { who: "a process".to_owned(), spawned_at, payload });
            }
        });
    }
}

impl<T: 'static> fmt::Debug for Deferred<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Deferred").field("spawned_at", &self.spawned_at).finish_non_exhaustive()
    }
}

/// What becomes of the channel of `go_channel` when its process has ended.
pub(super) fn deliver<T: Send + 'static>(out: Sender<T>) -> Sequel {
    Box::new(move |ending| match ending {
        Ending::Stopped(left) => {
            if let Some(value) = downcast::<T>(left) {
                drop(out.offer_uncounted(value));
            }
            None
        }
        Ending::Panicked(payload) => Some(payload),
        Ending::Returned | Ending::Killed => None,
    })
}

/// What becomes of a deferred when its process has ended; it has its result already if the process returned. A panic that
/// nobody will look at comes back.
pub(super) fn fulfil<T: Send + 'static>(out: Sender<Result<T, ProcessError>>, spawned_at: Place) -> Sequel {
    Box::new(move |ending| {
        let result = match ending {
            Ending::Returned => return None,
            Ending::Killed => Err(ProcessError::Killed),
            Ending::Stopped(left) => downcast::<T>(left).ok_or(ProcessError::Stopped),
            Ending::Panicked(payload) => Err(ProcessError::Panicked { payload, spawned_at }),
        };
        match out.offer_uncounted(result) {
            Err(OfferError::Closed(Err(ProcessError::Panicked { payload, .. }))) => Some(payload),
            _ => None,
        }
    })
}
