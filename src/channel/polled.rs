//! An operation that is waited for by polling: what all futures of channels are made of.
//!
//! A future is one more party that waits, with a claim like any other. There are two kinds. One of the scheduler's thread is
//! a [`Task`], which wakes its waker when its turn comes: so nobody's waker runs inside of an operation. One that any
//! thread may poll has a [`Seat`] for its waker, where whoever serves it finds that when the lock is free.

use std::cell::Cell;
use std::marker::PhantomPinned;
use std::pin::Pin;
use std::rc::{Rc, Weak};
use std::sync::Arc;
use std::task::{Poll, Waker, ready};

use super::callback;
use crate::context::{self, Context, Task};
use crate::operation::{Arm, Operation};
use crate::place::Place;
use crate::ready::Kind;
use crate::wait::{Claim, Home, Seat};

/// An operation, and the party that waits in it.
///
/// Invariant: the operation is withdrawn, or dropped, before the party goes.
pub(crate) struct Polled<A: Operation, P: Party> {
    pub(crate) operation: Pin<Box<A>>,
    party: P,
}

/// What a look at a party has found.
pub enum Look {
    /// It does not wait.
    Idle,
    /// It waits, and its waker will be woken.
    Waits,
    /// It was claimed.
    Called,
}

/// Who waits, for a future.
///
/// # Safety
/// The claim stays at its address, also when the party is moved, until the next [`open`](Party::open), or until it is
/// dropped.
pub unsafe trait Party {
    /// One that does not wait yet; `verb` is what its user has called, and where.
    fn new(verb: &'static str, place: Place) -> Self;

    /// Leaves the waker where it will be found, and says what has happened. Code of the user's runs.
    fn look(&mut self, waker: &Waker) -> Look;

    /// Begins a wait, with the waker that was left last: no code of the user's runs. False if nothing could wake it.
    fn open(&mut self) -> bool;

    /// That of the last wait.
    fn claim(&self) -> &Claim;

    /// Ends a wait: true if it was claimed before.
    fn leave(&mut self) -> bool;

    /// The waker, which is not to be woken any more.
    fn take_waker(&mut self) -> Option<Waker>;
}

impl<A: Operation, P: Party> Polled<A, P> {
    pub(crate) fn new(operation: A, verb: &'static str, place: Place) -> Self {
        Polled { operation: Box::pin(operation), party: P::new(verb, place) }
    }

    /// Whether the operation has its answer now. Else the waker is woken when it may have.
    pub(crate) fn poll(&mut self, waker: &Waker) -> Poll<()> {
        match self.party.look(waker) {
            Look::Waits => return Poll::Pending,
            Look::Called if self.operation.settle() => return Poll::Ready(()),
            Look::Called => {}
            Look::Idle => self.operation.withdraw(),
        }
        while !self.operation.attempt() {
            if !self.party.open() {
                return Poll::Pending;
            }
            // SAFETY: the claim stays where it is, and the operation goes first, or is withdrawn (invariant).
            if unsafe { self.operation.as_ref().enlist(self.party.claim(), 0) } {
                return Poll::Pending;
            }
            self.party.leave();
            self.operation.withdraw();
        }
        Poll::Ready(())
    }

    /// Ends the wait. What the operation was given, and nobody will fetch, goes back.
    pub(crate) fn cancel(&mut self) {
        if self.party.leave() && self.operation.settle() {
            self.operation.give_back();
        }
        self.operation.withdraw();
    }
}

impl<A: Arm, P: Party> Polled<A, P> {
    /// What the operation comes to that waits in `place`. If none does yet, `begin` tries it, and gives the answer, or what is to
    /// wait; `verb` is what its user has called, and where.
    pub(crate) fn poll_in(
        place: &mut Option<Self>,
        waker: &Waker,
        (verb, called_at): (&'static str, Place),
        begin: impl FnOnce() -> Result<A::Answer, A>,
    ) -> Poll<A::Answer> {
        let waiting = match place {
            Some(waiting) => waiting,
            None => match begin() {
                Ok(answer) => return Poll::Ready(answer),
                Err(operation) => place.insert(Polled::new(operation, verb, called_at)),
            },
        };
        ready!(waiting.poll(waker));
        let answer = waiting.operation.answer();
        *place = None;
        Poll::Ready(answer)
    }
}

impl<A: Operation, P: Party> Drop for Polled<A, P> {
    fn drop(&mut self) {
        self.cancel();
        // Last: it is the user's, and may panic.
        drop(self.party.take_waker());
    }
}

/// A party of the scheduler's thread.
pub struct Local {
    /// What is asked for, as its user calls it.
    verb: &'static str,
    place: Place,
    waker: Option<Waker>,
    waiting: Option<Rc<Waiting>>,
}

/// It while it waits: a task of the scheduler, which wakes its waker.
///
/// Invariant: while the claim is open or its node queued, this is in the table of tasks of `context`, which
/// keeps it at its address; before a scheduler lets go of its tasks, it withdraws them and empties its queue.
struct Waiting {
    claim: Claim,
    waker: Cell<Option<Waker>>,
    context: Weak<Context>,
    /// Its scheduler has ended.
    over: Cell<bool>,
    place: Place,
}

impl Task for Waiting {
    fn run(self: Rc<Self>) {
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }

    fn withdraw(&self) {
        // Polled again under another scheduler, it waits there.
        self.over.set(self.claim.shut());
    }

    fn place(&self) -> Place {
        self.place
    }
}

// SAFETY: the claim is in an `Rc`, which does not move what it holds.
unsafe impl Party for Local {
    fn new(verb: &'static str, place: Place) -> Local {
        Local { verb, place, waker: None, waiting: None }
    }

    fn look(&mut self, waker: &Waker) -> Look {
        let waker = waker.clone();
        let Some(waiting) = &self.waiting else {
            self.waker = Some(waker);
            return Look::Idle;
        };
        if waiting.claim.is_open() {
            waiting.waker.set(Some(waker));
            return Look::Waits;
        }
        // What is left of the last wait is dropped here, and not when the next begins.
        drop(waiting.waker.take());
        self.waker = Some(waker);
        if waiting.over.get() { Look::Idle } else { Look::Called }
    }

    fn open(&mut self) -> bool {
        context::expect(self.verb, |context| {
            if context.ending.get() {
                // Nothing will wake it here any more.
                return false;
            }
            let waiting = Rc::new(Waiting {
                claim: Claim::new(Kind::Task(0)),
                waker: Cell::new(self.waker.take()),
                context: context.me.clone(),
                over: Cell::new(false),
                place: self.place,
            });
            callback::register(context, &waiting.claim, waiting.clone());
            // SAFETY: it is in the table now (invariant of `Waiting`).
            unsafe {
                waiting.claim.belong(&context.home);
                waiting.claim.open();
            }
            self.waiting = Some(waiting);
            true
        })
    }

    fn claim(&self) -> &Claim {
        &self.waiting.as_ref().expect("it was opened").claim
    }

    fn leave(&mut self) -> bool {
        let Some(waiting) = &self.waiting else { return false };
        if !waiting.claim.shut() {
            return !waiting.over.get();
        }
        if let (Some(context), Kind::Task(key)) = (waiting.context.upgrade(), waiting.claim.node().kind()) {
            // Still open, so it has not run, and the place in the table is its own.
            let _task = context.tasks.borrow_mut().try_remove(key as usize);
        }
        waiting.over.set(true);
        false
    }

    fn take_waker(&mut self) -> Option<Waker> {
        self.waiting.as_ref()?.waker.take()
    }
}

/// A party that any thread may poll, in channels between threads.
pub struct Shared(Pin<Box<Seated>>);

/// It is used through shared references alone: while it waits, other threads may use its claim.
struct Seated {
    claim: Claim,
    home: Home,
    seat: Arc<Seat>,
    waits: Cell<bool>,
    _pinned: PhantomPinned,
}

// SAFETY: the claim is in a pinned `Box`.
unsafe impl Party for Shared {
    fn new(_: &'static str, _: Place) -> Shared {
        let (seat, waits) = (Seat::new(), Cell::new(false));
        let home = Home::of_future(seat.clone());
        Shared(Box::pin(Seated { claim: Claim::new(Kind::Task(0)), home, seat, waits, _pinned: PhantomPinned }))
    }

    fn look(&mut self, waker: &Waker) -> Look {
        // First, so that whoever claims it after the look finds this one.
        self.0.seat.leave(waker);
        match self.0.claim.is_open() {
            true => Look::Waits,
            false if self.0.waits.take() => Look::Called,
            false => Look::Idle,
        }
    }

    fn open(&mut self) -> bool {
        self.0.waits.set(true);
        // SAFETY: the home is beside the claim, in the box, and a future has no queue there. Whoever claims it has done with
        // both before the lock under which that happens is free, which the operation takes when it is withdrawn.
        unsafe {
            self.0.claim.belong(&self.0.home);
            self.0.claim.open();
        }
        true
    }

    fn claim(&self) -> &Claim {
        &self.0.claim
    }

    fn leave(&mut self) -> bool {
        self.0.waits.take() && !self.0.claim.shut()
    }

    fn take_waker(&mut self) -> Option<Waker> {
        self.0.seat.take()
    }
}
