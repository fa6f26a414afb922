//! docs/rules.md, rules 11.1 and 2.6: callbacks.

mod notes;

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};

use csp::PollError;
use csp::prelude::*;
use notes::{Log, noting};

#[csp::test]
fn spec_11_1_a_callback_never_runs_in_its_callers_tick() {
    let (c, log) = (Channel::buffered(2), Log::default());
    put_then_callback(&c, 1, log.note("put")).unwrap();
    take_then_callback(&c, log.note("take")).unwrap();
    assert_eq!(poll(&c), Err(PollError::Empty), "the operations themselves are done");
    close(&c);
    put_then_callback(&c, 2, |failed| assert_eq!(failed, Err(csp::Closed(2)))).unwrap();
    take_then_callback(&c, log.note("closed")).unwrap();
    log.assert(&[]);
    yield_now();
    log.assert(&["put Ok(())", "take Some(1)", "closed None"]);
}

#[csp::test]
fn spec_11_1_whoever_serves_a_callback_goes_on_first() {
    let (c, log) = (Channel::new(), Log::default());
    take_then_callback(&c, log.note("take")).unwrap();
    put(&c, 1).unwrap();
    log.add("putter");
    yield_now();
    put_then_callback(&c, 2, log.note("put")).unwrap();
    assert_eq!(take(&c), Some(2));
    log.add("taker");
    yield_now();
    log.assert(&["putter", "take Some(1)", "taker", "put Ok(())"]);
}

#[csp::test]
fn spec_11_1_a_callback_runs_outside_any_process_and_in_a_turn_of_its_own() {
    let (c, log) = (Channel::buffered(1), Log::default());
    put(&c, 0).unwrap();
    let (inner, again) = (log.clone(), c.clone());
    take_then_callback(&c, move |_| {
        let panic = catch_unwind(|| take(&Channel::<()>::new())).unwrap_err();
        let message = panic.downcast_ref::<String>().unwrap();
        assert!(message.contains("not running in a process") && message.contains("take_then_callback"), "{message}");
        // One made inside, with its answer there already, is not run inside.
        put_then_callback(&again, 1, inner.note("second")).unwrap();
        inner.add("first");
    })
    .unwrap();
    yield_now();
    log.assert(&["first"]);
    yield_now();
    log.assert(&["first", "second Ok(())"]);
}

#[csp::test]
fn spec_11_1_callbacks_run_in_order_of_completion() {
    let (a, b, log) = (Channel::new(), Channel::new(), Log::default());
    take_then_callback(&a, log.note("a1")).unwrap();
    take_then_callback(&b, log.note("b")).unwrap();
    take_then_callback(&a, log.note("a2")).unwrap();
    put_then_callback(&b, 1, log.note("put b")).unwrap();
    put_then_callback(&a, 2, log.note("put a1")).unwrap();
    put_then_callback(&a, 3, log.note("put a2")).unwrap();
    yield_now();
    log.assert(&["b Some(1)", "put b Ok(())", "a1 Some(2)", "put a1 Ok(())", "a2 Some(3)", "put a2 Ok(())"]);
}

#[csp::test]
fn spec_11_1_callbacks_and_processes_are_served_in_order_of_arrival() {
    let (c, log) = (Channel::new(), Log::default());
    let (first, last) = (c.clone(), c.clone());
    let (noted, noted_too) = (log.clone(), log.clone());
    go_now(move || noted.add(format!("process {:?}", take(&first))));
    take_then_callback(&c, log.note("callback")).unwrap();
    go_now(move || noted_too.add(format!("process {:?}", take(&last))));
    for n in 1..=3 {
        put(&c, n).unwrap();
    }
    yield_now();
    log.assert(&["process Some(1)", "callback Some(2)", "process Some(3)"]);
}

#[csp::test]
fn spec_11_1_closing_answers_callbacks_that_wait() {
    let (c, d, log) = (Channel::<i32>::new(), Channel::new(), Log::default());
    take_then_callback(&c, log.note("take")).unwrap();
    let back = log.clone();
    put_then_callback(&d, 5, move |failed| back.add(failed.unwrap_err().into_inner())).unwrap();
    close(&c);
    close(&d);
    log.assert(&[]);
    yield_now();
    log.assert(&["take None", "5"]);
}

#[csp::test]
fn spec_11_1_a_callback_may_spawn_and_use_what_never_waits() {
    let (c, done) = (Channel::buffered(1), Channel::new());
    let (out, again) = (done.clone(), c.clone());
    take_then_callback(&c, move |value: Option<i32>| {
        assert_eq!(offer(&again, 7), Ok(()));
        assert!(alts_default([&again]).is_some());
        go(move || put(&out, value));
    })
    .unwrap();
    put(&c, 5).unwrap();
    assert_eq!(take(&done), Some(Some(5)));
}

#[test]
fn spec_11_1_a_callback_that_panics_is_reported_and_stops_nothing_else() {
    let line = Cell::new(0);
    let notes = noting(|| {
        let (c, log) = (Channel::buffered(3), Log::default());
        (0..3).for_each(|n| put(&c, n).unwrap());
        take_then_callback(&c, log.note("before")).unwrap();
        line.set(line!() + 1);
        take_then_callback(&c, |_| panic!("on purpose")).unwrap();
        take_then_callback(&c, log.note("after")).unwrap();
        yield_now();
        log.assert(&["before Some(0)", "after Some(2)"]);
    });
    assert_eq!(notes, [format!("a callback, started at {}:{}, panicked: on purpose", file!(), line.get())]);
}

#[test]
fn spec_11_1_a_callback_that_waits_is_reported() {
    let waits: [fn(); 5] = [
        || _ = take(&Channel::<()>::new()),
        || _ = put(&Channel::new(), 1),
        || sleep(Duration::from_secs(1)),
        yield_now,
        || stop(),
    ];
    for wait in waits {
        let notes = noting(|| {
            let c = Channel::buffered(1);
            put_then_callback(&c, 1, move |_| wait()).unwrap();
            sleep(Duration::from_secs(1));
        });
        assert_eq!(notes.len(), 1);
        assert!(notes[0].starts_with("a callback") && notes[0].contains("not running in a process"), "{notes:?}");
    }
}

#[test]
fn spec_11_1_a_callback_needs_a_running_scheduler() {
    let c = Channel::buffered(1);
    let taking = catch_unwind(AssertUnwindSafe(|| take_then_callback(&c, |_: Option<i32>| ()).is_ok())).unwrap_err();
    let putting = catch_unwind(AssertUnwindSafe(|| put_then_callback(&c, 1, |_| ()).is_ok())).unwrap_err();
    for (panic, name) in [(taking, "take_then_callback"), (putting, "put_then_callback")] {
        let message = panic.downcast_ref::<String>().unwrap();
        assert!(message.contains(name) && message.contains("csp::run"), "{message}");
    }
    assert!(c.is_empty(), "nothing was put");
}

#[csp::test]
fn spec_2_6_1024_callbacks_may_wait_on_each_side() {
    let (c, d) = (Channel::builder().name("jam").build(), Channel::new());
    let made = line!() - 1;
    let log = Log::default();
    for _ in 0..1024 {
        take_then_callback(&c, |_| ()).unwrap();
        put_then_callback(&d, 0, |_| ()).unwrap();
    }
    let refused = take_then_callback(&c, log.note("refused")).unwrap_err();
    let message = refused.to_string();
    for word in ["1024 callbacks", "`jam`", &format!("{}:{made}", file!()), "callback_limit"] {
        assert!(message.contains(word), "{word} in {message}");
    }
    assert!(format!("{refused:?}").contains("jam"));
    (refused.callback)(Some(5));
    log.assert(&["refused Some(5)"]);

    let refused = put_then_callback(&d, 7, log.note("refused")).unwrap_err();
    assert_eq!(refused.value, 7);
    (refused.callback)(Ok(()));
    // As soon as one has been served there is room for another.
    put(&c, 1).unwrap();
    take_then_callback(&c, |_| ()).unwrap();
    assert!(take_then_callback(&c, |_| ()).is_err());
    take(&d).unwrap();
    put_then_callback(&d, 7, |_| ()).unwrap();
    assert!(put_then_callback(&d, 7, |_| ()).is_err());
}

#[csp::test]
fn spec_2_6_the_limit_is_settable_and_does_not_count_what_need_not_wait() {
    let c = Channel::builder().callback_limit(2).buffered(3).build();
    for n in 0..5 {
        put_then_callback(&c, n, |_| ()).unwrap();
    }
    assert!(put_then_callback(&c, 5, |_| ()).is_err(), "three in the buffer, two wait");
    for n in 0..5 {
        take_then_callback(&c, move |value| assert_eq!(value, Some(n))).unwrap();
    }
    take_then_callback(&c, |_| ()).unwrap();
    take_then_callback(&c, |_| ()).unwrap();
    assert!(take_then_callback(&c, |_| ()).is_err());
    close(&c);
    take_then_callback(&c, |_| ()).unwrap();
    yield_now();
    let none = Channel::<i32>::builder().callback_limit(0).build();
    assert!(take_then_callback(&none, |_| ()).is_err());
}

#[csp::test]
fn spec_2_6_processes_wait_without_limit() {
    let (c, d) = (Channel::new(), Channel::new());
    for n in 0..5000_u64 {
        let (c, d) = (c.clone(), d.clone());
        go(move || {
            take(&c).unwrap();
            put(&d, n).unwrap();
        });
    }
    yield_now();
    assert_eq!(csp::parked().len(), 5000);
    for _ in 0..5000 {
        put(&c, ()).unwrap();
    }
    yield_now();
    assert_eq!(csp::parked().len(), 5000, "now all of them put");
    assert!((0..5000).all(|n| take(&d) == Some(n)), "in order of arrival");
}
