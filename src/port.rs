//! The two sides of a channel as traits, and the verbs over them: one vocabulary for every channel and
//! every view of one.

use std::collections::VecDeque;

use crate::error::{Closed, OfferError, PollError, TooManyCallbacks};
use crate::operation::{Arm, Reclaim};

/// A side of a channel that values are taken from: [`Channel`](crate::Channel),
/// [`Receiver`](crate::Receiver), [`Input`](crate::ops::Input), and references to them.
///
/// The trait is sealed: channels are what this library is made for.
#[diagnostic::on_unimplemented(
    message = "nothing can be taken from `{Self}`",
    label = "a `Channel` or a `Receiver` is wanted"
)]
pub trait ReadPort {
    /// What is taken.
    type Item: 'static;

    /// Takes the next value; see [`take`]. (The operation that takes `n` values is
    /// [`take_n`](crate::ops::Operations::take_n).)
    #[track_caller]
    fn take(&self) -> Option<Self::Item>;

    /// Takes a value if there is one now; see [`poll`].
    fn poll(&self) -> Result<Self::Item, PollError>;

    /// Takes the next value and hands it to `f`; see [`take_then_callback`].
    #[track_caller]
    fn take_then_callback<F>(&self, f: F) -> Result<(), TooManyCallbacks<(), F>>
    where
        F: FnOnce(Option<Self::Item>) + 'static;

    #[doc(hidden)]
    type Taking<'a>: Arm<Answer = Option<Self::Item>>
    where
        Self: 'a;

    #[doc(hidden)]
    fn taking(&self) -> Self::Taking<'_>;

    /// Takes back a value that was taken and could not be used: it is the next one.
    #[doc(hidden)]
    fn put_back(&self, value: Self::Item);
}

/// A side of a channel that values are put to: [`Channel`](crate::Channel), [`Sender`](crate::Sender), and
/// references to them.
///
/// The trait is sealed: channels are what this library is made for.
#[diagnostic::on_unimplemented(
    message = "nothing can be put to `{Self}`",
    label = "a `Channel` or a `Sender` is wanted"
)]
pub trait WritePort {
    /// What is put.
    type Item: 'static;

    /// Puts a value; see [`put`].
    #[track_caller]
    fn put(&self, value: Self::Item) -> Result<(), Closed<Self::Item>>;

    /// Puts a value if that can be done now; see [`offer`].
    fn offer(&self, value: Self::Item) -> Result<(), OfferError<Self::Item>>;

    /// Puts a value and then calls `f`; see [`put_then_callback`].
    #[track_caller]
    fn put_then_callback<F>(&self, value: Self::Item, f: F) -> Result<(), TooManyCallbacks<Self::Item, F>>
    where
        F: FnOnce(Result<(), Closed<Self::Item>>) + 'static;

    /// Ends the channel at once; see [`close`].
    fn close(&self);

    /// Ends the channel after what waits to be put; see [`drain`].
    fn drain(&self);

    /// Whether puts fail: closed, drained, a timeout, or no receiver is left.
    fn is_closed(&self) -> bool;

    /// Waits until puts fail; see [`closed`].
    #[track_caller]
    fn closed(&self);

    #[doc(hidden)]
    type Closing<'a>: Arm<Answer = ()>
    where
        Self: 'a;

    #[doc(hidden)]
    fn closing(&self) -> Self::Closing<'_>;

    #[doc(hidden)]
    type Putting<'a, S: Source<Self::Item>>: Arm<Answer = Result<(), Closed<Self::Item>>> + Reclaim<Self::Item>
    where
        Self: 'a,
        S: 'a;

    #[doc(hidden)]
    fn putting<'a, S: Source<Self::Item> + 'a>(&'a self, value: Self::Item, source: S) -> Self::Putting<'a, S>;
}

impl<P: ReadPort + ?Sized> ReadPort for &P {
    type Item = P::Item;
    type Taking<'a>
        = P::Taking<'a>
    where
        Self: 'a;

    #[inline(always)]
    #[track_caller]
    fn take(&self) -> Option<P::Item> {
        (**self).take()
    }

    #[inline(always)]
    fn poll(&self) -> Result<P::Item, PollError> {
        (**self).poll()
    }

    #[track_caller]
    fn take_then_callback<F>(&self, f: F) -> Result<(), TooManyCallbacks<(), F>>
    where
        F: FnOnce(Option<Self::Item>) + 'static,
    {
        (**self).take_then_callback(f)
    }

    #[inline(always)]
    fn taking(&self) -> P::Taking<'_> {
        (**self).taking()
    }

    fn put_back(&self, value: P::Item) {
        (**self).put_back(value);
    }
}

impl<P: WritePort + ?Sized> WritePort for &P {
    type Item = P::Item;
    type Putting<'a, S: Source<P::Item>>
        = P::Putting<'a, S>
    where
        Self: 'a,
        S: 'a;

    #[inline(always)]
    #[track_caller]
    fn put(&self, value: P::Item) -> Result<(), Closed<P::Item>> {
        (**self).put(value)
    }

    #[inline(always)]
    fn offer(&self, value: P::Item) -> Result<(), OfferError<P::Item>> {
        (**self).offer(value)
    }

    #[track_caller]
    fn put_then_callback<F>(&self, value: P::Item, f: F) -> Result<(), TooManyCallbacks<P::Item, F>>
    where
        F: FnOnce(Result<(), Closed<P::Item>>) + 'static,
    {
        (**self).put_then_callback(value, f)
    }

    fn close(&self) {
        (**self).close();
    }

    fn drain(&self) {
        (**self).drain();
    }

    fn is_closed(&self) -> bool {
        (**self).is_closed()
    }

    #[track_caller]
    fn closed(&self) {
        (**self).closed();
    }

    type Closing<'a>
        = P::Closing<'a>
    where
        Self: 'a;

    fn closing(&self) -> P::Closing<'_> {
        (**self).closing()
    }

    #[inline(always)]
    fn putting<'a, S: Source<P::Item> + 'a>(&'a self, value: P::Item, source: S) -> P::Putting<'a, S> {
        (**self).putting(value, source)
    }
}

/// Where a value goes back that a branch has not put.
pub trait Source<T> {
    /// Puts it back.
    fn restore(&mut self, value: T);
}

/// Where a branch that puts has its value from: an `Option` or the front of a `VecDeque`, borrowed by
/// `put(&c, from slot)`.
///
/// A slot that is empty turns its branch off. Only the branch that wins has emptied it.
pub trait Slot<T>: Source<T> {
    /// Takes the value out, if there is one.
    fn pull(&mut self) -> Option<T>;
}

impl<T> Source<T> for &mut Option<T> {
    fn restore(&mut self, value: T) {
        **self = Some(value);
    }
}

impl<T> Slot<T> for &mut Option<T> {
    fn pull(&mut self) -> Option<T> {
        self.take()
    }
}

impl<T> Source<T> for &mut VecDeque<T> {
    fn restore(&mut self, value: T) {
        self.push_front(value);
    }
}

impl<T> Slot<T> for &mut VecDeque<T> {
    fn pull(&mut self) -> Option<T> {
        self.pop_front()
    }
}

/// The source of a value written in the branch itself. If the branch loses, the value goes with it.
pub struct Given;

impl<T> Source<T> for Given {
    fn restore(&mut self, value: T) {
        drop(value);
    }
}

/// Takes the next value from `port`, and waits for it as long as it takes.
///
/// | the channel | gives |
/// | --- | --- |
/// | holds a value, or somebody waits to put | the oldest value, at once |
/// | is open and empty | waits; those who wait are served in order of arrival |
/// | is closed, and nothing is left | `None`, now and for ever |
///
/// While the process is being unwound, or its thread is panicking, it does not wait: `None` then.
///
/// # Panics
/// If it would have to wait and the caller is no process.
///
/// ```
/// use csp::prelude::*;
///
/// csp::run(|| {
///     let c = Channel::new();
///     let out = c.clone();
///     go(move || {
///         put(&out, "hello").or_stop();
///         close(&out);
///     });
///     assert_eq!(take(&c), Some("hello"));
///     assert_eq!(take(&c), None);
/// });
/// ```
#[inline(always)]
#[track_caller]
pub fn take<P: ReadPort + ?Sized>(port: &P) -> Option<P::Item> {
    port.take()
}

/// Puts `value` to `port`, and waits as long as it takes until the channel has accepted it: without a
/// buffer, until somebody has taken it.
///
/// | the channel | does |
/// | --- | --- |
/// | has somebody waiting to take | hands the value over, `Ok` at once |
/// | has room in its buffer | keeps the value, `Ok` at once |
/// | is full, or has no buffer | waits; those who wait are served in order of arrival |
/// | is closed, or is being closed | `Err(Closed(value))` |
///
/// While the process is being unwound, or its thread is panicking, it does not wait: `Err(Closed(value))`
/// then.
///
/// # Errors
/// [`Closed`], with the value, if nobody will ever take it.
///
/// # Panics
/// If it would have to wait and the caller is no process.
///
/// ```
/// use csp::prelude::*;
///
/// csp::run(|| {
///     let c = Channel::buffered(1);
///     assert!(put(&c, 1).is_ok());
///     close(&c);
///     assert_eq!(put(&c, 2), Err(csp::Closed(2)));
///     assert_eq!(take(&c), Some(1));
/// });
/// ```
#[inline(always)]
#[track_caller]
pub fn put<P: WritePort + ?Sized>(port: &P, value: P::Item) -> Result<(), Closed<P::Item>> {
    port.put(value)
}

/// Takes a value if there is one now, and never waits.
///
/// # Errors
/// [`PollError::Empty`] if there is nothing now, [`PollError::Closed`] if there never will be.
///
/// ```
/// use csp::{PollError, prelude::*};
///
/// let c = Channel::buffered(1);
/// assert_eq!(poll(&c), Err(PollError::Empty));
/// offer(&c, 1).unwrap();
/// close(&c);
/// assert_eq!(poll(&c), Ok(1));
/// assert_eq!(poll(&c), Err(PollError::Closed));
/// ```
#[inline(always)]
pub fn poll<P: ReadPort + ?Sized>(port: &P) -> Result<P::Item, PollError> {
    port.poll()
}

/// Puts a value if that can be done now, and never waits: without a buffer it succeeds only while somebody
/// waits to take.
///
/// # Errors
/// [`OfferError::Full`] if there is no room, [`OfferError::Closed`] if the channel is closed; both with the
/// value.
///
/// ```
/// use csp::{OfferError, prelude::*};
///
/// let c = Channel::buffered(1);
/// assert_eq!(offer(&c, 1), Ok(()));
/// assert_eq!(offer(&c, 2), Err(OfferError::Full(2)));
/// close(&c);
/// assert_eq!(offer(&c, 3), Err(OfferError::Closed(3)));
/// ```
#[inline(always)]
pub fn offer<P: WritePort + ?Sized>(port: &P, value: P::Item) -> Result<(), OfferError<P::Item>> {
    port.offer(value)
}

/// Ends a channel at once. Later puts fail; those that wait fail, each with its value; what is in the buffer
/// can still be taken; whoever waits to take gets `None`. Closing again does nothing.
///
/// ```
/// use csp::prelude::*;
///
/// let c = Channel::buffered(2);
/// offer(&c, 1).unwrap();
/// close(&c);
/// close(&c);
/// assert!(offer(&c, 2).is_err());
/// assert_eq!(poll(&c), Ok(1));
/// ```
pub fn close<P: WritePort + ?Sized>(port: &P) {
    port.close();
}

/// Ends a channel after what has been put. Later puts fail; those that wait already are still delivered, in
/// order, before the channel counts as closed. (core.async's `close!`.)
///
/// ```
/// use csp::prelude::*;
///
/// csp::run(|| {
///     let c = Channel::new();
///     let out = c.clone();
///     go_now(move || put(&out, 1).unwrap());
///     drain(&c);
///     assert!(put(&c, 2).is_err());
///     assert_eq!(take(&c), Some(1));
///     assert_eq!(take(&c), None);
/// });
/// ```
pub fn drain<P: WritePort + ?Sized>(port: &P) {
    port.drain();
}

/// Waits until puts to `port` fail: until it is closed or drained, or its last receiver has gone. For those who make values
/// and would like to know that nobody wants them; as a branch of [`alts!`](crate::alts!) it is written the same way.
///
/// While the process is being unwound, or its thread is panicking, it does not wait.
///
/// # Panics
/// If it would have to wait and the caller is no process.
///
/// ```
/// use csp::prelude::*;
///
/// csp::run(|| {
///     let c = Channel::<u32>::new();
///     let other = c.clone();
///     go(move || close(&other));
///     closed(&c);
///     alts! {
///         () = closed(&c) => println!("nobody wants anything"),
///         _ = sleep(Duration::from_secs(60)) => unreachable!(),
///     }
/// });
/// ```
#[track_caller]
pub fn closed<P: WritePort + ?Sized>(port: &P) {
    port.closed();
}

/// Takes the next value and hands it to `f`, for code that is not in a process. `f` runs later, from the
/// scheduler's loop, never inside this call and never inside somebody else's operation; `None` says that the
/// channel is closed. It must not wait. When the scheduler ends first, `f` is dropped uncalled.
///
/// # Errors
/// [`TooManyCallbacks`], with `f`, if 1,024 callbacks (or what the channel's builder says) wait to take.
///
/// # Panics
/// If no scheduler runs on this thread.
///
/// ```
/// use csp::prelude::*;
///
/// csp::run(|| {
///     let c = Channel::new();
///     take_then_callback(&c, |value| assert_eq!(value, Some(7))).unwrap();
///     put(&c, 7).unwrap();
/// });
/// ```
#[track_caller]
pub fn take_then_callback<P, F>(port: &P, f: F) -> Result<(), TooManyCallbacks<(), F>>
where
    P: ReadPort + ?Sized,
    F: FnOnce(Option<P::Item>) + 'static,
{
    port.take_then_callback(f)
}

/// Puts a value and calls `f` when it was accepted, or with the value if the channel was closed. For code
/// that is not in a process; `f` runs as that of [`take_then_callback`].
///
/// # Errors
/// [`TooManyCallbacks`], with the value and `f`, if 1,024 callbacks (or what the channel's builder says) wait
/// to put.
///
/// # Panics
/// If no scheduler runs on this thread.
///
/// ```
/// use csp::prelude::*;
///
/// csp::run(|| {
///     let c = Channel::new();
///     put_then_callback(&c, 7, |answer| assert!(answer.is_ok())).unwrap();
///     assert_eq!(take(&c), Some(7));
/// });
/// ```
#[track_caller]
pub fn put_then_callback<P, F>(port: &P, value: P::Item, f: F) -> Result<(), TooManyCallbacks<P::Item, F>>
where
    P: WritePort + ?Sized,
    F: FnOnce(Result<(), Closed<P::Item>>) + 'static,
{
    port.put_then_callback(value, f)
}
