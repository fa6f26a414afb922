//! docs/rules.md, section 9: `sleep`, `timeout`, tickers, and the order in which timers go off.

use std::cell::{Cell, RefCell};
use std::panic::catch_unwind;
use std::rc::Rc;

use csp::prelude::*;
use csp::reactor::Reactor;
use csp::{Clock, Missed, OfferError, PollError, RunError, ticker_with};

const SECOND: Duration = Duration::from_secs(1);

/// Seconds since the start, exactly.
fn seconds(time: Time) -> f64 {
    time.since_start().as_secs_f64()
}

/// Time that the test moves, as a process moves it that computes for long; waiting jumps, and is counted.
#[derive(Clone, Default)]
struct Hand(Rc<Cell<Time>>, Rc<Cell<u32>>);

impl Hand {
    fn pass(&self, time: Duration) {
        self.0.set(self.0.get() + time);
    }
}

impl Clock for Hand {
    fn now(&self) -> Time {
        self.0.get()
    }
}

impl Reactor for Hand {
    fn clock(&self) -> Rc<dyn Clock> {
        Rc::new(self.clone())
    }

    fn waker(&self) -> Box<dyn Fn() + Send + Sync> {
        Box::new(|| ())
    }

    fn wait(&mut self, until: Option<Time>) {
        self.0.set(self.0.get().max(until.expect("nobody else could wake them")));
        self.1.set(self.1.get() + 1);
    }
}

#[csp::test]
fn spec_9_1_each_timeout_is_a_channel_of_its_own_and_closes_after_its_time() {
    let (a, b) = (timeout::<i32>(SECOND), timeout::<i32>(SECOND));
    assert!(a != b);
    assert_eq!(poll(&a), Err(PollError::Empty));
    assert_eq!((take(&a), seconds(now())), (None, 1.0));
    assert_eq!((take(&a), poll(&a), poll(&b)), (None, Err(PollError::Closed), Err(PollError::Closed)));
    assert_eq!(seconds(now()), 1.0);
}

#[test]
fn spec_9_1_time_counts_from_the_moment_of_asking() {
    let hand = Hand::default();
    csp::Builder::new().reactor(hand.clone()).run(|| {
        let early = timeout::<()>(5 * SECOND);
        hand.pass(3 * SECOND);
        let late = timeout::<()>(5 * SECOND);
        take(&early);
        assert_eq!(seconds(now()), 5.0);
        take(&late);
        assert_eq!(seconds(now()), 8.0);
        hand.pass(10 * SECOND);
        sleep(SECOND);
        assert_eq!(seconds(now()), 19.0);
        hand.pass(10 * SECOND);
        alts! { _ = sleep(SECOND) => assert_eq!(seconds(now()), 30.0) }
        hand.pass(10 * SECOND);
        let ticks = ticker(SECOND);
        assert_eq!(take(&ticks).map(seconds), Some(41.0));
    });
}

#[csp::test]
fn spec_9_1_a_put_to_a_timeout_fails_at_once_with_its_value() {
    let t = timeout(SECOND);
    assert_eq!(put(&t, 5), Err(Closed(5)));
    assert_eq!(offer(&t, 6), Err(OfferError::Closed(6)));
    assert_eq!(alts([Branch::Put(&t, 7), Branch::Take(&t)]).outcome, Outcome::Put(Err(Closed(7))));
    assert_eq!((seconds(now()), take(&t), seconds(now())), (0.0, None, 1.0));
    assert_eq!(put(&t, 8), Err(Closed(8)));
}

#[csp::test]
fn spec_9_1_to_close_a_timeout_does_nothing() {
    let (t, u) = (timeout::<()>(SECOND), timeout::<()>(2 * SECOND));
    close(&t);
    drain(&u);
    assert_eq!((poll(&t), poll(&u)), (Err(PollError::Empty), Err(PollError::Empty)));
    let inside = t.clone();
    go_now(move || {
        take(&inside);
        assert_eq!(seconds(now()), 1.0);
    });
    close(&t);
    assert_eq!((take(&t), seconds(now())), (None, 1.0));
    assert_eq!((take(&u), seconds(now())), (None, 2.0));
}

#[csp::test]
fn spec_9_1_a_million_timeouts_that_were_dropped_hold_no_timers() {
    let (c, out) = (Channel::new(), Channel::new());
    for _ in 0..1000 {
        for _ in 0..999 {
            _ = timeout::<()>(3600 * SECOND);
        }
        // Also where a choice has waited for one.
        let to = c.clone();
        go(move || put(&to, 1));
        alts! { v = take(&c) => assert_eq!(v, Some(1)), _ = take(&timeout::<()>(3600 * SECOND)) => unreachable!() }
        assert_eq!(csp::stats().timers, 0);
    }
    offer(&out, timeout::<()>(SECOND)).unwrap_err();
    assert_eq!(csp::stats().timers, 0);
}

#[csp::test]
fn spec_9_1_a_timeout_lives_as_long_as_any_handle() {
    let t = timeout::<()>(SECOND);
    let other = t.clone();
    drop(t);
    assert_eq!(csp::stats().timers, 1);
    assert_eq!((take(&other), seconds(now()), csp::stats().timers), (None, 1.0, 0));
    // One that a parked process holds, too.
    let p = go_now(|| take(&timeout::<()>(SECOND)));
    assert_eq!(csp::stats().timers, 1);
    kill(&p);
    yield_now();
    assert_eq!(csp::stats().timers, 0);
}

/// Whether three processes that were made before `f` ran are through when `f` returns.
fn lets_others_run(f: impl FnOnce()) -> bool {
    let done = Rc::new(Cell::new(0));
    for _ in 0..3 {
        let done = done.clone();
        go(move || done.set(done.get() + 1));
    }
    f();
    done.get() == 3
}

#[csp::test]
fn spec_9_1_sleep_zero_and_timeout_zero_let_others_run_first() {
    assert!(!lets_others_run(|| ()));
    assert!(lets_others_run(|| sleep(Duration::ZERO)));
    assert!(lets_others_run(|| _ = take(&timeout::<()>(Duration::ZERO))));
    assert!(lets_others_run(|| _ = alts([&timeout::<()>(Duration::ZERO)])));
    assert_eq!(poll(&timeout::<()>(Duration::ZERO)), Err(PollError::Empty));
    assert_eq!((seconds(now()), csp::stats().timers), (0.0, 0));
}

#[csp::test]
fn spec_9_1_sleep_zero_as_a_branch_lets_others_run_first() {
    assert!(lets_others_run(|| alts! { _ = sleep(Duration::ZERO) => {} }));
}

#[csp::test]
fn spec_9_1_sleep_zero_takes_turns() {
    let log = Rc::new(RefCell::new(Vec::new()));
    let processes: Vec<_> = (0..3)
        .map(|n| {
            let log = log.clone();
            go_deferred(move || {
                for _ in 0..3 {
                    log.borrow_mut().push(n);
                    sleep(Duration::ZERO);
                }
            })
        })
        .collect();
    processes.into_iter().for_each(|p| p.wait().unwrap());
    assert_eq!(*log.borrow(), [0, 1, 2, 0, 1, 2, 0, 1, 2]);
}

#[test]
fn spec_9_1_time_is_monotonic_and_as_real_as_the_machines() {
    csp::Builder::new().real_time().run(|| {
        let (real, start) = (std::time::Instant::now(), now());
        let mut last = start;
        for _ in 0..100 {
            sleep(Duration::from_micros(50));
            assert!(now() - last >= Duration::from_micros(50));
            last = now();
        }
        take(&timeout::<()>(Duration::from_millis(2)));
        assert!(now() - start >= Duration::from_millis(7) && now() - start <= real.elapsed());
    });
}

#[csp::test]
fn the_end_of_time_is_no_overflow() {
    sleep(SECOND);
    let never = timeout::<()>(Duration::MAX);
    let ticks = ticker(Duration::MAX);
    alts! { _ = sleep(SECOND) => {} _ = sleep(Duration::MAX) => unreachable!() }
    assert_eq!((poll(&never), poll(&ticks)), (Err(PollError::Empty), Err(PollError::Empty)));
    assert_eq!(seconds(now()), 2.0);
}

/// When the ticks were due that a process gets which is away from 0 to 3.5 seconds, takes two, is away from then to 6,
/// and takes three; and when it got each.
fn ticks_after_absence(missed: Missed) -> Vec<(f64, f64)> {
    let (start, ticks, log) = (now(), ticker_with(SECOND, missed), RefCell::new(Vec::new()));
    let get = |_| {
        let due = take(&ticks).unwrap();
        log.borrow_mut().push(((due - start).as_secs_f64(), (now() - start).as_secs_f64()));
    };
    sleep(SECOND * 7 / 2);
    (0..2).for_each(get);
    sleep(6 * SECOND - (now() - start));
    (0..3).for_each(get);
    log.into_inner()
}

#[csp::test]
fn spec_9_2_a_ticker_ticks_at_multiples_of_its_period() {
    sleep(SECOND / 4);
    let ticks = ticker(SECOND / 2);
    let got: Vec<_> = ticks.iter().take(4).map(|due| (seconds(due), seconds(now()))).collect();
    assert_eq!(got, [0.75, 1.25, 1.75, 2.25].map(|at| (at, at)));
}

#[csp::test]
fn spec_9_2_missed_ticks_are_skipped() {
    let got = ticks_after_absence(Missed::Skip);
    assert_eq!(got, [(1.0, 3.5), (4.0, 4.0), (5.0, 6.0), (7.0, 7.0), (8.0, 8.0)]);
}

#[csp::test]
fn spec_9_2_missed_ticks_are_delivered_late() {
    let got = ticks_after_absence(Missed::Delay);
    assert_eq!(got, [(1.0, 3.5), (4.5, 4.5), (5.5, 6.0), (7.0, 7.0), (8.0, 8.0)]);
}

#[csp::test]
fn spec_9_2_missed_ticks_are_delivered_in_a_burst() {
    let got = ticks_after_absence(Missed::Burst);
    assert_eq!(got, [(1.0, 3.5), (2.0, 3.5), (3.0, 6.0), (4.0, 6.0), (5.0, 6.0)]);
}

#[csp::test]
fn spec_9_2_the_default_is_skip() {
    assert_eq!(Missed::default(), Missed::Skip);
    let ticks = ticker(SECOND);
    sleep(SECOND * 7 / 2);
    let got: Vec<_> = ticks.iter().take(2).map(seconds).collect();
    assert_eq!(got, [1.0, 4.0]);
}

#[csp::test]
fn spec_9_2_a_burst_is_as_long_as_the_absence_and_ends() {
    for absence in [1, 2, 3, 10, 1000] {
        let (start, ticks) = (now(), ticker_with(SECOND, Missed::Burst));
        let since_start = |tick: Time| u32::try_from((tick - start).as_secs()).unwrap();
        sleep(absence * SECOND + SECOND / 2);
        let burst: Vec<u32> = std::iter::from_fn(|| poll(&ticks).ok()).map(since_start).collect();
        assert_eq!(burst, (1..=absence).collect::<Vec<_>>());
        assert_eq!(take(&ticks).map(since_start), Some(absence + 1));
        assert_eq!(now() - start, (absence + 1) * SECOND);
    }
}

#[csp::test]
fn spec_9_2_a_tick_goes_to_one_of_those_who_wait() {
    let (ticks, log) = (ticker(SECOND), Rc::new(RefCell::new(Vec::new())));
    for n in 0..3 {
        let (ticks, log) = (ticks.clone(), log.clone());
        go(move || {
            let tick = take(&ticks).map(seconds);
            log.borrow_mut().push((n, tick));
        });
    }
    sleep(10 * SECOND);
    assert_eq!(*log.borrow(), [(0, Some(1.0)), (1, Some(2.0)), (2, Some(3.0))]);
}

#[csp::test]
fn spec_9_2_a_ticker_ends_with_its_last_handle_or_when_it_is_closed() {
    let ticks = ticker(SECOND);
    let other = ticks.clone();
    drop(ticks);
    assert_eq!(take(&other).map(seconds), Some(1.0));
    drop(other);
    (0..1000).for_each(|_| _ = ticker(SECOND));
    assert_eq!(csp::stats().timers, 0);
    let ticks = ticker(SECOND);
    sleep(SECOND);
    close(&ticks);
    assert_eq!((take(&ticks).map(seconds), take(&ticks)), (Some(2.0), None));
    assert!(catch_unwind(|| ticker(Duration::ZERO)).is_err());
}

#[csp::test]
fn spec_9_2_a_ticker_nobody_listens_to_sets_no_timers() {
    let _ticks = ticker(SECOND);
    sleep(2 * SECOND);
    assert_eq!(csp::stats().timers, 0);
}

#[test]
fn spec_9_2_a_closed_ticker_has_no_timer() {
    let hand = Hand::default();
    let result = csp::Builder::new().reactor(hand.clone()).try_run(|| {
        close(&ticker(SECOND));
        let ticks = ticker(3600 * SECOND);
        close(&ticks);
        assert_eq!(take(&ticks), None);
        assert_eq!(csp::stats().timers, 0);
        take(&Channel::<()>::new())
    });
    assert!(matches!(result, Err(RunError::Deadlock(_))));
    assert_eq!(hand.1.get(), 0, "the deadlock is known at once");
}

#[test]
fn spec_9_3_timers_do_not_keep_run_alive() {
    let (hand, ended) = (Hand::default(), Rc::new(Cell::new(0)));
    struct Ended(Rc<Cell<u32>>);
    impl Drop for Ended {
        fn drop(&mut self) {
            self.0.set(self.0.get() + 1);
        }
    }
    let kept = csp::Builder::new().reactor(hand.clone()).run(|| {
        let guards = [(); 2].map(|()| Ended(ended.clone()));
        for guard in guards {
            go(move || {
                let _guard = guard;
                sleep(3600 * SECOND);
                unreachable!()
            });
        }
        yield_now();
        (timeout::<()>(SECOND), ticker(SECOND))
    });
    assert_eq!((hand.1.get(), ended.get()), (0, 2), "no wait; the sleepers were unwound");
    drop(kept);
}

#[csp::test]
fn spec_9_3_equal_deadlines_fire_in_order_of_making() {
    let log = Rc::new(RefCell::new(Vec::new()));
    let note = |n: usize, f: Box<dyn FnOnce()>| {
        let log = log.clone();
        go_now(move || {
            f();
            log.borrow_mut().push((n, seconds(now())));
        });
    };
    let early: Vec<_> = (0..10).map(|_| timeout::<()>(2 * SECOND)).collect();
    (10..20).for_each(|n| note(n, Box::new(|| sleep(2 * SECOND))));
    (20..30).for_each(|n| note(n, Box::new(|| alts! { _ = sleep(2 * SECOND) => {} _ = sleep(3 * SECOND) => {} })));
    sleep(SECOND);
    // The last made are the last to fire, though they asked for less; who waits last is not.
    (30..40).for_each(|n| note(n, Box::new(|| sleep(SECOND))));
    for (n, t) in early.into_iter().enumerate().rev() {
        note(n, Box::new(move || _ = take(&t)));
    }
    sleep(2 * SECOND);
    assert_eq!(*log.borrow(), (0..40).map(|n| (n, 2.0)).collect::<Vec<_>>());
}

#[csp::test]
fn spec_9_3_timers_fire_in_order_of_time() {
    let log = Rc::new(RefCell::new(Vec::new()));
    for n in [5, 3, 9, 1, 7, 2, 8, 4, 6, 0] {
        let log = log.clone();
        go(move || {
            sleep(n * SECOND);
            log.borrow_mut().push(f64::from(n));
            assert_eq!(seconds(now()), f64::from(n));
        });
    }
    sleep(10 * SECOND);
    assert_eq!(*log.borrow(), (0..10).map(f64::from).collect::<Vec<_>>());
}
