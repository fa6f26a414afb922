//! Where takers and putters meet: the state of one channel, and every rule of what an operation does in
//! each state. It knows waiters, not processes; it never waits itself.
//!
//! ```text
//!   put ─► [ puts: Waiter ─ Waiter ─ … ] ─► [ store: v v v v ] ─► [ takes: Waiter ─ Waiter ─ … ] ─► take
//!            (only while the store is full)  ▲                      (only while nothing is held)
//!                                            a transducer, where there is one
//! ```
//!
//! No code of the user runs while the store is borrowed. The built-in buffers call none; a buffer of the
//! user's is taken out while it runs; a promise is shared first and copied later. What a buffer drops is
//! handed to the caller, who lets go of it last.

mod through;

use std::any::Any;
use std::cell::{Cell, OnceCell, RefCell};
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;

pub(crate) use through::{Aftermath, Through};

use crate::buffer::{Buffer, Dropping, Fixed, Promised, Sliding};
use crate::ring::Ring;
use crate::wait::{Claim, Queue, Waiter};

/// Where values are kept.
pub(crate) enum Store<T> {
    Unbuffered,
    Fixed(Fixed<T>),
    /// As `Fixed`, between threads: seized while the rendezvous is used.
    Ring(Arc<Ring<T>>),
    Dropping(Dropping<T>),
    Sliding(Sliding<T>),
    Promise(Rc<Promised<T>>),
    /// `None` while it runs.
    User(Option<Box<dyn Buffer<T>>>),
}

/// What a rendezvous has to take care of, known from its store.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Nature {
    /// Values go from hand to hand.
    Unbuffered,
    /// A buffer of ours, which runs no code of the user.
    Plain,
    /// Every taker copies.
    Promise,
    /// A buffer of the user's.
    User,
}

/// What became of a put.
pub(crate) enum Put<I, O> {
    /// Accepted. A value that a buffer dropped for it is to be dropped by the caller.
    Accepted(Option<O>),
    /// Closed: the value comes back.
    Closed(I),
    /// It would have to wait.
    Wait(I),
}

/// What became of a take.
pub(crate) enum Take<O> {
    /// A value.
    Value(O),
    /// A value, and what a buffer dropped meanwhile: to be dropped by the caller.
    Displacing(O, Vec<O>),
    /// Closed, and nothing left.
    Closed,
    /// It would have to wait.
    Wait,
}

/// Whether something stands between putters and takers: what is to be known before anything else, in one place, for one
/// look at it decides most operations. [Free](Gate::is_free), values go from hand to hand.
struct Gate(Cell<u8>);

impl Gate {
    /// No more puts.
    const SHUT: u8 = 1;
    /// A timer will end it: shut for putters, open for takers until then.
    const TIMED: u8 = 2;
    /// The store would accept a value: kept, for to ask a buffer of the user's is to run it.
    const ROOM: u8 = 4;
    /// Values can be taken without a putter.
    const HOLDS: u8 = 8;
    /// There is a store.
    const STORE: u8 = 16;
    /// Values came back.
    const RETURNED: u8 = 32;
    /// A transducer stands before the store.
    const THROUGH: u8 = 64;
    /// It runs. Nothing else is set then, so that every operation comes to ask, and is told.
    const RUNS: u8 = 128;

    #[inline(always)]
    fn is_free(&self) -> bool {
        self.0.get() == 0
    }

    #[inline(always)]
    fn has(&self, what: u8) -> bool {
        self.0.get() & what != 0
    }

    #[inline]
    fn set(&self, what: u8, on: bool) {
        self.0.set(if on { self.0.get() | what } else { self.0.get() & !what });
    }

    /// Whether nothing comes in, and nothing will.
    fn is_over(&self) -> bool {
        self.0.get() & (Gate::SHUT | Gate::TIMED | Gate::HOLDS) == Gate::SHUT
    }
}

/// The state of a channel.
///
/// Invariants (docs/rules.md, section 1): nobody waits to take while a value is held, nor to put while there
/// is room; without a buffer nobody waits to take while somebody else waits to put; when closed nobody waits
/// to take, but for what those who wait to put still deliver. All but that about both sides are asserted after
/// every operation in debug builds, unless the buffer is the user's, which may say of itself what it likes.
pub(crate) struct Rendezvous<I, O> {
    gate: Gate,
    nature: Nature,
    takes: Queue<O>,
    puts: Queue<I>,
    /// How many values can be taken from `returned` and the store.
    held: Cell<usize>,
    /// There if there is a store, or values ever came back.
    kept: OnceCell<Box<Kept<I, O>>>,
}

/// The values that a channel keeps, and what is done to them before.
struct Kept<I, O> {
    store: RefCell<Store<O>>,
    through: Option<Box<Through<I, O>>>,
    /// Those who wait for it to be shut.
    watchers: Queue<()>,
    /// Values that were handed out and came back: next to be taken, beyond the store's size.
    returned: RefCell<VecDeque<O>>,
}

impl<I, O> Kept<I, O> {
    fn new(store: Store<O>, through: Option<Box<Through<I, O>>>) -> Box<Kept<I, O>> {
        Box::new(Kept { store: RefCell::new(store), through, watchers: Queue::new(), returned: RefCell::default() })
    }
}

/// Where nothing stands between the two ends of a channel, what is put is what is taken.
#[cfg_attr(not(debug_assertions), inline(always))]
pub(crate) fn through<I: 'static, O: 'static>(value: I) -> O {
    let mut value = Some(value);
    let same = (&mut value as &mut dyn Any).downcast_mut::<Option<O>>();
    same.and_then(Option::take).expect("a channel whose ends differ in type has a transducer")
}

impl<I: 'static, O: 'static> Rendezvous<I, O> {
    /// With a transducer there must be a store.
    ///
    /// # Panics
    /// If there is none.
    #[track_caller]
    #[inline(always)]
    pub(crate) fn new(store: Store<O>, through: Option<Box<Through<I, O>>>) -> Rendezvous<I, O> {
        if matches!(store, Store::Unbuffered) {
            assert!(
                through.is_none(),
                "a channel with a transducer needs a buffer for what comes out: say `buffered(1)` at least"
            );
            return Rendezvous::unbuffered();
        }
        let gate = if through.is_some() { Gate::STORE | Gate::THROUGH } else { Gate::STORE };
        let rendezvous = Rendezvous::of(gate, store.nature(), OnceCell::from(Kept::new(store, through)));
        rendezvous.look_again();
        rendezvous
    }

    /// Keeps nothing.
    ///
    /// Inlined, so that it is made where it stays: to be moved right after it was written, it would have to be waited for.
    #[inline(always)]
    pub(crate) fn unbuffered() -> Rendezvous<I, O> {
        Rendezvous::of(0, Nature::Unbuffered, OnceCell::new())
    }

    /// Accepts no puts, and ends for its takers when [`expire`](Rendezvous::expire) is called.
    #[inline(always)]
    pub(crate) fn timed() -> Rendezvous<I, O> {
        Rendezvous::of(Gate::SHUT | Gate::TIMED, Nature::Unbuffered, OnceCell::new())
    }

    #[inline(always)]
    fn of(gate: u8, nature: Nature, kept: OnceCell<Box<Kept<I, O>>>) -> Rendezvous<I, O> {
        Rendezvous {
            gate: Gate(Cell::new(gate)),
            nature,
            takes: Queue::new(),
            puts: Queue::new(),
            held: Cell::new(0),
            kept,
        }
    }

    /// Whether code of the user's runs in its operations.
    pub(crate) fn hosts(&self) -> bool {
        matches!(self.nature, Nature::Promise | Nature::User) || self.has_transducer()
    }

    /// Whether there is a buffer of ours.
    pub(crate) fn keeps(&self) -> bool {
        self.nature == Nature::Plain
    }

    pub(crate) fn is_shut(&self) -> bool {
        self.gate.has(Gate::SHUT)
    }

    pub(crate) fn is_timed(&self) -> bool {
        self.gate.has(Gate::TIMED)
    }

    /// Whether every later take gives `None`.
    fn is_over(&self) -> bool {
        self.gate.is_over() && !self.puts.has_any()
    }

    /// Whether nobody would notice its end.
    #[inline(always)]
    pub(crate) fn is_deserted(&self) -> bool {
        self.takes.is_empty() && self.puts.is_empty() && !self.has_transducer()
    }

    pub(crate) fn callbacks(&self) -> (usize, usize) {
        (self.takes.callbacks(), self.puts.callbacks())
    }

    pub(crate) fn held(&self) -> usize {
        self.held.get()
    }

    /// The ring, if that is what values are kept in.
    pub(crate) fn ring(&self) -> Option<Arc<Ring<O>>> {
        match &*self.kept.get()?.store.borrow() {
            Store::Ring(ring) => Some(ring.clone()),
            _ => None,
        }
    }

    /// Looks at the store, which others may have put to and taken from.
    pub(crate) fn look_again(&self) {
        let looked = self.kept().store.borrow().look();
        self.note(looked);
    }

    /// Whether a put and a take have nothing to look at but the store: it is open, nobody waits, and nothing came back.
    #[inline(always)]
    pub(crate) fn is_all_in_store(&self) -> bool {
        let open = self.gate.0.get() & !(Gate::ROOM | Gate::HOLDS) == Gate::STORE;
        open && self.takes.is_empty() && self.puts.is_empty()
    }

    /// Whether values go from hand to hand now: [`hand_over`](Rendezvous::hand_over) and
    /// [`take_over`](Rendezvous::take_over) say all then; [`put`](Rendezvous::put) and [`take`](Rendezvous::take) always do.
    #[inline(always)]
    pub(crate) fn is_free(&self) -> bool {
        self.gate.is_free()
    }

    /// Gives a value to whoever waits for one; it comes back if nobody does.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(crate) fn hand_over(&self, value: I) -> Result<(), I> {
        let Some(taker) = self.takes.serve() else { return Err(value) };
        taker.give(through(value));
        self.check();
        Ok(())
    }

    /// The value of the first who waits to put one.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(crate) fn take_over(&self) -> Option<O> {
        let putter = self.puts.serve()?;
        let value = through(putter.receive().expect("a waiting put has its value"));
        self.check();
        Some(value)
    }

    /// Puts into the store, where it is a buffer of ours that has room, and nobody waits: what
    /// [`put`](Rendezvous::put) would do, shorter. The value comes back if that is not so.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(crate) fn store(&self, value: I) -> Result<(), I> {
        let plain = self.nature == Nature::Plain && self.takes.is_empty();
        if !plain || self.gate.0.get() & (Gate::SHUT | Gate::ROOM | Gate::THROUGH) != Gate::ROOM {
            return Err(value);
        }
        let mut store = self.kept().store.borrow_mut();
        // The others are never full, and so may drop something.
        let Store::Fixed(buffer) = &mut *store else { return Err(value) };
        _ = buffer.add(through(value));
        self.gate.set(Gate::ROOM, !buffer.is_full());
        self.hold(self.held.get() + 1);
        Ok(())
    }

    /// Takes from the store, where it is a buffer of ours and nobody waits: what [`take`](Rendezvous::take) would do,
    /// shorter. `None` if that is not so.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(crate) fn take_stored(&self) -> Option<O> {
        let plain = self.nature == Nature::Plain && self.puts.is_empty();
        if !plain || self.gate.0.get() & (Gate::HOLDS | Gate::RETURNED) != Gate::HOLDS {
            return None;
        }
        let mut store = self.kept().store.borrow_mut();
        let (buffer, always_room) = match &mut *store {
            Store::Fixed(buffer) => (buffer, false),
            Store::Dropping(Dropping(buffer)) | Store::Sliding(Sliding(buffer)) => (buffer, true),
            _ => return None,
        };
        let value = buffer.remove();
        self.gate.set(Gate::ROOM, always_room || !buffer.is_full());
        self.hold(self.held.get() - 1);
        value
    }

    /// Puts if that can be done at once. Only `Accepted` has changed anything.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(crate) fn put(&self, value: I) -> Put<I, O> {
        self.check_entry();
        if self.is_shut() {
            return Put::Closed(value);
        }
        if let Some(through) = self.transducer() {
            if !self.gate.has(Gate::ROOM) {
                return Put::Wait(value);
            }
            self.pass(through, value);
            self.check();
            return Put::Accepted(None);
        }
        // Whoever waits to take finds the buffer empty: it can be passed by, if it is ours.
        let value = match self.nature {
            Nature::Unbuffered | Nature::Plain => match self.hand_over(value) {
                Ok(()) => return Put::Accepted(None),
                Err(value) => value,
            },
            Nature::Promise | Nature::User => value,
        };
        if self.gate.has(Gate::ROOM) { Put::Accepted(self.accept(through(value))) } else { Put::Wait(value) }
    }

    /// A buffered channel has accepted a value: into the store with it, and on to whoever waits for one.
    fn accept(&self, value: O) -> Option<O> {
        let displaced = self.add(value);
        self.serve_takers();
        self.check();
        displaced
    }

    /// Gives what is held to those who wait for it.
    fn serve_takers(&self) {
        if self.nature == Nature::Promise {
            // Each copies for itself, in its own time: a copy may panic.
            while self.held.get() > 0 {
                let Some(taker) = self.takes.serve() else { break };
                taker.retry();
            }
            return;
        }
        while self.held.get() > 0 && self.takes.has_any() {
            let Some(value) = self.remove() else { break };
            // If a buffer of the user's has answered the taker through some other door, the value is the next.
            self.hand_out(value);
        }
    }

    /// Takes if that can be done at once. Only a value has changed anything.
    pub(crate) fn take(&self) -> Take<O> {
        self.check_entry();
        if self.gate.has(Gate::HOLDS) {
            return self.take_held();
        }
        match self.take_over() {
            Some(value) => Take::Value(value),
            None if self.gate.is_over() && self.has_kept_back() => {
                self.complete();
                self.take()
            }
            None if self.gate.is_over() => Take::Closed,
            None => Take::Wait,
        }
    }

    fn take_held(&self) -> Take<O> {
        let Some(value) = self.remove() else {
            // A buffer of the user's said that it held something, and then gave nothing: what else is there counts.
            return self.take();
        };
        if self.nature == Nature::Promise || self.puts.is_empty() {
            return Take::Value(value);
        }
        // Should a buffer of the user's panic now, the value taken is not lost.
        let kept = self.keep(value);
        let displaced = self.admit_putters();
        self.check();
        let value = kept.release();
        if displaced.is_empty() { Take::Value(value) } else { Take::Displacing(value, displaced) }
    }

    /// Holds a value that was taken, and puts it back should there be a panic.
    pub(crate) fn keep(&self, value: O) -> Held<'_, I, O> {
        Held { value: Some(value), from: self }
    }

    /// There is room: those who wait to put move in, in order.
    fn admit_putters(&self) -> Vec<O> {
        let mut displaced = Vec::new();
        while self.gate.has(Gate::ROOM) {
            let Some(putter) = self.puts.serve() else { break };
            if let Some(value) = putter.receive() {
                match self.transducer() {
                    Some(through) => self.pass(through, value),
                    None => displaced.extend(self.add(through(value))),
                }
            }
        }
        displaced
    }

    /// Whether a take by the owner of `me` could be done now. Only a buffer of the user's may disappoint.
    #[inline(always)]
    pub(crate) fn could_take(&self, me: *const Claim) -> bool {
        self.gate.has(Gate::HOLDS) || self.gate.is_over() || self.puts.has_other(me)
    }

    /// Whether a put by the owner of `me` could be done now.
    #[inline(always)]
    pub(crate) fn could_put(&self, me: *const Claim) -> bool {
        self.gate.has(Gate::SHUT | Gate::ROOM) || (self.nature == Nature::Unbuffered && self.takes.has_other(me))
    }

    /// Leaves a taker, which could not go on at once.
    ///
    /// # Safety
    /// As for [`Queue::push`]: this rendezvous and `claim` outlive the link.
    #[inline(always)]
    pub(crate) unsafe fn enlist_take(&self, waiter: Pin<&Waiter<O>>, claim: &Claim, branch: u32) {
        debug_assert!(!self.could_take(claim));
        // SAFETY: the caller's promise.
        unsafe { self.takes.push(waiter, claim, branch) };
    }

    /// Leaves a putter, which could not go on at once.
    ///
    /// # Safety
    /// As for [`Queue::push`]: this rendezvous and `claim` outlive the link.
    #[inline(always)]
    pub(crate) unsafe fn enlist_put(&self, waiter: Pin<&Waiter<I>>, claim: &Claim, branch: u32) {
        debug_assert!(!self.could_put(claim));
        // SAFETY: the caller's promise.
        unsafe { self.puts.push(waiter, claim, branch) };
    }

    /// Leaves somebody who waits until it is shut, which it is not.
    ///
    /// # Safety
    /// As for [`Queue::push`]: this rendezvous and `claim` outlive the link.
    pub(crate) unsafe fn enlist_close(&self, waiter: Pin<&Waiter<()>>, claim: &Claim, branch: u32) {
        debug_assert!(!self.is_shut());
        // SAFETY: the caller's promise; what is kept goes with this.
        unsafe { self.kept().watchers.push(waiter, claim, branch) };
    }

    /// No more puts; those that wait fail, with their values. A timed one is closed by its timer alone.
    pub(crate) fn close(&self) {
        self.check_entry();
        if self.is_timed() {
            return;
        }
        self.shut();
    }

    fn shut(&self) {
        self.set_shut();
        // A putter that finds its value still in the slot knows that it was not accepted.
        while self.puts.serve().is_some() {}
        self.complete();
        self.answer_takers();
        self.check();
    }

    /// No more puts; those that wait are still delivered.
    pub(crate) fn drain(&self) {
        self.check_entry();
        if self.is_timed() {
            return;
        }
        self.set_shut();
        if !self.puts.has_any() {
            self.complete();
        }
        self.answer_takers();
        self.check();
    }

    /// No more puts: whoever waits for that goes on.
    fn set_shut(&self) {
        self.gate.set(Gate::SHUT, true);
        if let Some(kept) = self.kept.get() {
            while kept.watchers.serve().is_some() {}
        }
    }

    /// Whether the transducer may still have something for those who take: when the last who waited to put has gone
    /// after a [`drain`](Rendezvous::drain).
    fn has_kept_back(&self) -> bool {
        !self.puts.has_any() && self.transducer().is_some_and(|through| !through.has_finished())
    }

    /// The time of a timed one has come.
    pub(crate) fn expire(&self) {
        self.gate.set(Gate::TIMED, false);
        self.answer_takers();
        self.check();
    }

    /// If nothing will ever come, those who wait for something learn it.
    fn answer_takers(&self) {
        if self.is_over() {
            // A taker that finds its slot empty knows that there was nothing.
            while self.takes.serve().is_some() {}
        } else if self.nature == Nature::User {
            // A buffer that says it has something while takers wait: they see for themselves.
            while let Some(taker) = self.takes.serve() {
                taker.retry();
            }
        }
    }

    /// Where the value of a promise is, or will be.
    pub(crate) fn promised(&self) -> Option<Rc<Promised<O>>> {
        match &*self.kept.get()?.store.borrow() {
            Store::Promise(promised) => Some(promised.clone()),
            _ => None,
        }
    }

    /// Takes back a value that was handed out and could not be used: it is the next one to be taken.
    pub(crate) fn put_back(&self, value: O) {
        self.hand_out(value);
        self.check();
    }

    /// Gives a value to the first who waits for one; if nobody does, it is the next.
    fn hand_out(&self, value: O) {
        match self.takes.serve() {
            Some(taker) => taker.give(value),
            None => {
                self.kept().returned.borrow_mut().push_front(value);
                self.gate.set(Gate::RETURNED, true);
                self.hold(self.held.get().saturating_add(1));
            }
        }
    }

    /// Empties it: all that is held, in order. For the time after the last taker has gone.
    pub(crate) fn empty(&self) -> Vec<O> {
        let mut values = Vec::new();
        if self.nature != Nature::Promise {
            while self.held.get() > 0 {
                let Some(value) = self.remove() else { break };
                values.push(value);
            }
        }
        values
    }

    /// Puts a value into the store, and gives back what that displaced.
    fn add(&self, value: O) -> Option<O> {
        let mut store = self.kept().store.borrow_mut();
        let displaced = match &mut *store {
            Store::Unbuffered => unreachable!("only a buffered channel adds"),
            Store::Fixed(b) => b.add(value),
            // There is room: only a transducer adds beyond that, and there is none before a ring.
            Store::Ring(ring) => ring.put_seized(value).err().map(|(_, value)| value),
            Store::Dropping(b) => b.add(value),
            Store::Sliding(b) => b.add(value),
            Store::Promise(promised) => promised.keep(value),
            Store::User(b) => {
                let buffer = b.take();
                drop(store);
                let (displaced, panic) = self.run(buffer, move |buffer| buffer.add(value));
                if let Some(payload) = panic {
                    resume_unwind(payload);
                }
                return displaced;
            }
        };
        let looked = store.look();
        drop(store);
        self.note(looked);
        displaced
    }

    /// Takes the value whose turn it is; of a promise, a copy.
    fn remove(&self) -> Option<O> {
        if self.gate.has(Gate::RETURNED) {
            let mut values = self.kept().returned.borrow_mut();
            let returned = values.pop_front();
            self.gate.set(Gate::RETURNED, !values.is_empty());
            self.hold(self.held.get().saturating_sub(1));
            return returned;
        }
        let mut store = self.kept().store.borrow_mut();
        let value = match &mut *store {
            Store::Unbuffered => None,
            Store::Fixed(b) => b.remove(),
            Store::Ring(ring) => ring.take_seized().ok(),
            Store::Dropping(b) => b.remove(),
            Store::Sliding(b) => b.remove(),
            Store::Promise(promised) => {
                let promised = promised.clone();
                drop(store);
                return promised.copy();
            }
            Store::User(b) => {
                let buffer = b.take();
                drop(store);
                let (value, panic) = self.run(buffer, |buffer| buffer.remove());
                if let Some(payload) = panic {
                    if let Some(value) = value {
                        self.put_back(value);
                    }
                    resume_unwind(payload);
                }
                if value.is_none() {
                    // What it does counts, not what it says.
                    self.hold(self.returned());
                }
                return value;
            }
        };
        let looked = store.look();
        drop(store);
        self.note(looked);
        value
    }

    /// Nobody uses a channel from inside of its own buffer or transducer.
    #[inline(always)]
    pub(crate) fn check_entry(&self) {
        if self.nature == Nature::User {
            self.check_at_rest();
        }
        if self.gate.has(Gate::RUNS) {
            panic!(
                "a transducer has used the channel it belongs to: from inside of its functions that is not possible"
            );
        }
    }

    #[cold]
    fn check_at_rest(&self) {
        if matches!(*self.kept().store.borrow(), Store::User(None)) {
            panic!("a buffer has used the channel it belongs to: from inside of its functions that is not possible");
        }
    }

    /// Runs a buffer of the user's, which was taken out for it, and puts it back whatever happens. A panic when it was
    /// asked afterwards how it is comes beside the result, which must not be lost.
    fn run<R>(
        &self,
        buffer: Option<Box<dyn Buffer<O>>>,
        f: impl FnOnce(&mut dyn Buffer<O>) -> R,
    ) -> (R, Option<Box<dyn Any + Send>>) {
        let buffer = buffer.expect("no channel is used from inside of its buffer");
        let mut out = Out { buffer: Some(buffer), looked: None, of: self };
        let _inside = crate::inside::enter("a buffer");
        let result = f(&mut **out.buffer.as_mut().expect("just put there"));
        let panic = out.ask().err();
        (result, panic)
    }

    fn kept(&self) -> &Kept<I, O> {
        self.kept.get_or_init(|| Kept::new(Store::Unbuffered, None))
    }

    /// How many values came back.
    fn returned(&self) -> usize {
        self.kept.get().map_or(0, |kept| kept.returned.borrow().len())
    }

    /// Notes what the store says of itself: whether it has room, and how many values it holds.
    fn note(&self, (room, stored): (bool, usize)) {
        self.gate.set(Gate::ROOM, room);
        self.hold(stored.saturating_add(self.returned()));
    }

    /// So many values can be taken without a putter.
    #[inline]
    fn hold(&self, held: usize) {
        self.held.set(held);
        self.gate.set(Gate::HOLDS, held > 0);
    }

    #[inline(always)]
    fn check(&self) {
        #[cfg(debug_assertions)]
        {
            let user = self.nature == Nature::User;
            if self.takes.has_any() && !user {
                debug_assert!(self.held.get() == 0, "rule 1.2: takers wait though a value is held");
                debug_assert!(
                    !self.is_shut() || self.is_timed() || self.puts.has_any(),
                    "rule 1.3: takers wait though it is closed"
                );
            }
            if self.puts.has_any() && !user {
                debug_assert!(!self.gate.has(Gate::ROOM), "rule 1.2: putters wait though there is room");
            }
        }
    }
}

impl<T> Store<T> {
    /// A buffer that threads can use without a lock, in the place of one that they cannot.
    pub(crate) fn into_ring(self) -> Store<T> {
        match &self {
            Store::Fixed(buffer) => Ring::new(buffer.capacity()).map_or(self, |ring| Store::Ring(Arc::new(ring))),
            _ => self,
        }
    }

    /// For so many values; for none there is no buffer.
    pub(crate) fn of_capacity(capacity: usize) -> Store<T> {
        if capacity == 0 { Store::Unbuffered } else { Store::Fixed(Fixed::new(capacity)) }
    }

    fn nature(&self) -> Nature {
        match self {
            Store::Unbuffered => Nature::Unbuffered,
            Store::Fixed(_) | Store::Ring(_) | Store::Dropping(_) | Store::Sliding(_) => Nature::Plain,
            Store::Promise(_) => Nature::Promise,
            Store::User(_) => Nature::User,
        }
    }

    /// Whether it would accept a value, and how many it holds.
    fn look(&self) -> (bool, usize) {
        match self {
            Store::Unbuffered => (false, 0),
            Store::Fixed(b) => (!b.is_full(), b.len()),
            Store::Ring(ring) => (ring.len() < ring.capacity(), ring.len()),
            Store::Dropping(b) => (true, b.len()),
            Store::Sliding(b) => (true, b.len()),
            Store::Promise(promised) => (true, usize::from(promised.is_kept())),
            Store::User(Some(b)) => (!b.is_full(), b.len()),
            Store::User(None) => (false, 0),
        }
    }
}

/// A buffer of the user's while it runs.
struct Out<'a, I: 'static, O: 'static> {
    buffer: Option<Box<dyn Buffer<O>>>,
    /// What it said of itself: whether it has room, and how many values it holds.
    looked: Option<(bool, usize)>,
    of: &'a Rendezvous<I, O>,
}

impl<I: 'static, O: 'static> Out<'_, I, O> {
    /// Asks the buffer how it is: the user's code, which may panic.
    fn ask(&mut self) -> Result<(), Box<dyn Any + Send>> {
        let Some(buffer) = &self.buffer else { return Ok(()) };
        self.looked = Some(catch_unwind(AssertUnwindSafe(|| (!buffer.is_full(), buffer.len())))?);
        Ok(())
    }
}

impl<I: 'static, O: 'static> Drop for Out<'_, I, O> {
    fn drop(&mut self) {
        if self.looked.is_none() {
            let _inside = crate::inside::enter("a buffer");
            if let Err(payload) = self.ask() {
                // The payload is the user's as well, and there must be an end.
                std::mem::forget(payload);
            }
        }
        // A buffer that cannot say how it is counts as one that neither has anything nor accepts anything.
        let looked = self.looked.unwrap_or((false, 0));
        *self.of.kept().store.borrow_mut() = Store::User(self.buffer.take());
        self.of.note(looked);
    }
}

/// A value that was taken out and must not be lost to a panic.
pub(crate) struct Held<'a, I: 'static, O: 'static> {
    value: Option<O>,
    from: &'a Rendezvous<I, O>,
}

impl<I: 'static, O: 'static> Held<'_, I, O> {
    /// The value: the danger is over.
    pub(crate) fn release(mut self) -> O {
        self.value.take().expect("kept until here")
    }
}

impl<I: 'static, O: 'static> Drop for Held<'_, I, O> {
    fn drop(&mut self) {
        if let Some(value) = self.value.take() {
            self.from.put_back(value);
        }
    }
}
