//! One-way views of a channel between threads, which end it when the last of a side goes.

use std::fmt;

use super::arms::{Closing, Putting, Taking};
use super::channel::{Channel, Iter, put_in_process, take_in_process};
use super::core::when_free;
use super::future::{PutFuture, TakeFuture};
use crate::error::{Closed, OfferError, PollError, TooManyCallbacks};
use crate::place::Place;
use crate::port::{ReadPort, Source, WritePort};
use crate::threads::Ordering;

/// A channel between threads with a buffer for `capacity` values (0: none), as its two ends: as
/// [`csp::channel`](crate::channel()).
///
/// ```
/// use csp::{prelude::*, sync};
///
/// let (out, numbers) = sync::channel(0);
/// std::thread::spawn(move || (1..=3).for_each(|n| put(&out, n).unwrap())); // `out` goes with the closure
/// assert_eq!(numbers.iter().sum::<i32>(), 6);
/// ```
#[must_use]
#[track_caller]
pub fn channel<T: Send + 'static>(capacity: usize) -> (Sender<T>, Receiver<T>) {
    Channel::builder().buffered(capacity).build_ends()
}

/// The end of a channel between threads that values are put to; from [`channel`].
pub struct Sender<I: 'static, O: 'static = I> {
    channel: Channel<I, O>,
}

/// The end of a channel between threads that values are taken from; from [`channel`].
pub struct Receiver<O: 'static, I: 'static = O> {
    channel: Channel<I, O>,
}

impl<I: 'static, O: 'static> Sender<I, O> {
    pub(super) fn new(channel: Channel<I, O>) -> Self {
        Sender { channel }
    }

    /// As [`offer`](crate::offer), but what it does for a process counts as no operation of that.
    pub(super) fn offer_uncounted(&self, value: I) -> Result<(), OfferError<I>> {
        self.channel.core.try_put(value)
    }

    /// As [`Channel::put_async`]; the future counts as a sender.
    pub fn put_async(&self, value: I) -> PutFuture<I, O> {
        PutFuture::new(self.channel.clone(), Some(self.clone()), value)
    }

    /// Whether puts fail: closed, or no receiver is left.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.channel.is_closed()
    }
}

impl<O: 'static, I: 'static> Receiver<O, I> {
    pub(super) fn new(channel: Channel<I, O>) -> Self {
        Receiver { channel }
    }

    /// Takes what is there, and nothing more is accepted; for a destructor.
    pub(super) fn take_last(&self, f: impl FnOnce(O) + 'static) {
        when_free(&self.channel.core, |core| {
            core.close();
            if let Ok(value) = core.try_take() {
                f(value);
            }
        });
    }

    /// As [`Channel::take_async`]; the future counts as a receiver.
    pub fn take_async(&self) -> TakeFuture<I, O> {
        TakeFuture::new(self.channel.clone(), Some(self.clone()))
    }

    /// The values as they come, until the last sender has gone and the channel is empty.
    #[track_caller]
    pub fn iter(&self) -> Iter<'_, I, O> {
        self.channel.iter()
    }
}

impl<I: 'static, O: 'static> Clone for Sender<I, O> {
    fn clone(&self) -> Self {
        if let Some(ends) = &self.channel.core.ends {
            ends.senders.fetch_add(1, Ordering::Relaxed);
        }
        Sender { channel: self.channel.clone() }
    }
}

impl<O: 'static, I: 'static> Clone for Receiver<O, I> {
    fn clone(&self) -> Self {
        if let Some(ends) = &self.channel.core.ends {
            ends.receivers.fetch_add(1, Ordering::Relaxed);
        }
        Receiver { channel: self.channel.clone() }
    }
}

impl<I: 'static, O: 'static> Drop for Sender<I, O> {
    fn drop(&mut self) {
        self.channel.core.drop_sender();
    }
}

impl<O: 'static, I: 'static> Drop for Receiver<O, I> {
    fn drop(&mut self) {
        self.channel.core.drop_receiver();
    }
}

impl<O: 'static, I: 'static> ReadPort for Receiver<O, I> {
    type Item = O;
    type Taking<'a> = Taking<'a, I, O>;

    #[track_caller]
    fn take(&self) -> Option<O> {
        self.channel.take()
    }

    fn poll(&self) -> Result<O, PollError> {
        self.channel.poll()
    }

    #[track_caller]
    fn take_then_callback<F>(&self, f: F) -> Result<(), TooManyCallbacks<(), F>>
    where
        F: FnOnce(Option<O>) + 'static,
    {
        take_in_process(self.clone(), f);
        Ok(())
    }

    fn taking(&self) -> Taking<'_, I, O> {
        self.channel.taking()
    }

    fn put_back(&self, value: O) {
        self.channel.put_back(value);
    }
}

impl<I: 'static, O: 'static> WritePort for Sender<I, O> {
    type Item = I;
    type Putting<'a, S: Source<I>>
        = Putting<'a, I, O, S>
    where
        S: 'a;
    type Closing<'a> = Closing<'a, I, O>;

    #[track_caller]
    fn put(&self, value: I) -> Result<(), Closed<I>> {
        self.channel.put(value)
    }

    fn offer(&self, value: I) -> Result<(), OfferError<I>> {
        self.channel.offer(value)
    }

    #[track_caller]
    fn put_then_callback<F>(&self, value: I, f: F) -> Result<(), TooManyCallbacks<I, F>>
    where
        F: FnOnce(Result<(), Closed<I>>) + 'static,
    {
        put_in_process(self.clone(), value, f);
        Ok(())
    }

    fn close(&self) {
        self.channel.close();
    }

    fn drain(&self) {
        self.channel.drain();
    }

    fn is_closed(&self) -> bool {
        self.channel.is_closed()
    }

    #[track_caller]
    fn closed(&self) {
        self.channel.closed();
    }

    fn closing(&self) -> Closing<'_, I, O> {
        self.channel.closing()
    }

    fn putting<'a, S: Source<I> + 'a>(&'a self, value: I, source: S) -> Putting<'a, I, O, S> {
        self.channel.putting(value, source)
    }
}

impl<'a, O: 'static, I: 'static> IntoIterator for &'a Receiver<O, I> {
    type Item = O;
    type IntoIter = Iter<'a, I, O>;

    #[track_caller]
    fn into_iter(self) -> Iter<'a, I, O> {
        self.iter()
    }
}

impl<O: 'static, I: 'static> IntoIterator for Receiver<O, I> {
    type Item = O;
    type IntoIter = IntoIter<O, I>;

    #[track_caller]
    fn into_iter(self) -> IntoIter<O, I> {
        IntoIter { receiver: self, place: Place::caller() }
    }
}

/// The values of a receiver as they come, which goes with this; from `receiver.into_iter()`.
pub struct IntoIter<O: 'static, I: 'static> {
    receiver: Receiver<O, I>,
    /// Where it was made: what waits may be code of the standard library.
    place: Place,
}

impl<O: 'static, I: 'static> Iterator for IntoIter<O, I> {
    type Item = O;

    fn next(&mut self) -> Option<O> {
        self.receiver.channel.take_at(self.place)
    }
}

impl<I: 'static, O: 'static> PartialEq for Sender<I, O> {
    /// Whether both are ends of one channel.
    fn eq(&self, other: &Self) -> bool {
        self.channel == other.channel
    }
}

impl<I: 'static, O: 'static> Eq for Sender<I, O> {}

impl<O: 'static, I: 'static> PartialEq for Receiver<O, I> {
    /// Whether both are ends of one channel.
    fn eq(&self, other: &Self) -> bool {
        self.channel == other.channel
    }
}

impl<O: 'static, I: 'static> Eq for Receiver<O, I> {}

impl<O: 'static, I: 'static> PartialEq<Receiver<O, I>> for &Receiver<O, I> {
    fn eq(&self, other: &Receiver<O, I>) -> bool {
        **self == *other
    }
}

impl<I: 'static, O: 'static> fmt::Debug for Sender<I, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sender({})", self.channel.core.label())
    }
}

impl<O: 'static, I: 'static> fmt::Debug for Receiver<O, I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Receiver({})", self.channel.core.label())
    }
}
