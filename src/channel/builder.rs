//! How a channel is made.

use std::any::Any;
use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use super::{Channel, Ends, Name, Rare, Receiver, Sender};
use crate::buffer::{Buffer, Dropping, Promised, Sliding};
use crate::place::Place;
use crate::rendezvous::{Rendezvous, Store, Through};
use crate::transducer::Transducer;

/// Everything that can be said about a channel when it is made; from [`Channel::builder`].
///
/// ```
/// use csp::prelude::*;
///
/// let c = Channel::builder().name("numbers").buffered(2).build();
/// offer(&c, 1).unwrap();
/// assert_eq!(c.name(), Some("numbers"));
/// ```
#[must_use = "a builder makes nothing until `build()` is called"]
pub struct ChannelBuilder<I: 'static, O: 'static = I> {
    store: Store<O>,
    through: Option<Box<Through<I, O>>>,
    rare: Option<Box<Rare<O>>>,
    made_at: Place,
}

impl<T: 'static> ChannelBuilder<T> {
    #[track_caller]
    pub(super) fn new() -> Self {
        ChannelBuilder { store: Store::Unbuffered, through: None, rare: None, made_at: Place::caller() }
    }

    /// Sends what is put through a transducer; what comes out can be taken. It needs a buffer. Say it first: a buffer of
    /// your own, a promise and a drop hook are about what comes out.
    ///
    /// The transducer runs in the operation that brings a value in, a put or, for one who waits to put, the take that made
    /// room, one value at a time and in order. Whether there is room is asked before: a value that would be filtered
    /// out waits like any other. When it emits more than there is room for, all of that goes in. When it wants no more,
    /// the channel closes, and puts that wait fail with their values. When the channel is closed, or drained and the last
    /// put is in, the transducer finishes, and what it has kept back goes in, whatever the room; it is dropped then.
    ///
    /// A panic in it ends nobody: see [`on_panic`](ChannelBuilder::on_panic). While it runs, to use its channel or to wait
    /// is a panic.
    ///
    /// # Panics
    /// If a buffer of the caller's, a promise, a drop hook or a transducer was named before.
    ///
    /// ```
    /// use csp::{Transducer, prelude::*, transducer};
    ///
    /// csp::run(|| {
    ///     let pairs = transducer().filter(|n| n % 2 == 1).partition_all(2);
    ///     let c = Channel::builder().transducer(pairs).buffered(4).build();
    ///     (1..=5).for_each(|n: i32| put(&c, n).unwrap());
    ///     close(&c);
    ///     assert_eq!(c.iter().collect::<Vec<_>>(), [vec![1, 3], vec![5]]);
    /// });
    /// ```
    #[track_caller]
    pub fn transducer<X>(self, transducer: X) -> ChannelBuilder<T, X::Out>
    where
        X: Transducer<T> + 'static,
        X::Out: 'static,
    {
        assert!(self.through.is_none(), "a channel has one transducer: join two with `Transducer::then`");
        let store = match self.store {
            Store::Unbuffered => Some(Store::Unbuffered),
            Store::Fixed(buffer) => Some(Store::Fixed(buffer.emptied())),
            Store::Dropping(Dropping(buffer)) => Some(Store::Dropping(Dropping(buffer.emptied()))),
            Store::Sliding(Sliding(buffer)) => Some(Store::Sliding(Sliding(buffer.emptied()))),
            Store::Ring(_) | Store::Promise(_) | Store::User(_) => None,
        };
        let store = store.expect("say `transducer` before `promise` or `buffer`: they are about what comes out");
        let rare = self.rare.map(|rare| {
            assert!(rare.hook.is_none(), "say `transducer` before `on_drop`: that is about what comes out");
            Box::new(Rare { name: rare.name, callback_limit: rare.callback_limit, ..Rare::default() })
        });
        let through = Some(Box::new(Through::new(transducer)));
        ChannelBuilder { store, through, rare, made_at: self.made_at }
    }
}

impl<I: 'static, O: 'static> ChannelBuilder<I, O> {
    /// What to put in the place of a value that made the transducer panic, from what it panicked with: `Some` goes into
    /// the buffer as it is, `None` skips the value. What the transducer had emitted before stays. Without this, the
    /// panic is reported as the scheduler's [`PanicPolicy`](crate::PanicPolicy) says, and the value skipped. A panic of
    /// the handler's own is reported so, too.
    ///
    /// # Panics
    /// If no transducer was named before.
    ///
    /// ```
    /// use csp::{Transducer, prelude::*, transducer};
    ///
    /// let parse = transducer().map(|text: &str| text.parse::<i32>().unwrap());
    /// let c = Channel::builder().transducer(parse).on_panic(|_| Some(-1)).buffered(2).build();
    /// offer(&c, "7").unwrap();
    /// offer(&c, "seven").unwrap();
    /// assert_eq!((poll(&c), poll(&c)), (Ok(7), Ok(-1)));
    /// ```
    #[track_caller]
    pub fn on_panic(mut self, f: impl Fn(Box<dyn Any + Send>) -> Option<O> + 'static) -> Self {
        let through = self.through.as_mut().expect("`on_panic` is for a transducer: say `transducer` before it");
        through.on_panic(Rc::new(f));
        self
    }

    fn rare(&mut self) -> &mut Rare<O> {
        self.rare.get_or_insert_default()
    }

    /// What reports call it.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.rare().name = Name::Given(name.into().into_boxed_str());
        self
    }

    /// As [`Channel::buffered`].
    pub fn buffered(mut self, capacity: usize) -> Self {
        self.store = Store::of_capacity(capacity);
        self
    }

    /// As [`Channel::dropping`].
    ///
    /// # Panics
    /// If `capacity` is 0.
    #[track_caller]
    pub fn dropping(mut self, capacity: usize) -> Self {
        self.store = Store::Dropping(Dropping::new(capacity));
        self
    }

    /// As [`Channel::sliding`].
    ///
    /// # Panics
    /// If `capacity` is 0.
    #[track_caller]
    pub fn sliding(mut self, capacity: usize) -> Self {
        self.store = Store::Sliding(Sliding::new(capacity));
        self
    }

    /// As [`Channel::promise`].
    pub fn promise(mut self) -> Self
    where
        O: Clone,
    {
        self.store = Store::Promise(Rc::new(Promised::new()));
        self
    }

    /// As [`Channel::with_buffer`].
    pub fn buffer(mut self, buffer: impl Buffer<O> + 'static) -> Self {
        self.store = Store::User(Some(Box::new(buffer)));
        self
    }

    /// Calls `f` with each value that the channel accepted and nobody will take: those that a dropping, sliding or
    /// promise buffer, or one of the caller's, lets go, and what is in the buffer when the last
    /// [`Receiver`](crate::Receiver) goes. It runs after the operation that caused it, on whoever did that, with
    /// nothing borrowed: it may use any channel.
    ///
    /// ```
    /// use csp::prelude::*;
    /// use std::{cell::RefCell, rc::Rc};
    ///
    /// let late = Rc::new(RefCell::new(Vec::new()));
    /// let list = late.clone();
    /// let c = Channel::builder().dropping(1).on_drop(move |n| list.borrow_mut().push(n)).build();
    /// (1..=3).for_each(|n| offer(&c, n).unwrap());
    /// assert_eq!(*late.borrow(), [2, 3]);
    /// ```
    pub fn on_drop(mut self, f: impl Fn(O) + 'static) -> Self {
        self.rare().hook = Some(Rc::new(f));
        self
    }

    /// How many callbacks may wait on each side; 1,024 if not set.
    ///
    /// ```
    /// use csp::prelude::*;
    ///
    /// csp::run(|| {
    ///     let c = Channel::<u32>::builder().callback_limit(1).build();
    ///     take_then_callback(&c, |_| ()).unwrap();
    ///     let refused = take_then_callback(&c, |_| ()).unwrap_err();
    ///     (refused.callback)(None); // it came back
    /// });
    /// ```
    pub fn callback_limit(mut self, limit: usize) -> Self {
        self.rare().callback_limit = limit;
        self
    }

    /// What reports call a ticker.
    pub(crate) fn ticking(mut self, period: Duration) -> Self {
        self.rare().name = Name::Ticker(period);
        self
    }

    /// Makes the channel.
    ///
    /// # Panics
    /// If it has a transducer and no buffer.
    #[must_use]
    #[track_caller]
    #[inline]
    pub fn build(self) -> Channel<I, O> {
        Channel::of(Rendezvous::new(self.store, self.through), self.made_at, self.rare)
    }

    /// Makes the channel as its two ends: it is drained when the last [`Sender`] goes, and closed when the last
    /// [`Receiver`] does; see [`channel`](crate::channel).
    ///
    /// ```
    /// use csp::prelude::*;
    /// use std::{cell::Cell, rc::Rc};
    ///
    /// let lost = Rc::new(Cell::new(0));
    /// let count = lost.clone();
    /// let (out, into) = Channel::builder().buffered(2).on_drop(move |_| count.set(count.get() + 1)).build_ends();
    /// offer(&out, 'a').unwrap();
    /// drop(into);
    /// assert_eq!(lost.get(), 1);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn build_ends(mut self) -> (Sender<I, O>, Receiver<O, I>) {
        self.rare().ends = Some(Ends { senders: Cell::new(1), receivers: Cell::new(1) });
        let channel = self.build();
        (Sender::new(channel.clone()), Receiver::new(channel))
    }
}
