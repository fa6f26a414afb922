//! docs/rules.md, the end of section 10: what destructors may do while their process is thrown out, or panics.

mod drops;

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use csp::prelude::*;
use csp::{ProcessError, RunError};
use drops::{Drops, OnDrop, never};

/// What every operation answers where it must not wait.
fn check_that_nothing_waits() {
    let empty = Channel::<i32>::new();
    assert_eq!(take(&empty), None);
    assert_eq!(put(&empty, 5), Err(csp::Closed(5)));
    sleep(Duration::from_secs(1));
    yield_now();
    assert_eq!(alts([&empty]).0, None);
    assert_eq!(alts_priority([&empty]).0, None);
    assert!(alts_default([&empty]).is_none());
    let chosen = alts([Branch::Put(&empty, 6)]);
    assert!(matches!(chosen.outcome, Outcome::Put(Err(csp::Closed(6)))));
    let answered = alts! { v = take(&empty) => v.is_none(), _ = sleep(Duration::from_secs(1)) => false };
    assert!(answered, "the first branch, as if closed");
    let guarded = alts! { _ = take(&empty), if false => 0, r = put(&empty, 7) => r.unwrap_err().0 };
    assert_eq!(guarded, 7, "the first enabled branch");
    assert_eq!(alts! { _ = take(&empty) => 0, default => 1 }, 1);
    assert_eq!(empty.iter().count(), 0);
    // What can be done at once is done.
    let full = Channel::buffered(1);
    put(&full, 8).unwrap();
    assert_eq!(take(&full), Some(8));
    // Whatever it spawns runs later.
    let ran = Rc::new(Cell::new(false));
    let set = ran.clone();
    go_now(move || set.set(true));
    assert!(!ran.get());
}

/// Has `body` end a process, and checks that its destructor has seen that nothing waits.
#[track_caller]
fn destructors_never_wait(body: impl FnOnce() + 'static) {
    let (checked, start) = (Drops::default(), now());
    let count = checked.clone();
    let d = go_deferred(move || {
        let _checks = OnDrop(|| {
            check_that_nothing_waits();
            drop(count.value());
        });
        body();
    });
    drop(d.wait());
    assert_eq!((checked.count(), now() - start), (1, Duration::ZERO));
}

#[csp::test]
fn design_3_a_destructor_never_waits_while_its_process_stops() {
    destructors_never_wait(|| stop());
}

#[csp::test]
fn design_3_a_destructor_never_waits_while_its_process_panics() {
    destructors_never_wait(|| panic!("on purpose"));
}

#[csp::test]
fn design_3_a_destructor_never_waits_while_its_process_is_killed() {
    let checked = Drops::default();
    let count = checked.clone();
    let p = go_now(move || {
        let _checks = OnDrop(|| {
            check_that_nothing_waits();
            drop(count.value());
        });
        take(&never())
    });
    kill(&p);
    yield_now();
    assert_eq!(checked.count(), 1);
}

#[csp::test]
fn design_3_nothing_waits_where_a_panic_will_be_caught_and_after_that_everything_does() {
    let start = now();
    let panic = catch_unwind(|| {
        let _checks = OnDrop(check_that_nothing_waits);
        panic!("on purpose");
    });
    assert!(panic.is_err() && now() == start);
    sleep(Duration::from_secs(1));
    assert_eq!(now() - start, Duration::from_secs(1));
}

#[csp::test]
fn design_3_panicking_is_nobody_elses_affair() {
    let (c, seen) = (Channel::new(), Drops::default());
    let (out, inside) = (c.clone(), seen.clone());
    let neighbour = go_deferred(move || {
        let woken = take(&out);
        assert!(!std::thread::panicking());
        yield_now();
        drop(inside.value());
        woken
    });
    yield_now();
    let d = go_deferred(move || {
        let _wakes = OnDrop(|| {
            offer(&c, 5).unwrap();
            yield_now();
            sleep(Duration::from_secs(1));
        });
        panic!("on purpose");
    });
    assert!(matches!(d.wait(), Err(ProcessError::Panicked { .. })));
    assert_eq!((neighbour.wait().unwrap(), seen.count()), (Some(5), 1));
}

#[csp::test]
fn design_3_a_destructor_gives_nobody_way_while_panicking_however_much_it_does() {
    let (others, spawned) = (Drops::default(), Drops::default());
    let (count, child) = (others.clone(), spawned.clone());
    go(move || drop(count.value()));
    _ = catch_unwind(AssertUnwindSafe(|| {
        let _polls = OnDrop(|| {
            (0..1000).for_each(|_| _ = poll(&never()));
            let child = child.value();
            go_now(move || drop(child));
            assert_eq!((others.count(), spawned.count()), (0, 0), "nobody else has run");
        });
        panic!("on purpose");
    }));
    yield_now();
    assert_eq!((others.count(), spawned.count()), (1, 1), "they run when it is over");
}

#[csp::test]
fn design_3_a_process_may_catch_its_own_panics_and_wait_on() {
    let d = go_deferred(|| {
        let caught = catch_unwind(|| {
            yield_now();
            panic!("on purpose")
        });
        sleep(Duration::from_secs(1));
        caught.is_err()
    });
    assert!(d.wait().unwrap());
}

#[test]
fn design_3_run_in_a_destructor_while_panicking_is_refused() {
    let refused = Cell::new(None);
    let panic = catch_unwind(AssertUnwindSafe(|| {
        let _runs = OnDrop(|| refused.set(Some(try_run(|| ()))));
        panic!("on purpose");
    }));
    assert!(panic.is_err());
    let Some(Err(RunError::Misplaced(why))) = refused.take() else { panic!("it was not refused") };
    assert!(why.contains("panicking"), "{why}");
}
