//! What has happened is counted: once each, whichever way it happens.

use std::cell::Cell;
use std::future::Future;
use std::pin::pin;
use std::rc::Rc;
use std::task;

use csp::prelude::*;
use csp::{Builder, Census, RunError, census};

const SECOND: Duration = Duration::from_secs(1);

fn never() -> Channel<u32> {
    Channel::new()
}

/// What `main` adds to the census.
fn counted(main: impl FnOnce()) -> Census {
    Builder::new().virtual_time().run(|| {
        let before = census();
        main();
        let after = census();
        let mut counted = after;
        counted.made -= before.made;
        counted.ended -= before.ended;
        counted.messages -= before.messages;
        counted.timers -= before.timers;
        counted.closes -= before.closes;
        counted
    })
}

fn messages(main: impl FnOnce()) -> u64 {
    counted(main).messages
}

#[test]
fn main_is_the_first_process() {
    let census = Builder::new().run(census);
    assert_eq!((census.made, census.ended, census.messages, census.timers, census.closes), (1, 0, 0, 0, 0));
}

#[test]
fn processes_are_counted_when_made_and_when_ended() {
    let census = counted(|| {
        go(|| ());
        go_now(|| ());
        go(|| take(&never()));
        let killed = go_now(|| take(&never()));
        yield_now();
        kill(&killed);
        go(|| stop());
        yield_now();
        go(|| ());
    });
    assert_eq!((census.made, census.ended), (6, 4));
}

#[test]
fn a_value_counts_when_it_is_taken_not_when_it_is_put() {
    assert_eq!(messages(|| put(&Channel::buffered(1), 1).unwrap()), 0);
    assert_eq!(messages(|| offer(&Channel::sliding(1), 1).unwrap()), 0);
}

#[test]
fn every_way_to_take_counts_once() {
    let held = |value| {
        let c = Channel::buffered(1);
        put(&c, value).unwrap();
        c
    };
    let coming = |value| {
        let c = Channel::new();
        let out = c.clone();
        go(move || put(&out, value));
        c
    };
    assert_eq!(messages(|| assert_eq!(take(&held(1)), Some(1))), 1);
    assert_eq!(messages(|| assert_eq!(take(&coming(1)), Some(1))), 1, "after a wait");
    assert_eq!(messages(|| assert_eq!(poll(&held(1)), Ok(1))), 1);
    assert_eq!(messages(|| assert_eq!(alts([&held(1)]).0, Some(1))), 1);
    assert_eq!(messages(|| assert_eq!(alts([&never(), &coming(1)]).0, Some(1))), 1, "after a wait");
    assert_eq!(messages(|| alts! { v = take(&coming(1)) => assert_eq!(v, Some(1)) }), 1);
    assert_eq!(messages(|| assert_eq!((&coming(1)).into_iter().next(), Some(1))), 1);
    for channel in [held, coming] {
        let callback = messages(|| {
            let called = Rc::new(Cell::new(false));
            let call = called.clone();
            let c = channel(1);
            take_then_callback(&c, move |value| call.set(value == Some(1))).unwrap();
            sleep(SECOND);
            assert!(called.get());
        });
        assert_eq!(callback, 1);
        let future = messages(|| {
            let c = channel(1);
            let mut next = pin!(c.take_async());
            let mut cx = task::Context::from_waker(task::Waker::noop());
            while next.as_mut().poll(&mut cx).is_pending() {
                yield_now();
            }
        });
        assert_eq!(future, 1);
    }
}

#[test]
fn a_take_that_gives_nothing_does_not_count() {
    let nothing = messages(|| {
        let c = never();
        assert!(poll(&c).is_err() && alts_default([&c]).is_none());
        let closer = c.clone();
        go(move || close(&closer));
        assert_eq!((take(&c), take(&c)), (None, None));
        assert_eq!(take(&timeout::<u32>(SECOND)), None);
    });
    assert_eq!(nothing, 0);
}

#[test]
fn a_future_that_gives_its_value_back_has_not_taken_it() {
    let given_back = messages(|| {
        let c = never();
        let mut next = Box::pin(c.take_async());
        assert!(next.as_mut().poll(&mut task::Context::from_waker(task::Waker::noop())).is_pending());
        put(&c, 1).unwrap();
        drop(next);
        assert_eq!(take(&c), Some(1));
    });
    assert_eq!(given_back, 1);
}

#[test]
fn timers_count_when_they_are_set() {
    assert_eq!(counted(|| sleep(SECOND)).timers, 1);
    assert_eq!(counted(|| drop(timeout::<u32>(SECOND))).timers, 1);
    assert_eq!(counted(|| alts! { _ = sleep(SECOND) => {}, default => {} }).timers, 0, "it did not wait");
    let ticks = counted(|| {
        let ticks = ticker(SECOND);
        assert!(take(&ticks).is_some() && take(&ticks).is_some());
    });
    assert_eq!((ticks.timers, ticks.messages), (3, 2), "after each tick the next is set");
}

#[test]
fn a_channel_is_closed_once() {
    let closes = |main: &dyn Fn()| counted(main).closes;
    assert_eq!(closes(&|| [never(), never()].iter().for_each(close)), 2);
    let twice = closes(&|| {
        let c = never();
        close(&c);
        close(&c);
        drain(&c);
    });
    assert_eq!(twice, 1);
    assert_eq!(closes(&|| drain(&never())), 1);
    assert_eq!(closes(&|| drop(channel::<u32>(0))), 1, "its last sender went, or its last receiver");
    assert_eq!(closes(&|| _ = take(&go_channel(|| 1))), 1, "with its process");
    assert_eq!(closes(&|| close(&timeout::<u32>(SECOND))), 0, "that is for its timer to do");
    assert_eq!(closes(&|| drop(never())), 0);
}

#[test]
fn the_end_of_a_run_is_told_once_before_the_rest_is_unwound() {
    let told = Rc::new(Cell::new(None));
    let tell = told.clone();
    let builder = || {
        let tell = tell.clone();
        Builder::new().on_end(move |census| assert!(tell.replace(Some(*census)).is_none()))
    };
    builder().run(|| _ = go_now(|| take(&never())));
    let census = told.take().unwrap();
    assert_eq!((census.made, census.ended), (2, 1));
    assert!(matches!(builder().try_run(|| take(&never())), Err(RunError::Deadlock(_))));
    assert_eq!(told.take().unwrap().made, 1);
    assert_eq!(census.to_string(), "processes made 2, ended 1; messages 0; timers 0; closes 0");
}
