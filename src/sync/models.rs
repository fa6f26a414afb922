//! Models of a party that belongs to a scheduler: what its own thread does with it, and what others do, in every order.

use std::pin::pin;
use std::sync::Arc;

use loom::thread;

use super::arms::{Putting, Taking};
use super::channel::Channel;
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
                if self.claim.branch() != 0 {
                    // As a choice does, when it was decided for another branch.
                    arm.withdraw();
                }
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
