//! Operations of the user's own (`csp::Op`) as branches of a choice.

mod op_support;

use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::task::Waker;

use csp::prelude::*;
use csp::{OfferError, Op, PollError};
use op_support::{Custom, Place, custom};

const SECOND: Duration = Duration::from_secs(1);

#[csp::test]
fn one_that_is_ready_answers_at_once_and_leaves_no_waker() {
    let enlisted = Cell::new(0);
    let v = alts! { v = op(custom(|| Some(5), |_| enlisted.set(1))) => v, _ = sleep(SECOND) => unreachable!() };
    assert_eq!((v, enlisted.get()), (5, 0));
}

#[csp::test]
fn woken_by_a_neighbour_it_answers() {
    let (place, c) = (Place::default(), Channel::<i32>::new());
    let other = place.clone();
    go(move || {
        yield_now();
        other.fill(5);
    });
    let mut by_reference = place.clone();
    alts! { v = op(&mut by_reference) => assert_eq!(v, 5), _ = take(&c) => unreachable!() }
    assert_eq!(offer(&c, 0), Err(OfferError::Full(0)));
    assert!(place.1.borrow().is_empty(), "the waker was taken back");
}

#[csp::test]
fn another_branch_wins_and_it_is_withdrawn_once() {
    let (c, withdrawn, mut wakers) = (Channel::new(), Cell::new(0), Vec::new());
    let out = c.clone();
    go(move || put(&out, 1));
    let silent = Custom {
        attempt: || None::<i32>,
        enlist: |waker: &Waker| wakers.push(waker.clone()),
        withdraw: || withdrawn.set(withdrawn.get() + 1),
    };
    alts! {
        _ = op(silent) => unreachable!(),
        v = take(&c) => assert_eq!((v, withdrawn.get()), (Some(1), 1), "before the body"),
    }
    assert_eq!((withdrawn.get(), wakers.len()), (1, 1));
}

#[csp::test]
fn killed_while_parked_it_is_withdrawn_and_leaves_no_waiter() {
    let (place, c) = (Place::default(), Channel::<i32>::new());
    let (mut inside, d) = (place.clone(), c.clone());
    let process = go_now(move || alts! { _ = op(&mut inside) => {} _ = take(&d) => {} });
    assert_eq!(place.1.borrow().len(), 1);
    kill(&process);
    place.fill(5);
    yield_now();
    yield_now();
    assert!(!process.is_alive() && place.1.borrow().is_empty());
    assert_eq!((place.0.get(), offer(&c, 0)), (Some(5), Err(OfferError::Full(0))));
}

#[csp::test]
fn to_wait_inside_an_operation_is_refused_in_words() {
    let c = Channel::<()>::new();
    let waits: [(&str, &dyn Fn()); 3] =
        [("take", &|| _ = take(&c)), ("yield_now", &yield_now), ("alts", &|| alts! { _ = take(&c) => {} })];
    for (verb, wait) in waits {
        let attempt = || -> Option<()> {
            wait();
            None
        };
        let choice = || alts! { _ = op(custom(attempt, |_| ())) => {} };
        let message = *catch_unwind(AssertUnwindSafe(choice)).unwrap_err().downcast::<String>().unwrap();
        assert!(message.contains(verb) && message.contains("`Op`"), "{message}");
        sleep(SECOND);
    }
}

#[csp::test]
fn what_an_operation_does_to_a_branch_before_it_is_noticed() {
    // Into a buffer, to a rendezvous, a close: each after the branch was attempted in vain.
    let (a, b, c) = (Channel::buffered(1), Channel::new(), Channel::<i32>::new());
    let v = alts! { priority; v = take(&a) => v, _ = op(custom(|| None::<()>, |_| _ = offer(&a, 1))) => None };
    assert_eq!(v, Some(1));
    let give = |_: &Waker| put_then_callback(&b, 2, |r| r.unwrap()).unwrap();
    assert_eq!(alts! { priority; v = take(&b) => v, _ = op(custom(|| None::<()>, give)) => None }, Some(2));
    assert!(alts! { priority; v = take(&c) => v.is_none(), _ = op(custom(|| None::<()>, |_| close(&c))) => false });
    let d = Channel::new();
    let get = |_: &Waker| take_then_callback(&d, |v| assert_eq!(v, Some(3))).unwrap();
    assert_eq!(alts! { priority; r = put(&d, 3) => r, _ = op(custom(|| None::<()>, get)) => Ok(()) }, Ok(()));
    assert_eq!((poll(&b), poll(&d)), (Err(PollError::Empty), Err(PollError::Empty)));
}

/// An operation puts a value into a branch's channel after the attempt; another takes it away again before the next.
/// The branch then waits like any other, and what it is handed is its answer.
#[csp::test]
fn what_comes_and_goes_while_branches_are_attempted_loses_nothing() {
    let (c, given) = (Channel::buffered(1), Cell::new(0));
    let out = c.clone();
    go(move || {
        sleep(SECOND);
        put(&out, 7).unwrap();
    });
    let steal = || {
        _ = poll(&c);
        None::<()>
    };
    let give = |_: &Waker| {
        given.set(given.get() + 1);
        if given.get() == 1 {
            offer(&c, 0).unwrap();
        }
    };
    alts! { priority;
        _ = op(custom(steal, |_| ())) => unreachable!(),
        v = take(&c) => assert_eq!(v, Some(7)),
        _ = op(custom(|| None::<()>, give)) => unreachable!(),
        _ = sleep(9 * SECOND) => panic!("the value was lost"),
    }
}

#[csp::test]
fn a_panic_in_any_method_leaves_the_rest_as_it_was() {
    for at in ["attempt", "enlist", "withdraw"] {
        let (c, d, mut slot) = (Channel::<i32>::new(), Channel::new(), Some(5));
        let wakers = RefCell::new(Vec::new());
        let panics = Custom {
            attempt: || if at == "attempt" { panic!("in attempt") } else { None::<()> },
            enlist: |waker: &Waker| {
                wakers.borrow_mut().push(waker.clone());
                if at == "enlist" {
                    panic!("in enlist")
                }
            },
            withdraw: || {
                if at == "withdraw" {
                    panic!("in withdraw")
                }
            },
        };
        let choice = || {
            alts! {
                _ = take(&c) => {}
                _ = put(&d, from slot) => {}
                _ = op(panics) => {}
                _ = sleep(SECOND) => {}
            }
        };
        let payload = catch_unwind(AssertUnwindSafe(choice)).unwrap_err();
        assert_eq!(*payload.downcast::<&str>().unwrap(), format!("in {at}"));
        assert_eq!((slot, csp::stats().timers), (Some(5), 0));
        assert_eq!((offer(&c, 0), poll(&d)), (Err(OfferError::Full(0)), Err(PollError::Empty)));
        // And the process waits as well as ever: the wakers it has left mean nothing any more.
        wakers.into_inner().into_iter().for_each(Waker::wake);
        let start = now();
        take(&timeout::<()>(SECOND));
        alts! { _ = take(&timeout::<()>(SECOND)) => {} }
        assert_eq!(now() - start, 2 * SECOND);
    }
}

#[csp::test]
fn a_panic_after_the_wake_leaves_the_rest_as_it_was() {
    let (place, attempts, mut slot) = (Place::default(), Cell::new(0), Some(5));
    let (other, c) = (place.clone(), Channel::new());
    go(move || other.wake());
    let attempt = || {
        attempts.set(attempts.get() + 1);
        if attempts.get() > 2 { panic!("on purpose") } else { None::<()> }
    };
    let choice = || alts! { _ = op(custom(attempt, |w| place.clone().enlist(w))) => {} _ = put(&c, from slot) => {} };
    catch_unwind(AssertUnwindSafe(choice)).unwrap_err();
    assert_eq!((slot, poll(&c)), (Some(5), Err(PollError::Empty)));
}

#[csp::test]
fn with_a_default_nobody_waits_so_nothing_is_enlisted() {
    let enlisted = Cell::new(0);
    let silent = || custom(|| None::<()>, |_| enlisted.set(enlisted.get() + 1));
    alts! { () = op(silent()) => unreachable!(), default => {} }
    assert_eq!(enlisted.get(), 0);
    // Nor if another branch is ready.
    let c = Channel::<()>::new();
    close(&c);
    alts! { priority; () = op(silent()) => unreachable!(), v = take(&c) => assert_eq!(v, None) }
    assert_eq!(enlisted.get(), 0);
}

#[test]
fn unwinding_it_is_refused_or_the_default_answers() {
    struct Refusing;
    impl Op for Refusing {
        type Answer = &'static str;
        fn attempt(&mut self) -> Option<&'static str> {
            None
        }
        fn enlist(&mut self, _: &Waker) {}
        fn refused(&mut self) -> &'static str {
            "refused"
        }
    }
    struct Guard(Rc<Cell<Option<&'static str>>>);
    impl Drop for Guard {
        fn drop(&mut self) {
            assert_eq!(alts! { v = op(Refusing) => v, default => "default" }, "default");
            self.0.set(Some(alts! { v = op(Refusing) => v, _ = sleep(SECOND) => "slept" }));
        }
    }
    let seen = Rc::new(Cell::new(None));
    csp::Builder::new().virtual_time().run(|| {
        let guard = Guard(seen.clone());
        let process = go_now(move || {
            let _guard = guard;
            take(&Channel::<()>::new())
        });
        kill(&process);
        yield_now();
    });
    assert_eq!(seen.get(), Some("refused"));
}
