//! The handle of a channel between threads.

use std::fmt;
use std::sync::Arc;

use super::arms::{Closing, Putting, Taking};
use super::builder::ChannelBuilder;
use super::core::{Core, drop_handle};
use super::future::{PutFuture, TakeFuture};
use crate::buffer::Buffer;
use crate::channel::wait;
use crate::context;
use crate::error::{Closed, OfferError, PollError, TooManyCallbacks};
use crate::go::go;
use crate::operation::Instruction;
use crate::place::Place;
use crate::port::{Given, ReadPort, Source, WritePort};

/// A handle to a channel between threads: clones point at the same one, `==` asks whether two do.
///
/// It is used as a [`csp::Channel`](crate::Channel) is, and keeps the same rules, one operation after the other whichever
/// thread it comes from. What differs:
///
/// - Its values, its buffer, its transducer and its drop hook are `Send`.
/// - It works on threads without a scheduler too: who has to wait there parks the thread.
/// - A value that was handed to a process which was killed before it saw it goes back: it is the next.
/// - A callback is called in a process of its own, of the scheduler of the thread that leaves it.
/// - Inside of its buffer, its transducer or the `Clone` of its promised value no channel between threads can be used.
///   Handles and ends may be dropped there: what follows from that happens right after the operation.
///
/// ```
/// use csp::{prelude::*, sync};
///
/// let c = sync::Channel::new();
/// let out = c.clone();
/// let thread = std::thread::spawn(move || put(&out, "from another thread").unwrap());
/// csp::run(|| assert_eq!(take(&c), Some("from another thread")));
/// thread.join().unwrap();
/// ```
pub struct Channel<I: 'static, O: 'static = I> {
    pub(super) core: Arc<Core<I, O>>,
}

impl<T: 'static> Channel<T> {
    /// As [`csp::Channel::new`](crate::Channel::new): a rendezvous.
    #[must_use]
    #[track_caller]
    #[allow(clippy::new_without_default, reason = "a default channel would be made in a place nobody can name")]
    pub fn new() -> Channel<T>
    where
        T: Send,
    {
        Channel::builder().build()
    }

    /// As [`csp::Channel::buffered`](crate::Channel::buffered): room for `capacity` values. For up to 1,024 of them, and 64 KiB, the
    /// memory is taken now, and puts and takes need no lock as long as nobody waits; beyond that memory is taken as values come.
    #[must_use]
    #[track_caller]
    pub fn buffered(capacity: usize) -> Channel<T>
    where
        T: Send,
    {
        Channel::builder().buffered(capacity).build()
    }

    /// As [`csp::Channel::dropping`](crate::Channel::dropping): keeps the first `capacity` values.
    ///
    /// # Panics
    /// If `capacity` is 0.
    #[must_use]
    #[track_caller]
    pub fn dropping(capacity: usize) -> Channel<T>
    where
        T: Send,
    {
        Channel::builder().dropping(capacity).build()
    }

    /// As [`csp::Channel::sliding`](crate::Channel::sliding): keeps the last `capacity` values.
    ///
    /// # Panics
    /// If `capacity` is 0.
    #[must_use]
    #[track_caller]
    pub fn sliding(capacity: usize) -> Channel<T>
    where
        T: Send,
    {
        Channel::builder().sliding(capacity).build()
    }

    /// As [`csp::Channel::promise`](crate::Channel::promise): one value, of which everybody gets a copy.
    #[must_use]
    #[track_caller]
    pub fn promise() -> Channel<T>
    where
        T: Clone + Send,
    {
        Channel::builder().promise().build()
    }

    /// As [`csp::Channel::with_buffer`](crate::Channel::with_buffer): a buffer of the caller's.
    #[must_use]
    #[track_caller]
    pub fn with_buffer(buffer: impl Buffer<T> + Send + 'static) -> Channel<T>
    where
        T: Send,
    {
        Channel::builder().buffer(buffer).build()
    }

    /// Everything that can be said about a channel when it is made.
    #[track_caller]
    pub fn builder() -> ChannelBuilder<T>
    where
        T: Send,
    {
        ChannelBuilder::new()
    }
}

impl<I: 'static, O: 'static> Channel<I, O> {
    /// See [`take`](crate::take).
    #[track_caller]
    pub fn take(&self) -> Option<O> {
        self.take_at(Place::caller())
    }

    pub(super) fn take_at(&self, place: Place) -> Option<O> {
        context::tick();
        let taken = self.core.patiently(|| match self.core.try_take() {
            Err(PollError::Empty) => None,
            Err(PollError::Closed) => Some(None),
            Ok(value) => Some(Some(value)),
        });
        match taken {
            Some(taken) => taken.inspect(|_| context::count_message()),
            None => wait(|| self.taking(), Instruction::Take, place),
        }
    }

    /// See [`put`](crate::put).
    #[track_caller]
    pub fn put(&self, value: I) -> Result<(), Closed<I>> {
        context::tick();
        let mut kept = Some(value);
        let put = self.core.patiently(|| match self.core.try_put(kept.take()?) {
            Err(OfferError::Full(value)) => {
                kept = Some(value);
                None
            }
            Err(OfferError::Closed(value)) => Some(Err(Closed(value))),
            Ok(()) => Some(Ok(())),
        });
        put.unwrap_or_else(|| {
            let value = kept.expect("what was not put has come back");
            wait(|| self.putting(value, Given), Instruction::Put, Place::caller())
        })
    }

    /// See [`poll`](crate::poll).
    pub fn poll(&self) -> Result<O, PollError> {
        context::tick();
        self.core.try_take().inspect(|_| context::count_message())
    }

    /// See [`offer`](crate::offer).
    pub fn offer(&self, value: I) -> Result<(), OfferError<I>> {
        context::tick();
        self.core.try_put(value)
    }

    /// See [`close`](crate::close).
    pub fn close(&self) {
        self.core.close();
    }

    /// See [`drain`](crate::drain).
    pub fn drain(&self) {
        self.core.drain();
    }

    /// See [`closed`](crate::closed).
    #[track_caller]
    pub fn closed(&self) {
        context::tick();
        if !self.is_closed() {
            wait(|| self.closing(), Instruction::Closed, Place::caller());
        }
    }

    /// The next value as a future: what [`take`](crate::take) says. Any executor may poll it, on any thread, whether or not a
    /// scheduler runs there, and it may go from one to another.
    ///
    /// Dropped before it was ready, it leaves no trace; dropped after a value was handed to it, it gives the value back: it is the
    /// next one to be taken. A value that was handed to it waits in it until then: a future that waits is to be polled when it
    /// is woken, or dropped.
    ///
    /// ```
    /// use csp::{prelude::*, sync};
    ///
    /// let (questions, answers) = (sync::Channel::new(), sync::Channel::new());
    /// let (ask, hear) = (questions.clone(), answers.clone());
    /// std::thread::spawn(move || {
    ///     csp::run(|| {
    ///         for n in &questions {
    ///             put(&answers, n + 1).or_stop();
    ///         }
    ///     });
    /// });
    /// let client = async {
    ///     ask.put_async(41).await.unwrap();
    ///     hear.take_async().await
    /// };
    /// assert_eq!(csp::wait(client), Some(42)); // an executor of your choice would do
    /// ```
    pub fn take_async(&self) -> TakeFuture<I, O> {
        TakeFuture::new(self.clone(), None)
    }

    /// A put as a future: what [`put`](crate::put) says. Any executor may poll it, on any thread. Dropped before the value was
    /// accepted, it leaves no trace, and the value goes with it; [`PutFuture::cancel`] gives it back.
    ///
    /// ```
    /// let c = csp::sync::Channel::buffered(1);
    /// assert_eq!(csp::wait(c.put_async(1)), Ok(()));
    /// c.close();
    /// assert_eq!(csp::wait(c.put_async(2)), Err(csp::Closed(2)));
    /// ```
    pub fn put_async(&self, value: I) -> PutFuture<I, O> {
        PutFuture::new(self.clone(), None, value)
    }

    /// The values as they come, until the channel is closed and empty. `for value in &channel` is the same.
    #[track_caller]
    pub fn iter(&self) -> Iter<'_, I, O> {
        Iter { channel: self, place: Place::caller() }
    }

    /// Whether puts fail now. Another thread may close it right after.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.core.is_closed()
    }

    /// How many values the channel keeps now. Another thread may take or put one right after.
    #[must_use]
    pub fn len(&self) -> usize {
        self.core.with(|rendezvous| rendezvous.held())
    }

    /// Whether the channel keeps no value now.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The name given to its builder.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.core.name.as_deref()
    }
}

impl<I: 'static, O: 'static> ReadPort for Channel<I, O> {
    type Item = O;
    type Taking<'a> = Taking<'a, I, O>;

    #[track_caller]
    fn take(&self) -> Option<O> {
        Channel::take(self)
    }

    fn poll(&self) -> Result<O, PollError> {
        Channel::poll(self)
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
        Taking::new(&self.core)
    }

    fn put_back(&self, value: O) {
        self.core.put_back(value);
    }
}

impl<I: 'static, O: 'static> WritePort for Channel<I, O> {
    type Item = I;
    type Putting<'a, S: Source<I>>
        = Putting<'a, I, O, S>
    where
        S: 'a;
    type Closing<'a> = Closing<'a, I, O>;

    #[track_caller]
    fn put(&self, value: I) -> Result<(), Closed<I>> {
        Channel::put(self, value)
    }

    fn offer(&self, value: I) -> Result<(), OfferError<I>> {
        Channel::offer(self, value)
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
        Channel::close(self);
    }

    fn drain(&self) {
        Channel::drain(self);
    }

    fn is_closed(&self) -> bool {
        Channel::is_closed(self)
    }

    #[track_caller]
    fn closed(&self) {
        Channel::closed(self);
    }

    fn closing(&self) -> Closing<'_, I, O> {
        Closing::new(&self.core)
    }

    fn putting<'a, S: Source<I> + 'a>(&'a self, value: I, source: S) -> Putting<'a, I, O, S> {
        Putting::new(&self.core, value, source)
    }
}

impl<I: 'static, O: 'static> Drop for Channel<I, O> {
    fn drop(&mut self) {
        drop_handle(&self.core);
    }
}

impl<I: 'static, O: 'static> Clone for Channel<I, O> {
    fn clone(&self) -> Self {
        Channel { core: self.core.clone() }
    }
}

impl<I: 'static, O: 'static> PartialEq for Channel<I, O> {
    /// Whether both are handles to one channel.
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.core, &other.core)
    }
}

impl<I: 'static, O: 'static> Eq for Channel<I, O> {}

impl<I: 'static, O: 'static> PartialEq<Channel<I, O>> for &Channel<I, O> {
    fn eq(&self, other: &Channel<I, O>) -> bool {
        **self == *other
    }
}

impl<I: 'static, O: 'static> fmt::Debug for Channel<I, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Channel({})", self.core.label())
    }
}

/// Takes in a process of its own, and then calls `f`. As long as it waits, `port` is one of those who take.
#[track_caller]
pub(super) fn take_in_process<P: ReadPort + 'static>(port: P, f: impl FnOnce(Option<P::Item>) + 'static) {
    go(move || {
        let value = port.take();
        drop(port);
        f(value);
    });
}

/// Puts in a process of its own, and then calls `f`. As long as it waits, `port` is one of those who put.
#[track_caller]
pub(super) fn put_in_process<P: WritePort + 'static>(
    port: P,
    value: P::Item,
    f: impl FnOnce(Result<(), Closed<P::Item>>) + 'static,
) {
    go(move || {
        let answer = port.put(value);
        drop(port);
        f(answer);
    });
}

/// The values of a channel as they come; from [`Channel::iter`].
pub struct Iter<'a, I: 'static, O: 'static> {
    channel: &'a Channel<I, O>,
    /// Where it was made: what waits may be code of the standard library.
    place: Place,
}

impl<I: 'static, O: 'static> Iterator for Iter<'_, I, O> {
    type Item = O;

    fn next(&mut self) -> Option<O> {
        self.channel.take_at(self.place)
    }
}

impl<'a, I: 'static, O: 'static> IntoIterator for &'a Channel<I, O> {
    type Item = O;
    type IntoIter = Iter<'a, I, O>;

    #[track_caller]
    fn into_iter(self) -> Iter<'a, I, O> {
        self.iter()
    }
}
