//! A take and a put as futures, for any executor on any thread.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use super::arms::{Putting, Taking};
use super::channel::Channel;
use super::core::Core;
use super::ends::{Receiver, Sender};
use crate::alts::{AltsFuture, AsyncAlternative, Branch};
use crate::channel::{Polled, Shared};
use crate::context;
use crate::error::{Closed, OfferError, PollError};
use crate::operation::Arm;
use crate::place::Place;
use crate::port::Given;

/// The next value of a channel between threads; from [`Channel::take_async`] and [`Receiver::take_async`].
///
/// ```
/// use csp::{prelude::*, sync};
///
/// let (c, thread) = (sync::Channel::new(), sync::Channel::clone);
/// let out = thread(&c);
/// std::thread::spawn(move || put(&out, 5).unwrap());
/// assert_eq!(csp::wait(c.take_async()), Some(5)); // or `.await` it, in any executor
/// ```
#[must_use = "a future does nothing until it is polled"]
pub struct TakeFuture<I: 'static, O: 'static = I> {
    // In this order: what waits borrows from the channel.
    waiting: Option<Polled<Taking<'static, I, O>, Shared>>,
    channel: Channel<I, O>,
    /// What counts as one of those who take.
    _end: Option<Receiver<O, I>>,
}

/// A value on its way into a channel between threads; from [`Channel::put_async`] and [`Sender::put_async`].
///
/// If it is dropped before the channel has accepted the value, that goes with it; [`cancel`](PutFuture::cancel) gives it
/// back instead.
#[must_use = "a future does nothing until it is polled"]
pub struct PutFuture<I: 'static, O: 'static = I> {
    // In this order: what waits borrows from the channel.
    waiting: Option<Polled<Putting<'static, I, O, Given>, Shared>>,
    /// What was not tried yet.
    value: Option<I>,
    channel: Channel<I, O>,
    /// What counts as one of those who put.
    _end: Option<Sender<I, O>>,
}

// SAFETY: while it waits other threads reach its claim and its waiter, under the locks of channels alone; whoever polls it or drops
// it has it to himself, and takes those locks before he touches what they may have touched. Nothing else of it belongs to a
// thread: that it waits is counted by no scheduler. Values of both types go through it.
unsafe impl<I: Send, O: Send> Send for TakeFuture<I, O> {}
// SAFETY: as above.
unsafe impl<I: Send, O: Send> Send for PutFuture<I, O> {}

impl<I: 'static, O: 'static> AsyncAlternative for &Channel<I, O> {
    type Party = Shared;
}

impl<O: 'static, I: 'static> AsyncAlternative for &Receiver<O, I> {
    type Party = Shared;
}

impl<T: 'static> AsyncAlternative for Branch<'_, T, Channel<T>> {
    type Party = Shared;
}

// SAFETY: as above, for each of its channels; what it has of them it borrows.
unsafe impl<I: Send + 'static, O: Send + 'static> Send for AltsFuture<&Channel<I, O>> {}
// SAFETY: as above.
unsafe impl<I: Send + 'static, O: Send + 'static> Send for AltsFuture<&Receiver<O, I>> {}
// SAFETY: as above.
unsafe impl<T: Send + 'static> Send for AltsFuture<Branch<'_, T, Channel<T>>> {}

/// What all handles of the channel share, for one that keeps the channel.
///
/// # Safety
/// What it is given to goes before the channel does.
unsafe fn kept<I: 'static, O: 'static>(channel: &Channel<I, O>) -> &'static Core<I, O> {
    // SAFETY: an `Arc` does not move what it holds, and the caller vouches for the time.
    unsafe { &*Arc::as_ptr(&channel.core) }
}

impl<I: 'static, O: 'static> TakeFuture<I, O> {
    pub(super) fn new(channel: Channel<I, O>, end: Option<Receiver<O, I>>) -> Self {
        TakeFuture { waiting: None, channel, _end: end }
    }
}

impl<I: 'static, O: 'static> Future for TakeFuture<I, O> {
    type Output = Option<O>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<O>> {
        context::tick();
        let this = &mut *self;
        Polled::poll_in(&mut this.waiting, cx.waker(), ("take_async", Place::caller()), || {
            match this.channel.core.try_take() {
                Ok(value) => {
                    context::count_message();
                    Ok(Some(value))
                }
                Err(PollError::Closed) => Ok(None),
                // SAFETY: the channel is dropped after it.
                Err(PollError::Empty) => Err(Taking::new(unsafe { kept(&this.channel) })),
            }
        })
    }
}

impl<I: 'static, O: 'static> PutFuture<I, O> {
    pub(super) fn new(channel: Channel<I, O>, end: Option<Sender<I, O>>, value: I) -> Self {
        PutFuture { waiting: None, value: Some(value), channel, _end: end }
    }

    /// Gives up: the value comes back, unless the channel has accepted it.
    ///
    /// ```
    /// let c = csp::sync::Channel::new();
    /// assert_eq!(c.put_async("a letter").cancel(), Some("a letter"));
    /// ```
    pub fn cancel(mut self) -> Option<I> {
        if let Some(waiting) = &mut self.waiting {
            waiting.cancel();
            return waiting.operation.answer().err().map(|Closed(value)| value);
        }
        self.value.take()
    }

    /// Whether it has said what it came to.
    pub(super) fn is_done(&self) -> bool {
        self.waiting.is_none() && self.value.is_none()
    }
}

// It is never pinned itself: the value is moved.
impl<I: 'static, O: 'static> Unpin for PutFuture<I, O> {}

impl<I: 'static, O: 'static> Future for PutFuture<I, O> {
    type Output = Result<(), Closed<I>>;

    /// # Panics
    /// When it is polled again after it was ready.
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Closed<I>>> {
        context::tick();
        let this = &mut *self;
        assert!(!this.is_done(), "a put that is done was polled again");
        Polled::poll_in(&mut this.waiting, cx.waker(), ("put_async", Place::caller()), || {
            let value = this.value.take().expect("it is not done, and does not wait");
            match this.channel.core.try_put(value) {
                Ok(()) => Ok(Ok(())),
                Err(OfferError::Closed(value)) => Ok(Err(Closed(value))),
                // SAFETY: the channel is dropped after it.
                Err(OfferError::Full(value)) => Err(Putting::new(unsafe { kept(&this.channel) }, value, Given)),
            }
        })
    }
}

impl<I: 'static, O: 'static> fmt::Debug for TakeFuture<I, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TakeFuture({:?})", self.channel)
    }
}

impl<I: 'static, O: 'static> fmt::Debug for PutFuture<I, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PutFuture({:?})", self.channel)
    }
}
