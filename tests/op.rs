//! Operations of the user's own (`csp::Op`) as branches of a choice.

use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::mpsc;
use std::task::Waker;
use std::thread;

use csp::prelude::*;
use csp::{OfferError, Op, PollError, RunError};

const SECOND: Duration = Duration::from_secs(1);

/// An operation whose methods the test gives as closures.
struct Custom<A, E, W> {
    attempt: A,
    enlist: E,
    withdraw: W,
}

fn custom<T, A: FnMut() -> Option<T>, E: FnMut(&Waker)>(attempt: A, enlist: E) -> Custom<A, E, fn()> {
    Custom { attempt, enlist, withdraw: || () }
}

impl<T, A: FnMut() -> Option<T>, E: FnMut(&Waker), W: FnMut()> Op for Custom<A, E, W> {
    type Answer = T;

    fn attempt(&mut self) -> Option<T> {
        (self.attempt)()
    }

    fn enlist(&mut self, waker: &Waker) {
        (self.enlist)(waker);
    }

    fn withdraw(&mut self) {
        (self.withdraw)();
    }

    fn describe(&self) -> String {
        "a custom thing".to_owned()
    }
}

/// A place for a value that comes from elsewhere, and a waker for whoever waits for it.
#[derive(Clone, Default)]
struct Box1(Rc<Cell<Option<i32>>>, Rc<RefCell<Vec<Waker>>>);

impl Box1 {
    fn wake(&self) {
        self.1.borrow().iter().for_each(Waker::wake_by_ref);
    }

    fn fill(&self, value: i32) {
        self.0.set(Some(value));
        self.wake();
    }
}

impl Op for Box1 {
    type Answer = i32;

    fn attempt(&mut self) -> Option<i32> {
        self.0.take()
    }

    fn enlist(&mut self, waker: &Waker) {
        self.1.borrow_mut().push(waker.clone());
    }

    fn withdraw(&mut self) {
        self.1.borrow_mut().clear();
    }
}

#[csp::test]
fn one_that_is_ready_answers_at_once_and_leaves_no_waker() {
    let enlisted = Cell::new(0);
    let v = alts! { v = op(custom(|| Some(5), |_| enlisted.set(1))) => v, _ = sleep(SECOND) => unreachable!() };
    assert_eq!((v, enlisted.get()), (5, 0));
}

#[csp::test]
fn woken_by_a_neighbour_it_answers() {
    let (place, c) = (Box1::default(), Channel::<i32>::new());
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
    let (place, c) = (Box1::default(), Channel::<i32>::new());
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
fn a_thousand_are_woken_from_other_threads() {
    for n in 0..100 {
        let results: Vec<_> = (0..10).map(|m| go_deferred(move || from_thread(n * m))).collect();
        for (m, result) in (0..10).zip(results) {
            assert_eq!(result.wait().unwrap(), n * m);
        }
    }
}

/// `n`, by way of another thread.
fn from_thread(n: i32) -> i32 {
    let ((wakers, waker), (values, value)) = (mpsc::channel::<Waker>(), mpsc::channel());
    let thread = thread::spawn(move || {
        let waker = waker.recv().unwrap();
        values.send(n).unwrap();
        waker.wake();
    });
    let answer = alts! {
        v = op(custom(|| value.try_recv().ok(), |waker| _ = wakers.send(waker.clone()))) => v,
        _ = take(&Channel::<()>::new()) => unreachable!(),
    };
    thread.join().unwrap();
    answer
}

#[test]
fn under_real_time_a_thread_wakes_a_scheduler_that_sleeps() {
    csp::Builder::new().real_time().run(|| {
        assert_eq!((from_thread(5), from_thread(6)), (5, 6));
    });
}

#[csp::test]
fn woken_in_vain_it_is_attempted_again_and_goes_on_waiting() {
    let (place, attempts) = (Box1::default(), Cell::new(0));
    let (other, mut own) = (place.clone(), place.clone());
    go(move || {
        for _ in 0..3 {
            sleep(SECOND);
            other.wake();
            other.wake(); // Twice is once.
        }
        sleep(SECOND);
        other.fill(5);
    });
    let attempt = || {
        attempts.set(attempts.get() + 1);
        own.attempt()
    };
    alts! { v = op(custom(attempt, |w| place.clone().enlist(w))) => assert_eq!(v, 5), _ = sleep(9 * SECOND) => unreachable!() }
    assert_eq!(now().since_start(), 4 * SECOND);
    assert_eq!(attempts.get(), 2 + 2 * 3 + 1, "each time before and after the waker is left, and once to succeed");
}

#[csp::test]
fn late_and_duplicate_wakes_do_nothing() {
    let mut wakers = Vec::new();
    for _ in 0..3 {
        alts! {
            () = op(custom(|| None, |w| wakers.push(w.clone()))) => unreachable!(),
            _ = sleep(SECOND) => {}
        }
    }
    let wakers: Rc<[Waker]> = wakers.into();
    let wake = {
        let wakers = wakers.clone();
        move || wakers.iter().for_each(Waker::wake_by_ref)
    };
    // Neither a take, nor a put, nor a sleep, nor a turn, nor another choice is cut short by them.
    let (c, d, attempts) = (Channel::new(), Channel::new(), Cell::new(0));
    let (out, into) = (c.clone(), d.clone());
    go(move || {
        let pause = || {
            wake();
            sleep(SECOND);
            wake();
        };
        pause();
        put(&out, 1).unwrap();
        pause();
        assert_eq!(take(&into), Some(2));
        (0..5).for_each(|_| pause());
    });
    assert_eq!((take(&c), put(&d, 2)), (Some(1), Ok(())));
    let start = now();
    sleep(SECOND);
    alts! {
        () = op(custom(|| { attempts.set(attempts.get() + 1); None }, |_| ())) => unreachable!(),
        _ = sleep(SECOND) => {}
    }
    assert_eq!((now() - start, attempts.get()), (2 * SECOND, 2));
}

#[test]
fn a_wake_after_its_run_does_nothing() {
    let mut wakers = Vec::new();
    for n in 0..2 {
        csp::Builder::new().virtual_time().run(|| {
            wakers.iter().for_each(Waker::wake_by_ref);
            alts! { _ = op(custom(|| None::<()>, |w| wakers.push(w.clone()))) => unreachable!(), _ = sleep(SECOND) => {} }
            assert_eq!(now().since_start(), SECOND, "run {n}");
        });
    }
    thread::spawn(move || wakers.into_iter().for_each(Waker::wake)).join().unwrap();
}

#[csp::test]
fn one_that_wakes_inside_enlist_is_attempted_again() {
    for ready_at in 1..10 {
        let attempts = Cell::new(0);
        let attempt = || {
            attempts.set(attempts.get() + 1);
            (attempts.get() == ready_at).then_some(())
        };
        alts! { () = op(custom(attempt, Waker::wake_by_ref)) => {}, _ = sleep(SECOND) => unreachable!() }
        assert_eq!(attempts.get(), ready_at);
    }
}

/// Not even the budget makes a process give way between the waker and the wait: the wake would find nobody waiting.
#[csp::test]
fn a_wake_is_not_lost_however_much_an_attempt_does() {
    let (attempts, start, c) = (Cell::new(0), now(), Channel::<()>::new());
    let attempt = || {
        attempts.set(attempts.get() + 1);
        let ready = attempts.get() > 2;
        (0..1000).for_each(|_| _ = poll(&c));
        ready.then_some(())
    };
    alts! { () = op(custom(attempt, Waker::wake_by_ref)) => {}, _ = sleep(SECOND) => {} }
    assert_eq!((attempts.get(), now() - start), (3, Duration::ZERO));
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

#[test]
fn spec_13_1_a_waker_somewhere_prevents_the_report_and_the_last_dropped_brings_it() {
    for drop_elsewhere in [false, true] {
        let (keep, kept) = mpsc::channel::<(Waker, Waker)>();
        let thread = thread::spawn(move || {
            let Ok((a, b)) = kept.recv() else { return };
            drop(a);
            thread::sleep(Duration::from_millis(20));
            drop(b);
        });
        let start = std::time::Instant::now();
        let result = csp::Builder::new().virtual_time().try_run(|| {
            let mut mine = None;
            let enlist = |w: &Waker| match drop_elsewhere {
                true => keep.send((w.clone(), w.clone())).unwrap(),
                false => mine = Some(w.clone()),
            };
            if !drop_elsewhere {
                alts! { _ = op(custom(|| None::<()>, enlist)) => {} _ = sleep(SECOND) => {} }
                drop(mine);
                return take(&Channel::<()>::new());
            }
            alts! { _ = op(custom(|| None::<()>, enlist)) => None }
        });
        let Err(RunError::Deadlock(report)) = result else { panic!("{result:?}") };
        if drop_elsewhere {
            assert!(start.elapsed() >= Duration::from_millis(20), "it was reported while there was hope");
            assert!(report.to_string().contains("op a custom thing"), "{report}");
        }
        drop(keep);
        thread.join().unwrap();
    }
}

#[test]
fn spec_13_1_one_that_keeps_no_waker_is_a_deadlock_at_once() {
    let result = csp::try_run(|| alts! { _ = op(custom(|| None::<()>, |_| ())) => {} });
    let line = line!() - 1;
    let Err(RunError::Deadlock(report)) = result else { panic!("{result:?}") };
    let report = report.to_string();
    assert!(report.contains("a custom thing") && report.contains(&format!("op.rs:{line}")), "{report}");
}

#[test]
fn spec_13_1_a_wake_in_vain_that_uses_up_the_waker_ends_in_the_report() {
    let (keep, kept) = mpsc::channel::<Waker>();
    let thread = thread::spawn(move || kept.recv().unwrap().wake());
    let mut first = Some(keep);
    let enlist = |w: &Waker| _ = first.take().map(|keep| keep.send(w.clone()));
    let result = csp::try_run(|| alts! { _ = op(custom(|| None::<()>, enlist)) => {} });
    assert!(matches!(result, Err(RunError::Deadlock(_))));
    thread.join().unwrap();
}

#[csp::test]
fn a_panic_in_any_method_leaves_the_rest_as_it_was() {
    for at in ["attempt", "enlist", "withdraw"] {
        let (c, d, mut slot) = (Channel::<i32>::new(), Channel::new(), Some(5));
        let panics = Custom {
            attempt: || if at == "attempt" { panic!("in attempt") } else { None::<()> },
            enlist: |_: &Waker| {
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
        // And the process waits as well as ever.
        alts! { _ = take(&timeout::<()>(SECOND)) => {} }
    }
}

#[csp::test]
fn a_panic_after_the_wake_leaves_the_rest_as_it_was() {
    let (place, attempts, mut slot) = (Box1::default(), Cell::new(0), Some(5));
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
fn several_in_one_choice_each_answer_for_themselves() {
    for n in 0..3 {
        let mut places = [Box1::default(), Box1::default(), Box1::default()];
        let other = places[n].clone();
        go(move || other.fill(5));
        let [a, b, c] = &mut places;
        let winner = alts! { _ = op(a) => 0, _ = op(b) => 1, _ = op(c) => 2, _ = sleep(SECOND) => unreachable!() };
        assert_eq!(winner, n);
        assert!(places.iter().all(|place| place.1.borrow().is_empty()));
    }
}

#[csp::test]
fn a_choice_within_an_attempt_does_not_take_the_waker_of_the_other_away() {
    let (place, inner) = (Box1::default(), Box1::default());
    let other = place.clone();
    go(move || {
        sleep(SECOND);
        other.fill(5);
    });
    let attempt = || {
        let mut inner = inner.clone();
        alts! { _ = op(&mut inner) => unreachable!(), default => {} }
        place.0.take()
    };
    alts! { v = op(custom(attempt, |w| place.clone().enlist(w))) => assert_eq!(v, 5), _ = sleep(9 * SECOND) => unreachable!() }
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
