//! Callbacks: takes and puts for code that is not in a process.
//!
//! A callback that waits is a task in the scheduler's table, with the waiter inside; the channel knows only the
//! waiter, and holds nobody alive.

use std::cell::Cell;
use std::pin::Pin;
use std::rc::{Rc, Weak};

use super::Core;
use crate::buffer::Promised;
use crate::context::{self, Context, Task};
use crate::error::{Closed, OfferError, PollError, TooManyCallbacks};
use crate::place::Place;
use crate::ready::Kind;
use crate::wait::{Claim, Waiter};

/// What a take and a put have in common: a party that waits with one waiter.
///
/// Invariant: while the claim is open or its node queued, this is in the table of tasks, which keeps it at its
/// address until it has run; before a scheduler lets go of its tasks, it withdraws them and empties its queue.
struct Party<V> {
    claim: Claim,
    waiter: Waiter<V>,
}

impl<V> Party<V> {
    fn new(value: Option<V>) -> Party<V> {
        Party { claim: Claim::new(Kind::Task(0)), waiter: Waiter::of_callback(value) }
    }

    fn withdraw(&self) {
        self.claim.shut();
        self.waiter.unlink();
    }
}

/// Puts a task into the table, where its node will find it.
pub(super) fn register(context: &Context, claim: &Claim, task: Rc<dyn Task>) {
    let key = context.tasks.borrow_mut().insert(task);
    claim.node().set_kind(Kind::Task(key as u32));
}

/// Makes a task that has its answer run when its turn comes.
fn complete(context: &Context, claim: &Claim, task: Rc<dyn Task>) {
    register(context, claim, task);
    // SAFETY: it is in the table now (invariant of `Party`).
    unsafe { context.home.ready.push(claim.node()) };
}

impl<I: 'static, O: 'static> Core<I, O> {
    /// Leaves a taker that is a task of the scheduler, not a process. If it could go on at once, it is told to look.
    ///
    /// # Safety
    /// `claim` is that of a task in the scheduler's table, which keeps it at its address until it has run; before the
    /// scheduler lets go of its tasks, it withdraws them and empties its queue.
    pub(super) unsafe fn leave_taker(&self, context: &Context, waiter: Pin<&Waiter<O>>, claim: &Claim) {
        // SAFETY: the caller vouches for the claim. The waiter is pinned and unlinks itself when it is dropped, as the
        // channel's queue unlinks its waiters when it goes.
        unsafe {
            claim.belong(&context.home);
            claim.open();
            if !self.rendezvous.could_take(claim) {
                return self.rendezvous.enlist_take(waiter, claim, 0);
            }
        }
        waiter.call_back();
        claim.claim(0);
    }
}

struct Taking<I: 'static, O: 'static, F> {
    party: Party<O>,
    core: Weak<Core<I, O>>,
    /// Where a promised value will be, also when the channel has gone.
    promised: Option<Rc<Promised<O>>>,
    callback: Cell<Option<F>>,
    place: Place,
}

pub(super) fn take<I: 'static, O: 'static, F>(
    core: &Rc<Core<I, O>>,
    callback: F,
    place: Place,
) -> Result<(), TooManyCallbacks<(), F>>
where
    F: FnOnce(Option<O>) + 'static,
{
    let registered = context::expect("take_then_callback", |context| {
        if context.ending.get() {
            return Ok(());
        }
        let answer = core.try_take();
        let limit = core.callback_limit();
        if matches!(answer, Err(PollError::Empty)) && core.rendezvous.callbacks().0 >= limit {
            return Err(TooManyCallbacks { value: (), callback, limit, channel: core.label() });
        }
        let task = Rc::new(Taking {
            party: Party::new(None),
            core: Rc::downgrade(core),
            promised: core.rendezvous.promised(),
            callback: Cell::new(Some(callback)),
            place,
        });
        task.answer(context, core, answer);
        Ok(())
    });
    // Counted last: a process that is ended while it gives way has left its callback all the same.
    context::tick();
    registered
}

impl<I: 'static, O: 'static, F: FnOnce(Option<O>) + 'static> Taking<I, O, F> {
    /// Completes with an answer, or waits for one.
    fn answer(self: Rc<Self>, context: &Context, core: &Core<I, O>, answer: Result<O, PollError>) {
        let waiting = matches!(answer, Err(PollError::Empty));
        self.party.waiter.slot().set(answer.ok());
        if !waiting {
            return complete(context, &self.clone().party.claim, self);
        }
        register(context, &self.party.claim, self.clone());
        // SAFETY: an `Rc` does not move what it holds. The task is in the table (invariant of `Party`).
        unsafe { core.leave_taker(context, Pin::new_unchecked(&self.party.waiter), &self.party.claim) };
    }
}

impl<I: 'static, O: 'static, F: FnOnce(Option<O>) + 'static> Task for Taking<I, O, F> {
    fn run(self: Rc<Self>) {
        let core = self.core.upgrade();
        let value = match (self.party.waiter.is_answered(), &core) {
            (true, _) => self.party.waiter.slot().take(),
            (false, Some(core)) => match core.try_take() {
                Ok(value) => Some(value),
                Err(PollError::Closed) => None,
                empty @ Err(PollError::Empty) => {
                    return context::expect("callback", |context| self.answer(context, core, empty));
                }
            },
            (false, None) => self.promised.as_ref().and_then(|promised| promised.copy()),
        };
        if let Some(core) = core {
            core.check_ends();
        }
        if value.is_some() {
            context::count_message();
        }
        if let Some(callback) = self.callback.take() {
            callback(value);
        }
    }

    fn withdraw(&self) {
        self.party.withdraw();
    }

    fn place(&self) -> Place {
        self.place
    }
}

impl<I: 'static, O: 'static, F> Drop for Taking<I, O, F> {
    /// One that goes uncalled may have been the last of its side.
    fn drop(&mut self) {
        self.party.withdraw();
        if let Some(core) = self.core.upgrade() {
            core.check_ends();
        }
    }
}

struct Putting<I: 'static, O: 'static, F> {
    party: Party<I>,
    core: Weak<Core<I, O>>,
    callback: Cell<Option<F>>,
    place: Place,
}

pub(super) fn put<I: 'static, O: 'static, F>(
    core: &Rc<Core<I, O>>,
    value: I,
    callback: F,
    place: Place,
) -> Result<(), TooManyCallbacks<I, F>>
where
    F: FnOnce(Result<(), Closed<I>>) + 'static,
{
    let registered = context::expect("put_then_callback", |context| {
        if context.ending.get() {
            // No callback is called any more, but somebody may still take the value.
            drop(core.try_put(value));
            return Ok(());
        }
        let limit = core.callback_limit();
        let (left, waiting) = match core.try_put(value) {
            Ok(()) => (None, false),
            Err(OfferError::Closed(value)) => (Some(value), false),
            Err(OfferError::Full(value)) if core.rendezvous.callbacks().1 >= limit => {
                return Err(TooManyCallbacks { value, callback, limit, channel: core.label() });
            }
            Err(OfferError::Full(value)) => (Some(value), true),
        };
        let task = Rc::new(Putting {
            party: Party::new(left),
            core: Rc::downgrade(core),
            callback: Cell::new(Some(callback)),
            place,
        });
        if !waiting {
            complete(context, &task.clone().party.claim, task);
            return Ok(());
        }
        register(context, &task.party.claim, task.clone());
        // SAFETY: an `Rc` does not move what it holds, and the waiter unlinks itself when it is dropped. The channel's
        // queue unlinks its waiters when it goes. The task is in the table (invariant of `Party`).
        unsafe {
            task.party.claim.belong(&context.home);
            task.party.claim.open();
            core.rendezvous.enlist_put(Pin::new_unchecked(&task.party.waiter), &task.party.claim, 0);
        }
        Ok(())
    });
    context::tick();
    registered
}

impl<I: 'static, O: 'static, F: FnOnce(Result<(), Closed<I>>) + 'static> Task for Putting<I, O, F> {
    fn run(self: Rc<Self>) {
        let left = self.party.waiter.slot().take();
        if let Some(core) = self.core.upgrade() {
            core.check_ends();
        }
        if let Some(callback) = self.callback.take() {
            callback(left.map_or(Ok(()), |value| Err(Closed(value))));
        }
    }

    fn withdraw(&self) {
        self.party.withdraw();
    }

    fn place(&self) -> Place {
        self.place
    }
}

impl<I: 'static, O: 'static, F> Drop for Putting<I, O, F> {
    /// One that goes uncalled may have been the last of its side.
    fn drop(&mut self) {
        self.party.withdraw();
        if let Some(core) = self.core.upgrade() {
            core.check_ends();
        }
    }
}
