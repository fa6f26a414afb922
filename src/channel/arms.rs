//! A take and a put that may have to wait: alone, or as branches of a choice.

use std::pin::{Pin, pin};

use super::Core;
use crate::context;
use crate::error::{Closed, OfferError, PollError};
use crate::operation::{Arm, Instruction, Operation, Parking, Readiness};
use crate::place::Place;
use crate::port::Source;
use crate::report::Want;
use crate::room::Room;
use crate::wait::{Claim, Waiter};

/// Parks the process in an operation that could not complete at once.
#[cfg_attr(not(debug_assertions), inline(always))]
pub(crate) fn wait<A: Arm>(make: impl FnOnce() -> A, kind: fn(Parking) -> Instruction, place: Place) -> A::Answer {
    if !Room::fits::<A>() {
        return answer(pin!(make()).as_ref(), kind, place);
    }
    // SAFETY: it is used in this frame, which the process outlives.
    let Some(room) = (unsafe { context::room() }) else { return wait_without_room(make(), kind, place) };
    match room.lodge(make) {
        Ok(arm) => answer(arm.pinned(), kind, place),
        Err(make) => wait_without_room(make(), kind, place),
    }
}

/// Where there is no process that could wait, or its room is taken by an operation that runs code of the user's, which waits.
#[cold]
#[inline(never)]
fn wait_without_room<A: Arm>(arm: A, kind: fn(Parking) -> Instruction, place: Place) -> A::Answer {
    answer(pin!(arm).as_ref(), kind, place)
}

#[cfg_attr(not(debug_assertions), inline(always))]
fn answer<A: Arm>(arm: Pin<&A>, kind: fn(Parking) -> Instruction, place: Place) -> A::Answer {
    context::wait(arm, kind, place);
    arm.answer()
}

/// A take. Its answer is in the waiter's slot: empty says closed.
pub struct Taking<'a, I: 'static, O: 'static> {
    core: &'a Core<I, O>,
    waiter: Waiter<O>,
}

impl<'a, I: 'static, O: 'static> Taking<'a, I, O> {
    #[inline(always)]
    pub(super) fn new(core: &'a Core<I, O>) -> Self {
        Taking { core, waiter: Waiter::new(None) }
    }

    fn pinned(self: Pin<&Self>) -> Pin<&Waiter<O>> {
        // SAFETY: the waiter is a field that nothing moves out of a `Taking`, pinned with it.
        unsafe { self.map_unchecked(|taking| &taking.waiter) }
    }
}

impl<I: 'static, O: 'static> Operation for Taking<'_, I, O> {
    #[inline(always)]
    fn attempt(&self) -> bool {
        match self.core.try_take() {
            Ok(value) => self.waiter.slot().set(Some(value)),
            Err(PollError::Closed) => {}
            Err(PollError::Empty) => return false,
        }
        true
    }

    #[inline(always)]
    fn readiness(&self, me: *const Claim) -> Readiness {
        self.core.rendezvous.check_entry();
        Readiness::known(self.core.rendezvous.could_take(me))
    }

    #[inline(always)]
    unsafe fn enlist(self: Pin<&Self>, claim: &Claim, branch: u32) -> bool {
        // SAFETY: the channel outlives this borrow of it, the caller vouches for the claim; the waiter is
        // pinned, and unlinks itself when it is dropped.
        unsafe { self.core.rendezvous.enlist_take(self.pinned(), claim, branch) };
        true
    }

    #[inline(always)]
    fn withdraw(&self) {
        self.waiter.unlink();
    }

    #[inline(always)]
    fn settle(&self) -> bool {
        self.waiter.is_answered()
    }

    fn give_back(&self) {
        if let Some(value) = self.waiter.slot().take() {
            self.core.rendezvous.put_back(value);
        }
    }

    fn refuse(&self) {}

    fn describe(&self, tell: &mut dyn FnMut(Want)) {
        tell(Want { verb: "take", object: self.core.label() });
    }
}

impl<I: 'static, O: 'static> Arm for Taking<'_, I, O> {
    type Answer = Option<O>;

    #[inline(always)]
    fn answer(&self) -> Option<O> {
        let value = self.waiter.slot().take();
        if value.is_some() {
            context::count_message();
        }
        value
    }
}

/// A put. The value is in the waiter's slot until it is accepted; an empty slot says that it was.
///
/// A value that was not put, and that nobody was given, goes back where it came from: so that nothing is lost when the
/// branch loses, or the process is thrown out of the wait.
pub struct Putting<'a, I: 'static, O: 'static, S: Source<I>> {
    core: &'a Core<I, O>,
    waiter: Waiter<I>,
    source: S,
}

impl<'a, I: 'static, O: 'static, S: Source<I>> Putting<'a, I, O, S> {
    #[inline(always)]
    pub(super) fn new(core: &'a Core<I, O>, value: I, source: S) -> Self {
        Putting { core, waiter: Waiter::new(Some(value)), source }
    }

    fn pinned(self: Pin<&Self>) -> Pin<&Waiter<I>> {
        // SAFETY: the waiter is a field that nothing moves out of a `Putting`, pinned with it.
        unsafe { self.map_unchecked(|putting| &putting.waiter) }
    }
}

impl<I: 'static, O: 'static, S: Source<I>> Operation for Putting<'_, I, O, S> {
    #[inline(always)]
    fn attempt(&self) -> bool {
        let Some(value) = self.waiter.slot().take() else { return false };
        let (decided, left) = match self.core.try_put(value) {
            Ok(()) => (true, None),
            Err(OfferError::Closed(value)) => (true, Some(value)),
            Err(OfferError::Full(value)) => (false, Some(value)),
        };
        self.waiter.slot().set(left);
        decided
    }

    #[inline(always)]
    fn readiness(&self, me: *const Claim) -> Readiness {
        self.core.rendezvous.check_entry();
        Readiness::known(self.core.rendezvous.could_put(me))
    }

    #[inline(always)]
    unsafe fn enlist(self: Pin<&Self>, claim: &Claim, branch: u32) -> bool {
        // SAFETY: the channel outlives this borrow of it, the caller vouches for the claim; the waiter is
        // pinned, and unlinks itself when it is dropped.
        unsafe { self.core.rendezvous.enlist_put(self.pinned(), claim, branch) };
        true
    }

    #[inline(always)]
    fn withdraw(&self) {
        self.waiter.unlink();
    }

    #[inline(always)]
    fn settle(&self) -> bool {
        self.waiter.is_answered()
    }

    fn refuse(&self) {}

    fn describe(&self, tell: &mut dyn FnMut(Want)) {
        tell(Want { verb: "put", object: self.core.label() });
    }
}

impl<I: 'static, O: 'static, S: Source<I>> Arm for Putting<'_, I, O, S> {
    type Answer = Result<(), Closed<I>>;

    #[inline(always)]
    fn answer(&self) -> Result<(), Closed<I>> {
        match self.waiter.slot().take() {
            None => Ok(()),
            Some(value) => Err(Closed(value)),
        }
    }
}

impl<I: 'static, O: 'static, S: Source<I>> Drop for Putting<'_, I, O, S> {
    #[inline(always)]
    fn drop(&mut self) {
        self.waiter.unlink();
        if let Some(value) = self.waiter.slot().take() {
            self.source.restore(value);
        }
    }
}

/// A wait for the end: until puts fail.
pub struct Closing<'a, I: 'static, O: 'static> {
    core: &'a Core<I, O>,
    waiter: Waiter<()>,
}

impl<'a, I: 'static, O: 'static> Closing<'a, I, O> {
    pub(super) fn new(core: &'a Core<I, O>) -> Self {
        Closing { core, waiter: Waiter::new(None) }
    }
}

impl<I: 'static, O: 'static> Operation for Closing<'_, I, O> {
    fn attempt(&self) -> bool {
        self.core.rendezvous.is_shut()
    }

    fn readiness(&self, _: *const Claim) -> Readiness {
        Readiness::known(self.core.rendezvous.is_shut())
    }

    unsafe fn enlist(self: Pin<&Self>, claim: &Claim, branch: u32) -> bool {
        // SAFETY: the waiter is a field that nothing moves out of a `Closing`, pinned with it.
        let waiter = unsafe { self.map_unchecked(|closing| &closing.waiter) };
        // SAFETY: the channel outlives this borrow of it, the caller vouches for the claim; the waiter is
        // pinned, and unlinks itself when it is dropped.
        unsafe { self.core.rendezvous.enlist_close(waiter, claim, branch) };
        true
    }

    fn withdraw(&self) {
        self.waiter.unlink();
    }

    fn settle(&self) -> bool {
        self.waiter.is_answered()
    }

    fn refuse(&self) {}

    fn describe(&self, tell: &mut dyn FnMut(Want)) {
        tell(Want { verb: "closed", object: self.core.label() });
    }
}

impl<I: 'static, O: 'static> Arm for Closing<'_, I, O> {
    type Answer = ();

    fn answer(&self) {}
}
