//! One-way views of a channel, which end it when the last of a side goes.

use std::fmt;

use super::{Channel, Core, Iter, Putting, Taking};
use crate::error::{Closed, OfferError, PollError, TooManyCallbacks};
use crate::port::{ReadPort, Source, WritePort};

/// A channel with a buffer for `capacity` values (0: none), as its two ends.
///
/// When the last [`Sender`] goes, the channel is drained: what was put is still delivered, then takes give
/// `None`. When the last [`Receiver`] goes, pending and later puts fail with their values.
///
/// ```
/// use csp::prelude::*;
///
/// csp::run(|| {
///     let (out, numbers) = channel(0);
///     go(move || {
///         for n in 1..=3 {
///             put(&out, n).or_stop();
///         }
///     }); // `out` goes with the process
///     assert_eq!(numbers.iter().sum::<i32>(), 6);
/// });
/// ```
#[must_use]
#[track_caller]
pub fn channel<T: 'static>(capacity: usize) -> (Sender<T>, Receiver<T>) {
    Channel::builder().buffered(capacity).build_ends()
}

/// The end of a channel that values are put to; from [`channel`].
///
/// ```
/// use csp::prelude::*;
///
/// let (out, into) = channel(1);
/// let other = out.clone();
/// drop(out);
/// offer(&other, 1).unwrap(); // one is left
/// drop(other);
/// assert_eq!((poll(&into), poll(&into)), (Ok(1), Err(csp::PollError::Closed)));
/// ```
pub struct Sender<T: 'static> {
    channel: Channel<T>,
}

/// The end of a channel that values are taken from; from [`channel`].
///
/// ```
/// use csp::prelude::*;
///
/// let (out, into) = channel(1);
/// drop(into);
/// assert_eq!(offer(&out, 1), Err(csp::OfferError::Closed(1)));
/// ```
pub struct Receiver<T: 'static> {
    channel: Channel<T>,
}

impl<T: 'static> Sender<T> {
    pub(super) fn new(channel: Channel<T>) -> Self {
        Sender { channel }
    }

    fn core(&self) -> &Core<T, T> {
        &self.channel.core
    }

    fn count(&self, change: impl FnOnce(usize) -> usize) {
        if let Some(ends) = self.core().ends() {
            ends.senders.set(change(ends.senders.get()));
        }
    }

    /// Whether puts fail: closed, or no receiver is left.
    ///
    /// ```
    /// let (out, numbers) = csp::channel::<u32>(1);
    /// drop(numbers);
    /// assert!(out.is_closed());
    /// ```
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.channel.is_closed()
    }
}

impl<T: 'static> Receiver<T> {
    pub(super) fn new(channel: Channel<T>) -> Self {
        Receiver { channel }
    }

    fn core(&self) -> &Core<T, T> {
        &self.channel.core
    }

    fn count(&self, change: impl FnOnce(usize) -> usize) {
        if let Some(ends) = self.core().ends() {
            ends.receivers.set(change(ends.receivers.get()));
        }
    }

    /// The values as they come, until the last sender has gone and the channel is empty.
    #[track_caller]
    pub fn iter(&self) -> Iter<'_, T, T> {
        self.channel.iter()
    }
}

impl<T: 'static> Clone for Sender<T> {
    fn clone(&self) -> Self {
        self.count(|n| n + 1);
        Sender { channel: self.channel.clone() }
    }
}

impl<T: 'static> Clone for Receiver<T> {
    fn clone(&self) -> Self {
        self.count(|n| n + 1);
        Receiver { channel: self.channel.clone() }
    }
}

impl<T: 'static> Drop for Sender<T> {
    fn drop(&mut self) {
        self.count(|n| n - 1);
        self.core().check_ends();
    }
}

impl<T: 'static> Drop for Receiver<T> {
    fn drop(&mut self) {
        self.count(|n| n - 1);
        self.core().check_ends();
    }
}

impl<T: 'static> ReadPort for Receiver<T> {
    type Item = T;
    type Taking<'a> = Taking<'a, T, T>;

    #[inline(always)]
    #[track_caller]
    fn take(&self) -> Option<T> {
        self.channel.take()
    }

    #[inline(always)]
    fn poll(&self) -> Result<T, PollError> {
        self.channel.poll()
    }

    #[track_caller]
    fn take_then_callback<F>(&self, f: F) -> Result<(), TooManyCallbacks<(), F>>
    where
        F: FnOnce(Option<T>) + 'static,
    {
        self.channel.take_then_callback(f)
    }

    #[inline(always)]
    fn taking(&self) -> Taking<'_, T, T> {
        self.channel.taking()
    }
}

impl<T: 'static> WritePort for Sender<T> {
    type Item = T;
    type Putting<'a, S: Source<T>>
        = Putting<'a, T, T, S>
    where
        S: 'a;

    #[inline(always)]
    #[track_caller]
    fn put(&self, value: T) -> Result<(), Closed<T>> {
        self.channel.put(value)
    }

    #[inline(always)]
    fn offer(&self, value: T) -> Result<(), OfferError<T>> {
        self.channel.offer(value)
    }

    #[track_caller]
    fn put_then_callback<F>(&self, value: T, f: F) -> Result<(), TooManyCallbacks<T, F>>
    where
        F: FnOnce(Result<(), Closed<T>>) + 'static,
    {
        self.channel.put_then_callback(value, f)
    }

    fn close(&self) {
        self.channel.close();
    }

    fn drain(&self) {
        self.channel.drain();
    }

    #[inline(always)]
    fn putting<'a, S: Source<T> + 'a>(&'a self, value: T, source: S) -> Putting<'a, T, T, S> {
        self.channel.putting(value, source)
    }
}

impl<'a, T: 'static> IntoIterator for &'a Receiver<T> {
    type Item = T;
    type IntoIter = Iter<'a, T, T>;

    #[track_caller]
    fn into_iter(self) -> Iter<'a, T, T> {
        self.iter()
    }
}

impl<T: 'static> PartialEq for Sender<T> {
    /// Whether both are ends of one channel.
    fn eq(&self, other: &Self) -> bool {
        self.channel == other.channel
    }
}

impl<T: 'static> Eq for Sender<T> {}

impl<T: 'static> PartialEq for Receiver<T> {
    /// Whether both are ends of one channel.
    fn eq(&self, other: &Self) -> bool {
        self.channel == other.channel
    }
}

impl<T: 'static> Eq for Receiver<T> {}

impl<T: 'static> PartialEq<Receiver<T>> for &Receiver<T> {
    fn eq(&self, other: &Receiver<T>) -> bool {
        **self == *other
    }
}

impl<T: 'static> fmt::Debug for Sender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sender({})", self.core().label())
    }
}

impl<T: 'static> fmt::Debug for Receiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Receiver({})", self.core().label())
    }
}
