//! A take as a future.

use std::cell::Cell;
use std::future::Future;
use std::pin::Pin;
use std::rc::{Rc, Weak};
use std::task::{Poll, Waker};

use super::{Channel, callback};
use crate::context::{self, Context, Task};
use crate::error::PollError;
use crate::place::Place;
use crate::ready::Kind;
use crate::wait::{Claim, Waiter};

/// The next value of a channel; from [`Channel::take_async`].
///
/// ```
/// use csp::prelude::*;
/// use std::{future::Future, pin::pin, task};
///
/// csp::run(|| {
///     let c = Channel::buffered(1);
///     put(&c, 5).unwrap();
///     let mut cx = task::Context::from_waker(task::Waker::noop());
///     assert_eq!(pin!(c.take_async()).poll(&mut cx), task::Poll::Ready(Some(5)));
/// });
/// ```
#[must_use = "a future does nothing until it is polled"]
pub struct TakeFuture<I: 'static, O: 'static = I> {
    channel: Channel<I, O>,
    party: Option<Rc<Party<O>>>,
}

/// The future while it waits: a task of the scheduler, which wakes its waker.
///
/// Invariant: while the claim is open or its node queued, this is in the table of tasks of `context`, which
/// keeps it at its address; before a scheduler lets go of its tasks, it withdraws them and empties its queue.
struct Party<O> {
    claim: Claim,
    waiter: Waiter<O>,
    waker: Cell<Option<Waker>>,
    context: Weak<Context>,
    place: Place,
}

impl<O: 'static> Task for Party<O> {
    fn run(self: Rc<Self>) {
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }

    fn withdraw(&self) {
        if self.claim.shut() {
            // Polled again under another scheduler, it waits there.
            self.waiter.call_back();
        }
        self.waiter.unlink();
    }

    fn place(&self) -> Place {
        self.place
    }
}

impl<I: 'static, O: 'static> TakeFuture<I, O> {
    pub(super) fn new(channel: Channel<I, O>) -> Self {
        TakeFuture { channel, party: None }
    }

    fn wait(&mut self, waker: Waker) {
        context::expect("take_async", |context| {
            if context.ending.get() {
                // Nothing will wake it here any more.
                return;
            }
            let party = Rc::new(Party {
                claim: Claim::new(Kind::Task(0)),
                waiter: Waiter::new(None),
                waker: Cell::new(Some(waker)),
                context: context.me.clone(),
                place: self.channel.core.made_at,
            });
            callback::register(context, &party.claim, party.clone());
            // SAFETY: an `Rc` does not move what it holds. The task is in the table (invariant of `Party`).
            unsafe { self.channel.core.leave_taker(context, Pin::new_unchecked(&party.waiter), &party.claim) };
            self.party = Some(party);
        });
    }
}

impl<I: 'static, O: 'static> Future for TakeFuture<I, O> {
    type Output = Option<O>;

    fn poll(self: Pin<&mut Self>, cx: &mut std::task::Context<'_>) -> Poll<Option<O>> {
        context::tick();
        let this = self.get_mut();
        let waker = cx.waker().clone();
        if let Some(party) = &this.party {
            if party.claim.is_open() {
                party.waker.set(Some(waker));
                return Poll::Pending;
            }
            let answer = party.waiter.is_answered().then(|| party.waiter.slot().take());
            this.party = None;
            if let Some(value) = answer {
                return Poll::Ready(value.inspect(|_| context::count_message()));
            }
        }
        match this.channel.core.try_take() {
            Ok(value) => {
                context::count_message();
                Poll::Ready(Some(value))
            }
            Err(PollError::Closed) => Poll::Ready(None),
            Err(PollError::Empty) => {
                this.wait(waker);
                Poll::Pending
            }
        }
    }
}

impl<I: 'static, O: 'static> Drop for TakeFuture<I, O> {
    fn drop(&mut self) {
        let Some(party) = self.party.take() else { return };
        if party.claim.is_open() {
            party.withdraw();
            if let (Some(context), Kind::Task(key)) = (party.context.upgrade(), party.claim.node().kind()) {
                // Still open, so it has not run, and the place in the table is its own.
                let _task = context.tasks.borrow_mut().try_remove(key as usize);
            }
        } else if let Some(value) = party.waiter.slot().take() {
            self.channel.core.rendezvous.put_back(value);
        }
    }
}
