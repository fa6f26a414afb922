//! The result of a process, for those who come to fetch it.

use std::any::Any;
use std::cell::Cell;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use crate::channel::Channel;
use crate::context;
use crate::error::ProcessError;
use crate::place::Place;
use crate::process::{Ending, Sequel};
use crate::report::ProcessPanic;

/// The result that a process will have; from [`go_deferred`](crate::go_deferred).
///
/// It is a future as well, to be polled on the scheduler's thread. A panic of the process is its holder's affair,
/// found in the result; if nobody ever looks, it is reported by the [panic policy](crate::PanicPolicy) when the
/// deferred is dropped, as twisted's was.
///
/// ```
/// use csp::prelude::*;
///
/// csp::run(|| {
///     let answers: Vec<Deferred<u32>> = (1..=3).map(|n| go_deferred(move || n * n)).collect();
///     let sum: u32 = answers.into_iter().map(|answer| answer.wait().unwrap()).sum();
///     assert_eq!(sum, 14);
/// });
/// ```
#[must_use = "the process runs without it; use `go` if its result does not matter"]
pub struct Deferred<T: 'static> {
    result: Channel<Result<T, ProcessError>>,
    future: Option<Next<Result<T, ProcessError>>>,
    spawned_at: Place,
    watched: Rc<Cell<bool>>,
}

/// A [`take_async`](Channel::take_async), of which the compiler need not tell all parts to who sends it to another thread.
type Next<T> = Pin<Box<dyn Future<Output = Option<T>>>>;

impl<T: 'static> Deferred<T> {
    #[track_caller]
    pub(crate) fn new(spawned_at: Place) -> (Deferred<T>, Promise<T>) {
        let result = Channel::buffered(1);
        let watched = Rc::new(Cell::new(true));
        let promise = Promise { result: result.clone(), watched: watched.clone(), spawned_at };
        (Deferred { result, future: None, spawned_at, watched }, promise)
    }

    /// Waits for the process to end.
    ///
    /// # Errors
    /// [`ProcessError`] if there is no result: it panicked, was killed (the end of the run counts), or stopped.
    ///
    /// # Panics
    /// If it would have to wait and the caller is no process.
    ///
    /// ```
    /// use csp::{ProcessError, prelude::*};
    ///
    /// csp::run(|| {
    ///     let d = go_deferred(|| -> i32 { panic!("no") });
    ///     assert!(matches!(d.wait(), Err(ProcessError::Panicked { .. })));
    /// });
    /// ```
    #[track_caller]
    pub fn wait(self) -> Result<T, ProcessError> {
        self.result.take().unwrap_or(Err(ProcessError::Killed))
    }

    /// The result if it is there already; else the deferred comes back.
    ///
    /// # Errors
    /// The deferred itself, if the process has not ended yet.
    ///
    /// ```
    /// use csp::prelude::*;
    ///
    /// csp::run(|| {
    ///     let early = go_deferred(|| 6 * 7).poll_now();
    ///     let d = early.expect_err("it has not run yet");
    ///     yield_now();
    ///     assert_eq!(d.poll_now().unwrap().unwrap(), 42);
    /// });
    /// ```
    pub fn poll_now(self) -> Result<Result<T, ProcessError>, Deferred<T>> {
        match self.result.poll() {
            Ok(result) => Ok(result),
            Err(_) => Err(self),
        }
    }
}

impl<T: 'static> Future for Deferred<T> {
    type Output = Result<T, ProcessError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let channel = self.result.clone();
        let future = self.future.get_or_insert_with(|| Box::pin(channel.take_async()));
        future.as_mut().poll(cx).map(|result| result.unwrap_or(Err(ProcessError::Killed)))
    }
}

impl<T: 'static> Drop for Deferred<T> {
    fn drop(&mut self) {
        self.watched.set(false);
        self.future = None;
        if let Ok(Err(ProcessError::Panicked { payload, spawned_at })) = self.result.poll_uncounted() {
            report(spawned_at, payload);
        }
    }
}

impl<T: 'static> fmt::Debug for Deferred<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Deferred")
            .field("spawned_at", &self.spawned_at)
            .field("ready", &!self.result.is_empty())
            .finish()
    }
}

/// Whether the running process is to end without a result: it was killed, or has stopped. It may have caught that, and
/// come to one.
pub(crate) fn is_doomed() -> bool {
    context::with(|context| {
        context.and_then(context::Context::process).is_some_and(|process| process.doom.get().is_some())
    })
}

/// A panic that nobody will look at.
fn report(spawned_at: Place, payload: Box<dyn Any + Send>) {
    let panic = ProcessPanic { who: "a process".to_owned(), spawned_at, payload };
    context::report_panic(panic);
}

/// The process's side of a deferred.
pub(crate) struct Promise<T: 'static> {
    result: Channel<Result<T, ProcessError>>,
    watched: Rc<Cell<bool>>,
    spawned_at: Place,
}

impl<T: 'static> Clone for Promise<T> {
    fn clone(&self) -> Self {
        Promise { result: self.result.clone(), watched: self.watched.clone(), spawned_at: self.spawned_at }
    }
}

impl<T: 'static> Promise<T> {
    pub(crate) fn fulfil(self, value: T) {
        if !is_doomed() {
            self.offer(Ok(value));
        }
    }

    fn offer(&self, result: Result<T, ProcessError>) {
        // It can only be closed if the result is there already: then this one is of no interest.
        drop(self.result.offer_uncounted(result));
        self.result.close();
    }

    /// What becomes of the deferred when its process has ended.
    pub(crate) fn sequel(self) -> Sequel {
        Box::new(move |ending| {
            match ending {
                Ending::Returned => {}
                Ending::Killed => self.offer(Err(ProcessError::Killed)),
                Ending::Stopped(left) => match downcast::<T>(left) {
                    Some(value) => self.offer(Ok(value)),
                    None => self.offer(Err(ProcessError::Stopped)),
                },
                Ending::Panicked(payload) if !self.watched.get() => return Some(payload),
                Ending::Panicked(payload) => {
                    self.offer(Err(ProcessError::Panicked { payload, spawned_at: self.spawned_at }))
                }
            }
            None
        })
    }
}

/// What becomes of the channel of `go_channel` when its process has ended.
pub(crate) fn close_after<T: 'static>(channel: Channel<T>) -> Sequel {
    Box::new(move |ending| {
        let unclaimed = match ending {
            Ending::Stopped(left) => {
                if let Some(value) = downcast::<T>(left) {
                    drop(channel.offer_uncounted(value));
                }
                None
            }
            Ending::Panicked(payload) => Some(payload),
            Ending::Returned | Ending::Killed => None,
        };
        channel.close();
        unclaimed
    })
}

/// What `stop_with` left: it has checked the type.
pub(crate) fn downcast<T: 'static>(left: Option<Box<dyn Any>>) -> Option<T> {
    left?.downcast().ok().map(|value| *value)
}
