//! What all handles of a channel share: the state machine of every channel, behind a lock.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use super::lock::Lock;
use crate::channel::settle;
use crate::context;
use crate::error::{OfferError, PollError};
use crate::id::ChannelId;
use crate::inside;
use crate::place::Place;
use crate::rendezvous::{Aftermath, Put, Rendezvous, Take, through};
use crate::report::ProcessPanic;
use crate::ring::{Refused, Ring};
use crate::threads::{self, AtomicU64, AtomicUsize, Ordering};
use crate::wait;

/// A channel between threads.
pub(super) struct Core<I: 'static, O: 'static> {
    rendezvous: Lock<Locked<I, O>>,
    /// What values are kept in, where that needs no lock as long as nobody waits. It is seized under the lock alone, and stays so
    /// as long as a put or a take has to look at more than the ring.
    ring: Option<Arc<Ring<O>>>,
    /// Whether code of the user's runs under the lock.
    hosts: bool,
    /// Whether it keeps values, in a buffer of ours.
    keeps: bool,
    /// How often something has happened after which somebody may do what he could not do before. It is changed under the lock.
    changes: AtomicU64,
    id: ChannelId,
    made_at: Place,
    pub(super) name: Option<Box<str>>,
    /// What receives the values that a buffer drops.
    hook: Option<Hook<O>>,
    pub(super) ends: Option<Ends>,
}

/// What receives the values that a buffer drops.
pub(super) type Hook<O> = Box<dyn Fn(O) + Send + Sync>;

/// How often an operation looks whether another thread has made it possible, before it leaves a waiter. If others were
/// faster so often, it stands in the queue as they do.
const ATTEMPTS: u32 = 4;

/// How many senders and receivers there are.
pub(super) struct Ends {
    pub(super) senders: AtomicUsize,
    pub(super) receivers: AtomicUsize,
}

/// What the lock protects.
///
/// Invariants: it is used under the lock alone, and so is whatever it owns. What of that is the user's (a buffer, a
/// transducer, a handler of panics) is `Send`: the builder sees to it. Those who wait in it are linked and unlinked under the
/// lock, and their owners take the lock before they go on.
struct Locked<I: 'static, O: 'static>(Rendezvous<I, O>);

// SAFETY: what it owns is values of the two types and what the builder knows to be `Send`, or is reached under the lock alone,
// counters of references included; the frames of those who wait stay as long as they are linked (invariants).
unsafe impl<I: Send, O: Send> Send for Locked<I, O> {}

/// Whether a thread holds the lock of a channel that hosts code of the user's: that must not come here again.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Free,
    Busy,
    /// And destructors that have run meanwhile have left something to do.
    BusyWithMore,
}

thread_state!(STATE: Cell<State> = Cell::new(State::Free));
// What is to be done when the lock is free again.
thread_state!(MORE: Cell<Vec<Box<dyn FnOnce()>>> = Cell::new(Vec::new()));

/// A ring while the lock is held: if it is seized, and need not be any more, it is released in the end.
struct Release<'a, I: 'static, O: 'static>(&'a Ring<O>, &'a Rendezvous<I, O>);

impl<I: 'static, O: 'static> Drop for Release<'_, I, O> {
    #[inline(always)]
    fn drop(&mut self) {
        if self.0.is_seized() && self.1.is_all_in_store() {
            self.0.release();
        }
    }
}

struct Busy;

impl Busy {
    fn enter() -> Busy {
        if STATE.with(|state| state.replace(State::Busy)) != State::Free {
            reentered();
        }
        Busy
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        if STATE.with(|state| state.replace(State::Free)) == State::BusyWithMore {
            MORE.with(Cell::take).into_iter().for_each(|f| f());
        }
    }
}

/// Calls `f`; inside of another channel, of which a transducer or buffer has dropped a value, right after the operation on
/// that. It is for destructors: they cannot be told to be called elsewhere.
pub(super) fn when_free<I: 'static, O: 'static>(core: &Arc<Core<I, O>>, f: impl FnOnce(&Core<I, O>) + 'static) {
    // Whatever `core` is itself: a drop hook of it may use channels that host code of the user's.
    if STATE.with(Cell::get) == State::Free {
        return f(core);
    }
    STATE.with(|state| state.set(State::BusyWithMore));
    let core = core.clone();
    let later = move || {
        let (who, spawned_at) = (core.title(), core.made_at);
        if let Err(payload) = catch_unwind(AssertUnwindSafe(|| f(&core))) {
            // A drop hook, or the destructor of a value. The operation that this comes after has not deserved it.
            context::report_panic(ProcessPanic { who, spawned_at, payload });
        }
    };
    MORE.with(|all| {
        let mut more = all.take();
        more.push(Box::new(later));
        all.set(more);
    });
}

/// Wakes, when it is dropped, the futures that were served meanwhile: also after a panic.
struct WakeCalled;

impl Drop for WakeCalled {
    #[inline(always)]
    fn drop(&mut self) {
        if wait::any_called() {
            wake_called();
        }
    }
}

/// Wakes futures: code of the user's, at the end of an operation that has not deserved its panics.
#[cold]
#[inline(never)]
fn wake_called() {
    // Inside of another channel, whose lock is held: that wakes them in the end.
    if STATE.with(Cell::get) != State::Free {
        return;
    }
    for seat in wait::called() {
        let Some(waker) = seat.take() else { continue };
        let _inside = inside::enter("a waker");
        if let Err(payload) = catch_unwind(AssertUnwindSafe(|| waker.wake())) {
            let who = "the waker of a future".to_owned();
            context::report_panic(ProcessPanic { who, spawned_at: Place::caller(), payload });
        }
    }
}

#[cold]
fn reentered() -> ! {
    panic!(
        "a buffer, a transducer or the `Clone` of a promised value has used a channel between threads, and runs inside of one: \
         that is not possible"
    )
}

impl<I: 'static, O: 'static> Core<I, O> {
    pub(super) fn new(
        rendezvous: Rendezvous<I, O>,
        made_at: Place,
        name: Option<Box<str>>,
        hook: Option<Hook<O>>,
        ends: Option<Ends>,
    ) -> Self {
        Core {
            hosts: rendezvous.hosts(),
            keeps: rendezvous.keeps(),
            ring: rendezvous.ring(),
            rendezvous: Lock::new(Locked(rendezvous)),
            changes: AtomicU64::new(0),
            id: ChannelId::next_shared(),
            made_at,
            name,
            hook,
            ends,
        }
    }

    /// Calls `f` under the lock, with all values in its hands, and then wakes the futures that it has served.
    pub(super) fn with<R>(&self, f: impl FnOnce(&Rendezvous<I, O>) -> R) -> R {
        self.with_waiters(|rendezvous| {
            if self.ring.as_deref().is_some_and(Ring::seize) {
                rendezvous.look_again();
            }
            f(rendezvous)
        })
    }

    /// As [`with`](Core::with), for what has to do with those who wait and with the end, but not with a ring: as long as that is
    /// not seized, others put to it and take from it meanwhile.
    pub(super) fn with_waiters<R>(&self, f: impl FnOnce(&Rendezvous<I, O>) -> R) -> R {
        // Declared first: these end last, when the lock is free.
        let _wake = WakeCalled;
        let _busy = self.hosts.then(Busy::enter);
        let _inside = self.hosts.then(|| inside::enter("a channel between threads"));
        // What panics under the lock leaves the state as it is after a panic in a local channel: consistent.
        let locked = self.rendezvous.lock();
        let _release = self.ring.as_deref().map(|ring| Release(ring, &locked.0));
        f(&locked.0)
    }

    /// Something becomes possible: called under the lock.
    pub(super) fn change(&self) {
        self.changes.store(self.changes.load(Ordering::Relaxed).wrapping_add(1), Ordering::Release);
    }

    /// How often something has become possible. Whoever sees an effect of that sees it counted.
    pub(super) fn changes(&self) -> u64 {
        let moves = self.ring.as_deref().map_or(0, Ring::moves);
        self.changes.load(Ordering::Acquire).wrapping_add(moves as u64)
    }

    /// What `attempt` gives. Where a buffer makes it likely that another thread goes on meanwhile, and nobody else could run here,
    /// it is attempted a few times: to leave a waiter, and to be served by way of it, takes both sides longer.
    #[inline(always)]
    pub(super) fn patiently<R>(&self, mut attempt: impl FnMut() -> Option<R>) -> Option<R> {
        // Changes are not asked for yet: most attempts succeed, and they are counted where others write.
        attempt().or_else(|| self.attempt_again(attempt))
    }

    #[cold]
    #[inline(never)]
    fn attempt_again<R>(&self, mut attempt: impl FnMut() -> Option<R>) -> Option<R> {
        for _ in 0..ATTEMPTS {
            if !self.keeps || !context::has_time() {
                return None;
            }
            let seen = self.changes();
            let result = attempt();
            if result.is_some() || !threads::look(|| self.changes() != seen || !context::has_time()) {
                return result;
            }
        }
        None
    }

    /// Takes if that can be done at once.
    #[inline(always)]
    pub(super) fn try_take(&self) -> Result<O, PollError> {
        self.take_from_ring().unwrap_or_else(|| self.take_locked())
    }

    /// `None` if there is no ring, or it is seized.
    #[inline(always)]
    fn take_from_ring(&self) -> Option<Result<O, PollError>> {
        match self.ring.as_deref()?.take() {
            Ok(value) => Some(Ok(value)),
            Err(Refused::NotNow) => Some(Err(PollError::Empty)),
            Err(Refused::Seized) => None,
        }
    }

    fn take_locked(&self) -> Result<O, PollError> {
        let taken = self.with_waiters(|rendezvous| {
            // It may have been seized in passing; to seize it again would send the others here, too.
            if let Some(taken) = self.take_from_ring() {
                return Ok(taken);
            }
            let quickly = match rendezvous.is_free() {
                true => Some(rendezvous.take_over().ok_or(PollError::Empty)),
                false => rendezvous.take_stored().map(Ok),
            };
            let taken = quickly.ok_or_else(|| (rendezvous.take(), rendezvous.aftermath()));
            if !matches!(taken, Ok(Err(_)) | Err((Take::Closed | Take::Wait, _))) {
                self.change();
            }
            taken
        });
        match taken {
            Ok(taken) => taken,
            Err((taken, aftermath)) => self.finish_take(taken, aftermath),
        }
    }

    fn finish_take(&self, taken: Take<O>, aftermath: Option<Box<Aftermath<I, O>>>) -> Result<O, PollError> {
        let (value, displaced) = match taken {
            Take::Value(value) => (Ok(value), Vec::new()),
            Take::Displacing(value, displaced) => (Ok(value), displaced),
            Take::Closed => (Err(PollError::Closed), Vec::new()),
            Take::Wait => return Err(PollError::Empty),
        };
        if displaced.is_empty() && aftermath.is_none() {
            return value;
        }
        let mut kept = Kept { value: value.ok(), core: self };
        self.let_go(displaced);
        self.settle(aftermath);
        kept.value.take().ok_or(PollError::Closed)
    }

    /// Puts if that can be done at once.
    #[inline(always)]
    pub(super) fn try_put(&self, value: I) -> Result<(), OfferError<I>> {
        self.put_into_ring(value).unwrap_or_else(|value| self.put_locked(value))
    }

    /// The value comes back if there is no ring, or it is seized.
    #[inline(always)]
    fn put_into_ring(&self, value: I) -> Result<Result<(), OfferError<I>>, I> {
        let Some(ring) = self.ring.as_deref() else { return Err(value) };
        match ring.put(through(value)) {
            Ok(()) => Ok(Ok(())),
            Err((Refused::NotNow, value)) => Ok(Err(OfferError::Full(through(value)))),
            Err((Refused::Seized, value)) => Err(through(value)),
        }
    }

    fn put_locked(&self, value: I) -> Result<(), OfferError<I>> {
        let put = self.with_waiters(|rendezvous| {
            // As for a take.
            let value = match self.put_into_ring(value) {
                Ok(put) => return Ok(put),
                Err(value) => value,
            };
            let quickly = match rendezvous.is_free() {
                true => Ok(rendezvous.hand_over(value).map_err(OfferError::Full)),
                false => rendezvous.store(value).map(Ok),
            };
            let put = quickly.map_err(|value| (rendezvous.put(value), rendezvous.aftermath()));
            if !matches!(put, Ok(Err(_)) | Err((Put::Closed(_) | Put::Wait(_), _))) {
                self.change();
            }
            put
        });
        let (put, aftermath) = match put {
            Ok(put) => return put,
            Err(otherwise) => otherwise,
        };
        match put {
            Put::Accepted(displaced) => {
                self.let_go(displaced);
                self.settle(aftermath);
                Ok(())
            }
            Put::Closed(value) => Err(OfferError::Closed(value)),
            Put::Wait(value) => Err(OfferError::Full(value)),
        }
    }

    pub(super) fn close(&self) {
        self.end(Rendezvous::close);
    }

    pub(super) fn drain(&self) {
        self.end(Rendezvous::drain);
    }

    fn end(&self, end: impl FnOnce(&Rendezvous<I, O>)) {
        let (was_open, aftermath) = self.with(|rendezvous| {
            let was_open = !rendezvous.is_shut();
            end(rendezvous);
            self.change();
            (was_open, rendezvous.aftermath())
        });
        if was_open {
            context::count_close();
        }
        self.settle(aftermath);
    }

    /// The last receiver has gone.
    fn desert(&self) {
        self.close();
        self.let_go(self.with(Rendezvous::empty));
    }

    pub(super) fn is_closed(&self) -> bool {
        // One that is closed is seized for ever.
        self.ring.as_deref().is_none_or(Ring::is_seized) && self.with_waiters(Rendezvous::is_shut)
    }

    /// Takes back a value that was handed out and could not be used: it is the next one to be taken.
    pub(super) fn put_back(&self, value: O) {
        self.with(|rendezvous| {
            rendezvous.put_back(value);
            self.change();
        });
    }

    /// Hands the values that nobody will take to the drop hook, or drops them.
    fn let_go(&self, values: impl IntoIterator<Item = O>) {
        for value in values {
            match &self.hook {
                Some(hook) => hook(value),
                None => drop(value),
            }
        }
    }

    /// Does what a transducer has left to do.
    fn settle(&self, aftermath: Option<Box<Aftermath<I, O>>>) {
        if let Some(aftermath) = aftermath {
            settle(*aftermath, || self.title(), self.made_at, |values| self.let_go(values));
        }
    }

    /// What to call it in a report.
    pub(super) fn label(&self) -> String {
        format!("{}, made at {}", self.title(), self.made_at)
    }

    pub(super) fn title(&self) -> String {
        match &self.name {
            Some(name) => format!("channel `{name}` between threads"),
            None => format!("channel {} between threads", self.id),
        }
    }

    pub(super) fn drop_sender(self: &Arc<Self>) {
        if self.ends.as_ref().is_some_and(|ends| ends.senders.fetch_sub(1, Ordering::AcqRel) == 1) {
            when_free(self, Core::drain);
        }
    }

    pub(super) fn drop_receiver(self: &Arc<Self>) {
        if self.ends.as_ref().is_some_and(|ends| ends.receivers.fetch_sub(1, Ordering::AcqRel) == 1) {
            when_free(self, Core::desert);
        }
    }
}

/// A handle goes. The last one ends what a transducer has begun; without one there is nothing to be done.
pub(super) fn drop_handle<I: 'static, O: 'static>(core: &Arc<Core<I, O>>) {
    if core.hosts {
        when_free(core, |_| {});
    }
}

impl<I: 'static, O: 'static> Drop for Core<I, O> {
    fn drop(&mut self) {
        // Whoever waits holds a handle, so nobody does. A transducer may have something to do in the end.
        if self.with(Rendezvous::has_transducer) {
            self.close();
        }
    }
}

/// A value that was taken and must not be lost to a panic.
struct Kept<'a, I: 'static, O: 'static> {
    value: Option<O>,
    core: &'a Core<I, O>,
}

impl<I: 'static, O: 'static> Drop for Kept<'_, I, O> {
    fn drop(&mut self) {
        if let Some(value) = self.value.take() {
            self.core.put_back(value);
        }
    }
}
