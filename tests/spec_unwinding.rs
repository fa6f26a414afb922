//! docs/rules.md, rule 10.3: `stop` and `kill`.

mod child;
mod drops;

use std::cell::{Cell, RefCell};
use std::panic::catch_unwind;
use std::rc::Rc;

use csp::prelude::*;
use csp::{OfferError, ProcessError, RunError};
use drops::{Counted, Drops, OnDrop, never};

#[csp::test]
fn spec_10_3_stop_from_depth_runs_every_destructor() {
    fn deep(n: u32, drops: &Drops) -> u32 {
        let _here = drops.value();
        if n == 0 { stop() } else { deep(n - 1, drops) + 1 }
    }
    let drops = Drops::default();
    let inside = drops.clone();
    let d = go_deferred(move || deep(99, &inside));
    assert!(matches!(d.wait(), Err(ProcessError::Stopped)));
    assert_eq!(drops.count(), 100);
}

#[csp::test]
fn spec_10_3_stop_inside_an_iterator_and_a_sort() {
    let seen = Rc::new(Cell::new(0));
    let inside = seen.clone();
    let d = go_deferred(move || {
        (0..100).map(|n| if n == 5 { stop() } else { n }).for_each(|n| inside.set(n));
    });
    assert!(matches!(d.wait(), Err(ProcessError::Stopped)));
    assert_eq!(seen.get(), 4);
    let c = go_channel(|| {
        [3, 1, 2].sort_by_key(|n| if *n == 2 { stop_with(*n) } else { *n });
        0
    });
    assert_eq!(take(&c), Some(2));
}

#[csp::test]
fn spec_10_3_or_stop_stops_on_none_and_on_closed() {
    let c = Channel::<i32>::new();
    close(&c);
    let out = c.clone();
    assert!(matches!(go_deferred(move || take(&c).or_stop()).wait(), Err(ProcessError::Stopped)));
    assert!(matches!(go_deferred(move || put(&out, 1).or_stop()).wait(), Err(ProcessError::Stopped)));
    assert_eq!(Some(1).or_stop(), 1);
    Ok::<(), csp::Closed<i32>>(()).or_stop();
}

#[csp::test]
fn spec_10_3_stop_with_of_another_type_is_a_panic_that_names_both() {
    let Err(ProcessError::Panicked { payload, .. }) = go_deferred(|| -> u8 { stop_with("text") }).wait() else {
        panic!("it must panic");
    };
    let message = payload.downcast_ref::<String>().unwrap();
    assert!(message.contains("`&str`") && message.contains("`u8`") && message.contains(file!()), "{message}");
}

#[csp::test]
fn spec_10_3_the_value_of_stop_with_is_dropped_once_where_nobody_waits_for_it() {
    let drops = Drops::default();
    let value = drops.value();
    go_now(move || -> Counted { stop_with(value) });
    yield_now();
    assert_eq!(drops.count(), 1);
}

#[csp::test]
fn spec_10_3_stop_with_in_main_says_to_return_the_value() {
    let panic = catch_unwind(|| stop_with(1)).unwrap_err();
    assert!(panic.downcast_ref::<&str>().unwrap().contains("return the value instead"));
}

#[test]
fn spec_10_3_if_main_stops_there_is_no_value() {
    let drops = Drops::default();
    assert!(matches!(try_run(|| stop()), Err::<(), _>(RunError::Stopped)));
    let result = try_run(|| {
        let _here = drops.value();
        go(never);
        let c = Channel::<i32>::new();
        close(&c);
        take(&c).or_stop()
    });
    assert_eq!(result, Err(RunError::Stopped));
    assert_eq!(drops.count(), 1);
    let panic = catch_unwind(|| run(|| -> i32 { stop() })).unwrap_err();
    assert!(panic.downcast_ref::<String>().unwrap().contains("main stopped"));
}

#[test]
fn spec_10_3_stop_in_a_destructor_during_unwinding_aborts_and_says_so() {
    let name = "spec_10_3_stop_in_a_destructor_during_unwinding_aborts_and_says_so";
    let ended = child::run(name, || {
        run(|| {
            let p = go_now(|| {
                let _stops = OnDrop(|| stop());
                take(&never())
            });
            kill(&p);
            yield_now();
        });
    });
    ended.assert_aborted();
    ended.assert_says(&["`stop` was called in a destructor"]);
}

#[csp::test]
fn spec_10_3_kill_returns_at_once_and_the_process_unwinds_in_the_next_turn() {
    let drops = Drops::default();
    let value = drops.value();
    let p = go_now(move || {
        let _kept = value;
        take(&never())
    });
    kill(&p);
    assert!(p.is_alive() && drops.count() == 0);
    yield_now();
    assert!(!p.is_alive() && drops.count() == 1);
}

#[csp::test]
fn spec_10_3_a_process_that_has_not_started_drops_its_closure() {
    let drops = Drops::default();
    let (value, waits) = (drops.value(), OnDrop(|| _ = take(&never())));
    let p = go(move || {
        let (_value, _waits) = (value, waits);
        unreachable!("it was killed before");
    });
    kill(&p);
    yield_now();
    assert!(!p.is_alive());
    assert_eq!(drops.count(), 1);
    assert_eq!(csp::stats().stacks_in_use, 1, "it never had a stack");
}

/// Has `wait` wait in a process, kills that, and checks that a destructor ran and the wait did not end.
#[track_caller]
fn killed_in(wait: impl FnOnce() + 'static) {
    let (drops, went_on) = (Drops::default(), Drops::default());
    let (value, after) = (drops.value(), went_on.value());
    let p = go_now(move || {
        let _kept = value;
        wait();
        drop(after);
        unreachable!("the wait came to an end");
    });
    assert_eq!(csp::parked().len(), 1);
    kill(&p);
    kill(&p);
    yield_now();
    assert!(!p.is_alive());
    assert_eq!((drops.count(), csp::stats().timers), (1, 0), "no timer is left");
    kill(&p);
}

#[csp::test]
fn spec_10_3_killed_in_any_wait_it_leaves_no_trace() {
    let c = Channel::<Rc<()>>::new();
    let value = Rc::new(());
    let taker = c.clone();
    killed_in(move || _ = take(&taker));
    assert!(offer(&c, value.clone()).is_err(), "no taker is left");

    let (putter, put_value) = (c.clone(), value.clone());
    killed_in(move || _ = put(&putter, put_value));
    assert_eq!(poll(&c), Err(csp::PollError::Empty), "no putter is left");
    assert_eq!(Rc::strong_count(&value), 1, "its value was dropped");

    let (both, branch_value) = (c.clone(), value.clone());
    killed_in(move || {
        alts! {
            _ = take(&never()) => (),
            _ = put(&both, branch_value) => (),
            _ = sleep(Duration::from_secs(1)) => (),
        }
    });
    assert_eq!(poll(&c), Err(csp::PollError::Empty));
    assert_eq!(Rc::strong_count(&value), 1);

    let list = c.clone();
    killed_in(move || _ = alts([&list, &timeout(Duration::from_secs(1))]));
    assert!(offer(&c, value.clone()).is_err());
    killed_in(|| sleep(Duration::from_secs(1)));
}

#[csp::test]
fn spec_10_3_once_killed_it_takes_part_in_nothing() {
    let (c, drops) = (Channel::new(), Drops::default());
    let (taker, out) = (c.clone(), c.clone());
    let p = go_now(move || take(&taker));
    kill(&p);
    assert!(matches!(offer(&c, 1), Err(OfferError::Full(1))), "before its next turn already");
    let value = drops.value();
    let d = Channel::new();
    let to = d.clone();
    let p = go_now(move || put(&to, value));
    kill(&p);
    assert!(poll(&d).is_err());
    // The next in the queue is served instead.
    let next = go_deferred(move || take(&out));
    yield_now();
    put(&c, 7).unwrap();
    assert_eq!(next.wait().unwrap(), Some(7));
    assert_eq!(drops.count(), 1);
}

#[csp::test]
fn spec_10_3_a_value_already_handed_over_dies_with_it_once() {
    let (c, drops) = (Channel::new(), Drops::default());
    let taker = c.clone();
    let p = go_now(move || drop(take(&taker)));
    put(&c, drops.value()).unwrap_or_else(|_| panic!("a taker waits"));
    kill(&p);
    assert_eq!(drops.count(), 0);
    yield_now();
    assert_eq!(drops.count(), 1);
    assert!(poll(&c).is_err());
}

#[csp::test]
fn spec_10_3_a_killed_putters_value_is_dropped_once_and_an_accepted_one_stays_accepted() {
    let (c, drops) = (Channel::new(), Drops::default());
    for accepted in [false, true] {
        let (out, value) = (c.clone(), drops.value());
        let p = go_now(move || put(&out, value));
        let taken = accepted.then(|| take(&c).unwrap());
        kill(&p);
        yield_now();
        assert_eq!(drops.count(), 1, "accepted: {accepted}");
        std::mem::forget(taken);
    }
}

#[csp::test]
fn spec_10_3_a_slot_keeps_its_value_when_the_process_is_killed() {
    let slot = Rc::new(RefCell::new(None));
    let seen = slot.clone();
    let p = go_now(move || {
        let mut kept = OnLeave { slot: Some(5), to: seen };
        alts! { _ = put(&Channel::new(), from kept.slot) => () }
    });
    kill(&p);
    yield_now();
    assert_eq!(*slot.borrow(), Some(5), "it never left the slot");
}

struct OnLeave {
    slot: Option<i32>,
    to: Rc<RefCell<Option<i32>>>,
}

impl Drop for OnLeave {
    fn drop(&mut self) {
        *self.to.borrow_mut() = self.slot.take();
    }
}

#[csp::test]
fn spec_10_3_killing_oneself_is_stop() {
    let (own, drops) = (Channel::buffered(1), Drops::default());
    let (handle, value) = (own.clone(), drops.value());
    let p = go(move || {
        let _kept = value;
        kill(&take(&handle).unwrap());
        unreachable!("it has stopped");
    });
    put(&own, p.clone()).unwrap();
    yield_now();
    assert!(!p.is_alive() && drops.count() == 1);
}

#[csp::test]
fn spec_10_3_killing_oneself_in_a_destructor_during_unwinding_does_nothing_more() {
    let own = Channel::buffered(1);
    let handle = own.clone();
    let p = go_now(move || {
        let _kills = OnDrop(|| kill(&poll(&handle).unwrap()));
        take(&never())
    });
    put(&own, p.clone()).unwrap();
    kill(&p);
    yield_now();
    assert!(!p.is_alive());
}

#[csp::test]
fn spec_10_3_kill_of_one_that_has_ended_changes_nothing() {
    let p = go_now(|| 1);
    assert!(!p.is_alive());
    kill(&p);
    yield_now();
    assert!(!p.is_alive());
}

#[csp::test]
fn spec_10_3_kill_of_one_that_is_runnable() {
    let turns = Drops::default();
    let count = turns.clone();
    let p = go_now(move || {
        loop {
            drop(count.value());
            yield_now();
        }
    });
    yield_now();
    let before = turns.count();
    kill(&p);
    yield_now();
    assert!(!p.is_alive());
    assert_eq!(turns.count(), before, "it did not go on");
}
