//! docs/rules.md, rule 10.6: what happens to everything else when main ends, and to what outlives the run.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use csp::prelude::*;
use csp::{Builder, Op, PollError, ProcessError, TakeFuture};

/// Calls its function when it is dropped.
struct OnDrop<F: FnMut()>(F);

impl<F: FnMut()> Drop for OnDrop<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

/// Something that says whether it was dropped: its weak count of owners.
fn token() -> (Rc<()>, impl Fn() -> bool) {
    let token = Rc::new(());
    let weak = Rc::downgrade(&token);
    (token, move || weak.strong_count() == 0)
}

fn never() -> Channel<()> {
    Channel::new()
}

fn poll_once<T>(future: &mut Pin<Box<TakeFuture<T>>>) -> Poll<Option<T>> {
    future.as_mut().poll(&mut Context::from_waker(Waker::noop()))
}

/// Runs `last_words` in a destructor of a process that is unwound because main has returned.
fn at_the_end(last_words: impl FnOnce() + 'static) {
    let said = Rc::new(Cell::new(false));
    let set = said.clone();
    run(|| {
        go_now(move || {
            let mut last_words = Some(last_words);
            let _speaks = OnDrop(move || {
                last_words.take().unwrap()();
                set.set(true);
            });
            take(&never())
        });
    });
    assert!(said.get());
}

#[test]
fn spec_10_6_go_at_the_end_drops_its_closure_and_gives_an_ended_process() {
    at_the_end(|| {
        let spawns: [fn(Rc<()>) -> Process; 3] = [
            |t| go(move || drop(t)),
            |t| go_now(move || drop(t)),
            |t| Process::builder().name("p").go(move || drop(t)),
        ];
        for spawn in spawns {
            let (token, dropped) = token();
            let process = spawn(token);
            assert!(dropped() && !process.is_alive());
            kill(&process);
        }
    });
}

#[test]
fn spec_10_6_go_at_the_end_never_runs_its_closure() {
    at_the_end(|| _ = go_now(|| std::process::abort()));
}

#[test]
fn spec_10_6_go_channel_and_go_deferred_at_the_end_have_no_result() {
    at_the_end(|| {
        let (first, first_dropped) = token();
        let c = go_channel(move || first);
        assert_eq!(poll(&c), Err(PollError::Closed));
        let (second, second_dropped) = token();
        let d = go_deferred(move || second);
        assert!(matches!(d.wait(), Err(ProcessError::Killed)));
        assert!(first_dropped() && second_dropped());
    });
}

#[test]
fn spec_10_6_callbacks_are_dropped_uncalled() {
    let c = Channel::<i32>::new();
    let (full, ready) = (Channel::buffered(1), Channel::buffered(1));
    let tokens: Vec<_> = (0..4).map(|_| token()).collect();
    let mut given = tokens.iter().map(|(token, _)| token.clone());
    run(|| {
        let mut next = || given.next().unwrap();
        put(&full, 0).unwrap();
        put(&ready, 0).unwrap();
        let (a, b, d, e) = (next(), next(), next(), next());
        take_then_callback(&c, move |_| unreachable!("{a:?}")).unwrap();
        put_then_callback(&full, 1, move |_| unreachable!("{b:?}")).unwrap();
        // These have their answers, but main returns before their turn.
        take_then_callback(&ready, move |_| unreachable!("{d:?}")).unwrap();
        put_then_callback(&ready, 1, move |_| unreachable!("{e:?}")).unwrap();
    });
    for (token, dropped) in tokens {
        drop(token);
        assert!(dropped());
    }
    assert!(offer(&c, 5).is_err(), "nobody waits there any more");
    assert_eq!((poll(&full), poll(&full)), (Ok(0), Err(PollError::Empty)));
}

#[test]
fn spec_10_6_a_callback_registered_at_the_end_is_dropped_uncalled() {
    let c = Channel::<i32>::new();
    let inner = c.clone();
    at_the_end(move || {
        let (first, second) = (token(), token());
        let (a, b) = (first.0, second.0);
        take_then_callback(&inner, move |_| unreachable!("{a:?}")).unwrap();
        put_then_callback(&inner, 5, move |_| unreachable!("{b:?}")).unwrap();
        assert!((first.1)() && (second.1)());
    });
    assert!(offer(&c, 5).is_err() && poll(&c).is_err());
}

#[test]
fn spec_10_6_a_channel_goes_on_working_in_the_next_run() {
    let (c, held) = (Channel::new(), Channel::buffered(2));
    run(|| {
        for n in 0..3 {
            let (out, taker, held) = (c.clone(), c.clone(), held.clone());
            go(move || put(&out, n));
            go(move || take(&taker));
            go(move || alts! { _ = take(&never()) => (), _ = put(&held, n) => () });
        }
        yield_now();
        let waits = c.clone();
        go_now(move || take(&waits));
    });
    assert!(poll(&c).is_err() && offer(&c, 9).is_err(), "nobody waits there any more");
    run(|| {
        let out = c.clone();
        go(move || put(&out, 5));
        assert_eq!(take(&c), Some(5));
        assert_eq!((poll(&held), poll(&held), poll(&held)), (Ok(0), Ok(1), Err(PollError::Empty)));
    });
}

#[test]
fn spec_10_6_a_process_handle_outlives_its_scheduler() {
    let (ended, parked, unstarted) = run(|| (go_now(|| ()), go_now(|| take(&never())), go(|| ())));
    for p in [&ended, &parked, &unstarted] {
        assert!(!p.is_alive() && format!("{p:?}").contains("alive: false"));
        kill(p);
        run(|| kill(p));
    }
    assert_eq!(parked.id().to_string(), "#3");
}

#[test]
fn spec_10_6_a_future_that_outlives_its_scheduler_waits_on_in_the_next_run() {
    let c = Channel::<i32>::new();
    let mut future = Box::pin(c.take_async());
    run(|| assert!(poll_once(&mut future).is_pending()));
    assert!(offer(&c, 1).is_err(), "it does not wait between the runs");
    run(|| {
        assert!(poll_once(&mut future).is_pending(), "the channel is open: there is no answer yet");
        put(&c, 2).unwrap();
        assert_eq!(poll_once(&mut future), Poll::Ready(Some(2)));
    });
}

#[test]
fn spec_10_6_a_future_that_outlives_its_scheduler_is_harmless() {
    let c = Channel::<i32>::new();
    let mut futures: Vec<_> = (0..3).map(|_| Box::pin(c.take_async())).collect();
    run(|| {
        futures.iter_mut().for_each(|future| assert!(poll_once(future).is_pending()));
        put(&c, 1).unwrap();
    });
    drop(futures.pop());
    assert_eq!(poll_once(&mut futures[0]), Poll::Ready(Some(1)), "it was handed its value before");
    run(|| drop(futures));
    assert!(offer(&c, 1).is_err());
}

#[test]
fn spec_10_6_a_future_polled_while_the_last_callbacks_are_dropped_is_harmless() {
    let c = Channel::<i32>::new();
    let future = Rc::new(RefCell::new(Box::pin(c.take_async())));
    let polled = future.clone();
    run(|| {
        let polls = OnDrop(move || assert!(poll_once(&mut polled.borrow_mut()).is_pending()));
        take_then_callback(&Channel::<()>::new(), |_| ()).unwrap();
        let waits = never();
        take_then_callback(&waits, move |_| drop(polls)).unwrap();
        std::mem::forget(waits);
    });
    // It must not wait for a scheduler that has gone: whoever serves it would write to freed memory.
    assert!(offer(&c, 1).is_err());
    drop(future);
}

/// Keeps the waker it is given.
struct Keep(Rc<RefCell<Option<Waker>>>);

impl Op for Keep {
    type Answer = ();

    fn attempt(&mut self) -> Option<()> {
        None
    }

    fn enlist(&mut self, waker: &Waker) {
        *self.0.borrow_mut() = Some(waker.clone());
    }
}

#[test]
fn spec_10_6_late_wakes_are_swallowed() {
    let kept = Rc::new(RefCell::new(None));
    let op = Keep(kept.clone());
    Builder::new().virtual_time().run(|| {
        alts! { _ = op(op) => unreachable!(), _ = sleep(Duration::from_secs(1)) => () }
        // The choice has been made: this wakes nobody, in whatever main waits next.
        kept.borrow().as_ref().unwrap().wake_by_ref();
        let c = Channel::new();
        let out = c.clone();
        go(move || {
            sleep(Duration::from_secs(1));
            put(&out, 5)
        });
        assert_eq!(take(&c), Some(5));
    });
    let waker = kept.take().unwrap();
    waker.wake_by_ref();
    run(|| waker.wake_by_ref());
    std::thread::spawn(move || waker.wake()).join().unwrap();
}

#[test]
fn design_4_7_virtual_time_stands_while_a_wake_is_on_its_way() {
    let kept = Rc::new(RefCell::new(None));
    let op = Keep(kept.clone());
    Builder::new().virtual_time().run(|| {
        let woken_at = go_channel(move || {
            let mut op = Woken(op, 0);
            alts! { () = op(&mut op) => now() }
        });
        go(|| sleep(Duration::from_secs(3600)));
        yield_now();
        kept.take().unwrap().wake();
        let woken_at = take(&woken_at).unwrap();
        assert_eq!(woken_at, Time::ZERO, "somebody could run, and the clock went on");
    });
}

/// Ready once it has been woken.
struct Woken(Keep, u32);

impl Op for Woken {
    type Answer = ();

    fn attempt(&mut self) -> Option<()> {
        // One attempt before the waker is left, one after: the third is that of a wake.
        self.1 += 1;
        (self.1 > 2).then_some(())
    }

    fn enlist(&mut self, waker: &Waker) {
        self.0.enlist(waker);
    }
}

#[test]
fn spec_10_6_what_a_dying_process_does_reaches_those_who_die_after_it() {
    let c = Channel::new();
    let got = Rc::new(Cell::new(None));
    let (out, to, seen) = (c.clone(), c.clone(), got.clone());
    run(|| {
        go_now(move || {
            let _puts = OnDrop(move || assert_eq!(offer(&out, 5), Ok(())));
            take(&never())
        });
        go_now(move || {
            seen.set(take(&to));
            unreachable!("it was handed a value, and died with it");
        });
    });
    assert_eq!(got.get(), None);
    assert!(poll(&c).is_err());
}

#[test]
fn spec_10_6_a_deferred_at_the_end_is_killed_though_its_process_returned_on_the_way_out() {
    let d = run(|| {
        let d = go_deferred(|| {
            _ = std::panic::catch_unwind(|| take(&never()));
            5
        });
        yield_now();
        d
    });
    assert!(matches!(d.wait(), Err(ProcessError::Killed)), "its result is an error that says so");
}

#[test]
fn spec_10_6_on_leak_lists_who_was_parked() {
    let listed = Rc::new(RefCell::new(Vec::new()));
    let list = listed.clone();
    let (mut spawned, mut waits, mut slept) = (0, 0, 0);
    Builder::new().virtual_time().on_leak(move |parked| list.borrow_mut().extend_from_slice(parked)).run(|| {
        spawned = line!() + 1;
        Process::builder().name("leaky").go(|| {
            sleep(Duration::from_secs(5));
            take(&Channel::builder().name("drip").build() as &Channel<()>)
        });
        waits = spawned + 2;
        go_now(|| sleep(Duration::from_secs(60)));
        slept = line!() - 1;
        go(|| {
            loop {
                yield_now();
                sleep(Duration::from_secs(7));
            }
        });
        go_now(|| ());
        sleep(Duration::from_secs(9));
        go(|| take(&never()));
    });
    let listed = listed.borrow();
    assert_eq!(listed.len(), 4, "all but main: {listed:#?}");
    let [leaky, sleeper, ticking, newborn] = &listed[..] else { unreachable!() };
    assert_eq!(
        (leaky.name.as_deref(), leaky.instruction, leaky.since),
        (Some("leaky"), "take", Duration::from_secs(4))
    );
    assert_eq!((leaky.spawned_at.line(), leaky.waits_at.line()), (spawned, waits));
    assert!(leaky.spawned_at.file() == file!() && leaky.wants[0].object.contains("`drip`"), "{leaky}");
    assert_eq!((sleeper.instruction, sleeper.since), ("sleep", Duration::from_secs(9)));
    assert_eq!((sleeper.id.to_string(), sleeper.waits_at.line()), ("#3".into(), slept));
    assert_eq!((ticking.instruction, ticking.since), ("sleep", Duration::from_secs(2)));
    assert_eq!(newborn.instruction, "start");
    assert!(newborn.to_string().ends_with("still waits for its first turn"), "{newborn}");
}

#[test]
fn spec_10_6_on_leak_is_not_called_without_a_leak() {
    let builder = Builder::new().on_leak(|parked| panic!("{parked:?}"));
    builder.run(|| {
        go(|| ());
        go_now(|| ());
        yield_now();
    });
}

#[test]
fn spec_10_6_stats_count_what_there_is() {
    run(|| {
        let c = never();
        let (taker, out) = (c.clone(), c.clone());
        let p = go_now(move || take(&taker));
        go(|| ());
        take_then_callback(&c, |_| ()).unwrap();
        let t = timeout::<()>(Duration::from_secs(60));
        let stats = csp::stats();
        assert_eq!((stats.processes, stats.stacks_in_use, stats.callbacks, stats.timers), (3, 2, 1, 1));
        put(&out, ()).unwrap();
        put(&out, ()).unwrap();
        drop(t);
        yield_now();
        yield_now();
        assert!(!p.is_alive());
        let stats = csp::stats();
        assert_eq!((stats.processes, stats.stacks_in_use, stats.callbacks, stats.timers), (1, 1, 0, 0));
        assert!(stats.stacks_kept > 0);
    });
}
