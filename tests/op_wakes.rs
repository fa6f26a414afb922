//! How an operation of the user's own (`csp::Op`) is woken, and what its wakers mean for a deadlock.

mod op_support;

use std::cell::Cell;
use std::rc::Rc;
use std::sync::mpsc;
use std::task::Waker;
use std::thread;

use csp::prelude::*;
use csp::{Op, RunError};
use op_support::{Place, custom};

const SECOND: Duration = Duration::from_secs(1);

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
    let (place, attempts) = (Place::default(), Cell::new(0));
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

/// What happens between the attempt and the waker wakes nobody, so the operation is attempted once more.
#[csp::test]
fn what_comes_before_the_waker_is_there_is_seen() {
    let value = Cell::new(None);
    let silent = custom(|| value.take(), |_| value.set(Some(5)));
    alts! { v = op(silent) => assert_eq!(v, 5), _ = sleep(SECOND) => unreachable!() }
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
fn several_in_one_choice_each_answer_for_themselves() {
    for n in 0..3 {
        let mut places = [Place::default(), Place::default(), Place::default()];
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
    let (place, inner) = (Place::default(), Place::default());
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
    assert!(report.contains("a custom thing") && report.contains(&format!("op_wakes.rs:{line}")), "{report}");
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
