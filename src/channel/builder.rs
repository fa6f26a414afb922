//! How a channel is made.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use super::{Channel, Core, Ends, Name, Rare, Receiver, Sender};
use crate::buffer::{Buffer, Dropping, Fixed, Promised, Sliding};
use crate::id::ChannelId;
use crate::place::Place;
use crate::rendezvous::{Rendezvous, Store};

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
pub struct ChannelBuilder<T: 'static> {
    store: Store<T>,
    timed: bool,
    rare: Option<Box<Rare<T>>>,
    made_at: Place,
}

impl<T: 'static> ChannelBuilder<T> {
    #[track_caller]
    pub(super) fn new() -> Self {
        ChannelBuilder { store: Store::Unbuffered, timed: false, rare: None, made_at: Place::caller() }
    }

    fn rare(&mut self) -> &mut Rare<T> {
        self.rare.get_or_insert_default()
    }

    /// What reports call it.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.rare().name = Name::Given(name.into().into_boxed_str());
        self
    }

    /// As [`Channel::buffered`].
    pub fn buffered(mut self, capacity: usize) -> Self {
        self.store = if capacity == 0 { Store::Unbuffered } else { Store::Fixed(Fixed::new(capacity)) };
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
        T: Clone,
    {
        self.store = Store::Promise(Rc::new(Promised::new()));
        self
    }

    /// As [`Channel::with_buffer`].
    pub fn buffer(mut self, buffer: impl Buffer<T> + 'static) -> Self {
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
    pub fn on_drop(mut self, f: impl Fn(T) + 'static) -> Self {
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

    /// One that only a timer ends, and nobody can put to.
    pub(crate) fn timed(mut self, duration: Duration) -> Self {
        self.timed = true;
        self.rare().name = Name::Timeout(duration);
        self
    }

    /// What reports call a ticker.
    pub(crate) fn ticking(mut self, period: Duration) -> Self {
        self.rare().name = Name::Ticker(period);
        self
    }

    /// Makes the channel.
    #[must_use]
    pub fn build(self) -> Channel<T> {
        let rendezvous = if self.timed { Rendezvous::new_timed() } else { Rendezvous::new(self.store) };
        Channel { core: Rc::new(Core { rendezvous, id: ChannelId::next(), made_at: self.made_at, rare: self.rare }) }
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
    pub fn build_ends(mut self) -> (Sender<T>, Receiver<T>) {
        self.rare().ends = Some(Ends { senders: Cell::new(1), receivers: Cell::new(1) });
        let channel = self.build();
        (Sender::new(channel.clone()), Receiver::new(channel))
    }
}
