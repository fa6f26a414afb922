//! Channels between the processes of one thread: no atomics, no locks, any `'static` value.
//!
//! The state machine is in `rendezvous`; here are the handles that users hold, and the operations that
//! processes, callbacks and futures wait in.

mod arms;
mod builder;
mod callback;
mod ends;
mod future;
mod polled;

use std::cell::{Cell, OnceCell};
use std::fmt;
use std::rc::{Rc, Weak};
use std::time::Duration;

pub(crate) use arms::wait;
pub use arms::{Closing, Putting, Taking};
pub use builder::ChannelBuilder;
pub use ends::{IntoIter, Receiver, Sender, channel};
pub use future::{PutFuture, TakeFuture};
pub(crate) use polled::{Local, Party, Polled, Shared};

use crate::buffer::Buffer;
use crate::context;
use crate::error::{Closed, OfferError, PollError, TooManyCallbacks};
use crate::id::ChannelId;
use crate::operation::Instruction;
use crate::place::Place;
use crate::port::{Given, ReadPort, Source, WritePort};
use crate::rendezvous::{Aftermath, Put, Rendezvous, Take};
use crate::report::ProcessPanic;
use crate::timers::{Alarm, Fire, Timers};

/// How many callbacks may wait on one side of a channel, unless its builder says otherwise.
const CALLBACK_LIMIT: usize = 1024;

/// A handle to a channel: clones point at the same one, `==` asks whether two do.
///
/// What is put is of type `I`, what is taken of type `O`; the two differ only where a transducer stands
/// between. Dropping handles closes nothing: what is in the buffer goes with the last.
///
/// ```
/// use csp::prelude::*;
///
/// csp::run(|| {
///     let c = Channel::new();
///     let out = c.clone();
///     go(move || {
///         for n in 1..=3 {
///             out.put(n).or_stop();
///         }
///         out.close();
///     });
///     assert_eq!(c.iter().collect::<Vec<i32>>(), [1, 2, 3]);
/// });
/// ```
pub struct Channel<I: 'static, O: 'static = I> {
    core: Rc<Core<I, O>>,
}

/// What all handles of a channel share.
pub(crate) struct Core<I: 'static, O: 'static> {
    rendezvous: Rendezvous<I, O>,
    id: ChannelId,
    made_at: Place,
    rare: Option<Box<Rare<O>>>,
}

/// What few channels have.
struct Rare<O> {
    name: Name,
    /// What receives the values that a buffer drops.
    hook: Option<Rc<dyn Fn(O)>>,
    callback_limit: usize,
    /// How many senders and receivers there are; `None` for a channel that has no such views.
    ends: Option<Ends>,
    /// What will close it, or tick into it.
    alarm: OnceCell<Alarm>,
}

impl<O> Default for Rare<O> {
    fn default() -> Self {
        Rare { name: Name::None, hook: None, callback_limit: CALLBACK_LIMIT, ends: None, alarm: OnceCell::new() }
    }
}

/// What reports call a channel. To make a timeout must not cost the writing of its name.
enum Name {
    None,
    Given(Box<str>),
    Timeout(Duration),
    Ticker(Duration),
}

struct Ends {
    senders: Cell<usize>,
    receivers: Cell<usize>,
}

impl<I: 'static, O: 'static> Core<I, O> {
    /// Hands the values that nobody will take to the drop hook, or drops them: nothing is borrowed.
    fn let_go(&self, values: impl IntoIterator<Item = O>) {
        for value in values {
            match self.rare.as_ref().and_then(|rare| rare.hook.as_ref()) {
                Some(hook) => hook(value),
                None => drop(value),
            }
        }
    }

    /// Takes if that can be done at once.
    #[cfg_attr(not(debug_assertions), inline(always))]
    fn try_take(&self) -> Result<O, PollError> {
        if self.rendezvous.is_free() {
            return self.rendezvous.take_over().ok_or(PollError::Empty);
        }
        self.rendezvous.take_stored().map_or_else(|| self.try_take_otherwise(), Ok)
    }

    fn try_take_otherwise(&self) -> Result<O, PollError> {
        match self.rendezvous.take() {
            Take::Value(value) => {
                let kept = self.rendezvous.keep(value);
                self.settle();
                Ok(kept.release())
            }
            Take::Displacing(value, displaced) => {
                let kept = self.rendezvous.keep(value);
                self.let_go(displaced);
                Ok(kept.release())
            }
            Take::Closed => {
                self.settle();
                Err(PollError::Closed)
            }
            Take::Wait => Err(PollError::Empty),
        }
    }

    /// Puts if that can be done at once.
    #[cfg_attr(not(debug_assertions), inline(always))]
    fn try_put(&self, value: I) -> Result<(), OfferError<I>> {
        if self.rendezvous.is_free() {
            return self.rendezvous.hand_over(value).map_err(OfferError::Full);
        }
        match self.rendezvous.store(value) {
            Ok(()) => Ok(()),
            Err(value) => self.try_put_otherwise(value),
        }
    }

    fn try_put_otherwise(&self, value: I) -> Result<(), OfferError<I>> {
        match self.rendezvous.put(value) {
            Put::Accepted(displaced) => {
                if displaced.is_some() {
                    self.let_go(displaced);
                }
                self.settle();
                Ok(())
            }
            Put::Closed(value) => Err(OfferError::Closed(value)),
            Put::Wait(value) => Err(OfferError::Full(value)),
        }
    }

    fn close(&self) {
        self.count_close();
        self.rendezvous.close();
        self.settle();
    }

    fn drain(&self) {
        self.count_close();
        self.rendezvous.drain();
        self.settle();
    }

    /// The last handle has gone. Whoever waits in a process holds one, so only callbacks can be left, and the transducer:
    /// they are told.
    #[cold]
    #[inline(never)]
    fn desert(&self) {
        self.rendezvous.expire();
        self.rendezvous.close();
        self.settle();
    }

    /// Does what a transducer has left to do: the user's code, with nothing borrowed.
    #[inline(always)]
    fn settle(&self) {
        if let Some(aftermath) = self.rendezvous.aftermath() {
            self.settle_aftermath(*aftermath);
        }
    }

    #[cold]
    fn settle_aftermath(&self, aftermath: Aftermath<I, O>) {
        settle(aftermath, || self.title(), self.made_at, |values| self.let_go(values));
    }

    /// Counts what is about to be closed, if it is open.
    fn count_close(&self) {
        if !self.rendezvous.is_shut() {
            context::count_close();
        }
    }

    fn ends(&self) -> Option<&Ends> {
        self.rare.as_ref()?.ends.as_ref()
    }

    fn callback_limit(&self) -> usize {
        self.rare.as_ref().map_or(CALLBACK_LIMIT, |rare| rare.callback_limit)
    }

    /// The last of one side may have gone: what that means for the other. Callbacks that wait count.
    fn check_ends(&self) {
        let Some(ends) = self.ends() else { return };
        let (takes, puts) = self.rendezvous.callbacks();
        if ends.receivers.get() == 0 && takes == 0 {
            self.close();
            self.let_go(self.rendezvous.empty());
        } else if ends.senders.get() == 0 && puts == 0 {
            self.drain();
        }
    }

    /// What to call it in a report.
    fn label(&self) -> String {
        format!("{}, made at {}", self.title(), self.made_at)
    }

    fn title(&self) -> String {
        match self.rare.as_ref().map_or(&Name::None, |rare| &rare.name) {
            Name::None => format!("channel {}", self.id),
            Name::Given(name) => format!("channel `{name}`"),
            Name::Timeout(duration) => format!("timeout of {duration:?}"),
            Name::Ticker(period) => format!("ticker of {period:?}"),
        }
    }
}

/// Does what a transducer has left to do, of a channel of whatever kind.
pub(crate) fn settle<I: 'static, O: 'static>(
    aftermath: Aftermath<I, O>,
    title: impl Fn() -> String,
    made_at: Place,
    let_go: impl FnOnce(Vec<O>),
) {
    if aftermath.closed {
        context::count_close();
    }
    for payload in aftermath.panics {
        let who = format!("the transducer of {}", title());
        context::report_panic(ProcessPanic { who, spawned_at: made_at, payload });
    }
    let_go(aftermath.displaced);
    drop(aftermath.finished);
}

impl<I: 'static, O: 'static> Drop for Core<I, O> {
    fn drop(&mut self) {
        if !self.rendezvous.is_deserted() {
            self.desert();
        }
    }
}

impl<I: 'static, O: 'static> Fire for Core<I, O> {
    fn fire(self: Rc<Self>) {
        self.rendezvous.expire();
    }

    fn end(self: Rc<Self>) {
        self.rendezvous.expire();
    }
}

impl<T: 'static> Channel<T> {
    /// An unbuffered channel: a rendezvous, where a put waits for a take and a take for a put.
    ///
    /// ```
    /// use csp::prelude::*;
    ///
    /// csp::run(|| {
    ///     let c = Channel::new();
    ///     let out = c.clone();
    ///     go(move || put(&out, 1));
    ///     assert_eq!(take(&c), Some(1));
    /// });
    /// ```
    #[must_use]
    #[track_caller]
    #[allow(clippy::new_without_default, reason = "a default channel would be made in a place nobody can name")]
    #[inline(never)] // As `go` is not.
    pub fn new() -> Channel<T> {
        Channel::of(Rendezvous::unbuffered(), Place::caller(), None)
    }

    /// A channel that keeps up to `capacity` values; when full, puts wait. With 0 it is unbuffered.
    ///
    /// ```
    /// use csp::prelude::*;
    ///
    /// let c = Channel::buffered(2);
    /// assert!(offer(&c, 1).is_ok() && offer(&c, 2).is_ok() && offer(&c, 3).is_err());
    /// ```
    #[must_use]
    #[track_caller]
    pub fn buffered(capacity: usize) -> Channel<T> {
        Channel::builder().buffered(capacity).build()
    }

    /// A channel that keeps the first `capacity` values; when full, what is put is dropped. Puts never wait.
    ///
    /// # Panics
    /// If `capacity` is 0.
    ///
    /// ```
    /// use csp::prelude::*;
    ///
    /// let c = Channel::dropping(1);
    /// assert!(offer(&c, 1).is_ok() && offer(&c, 2).is_ok());
    /// assert_eq!(poll(&c), Ok(1));
    /// assert!(poll(&c).is_err());
    /// ```
    #[must_use]
    #[track_caller]
    pub fn dropping(capacity: usize) -> Channel<T> {
        Channel::builder().dropping(capacity).build()
    }

    /// A channel that keeps the last `capacity` values; when full, the oldest is dropped. Puts never wait.
    ///
    /// # Panics
    /// If `capacity` is 0.
    ///
    /// ```
    /// use csp::prelude::*;
    ///
    /// let c = Channel::sliding(1);
    /// assert!(offer(&c, 1).is_ok() && offer(&c, 2).is_ok());
    /// assert_eq!(poll(&c), Ok(2));
    /// ```
    #[must_use]
    #[track_caller]
    pub fn sliding(capacity: usize) -> Channel<T> {
        Channel::builder().sliding(capacity).build()
    }

    /// A channel for one value: the first that is put. Every take, now or later, gets a copy of it, also after
    /// the channel was closed. Later puts succeed and are dropped. Closed before a value came, it gives `None`.
    ///
    /// ```
    /// use csp::prelude::*;
    ///
    /// csp::run(|| {
    ///     let answer = Channel::promise();
    ///     let promise = answer.clone();
    ///     go(move || put(&promise, 42));
    ///     assert_eq!(take(&answer), Some(42));
    ///     assert_eq!(take(&answer), Some(42));
    /// });
    /// ```
    #[must_use]
    #[track_caller]
    pub fn promise() -> Channel<T>
    where
        T: Clone,
    {
        Channel::builder().promise().build()
    }

    /// A channel that keeps its values in a buffer of the caller's.
    ///
    /// ```
    /// use csp::{Channel, Sliding};
    ///
    /// let c = Channel::with_buffer(Sliding::new(1));
    /// c.offer('a').unwrap();
    /// ```
    #[must_use]
    #[track_caller]
    pub fn with_buffer(buffer: impl Buffer<T> + 'static) -> Channel<T> {
        Channel::builder().buffer(buffer).build()
    }

    /// Everything that can be said about a channel when it is made: a name, a buffer, a drop hook, a limit.
    ///
    /// ```
    /// use csp::prelude::*;
    ///
    /// let c = Channel::builder().name("letters").sliding(1).on_drop(|old| println!("{old} is gone")).build();
    /// offer(&c, 'a').unwrap();
    /// offer(&c, 'b').unwrap(); // prints: a is gone
    /// ```
    #[track_caller]
    pub fn builder() -> ChannelBuilder<T> {
        ChannelBuilder::new()
    }
}

impl<I: 'static, O: 'static> Channel<I, O> {
    /// See [`take`](crate::take).
    #[inline(always)]
    #[track_caller]
    pub fn take(&self) -> Option<O> {
        self.take_at(Place::caller())
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    fn take_at(&self, place: Place) -> Option<O> {
        context::tick();
        match self.core.try_take() {
            Ok(value) => {
                context::count_message();
                Some(value)
            }
            Err(PollError::Closed) => None,
            Err(PollError::Empty) => arms::wait(|| self.taking(), Instruction::Take, place),
        }
    }

    /// See [`put`](crate::put).
    #[cfg_attr(not(debug_assertions), inline(always))]
    #[track_caller]
    pub fn put(&self, value: I) -> Result<(), Closed<I>> {
        context::tick();
        match self.core.try_put(value) {
            Ok(()) => Ok(()),
            Err(OfferError::Closed(value)) => Err(Closed(value)),
            Err(OfferError::Full(value)) => {
                arms::wait(|| self.putting(value, Given), Instruction::Put, Place::caller())
            }
        }
    }

    /// See [`poll`](crate::poll).
    #[inline(always)]
    pub fn poll(&self) -> Result<O, PollError> {
        context::tick();
        self.core.try_take().inspect(|_| context::count_message())
    }

    /// See [`offer`](crate::offer).
    #[inline(always)]
    pub fn offer(&self, value: I) -> Result<(), OfferError<I>> {
        context::tick();
        self.core.try_put(value)
    }

    /// See [`close`](crate::close).
    pub fn close(&self) {
        self.core.close();
        self.stop_ticking();
    }

    /// See [`drain`](crate::drain).
    pub fn drain(&self) {
        self.core.drain();
        self.stop_ticking();
    }

    /// See [`closed`](crate::closed).
    #[track_caller]
    pub fn closed(&self) {
        context::tick();
        if !self.is_closed() {
            arms::wait(|| Closing::new(&self.core), Instruction::Closed, Place::caller());
        }
    }

    /// See [`take_then_callback`](crate::take_then_callback).
    #[track_caller]
    pub fn take_then_callback<F>(&self, f: F) -> Result<(), TooManyCallbacks<(), F>>
    where
        F: FnOnce(Option<O>) + 'static,
    {
        callback::take(&self.core, f, Place::caller())
    }

    /// See [`put_then_callback`](crate::put_then_callback).
    #[track_caller]
    pub fn put_then_callback<F>(&self, value: I, f: F) -> Result<(), TooManyCallbacks<I, F>>
    where
        F: FnOnce(Result<(), Closed<I>>) + 'static,
    {
        callback::put(&self.core, value, f, Place::caller())
    }

    /// The next value as a future, for code that polls futures on the scheduler's thread. Dropped before it was
    /// ready, it leaves no trace; dropped after a value was handed to it, it gives the value back: it is the
    /// next one to be taken.
    ///
    /// # Panics
    /// When it is polled, would have to wait, and no scheduler runs on this thread.
    ///
    /// ```
    /// use csp::prelude::*;
    /// use std::{future::Future, pin::pin, task};
    ///
    /// csp::run(|| {
    ///     let c = Channel::buffered(1);
    ///     let mut next = pin!(c.take_async());
    ///     let mut cx = task::Context::from_waker(task::Waker::noop());
    ///     assert!(next.as_mut().poll(&mut cx).is_pending());
    ///     put(&c, 5).unwrap();
    ///     assert_eq!(next.as_mut().poll(&mut cx), task::Poll::Ready(Some(5)));
    /// });
    /// ```
    #[track_caller]
    pub fn take_async(&self) -> TakeFuture<I, O> {
        TakeFuture::new(self.clone(), None)
    }

    /// A put as a future, for code that polls futures on the scheduler's thread: what [`put`](crate::put) says. Dropped before
    /// the value was accepted, it leaves no trace, and the value goes with it; [`PutFuture::cancel`] gives it back.
    ///
    /// # Panics
    /// When it is polled, would have to wait, and no scheduler runs on this thread.
    ///
    /// ```
    /// use csp::prelude::*;
    ///
    /// csp::run(|| {
    ///     let c = Channel::new();
    ///     let out = c.clone();
    ///     go(move || wait(async move { out.put_async(1).await.and(out.put_async(2).await) }));
    ///     assert_eq!((take(&c), take(&c)), (Some(1), Some(2)));
    /// });
    /// ```
    #[track_caller]
    pub fn put_async(&self, value: I) -> PutFuture<I, O> {
        PutFuture::new(self.clone(), None, value)
    }

    /// The values as they come, until the channel is closed and empty. Waits between them as [`take`](crate::take)
    /// does. `for value in &channel` is the same.
    ///
    /// ```
    /// use csp::prelude::*;
    ///
    /// let c = Channel::buffered(3);
    /// (1..=3).for_each(|n| offer(&c, n).unwrap());
    /// close(&c);
    /// assert_eq!(c.iter().sum::<i32>(), 6);
    /// ```
    #[track_caller]
    pub fn iter(&self) -> Iter<'_, I, O> {
        Iter { channel: self, place: Place::caller() }
    }

    /// Whether puts fail: closed, drained, or a timeout. There may still be values to take.
    ///
    /// ```
    /// use csp::prelude::*;
    ///
    /// let c = Channel::buffered(1);
    /// offer(&c, 'a').unwrap();
    /// close(&c);
    /// assert!(c.is_closed() && poll(&c) == Ok('a'));
    /// ```
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.core.rendezvous.is_shut()
    }

    /// How many values the channel keeps now. Those of putters that wait do not count.
    ///
    /// ```
    /// use csp::prelude::*;
    ///
    /// csp::run(|| {
    ///     let c = Channel::buffered(1);
    ///     for n in [1, 2] {
    ///         let out = c.clone();
    ///         go_now(move || put(&out, n));
    ///     }
    ///     assert_eq!(c.len(), 1, "the other waits");
    /// });
    /// ```
    #[must_use]
    pub fn len(&self) -> usize {
        self.core.rendezvous.held()
    }

    /// Whether the channel keeps no value now.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The name given to its builder.
    ///
    /// ```
    /// let c = csp::Channel::<u32>::builder().name("numbers").build();
    /// assert_eq!(c.name(), Some("numbers"));
    /// ```
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        match &self.core.rare.as_ref()?.name {
            Name::Given(name) => Some(name),
            _ => None,
        }
    }

    /// One that only a timer ends, and nobody can put to.
    #[inline(always)]
    pub(crate) fn timed(duration: Duration, made_at: Place) -> Channel<I, O> {
        let rare = Some(Box::new(Rare { name: Name::Timeout(duration), ..Rare::default() }));
        Channel::of(Rendezvous::timed(), made_at, rare)
    }

    #[inline(always)]
    fn of(rendezvous: Rendezvous<I, O>, made_at: Place, rare: Option<Box<Rare<O>>>) -> Channel<I, O> {
        Channel { core: Rc::new(Core { rendezvous, id: ChannelId::next(), made_at, rare }) }
    }

    /// The alarm that closes it, or ticks into it, for as long as it lives.
    pub(crate) fn alarm(&self, timers: &Rc<Timers>) -> &Alarm {
        let rare = self.core.rare.as_ref().expect("what knows time was made so");
        rare.alarm.get_or_init(|| Alarm::new(timers))
    }

    /// One that was closed needs no ticks. (A timeout is closed by its alarm alone.)
    fn stop_ticking(&self) {
        let alarm = self.core.rare.as_ref().and_then(|rare| rare.alarm.get());
        if let Some(alarm) = alarm.filter(|_| !self.core.rendezvous.is_timed()) {
            alarm.cancel();
        }
    }

    /// As [`poll`](Channel::poll), for the library's own code: it does not count.
    pub(crate) fn poll_uncounted(&self) -> Result<O, PollError> {
        self.core.try_take()
    }

    /// As [`offer`](Channel::offer), for the library's own code: it does not count.
    pub(crate) fn offer_uncounted(&self, value: I) -> Result<(), OfferError<I>> {
        self.core.try_put(value)
    }

    /// What a timer sets off to end it.
    pub(crate) fn expiry(&self) -> Weak<dyn Fire> {
        let weak: Weak<Core<I, O>> = Rc::downgrade(&self.core);
        weak
    }

    /// A handle that keeps nothing alive.
    pub(crate) fn downgrade(&self) -> WeakChannel<I, O> {
        WeakChannel { core: Rc::downgrade(&self.core) }
    }

    #[inline(always)]
    pub(crate) fn putting<S: Source<I>>(&self, value: I, source: S) -> Putting<'_, I, O, S> {
        Putting::new(&self.core, value, source)
    }

    #[inline(always)]
    pub(crate) fn taking(&self) -> Taking<'_, I, O> {
        Taking::new(&self.core)
    }
}

/// A handle that keeps nothing alive.
pub(crate) struct WeakChannel<I: 'static, O: 'static = I> {
    core: Weak<Core<I, O>>,
}

impl<I: 'static, O: 'static> WeakChannel<I, O> {
    pub(crate) fn upgrade(&self) -> Option<Channel<I, O>> {
        self.core.upgrade().map(|core| Channel { core })
    }
}

impl<I: 'static, O: 'static> ReadPort for Channel<I, O> {
    type Item = O;
    type Taking<'a> = Taking<'a, I, O>;

    #[inline(always)]
    #[track_caller]
    fn take(&self) -> Option<O> {
        Channel::take(self)
    }

    #[inline(always)]
    fn poll(&self) -> Result<O, PollError> {
        Channel::poll(self)
    }

    #[track_caller]
    fn take_then_callback<F>(&self, f: F) -> Result<(), TooManyCallbacks<(), F>>
    where
        F: FnOnce(Option<O>) + 'static,
    {
        Channel::take_then_callback(self, f)
    }

    #[inline(always)]
    fn taking(&self) -> Taking<'_, I, O> {
        Channel::taking(self)
    }

    fn put_back(&self, value: O) {
        self.core.rendezvous.put_back(value);
    }
}

impl<I: 'static, O: 'static> WritePort for Channel<I, O> {
    type Item = I;
    type Putting<'a, S: Source<I>>
        = Putting<'a, I, O, S>
    where
        S: 'a;

    #[inline(always)]
    #[track_caller]
    fn put(&self, value: I) -> Result<(), Closed<I>> {
        Channel::put(self, value)
    }

    #[inline(always)]
    fn offer(&self, value: I) -> Result<(), OfferError<I>> {
        Channel::offer(self, value)
    }

    #[track_caller]
    fn put_then_callback<F>(&self, value: I, f: F) -> Result<(), TooManyCallbacks<I, F>>
    where
        F: FnOnce(Result<(), Closed<I>>) + 'static,
    {
        Channel::put_then_callback(self, value, f)
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

    type Closing<'a> = Closing<'a, I, O>;

    fn closing(&self) -> Closing<'_, I, O> {
        Closing::new(&self.core)
    }

    #[inline(always)]
    fn putting<'a, S: Source<I> + 'a>(&'a self, value: I, source: S) -> Putting<'a, I, O, S> {
        Channel::putting(self, value, source)
    }
}

impl<I: 'static, O: 'static> Clone for Channel<I, O> {
    fn clone(&self) -> Self {
        Channel { core: Rc::clone(&self.core) }
    }
}

impl<I: 'static, O: 'static> PartialEq for Channel<I, O> {
    /// Whether both are handles of one channel.
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.core, &other.core)
    }
}

impl<I: 'static, O: 'static> Eq for Channel<I, O> {}

/// `alts` answers with a reference to a channel: `if chan == c` reads best without a star.
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

/// The values of a channel as they come; see [`Channel::iter`].
pub struct Iter<'a, I: 'static, O: 'static> {
    channel: &'a Channel<I, O>,
    /// Where it was made: what waits may be code of the standard library.
    place: Place,
}

impl<I: 'static, O: 'static> Iterator for Iter<'_, I, O> {
    type Item = O;

    #[cfg_attr(not(debug_assertions), inline(always))]
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
