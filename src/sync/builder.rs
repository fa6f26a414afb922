//! How a channel between threads is made.

use std::any::Any;
use std::rc::Rc;
use std::sync::Arc;

use super::channel::Channel;
use super::core::{Core, Ends, Hook};
use super::ends::{Receiver, Sender};
use crate::buffer::{Buffer, Dropping, Promised, Sliding};
use crate::place::Place;
use crate::rendezvous::{Rendezvous, Store, Through};
use crate::threads::AtomicUsize;
use crate::transducer::Transducer;

/// Everything that can be said about a channel between threads when it is made; from [`Channel::builder`].
///
/// As [`csp::ChannelBuilder`](crate::ChannelBuilder), for what is `Send`.
///
/// ```
/// use csp::{Transducer, prelude::*, sync, transducer};
///
/// let lengths = transducer().map(|word: String| word.len());
/// let c = sync::Channel::builder().transducer(lengths).buffered(8).name("lengths").build();
/// let out = c.clone();
/// std::thread::spawn(move || put(&out, "between threads".to_owned()).unwrap()).join().unwrap();
/// assert_eq!(take(&c), Some(15));
/// ```
#[must_use = "a builder makes nothing until `build()` is called"]
pub struct ChannelBuilder<I: 'static, O: 'static = I> {
    store: Store<O>,
    through: Option<Box<Through<I, O>>>,
    name: Option<Box<str>>,
    hook: Option<Hook<O>>,
    made_at: Place,
}

impl<T: Send + 'static> ChannelBuilder<T> {
    #[track_caller]
    pub(super) fn new() -> Self {
        ChannelBuilder { store: Store::Unbuffered, through: None, name: None, hook: None, made_at: Place::caller() }
    }

    /// As [`csp::ChannelBuilder::transducer`](crate::ChannelBuilder::transducer). It runs under the lock of the channel, on the
    /// thread that brings a value in: what takes long holds up the others. Say it first.
    ///
    /// # Panics
    /// If a buffer, a drop hook or a transducer was named before.
    #[track_caller]
    pub fn transducer<X>(self, transducer: X) -> ChannelBuilder<T, X::Out>
    where
        X: Transducer<T> + Send + 'static,
        X::Out: Send + 'static,
    {
        assert!(self.through.is_none(), "a channel has one transducer: join two with `Transducer::then`");
        assert!(
            matches!(self.store, Store::Unbuffered) && self.hook.is_none(),
            "say `transducer` before the buffer and `on_drop`: they are about what comes out"
        );
        let through = Some(Box::new(Through::new(transducer)));
        ChannelBuilder { store: Store::Unbuffered, through, name: self.name, hook: None, made_at: self.made_at }
    }
}

impl<I: 'static, O: 'static> ChannelBuilder<I, O> {
    /// As [`csp::ChannelBuilder::on_panic`](crate::ChannelBuilder::on_panic).
    ///
    /// # Panics
    /// If no transducer was named before.
    #[track_caller]
    pub fn on_panic(mut self, f: impl Fn(Box<dyn Any + Send>) -> Option<O> + Send + 'static) -> Self {
        let through = self.through.as_mut().expect("`on_panic` is for a transducer: say `transducer` before it");
        through.on_panic(Rc::new(f));
        self
    }

    /// What reports call it.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into().into_boxed_str());
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
    pub fn buffer(mut self, buffer: impl Buffer<O> + Send + 'static) -> Self {
        self.store = Store::User(Some(Box::new(buffer)));
        self
    }

    /// As [`csp::ChannelBuilder::on_drop`](crate::ChannelBuilder::on_drop); on whatever thread lets go of the value.
    pub fn on_drop(mut self, f: impl Fn(O) + Send + Sync + 'static) -> Self {
        self.hook = Some(Box::new(f));
        self
    }

    /// Makes the channel.
    ///
    /// # Panics
    /// If it has a transducer and no buffer.
    #[must_use]
    #[track_caller]
    pub fn build(self) -> Channel<I, O> {
        self.build_with(None)
    }

    /// Makes the channel as its two ends; see [`channel`](super::channel()).
    ///
    /// # Panics
    /// If it has a transducer and no buffer.
    #[must_use]
    #[track_caller]
    pub fn build_ends(self) -> (Sender<I, O>, Receiver<O, I>) {
        let channel = self.build_with(Some(Ends { senders: AtomicUsize::new(1), receivers: AtomicUsize::new(1) }));
        (Sender::new(channel.clone()), Receiver::new(channel))
    }

    #[track_caller]
    fn build_with(self, ends: Option<Ends>) -> Channel<I, O> {
        let store = if self.through.is_none() { self.store.into_ring() } else { self.store };
        let rendezvous = Rendezvous::new(store, self.through);
        Channel { core: Arc::new(Core::new(rendezvous, self.made_at, self.name, self.hook, ends)) }
    }
}
