//! What can be taken from, as one type.

use std::fmt;

use crate::channel::{Channel, Receiver, Taking};
use crate::error::{PollError, TooManyCallbacks};
use crate::port::ReadPort;

/// A channel or a receiver, where both can stand: the inputs of a [`Mix`](super::Mix), or of [`merge`](super::merge).
///
/// ```
/// use csp::{ops::{self, Input}, prelude::*};
///
/// csp::run(|| {
///     let ticks = Channel::new();
///     let both = ops::merge([Input::from(&ticks), Input::from(ops::to_chan([1, 2]))]);
///     go(move || close(&ticks));
///     assert_eq!(both.iter().sum::<i32>(), 3);
/// });
/// ```
pub struct Input<T: 'static> {
    channel: Channel<T>,
    /// What keeps the channel open, if it was one.
    receiver: Option<Receiver<T>>,
}

impl<T: 'static> From<Channel<T>> for Input<T> {
    fn from(channel: Channel<T>) -> Self {
        Input { channel, receiver: None }
    }
}

impl<T: 'static> From<Receiver<T>> for Input<T> {
    fn from(receiver: Receiver<T>) -> Self {
        Input { channel: receiver.channel(), receiver: Some(receiver) }
    }
}

impl<T: 'static> From<&Channel<T>> for Input<T> {
    fn from(channel: &Channel<T>) -> Self {
        channel.clone().into()
    }
}

impl<T: 'static> From<&Receiver<T>> for Input<T> {
    fn from(receiver: &Receiver<T>) -> Self {
        receiver.clone().into()
    }
}

impl<T: 'static> Clone for Input<T> {
    fn clone(&self) -> Self {
        Input { channel: self.channel.clone(), receiver: self.receiver.clone() }
    }
}

impl<T: 'static> PartialEq for Input<T> {
    /// Whether both are of one channel.
    fn eq(&self, other: &Self) -> bool {
        self.channel == other.channel
    }
}

impl<T: 'static> Eq for Input<T> {}

impl<T: 'static> fmt::Debug for Input<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Input({:?})", self.channel)
    }
}

impl<T: 'static> ReadPort for Input<T> {
    type Item = T;
    type Taking<'a> = Taking<'a, T, T>;

    #[track_caller]
    fn take(&self) -> Option<T> {
        self.channel.take()
    }

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

    fn taking(&self) -> Taking<'_, T, T> {
        self.channel.taking()
    }

    fn put_back(&self, value: T) {
        self.channel.put_back(value);
    }
}
