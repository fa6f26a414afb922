//! A take, a put and a wait for the end that may have to wait: alone, or as branches of a choice.
//!
//! As those of a local channel, but that whatever touches the waiter does so under the channel's lock.

use std::cell::Cell;
use std::pin::Pin;

use super::core::Core;
use crate::context;
use crate::error::{Closed, OfferError, PollError};
use crate::operation::{Abroad, Arm, Operation};
use crate::port::Source;
use crate::ready::Kind;
use crate::rendezvous::Rendezvous;
use crate::report::Want;
use crate::wait::{Claim, Waiter};

/// A waiter in a channel between threads.
///
/// Invariant: from when it is enlisted until it was withdrawn other threads may reach the waiter: it is touched under the
/// lock of the channel alone. At other times it is the owner's. Dropping withdraws.
struct Post<'a, I: 'static, O: 'static, V> {
    core: &'a Core<I, O>,
    waiter: Waiter<V>,
    enlisted: Cell<bool>,
    /// Whether it is a process of this thread's scheduler that waits. (A future is woken by whoever keeps its waker.)
    counted: Cell<bool>,
}

impl<'a, I: 'static, O: 'static, V> Post<'a, I, O, V> {
    fn new(core: &'a Core<I, O>, value: Option<V>) -> Self {
        Post { core, waiter: Waiter::new(value), enlisted: Cell::new(false), counted: Cell::new(false) }
    }

    /// Leaves the waiter by `link`, unless the operation `could` go on now.
    ///
    /// # Safety
    /// `claim` stays where it is until this was withdrawn. `link` links the waiter in a queue of the rendezvous it is given,
    /// or does not.
    unsafe fn enlist(
        self: Pin<&Self>,
        claim: &Claim,
        could: impl FnOnce(&Rendezvous<I, O>) -> bool,
        link: impl FnOnce(&Rendezvous<I, O>, Pin<&Waiter<V>>),
    ) -> bool {
        // SAFETY: the waiter is a field that nothing moves out of a `Post`, pinned with it.
        let waiter = unsafe { self.map_unchecked(|post| &post.waiter) };
        let enlisted = self.core.with(|rendezvous| {
            if could(rendezvous) {
                waiter.call_back();
                return false;
            }
            waiter.renew();
            claim.share();
            link(rendezvous, waiter);
            self.core.change();
            true
        });
        if enlisted && !self.enlisted.replace(true) && matches!(claim.node().kind(), Kind::Process) {
            self.counted.set(true);
            context::wait_abroad(true);
        }
        enlisted
    }

    /// From here on nobody else reaches the waiter.
    fn withdraw(&self) {
        if self.enlisted.replace(false) {
            self.core.with_waiters(|_| self.waiter.unlink());
            if self.counted.replace(false) {
                context::wait_abroad(false);
            }
        }
    }

    /// The wait is over and was decided here: whether it has its answer.
    fn settle(&self) -> bool {
        // Also for the lock: whoever has served it writes its answer and calls its scheduler under that.
        self.withdraw();
        self.waiter.is_answered()
    }
}

impl<I: 'static, O: 'static, V> Drop for Post<'_, I, O, V> {
    fn drop(&mut self) {
        self.withdraw();
    }
}

/// A take. Its answer is in the waiter's slot: empty says closed.
pub struct Taking<'a, I: 'static, O: 'static> {
    post: Post<'a, I, O, O>,
}

impl<'a, I: 'static, O: 'static> Taking<'a, I, O> {
    pub(super) fn new(core: &'a Core<I, O>) -> Self {
        Taking { post: Post::new(core, None) }
    }
}

impl<I: 'static, O: 'static> Operation for Taking<'_, I, O> {
    fn attempt(&self) -> bool {
        match self.post.core.try_take() {
            Ok(value) => self.post.waiter.slot().set(Some(value)),
            Err(PollError::Closed) => {}
            Err(PollError::Empty) => return false,
        }
        true
    }

    unsafe fn enlist(self: Pin<&Self>, claim: &Claim, branch: u32) -> bool {
        // SAFETY: a field that nothing moves out of this, pinned with it.
        let post = unsafe { self.map_unchecked(|taking| &taking.post) };
        // SAFETY: the caller vouches for the claim. The rendezvous outlives the borrow of its channel.
        unsafe { post.enlist(claim, |r| r.could_take(claim), |r, waiter| r.enlist_take(waiter, claim, branch)) }
    }

    fn withdraw(&self) {
        self.post.withdraw();
    }

    fn settle(&self) -> bool {
        self.post.settle()
    }

    fn refuse(&self) {}

    fn changes(&self) -> u64 {
        self.post.core.changes()
    }

    fn abroad(&self) -> Abroad {
        Abroad::Waits(None)
    }

    fn describe(&self, tell: &mut dyn FnMut(Want)) {
        tell(Want { verb: "take", object: self.post.core.label() });
    }
}

impl<I: 'static, O: 'static> Arm for Taking<'_, I, O> {
    type Answer = Option<O>;

    fn answer(&self) -> Option<O> {
        let value = self.post.waiter.slot().take();
        if value.is_some() {
            context::count_message();
        }
        value
    }
}

impl<I: 'static, O: 'static> Drop for Taking<'_, I, O> {
    /// A value that was handed over and is not wanted any more, for the wait was cut short, is not lost.
    fn drop(&mut self) {
        self.post.withdraw();
        if let Some(value) = self.post.waiter.slot().take() {
            self.post.core.put_back(value);
        }
    }
}

/// A put. The value is in the waiter's slot until it is accepted; an empty slot says that it was.
pub struct Putting<'a, I: 'static, O: 'static, S: Source<I>> {
    post: Post<'a, I, O, I>,
    source: S,
}

impl<'a, I: 'static, O: 'static, S: Source<I>> Putting<'a, I, O, S> {
    pub(super) fn new(core: &'a Core<I, O>, value: I, source: S) -> Self {
        Putting { post: Post::new(core, Some(value)), source }
    }
}

impl<I: 'static, O: 'static, S: Source<I>> Operation for Putting<'_, I, O, S> {
    fn attempt(&self) -> bool {
        let slot = self.post.waiter.slot();
        let Some(value) = slot.take() else { return false };
        let (decided, left) = match self.post.core.try_put(value) {
            Ok(()) => (true, None),
            Err(OfferError::Closed(value)) => (true, Some(value)),
            Err(OfferError::Full(value)) => (false, Some(value)),
        };
        slot.set(left);
        decided
    }

    unsafe fn enlist(self: Pin<&Self>, claim: &Claim, branch: u32) -> bool {
        // SAFETY: a field that nothing moves out of this, pinned with it.
        let post = unsafe { self.map_unchecked(|putting| &putting.post) };
        // SAFETY: the caller vouches for the claim. The rendezvous outlives the borrow of its channel.
        unsafe { post.enlist(claim, |r| r.could_put(claim), |r, waiter| r.enlist_put(waiter, claim, branch)) }
    }

    fn withdraw(&self) {
        self.post.withdraw();
    }

    fn settle(&self) -> bool {
        self.post.settle()
    }

    fn refuse(&self) {}

    fn changes(&self) -> u64 {
        self.post.core.changes()
    }

    fn abroad(&self) -> Abroad {
        Abroad::Waits(None)
    }

    fn describe(&self, tell: &mut dyn FnMut(Want)) {
        tell(Want { verb: "put", object: self.post.core.label() });
    }
}

impl<I: 'static, O: 'static, S: Source<I>> Arm for Putting<'_, I, O, S> {
    type Answer = Result<(), Closed<I>>;

    fn answer(&self) -> Result<(), Closed<I>> {
        match self.post.waiter.slot().take() {
            None => Ok(()),
            Some(value) => Err(Closed(value)),
        }
    }
}

impl<I: 'static, O: 'static, S: Source<I>> Drop for Putting<'_, I, O, S> {
    fn drop(&mut self) {
        self.post.withdraw();
        if let Some(value) = self.post.waiter.slot().take() {
            self.source.restore(value);
        }
    }
}

/// A wait for the end: until puts fail.
pub struct Closing<'a, I: 'static, O: 'static> {
    post: Post<'a, I, O, ()>,
}

impl<'a, I: 'static, O: 'static> Closing<'a, I, O> {
    pub(super) fn new(core: &'a Core<I, O>) -> Self {
        Closing { post: Post::new(core, None) }
    }
}

impl<I: 'static, O: 'static> Operation for Closing<'_, I, O> {
    fn attempt(&self) -> bool {
        self.post.core.is_closed()
    }

    unsafe fn enlist(self: Pin<&Self>, claim: &Claim, branch: u32) -> bool {
        // SAFETY: a field that nothing moves out of this, pinned with it.
        let post = unsafe { self.map_unchecked(|closing| &closing.post) };
        // SAFETY: the caller vouches for the claim. The rendezvous outlives the borrow of its channel.
        unsafe { post.enlist(claim, Rendezvous::is_shut, |r, waiter| r.enlist_close(waiter, claim, branch)) }
    }

    fn withdraw(&self) {
        self.post.withdraw();
    }

    fn settle(&self) -> bool {
        self.post.settle()
    }

    fn refuse(&self) {}

    fn changes(&self) -> u64 {
        self.post.core.changes()
    }

    fn abroad(&self) -> Abroad {
        Abroad::Waits(None)
    }

    fn describe(&self, tell: &mut dyn FnMut(Want)) {
        tell(Want { verb: "closed", object: self.post.core.label() });
    }
}

impl<I: 'static, O: 'static> Arm for Closing<'_, I, O> {
    type Answer = ();

    fn answer(&self) {}
}
