//! Models of a party that belongs to a scheduler: what its own thread does with it, and what others do, in every order.

use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;

use loom::thread;

use super::arms::{Putting, Taking};
use super::channel::Channel;
use crate::alts::{Branch, Outcome, alts_async_priority};
use crate::letterbox::LetterBox;
use crate::operation::{Arm, Operation};
use crate::port::{Given, offer, put, take};
use crate::ready::Kind;
use crate::threads;
use crate::wait::{Claim, Home};

/// A scheduler with one party, cut down to what reaches it from outside.
struct Party {
    letters: Arc<LetterBox>,
    home: Home,
    claim: Claim,
}

impl Party {
    fn new() -> Party {
        let thread = threads::current();
        let letters = LetterBox::new(Box::new(move || thread.unpark()));
        Party { home: Home::of_scheduler(letters.clone()), letters, claim: Claim::new(Kind::Task(0)) }
    }

    /// As `context::wait` and the scheduler's loop do. Before each look at the letters, `meanwhile` is done on this thread.
    fn wait<A: Arm>(&self, arm: A, meanwhile: impl Fn(&Claim)) -> A::Answer {
        let arm = pin!(arm);
        let arm = arm.as_ref();
        // SAFETY: the party outlives the arm, and its queue is empty when this ends.
        unsafe { self.claim.belong(&self.home) };
        while !arm.attempt() {
            // SAFETY: as above.
            unsafe { self.claim.open() };
            // SAFETY: as above; the arm is withdrawn, or dropped, before the claim goes.
            if unsafe { arm.enlist(&self.claim, 0) } {
                self.until_run(&meanwhile);
            } else {
                self.claim.shut();
            }
            if arm.settle() {
                break;
            }
        }
        arm.answer()
    }

    fn until_run(&self, meanwhile: &impl Fn(&Claim)) {
        loop {
            meanwhile(&self.claim);
            // SAFETY: they are those of this home.
            assert_eq!(unsafe { self.letters.take_all(&self.home.ready) }, [], "no other letter was written");
            if self.home.ready.pop().is_some() {
                assert!(self.home.ready.is_empty() && !self.claim.is_open());
                return;
            }
            if !self.letters.has_letters() {
                threads::park();
            }
        }
    }
}

#[test]
fn model_a_process_is_woken_by_another_thread() {
    loom::model(|| {
        let c = Channel::new();
        let out = c.clone();
        let putter = thread::spawn(move || put(&out, 1));
        let party = Party::new();
        assert_eq!(party.wait(Taking::new(&c.core), |_| ()), Some(1));
        assert_eq!(putter.join().unwrap(), Ok(()));
    });
}

#[test]
fn model_processes_of_two_schedulers_meet_twice() {
    loom::model(|| {
        let c = Channel::new();
        let out = c.clone();
        let putter = thread::spawn(move || {
            let party = Party::new();
            [1, 2].map(|n| party.wait(Putting::new(&out.core, n, Given), |_| ()))
        });
        let party = Party::new();
        let both = [(); 2].map(|()| party.wait(Taking::new(&c.core), |_| ()));
        assert_eq!(both, [Some(1), Some(2)]);
        assert_eq!(putter.join().unwrap(), [Ok(()), Ok(())]);
    });
}

#[test]
fn model_processes_of_two_schedulers_share_a_buffer() {
    loom::model(|| {
        let c = Channel::buffered(1);
        let out = c.clone();
        let putter = thread::spawn(move || {
            let party = Party::new();
            [1, 2, 3].map(|n| party.wait(Putting::new(&out.core, n, Given), |_| ()))
        });
        let party = Party::new();
        assert_eq!([(); 3].map(|()| party.wait(Taking::new(&c.core), |_| ())), [Some(1), Some(2), Some(3)]);
        assert_eq!(putter.join().unwrap(), [Ok(()); 3]);
    });
}

#[test]
fn model_a_process_is_claimed_once_by_its_own_thread_or_by_another() {
    loom::model(|| {
        let c = Channel::new();
        let out = c.clone();
        let other = thread::spawn(move || offer(&out, 1).is_ok());
        let party = Party::new();
        // As a timer does that is another branch of the same choice. The slot is empty then, as if the channel were closed.
        let taken = party.wait(Taking::new(&c.core), |claim| _ = claim.claim(1));
        assert_eq!(taken.is_some(), other.join().unwrap(), "accepted means taken");
    });
}

#[test]
fn model_a_process_that_is_withdrawn_gives_back_what_it_was_handed() {
    loom::model(|| {
        let c = Channel::new();
        let out = c.clone();
        let other = thread::spawn(move || offer(&out, 1).is_ok());
        let party = Party::new();
        {
            let arm = pin!(Taking::new(&c.core));
            // SAFETY: the party outlives the arm.
            unsafe { party.claim.belong(&party.home) };
            // SAFETY: as above.
            unsafe { party.claim.open() };
            // SAFETY: as above.
            _ = unsafe { arm.as_ref().enlist(&party.claim, 0) };
            // As when a scheduler ends: it is unwound, whoever has claimed it.
            arm.as_ref().withdraw();
            party.claim.shut();
        }
        let accepted = other.join().unwrap();
        assert_eq!(crate::port::poll(&c).is_ok(), accepted, "accepted means there");
    });
}

#[test]
fn model_closing_wakes_all_parties() {
    loom::model(|| {
        let c = Channel::<u32>::new();
        let (here, there) = (c.clone(), c.clone());
        let other = thread::spawn(move || take(&there));
        let closer = thread::spawn(move || here.close());
        let party = Party::new();
        assert_eq!(party.wait(Taking::new(&c.core), |_| ()), None);
        assert_eq!(other.join().unwrap(), None);
        closer.join().unwrap();
    });
}

/// A waker that unparks the thread of a model, once for each time it is woken.
struct Unpark(threads::Thread);

impl std::task::Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// As an executor does that polls what it was woken for.
fn block_on<F: Future + Unpin>(mut future: F) -> F::Output {
    let waker = std::task::Waker::from(Arc::new(Unpark(threads::current())));
    loop {
        match Pin::new(&mut future).poll(&mut std::task::Context::from_waker(&waker)) {
            Poll::Ready(output) => return output,
            Poll::Pending => threads::park(),
        }
    }
}

fn poll_once<F: Future + Unpin>(future: &mut F) -> Poll<F::Output> {
    Pin::new(future).poll(&mut std::task::Context::from_waker(std::task::Waker::noop()))
}

#[test]
fn model_a_future_is_woken_by_another_thread() {
    loom::model(|| {
        let c = Channel::new();
        let out = c.clone();
        let putter = thread::spawn(move || put(&out, 1));
        assert_eq!(block_on(c.take_async()), Some(1));
        assert_eq!(putter.join().unwrap(), Ok(()));
    });
}

#[test]
fn model_two_futures_meet_twice() {
    loom::model(|| {
        let c = Channel::new();
        let out = c.clone();
        let putter = thread::spawn(move || [1, 2].map(|n| block_on(out.put_async(n))));
        assert_eq!([block_on(c.take_async()), block_on(c.take_async())], [Some(1), Some(2)]);
        assert_eq!(putter.join().unwrap(), [Ok(()), Ok(())]);
    });
}

#[test]
fn model_a_future_that_changes_its_waker_is_woken_by_the_last() {
    loom::model(|| {
        let c = Channel::new();
        let out = c.clone();
        let putter = thread::spawn(move || put(&out, 1));
        let mut next = c.take_async();
        // The first waker wakes nobody.
        let taken = match poll_once(&mut next) {
            Poll::Ready(taken) => taken,
            Poll::Pending => block_on(next),
        };
        assert_eq!(taken, Some(1));
        assert_eq!(putter.join().unwrap(), Ok(()));
    });
}

#[test]
fn model_a_future_that_is_dropped_gives_back_what_it_was_handed() {
    loom::model(|| {
        let c = Channel::new();
        let out = c.clone();
        let other = thread::spawn(move || offer(&out, 1).is_ok());
        let mut next = c.take_async();
        let taken = matches!(poll_once(&mut next), Poll::Ready(Some(1)));
        drop(next);
        let accepted = other.join().unwrap();
        assert_eq!(taken || crate::port::poll(&c).is_ok(), accepted, "accepted means taken, or there");
    });
}

#[test]
fn model_a_put_that_is_cancelled_was_accepted_or_comes_back() {
    loom::model(|| {
        let c = Channel::new();
        let from = c.clone();
        let other = thread::spawn(move || crate::port::poll(&from).is_ok());
        let mut put = c.put_async(1);
        let accepted = poll_once(&mut put).is_ready() || put.cancel().is_none();
        assert_eq!(other.join().unwrap(), accepted);
    });
}

#[test]
fn model_a_choice_that_is_awaited_meets_a_put_and_a_choice() {
    loom::model(|| {
        let (c, d) = (Channel::new(), Channel::new());
        let (there, other) = (c.clone(), d.clone());
        let putter = thread::spawn(move || {
            // Not by chance, which a model would have to repeat.
            let chosen = block_on(alts_async_priority([Branch::Put(&there, 1), Branch::Take(&other)]));
            matches!(chosen.outcome, Outcome::Put(Ok(())))
        });
        let (taken, from) = block_on(alts_async_priority([&d, &c]));
        assert!(taken == Some(1) && from == c && putter.join().unwrap());
    });
}
