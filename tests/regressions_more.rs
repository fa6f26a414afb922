//! Mistakes that were made once, and what is right instead: what goes on within a run. See also `regressions.rs`.

#[allow(dead_code, reason = "these tests use a part of it")]
mod op_support;

use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Waker};

use csp::prelude::*;
use csp::{Builder, Op, PanicPolicy};
use op_support::custom;

const SECOND: Duration = Duration::from_secs(1);

/// An operation that waits in the method of this name.
struct WaitsIn(&'static str, fn());

impl WaitsIn {
    fn enter(&self, method: &str) {
        if self.0 == method {
            (self.1)();
        }
    }
}

impl Op for WaitsIn {
    type Answer = ();

    fn attempt(&mut self) -> Option<()> {
        self.enter("attempt");
        None
    }

    fn enlist(&mut self, waker: &Waker) {
        if self.0 == "enlist" {
            waker.wake_by_ref();
        }
        self.enter("enlist");
    }

    fn withdraw(&mut self) {
        self.enter("withdraw");
    }

    fn describe(&self) -> String {
        self.enter("describe");
        String::new()
    }
}

#[csp::test]
fn to_wait_in_any_method_of_an_operation_is_a_clear_panic() {
    // The waker of the choice ended the inner wait: a take gave `None`, and a sleep left a timer behind that pointed at
    // its process when that had gone.
    let waits: [(&str, fn()); 3] =
        [("take", || _ = take(&Channel::<()>::new())), ("sleep", || sleep(10 * SECOND)), ("yield_now", || yield_now())];
    for method in ["attempt", "enlist", "describe", "withdraw"] {
        for (verb, wait) in waits {
            let start = now();
            let process = go_deferred(move || {
                let choice = || alts! { _ = op(WaitsIn(method, wait)) => unreachable!(), _ = sleep(SECOND) => () };
                let payload = catch_unwind(choice).expect_err("it was let wait");
                let message = payload.downcast_ref::<String>().unwrap();
                assert!(message.contains(&format!("`{verb}` would have to wait here")), "{message}");
                assert!(message.contains("inside an `Op`") && message.contains(file!()), "{message}");
                // Once it is out of there, it waits like anybody.
                sleep(SECOND);
            });
            process.wait().unwrap_or_else(|error| panic!("`{verb}` in `{method}`: {error}"));
            let end = if method == "withdraw" { 2 } else { 1 };
            assert_eq!((now() - start, csp::stats().timers), (end * SECOND, 0), "`{verb}` in `{method}`");
        }
    }
}

/// Calls its function when it is dropped.
struct OnDrop(Option<Box<dyn FnOnce()>>);

impl Drop for OnDrop {
    fn drop(&mut self) {
        self.0.take().unwrap()();
    }
}

/// A choice is made, and its waker rings: then the value of a put that has lost is dropped, and does `last_words` while
/// the doorbell still hangs there.
fn with_a_stale_bell(op_first: bool, last_words: impl FnOnce() + 'static) {
    let (full, ready) = (Channel::<OnDrop>::new(), Channel::buffered(1));
    let value = OnDrop(Some(Box::new(last_words)));
    let enlist = |waker: &Waker| {
        waker.wake_by_ref();
        _ = offer(&ready, 1);
    };
    // Whichever branch is dropped first.
    if op_first {
        alts! { priority;
            _ = op(custom(|| None::<()>, enlist)) => unreachable!(),
            v = take(&ready) => assert_eq!(v, Some(1)),
            _ = put(&full, value) => unreachable!(),
        }
    } else {
        alts! { priority;
            _ = put(&full, value) => unreachable!(),
            v = take(&ready) => assert_eq!(v, Some(1)),
            _ = op(custom(|| None::<()>, enlist)) => unreachable!(),
        }
    }
}

/// A channel that has a value for its taker in a second.
fn in_a_second() -> Channel<i32> {
    go_channel(|| {
        sleep(SECOND);
        7
    })
}

#[csp::test]
fn a_stale_bell_ends_no_other_wait() {
    // The letter of a waker woke the process from whatever it waited in by then.
    let waits: [(&str, fn()); 7] = [
        ("sleep", || sleep(SECOND)),
        ("take", || assert_eq!(take(&in_a_second()), Some(7))),
        ("put", || {
            let c = Channel::new();
            let taker = c.clone();
            go(move || {
                sleep(SECOND);
                assert_eq!(take(&taker), Some(5));
            });
            assert_eq!(put(&c, 5), Ok(()));
        }),
        ("alts", || assert_eq!(alts([&in_a_second()]).0, Some(7))),
        ("alts!", || alts! { v = take(&in_a_second()) => assert_eq!(v, Some(7)), _ = sleep(9 * SECOND) => panic!() }),
        ("alts! with an operation", || {
            alts! { _ = op(custom(|| None::<()>, |_| ())) => unreachable!(), _ = sleep(SECOND) => () }
        }),
        ("wait", || assert_eq!(go_deferred(|| sleep(SECOND)).wait().unwrap(), ())),
    ];
    for (what, wait) in waits {
        for op_first in [true, false] {
            let start = now();
            let process = go_deferred(move || with_a_stale_bell(op_first, wait));
            process.wait().unwrap_or_else(|error| panic!("{what}: {error}"));
            assert_eq!((now() - start, csp::stats().timers), (SECOND, 0), "{what}");
        }
    }
}

#[csp::test]
fn a_promises_callback_gets_the_value_though_the_last_handle_has_gone() {
    // It was told `None`, as if the promise had been closed empty.
    let (promise, seen) = (Channel::promise(), Rc::new(RefCell::new(Vec::new())));
    for n in 1..=2 {
        let seen = seen.clone();
        take_then_callback(&promise, move |value| seen.borrow_mut().push((n, value))).unwrap();
    }
    put(&promise, 42).unwrap();
    drop(promise);
    (0..3).for_each(|_| yield_now());
    assert_eq!(*seen.borrow(), [(1, Some(42)), (2, Some(42))]);
}

#[csp::test]
fn parked_does_not_list_who_was_woken() {
    // It listed a process that was runnable already.
    let c = Channel::new();
    for _ in 0..2 {
        let taker = c.clone();
        go_now(move || take(&taker));
    }
    put(&c, 1).unwrap();
    let ids: Vec<_> = csp::parked().iter().map(|parked| parked.id.to_string()).collect();
    assert_eq!(ids, ["#3"], "the first is runnable");
    close(&c);
    assert!(csp::parked().is_empty());
}

/// Another process counts, at each of its turns, how often one that never waits has done something. With a budget of 5.
#[track_caller]
fn assert_counted(what: &str, work: impl Fn() + 'static) {
    let steps = Builder::new().budget(5).run(|| {
        let done = Rc::new(Cell::new(0));
        let count = done.clone();
        go(move || {
            for _ in 0..100 {
                work();
                count.set(count.get() + 1);
            }
        });
        [0; 4].map(|_| {
            yield_now();
            done.replace(0)
        })
    });
    // The first slice depends on whether the operation counts before or after it has been done.
    assert_eq!(steps[1..], [5, 5, 5], "{what}: a slice is as long as the budget");
}

#[test]
fn callbacks_and_polled_takes_count_against_the_budget() {
    // A loop of these kept everybody else from running, for ever.
    let c = Channel::dropping(1);
    assert_counted("put_then_callback", move || put_then_callback(&c, 1, |_| ()).unwrap());
    let c = Channel::buffered(200);
    (0..200).for_each(|n| offer(&c, n).unwrap());
    let full = c.clone();
    assert_counted("take_then_callback", move || take_then_callback(&full, |_| ()).unwrap());
    let empty = Channel::<i32>::new();
    assert_counted("take_async", move || {
        let future = pin!(empty.take_async());
        assert!(future.poll(&mut Context::from_waker(Waker::noop())).is_pending());
    });
    let ready = c.clone();
    assert_counted("take_async of what is there", move || {
        let future = pin!(ready.take_async());
        assert!(future.poll(&mut Context::from_waker(Waker::noop())).is_ready());
    });
}

#[test]
fn a_deferred_is_dropped_without_giving_way() {
    // It counted as an operation: killed there, its holder took the panic of the other process with it, unreported.
    let reports = Rc::new(Cell::new(0));
    let count = reports.clone();
    let policy = PanicPolicy::handler(move |_| count.set(count.get() + 1));
    Builder::new().budget(1).virtual_time().panic_policy(policy).run(|| {
        let stage = Rc::new(Cell::new("before"));
        let set = stage.clone();
        let holder = go(move || {
            let deferred = go_deferred(|| panic!("on purpose"));
            sleep(SECOND);
            // Nothing is left of its budget.
            _ = poll(&Channel::<()>::new());
            set.set("dropping");
            drop(deferred);
            set.set("dropped");
        });
        while stage.get() == "before" && holder.is_alive() {
            sleep(SECOND / 10);
        }
        assert_eq!(stage.get(), "dropped");
    });
    assert_eq!(reports.get(), 1);
}

#[test]
fn a_handler_that_waits_where_a_deferred_is_dropped_does_not_let_its_process_be_killed_there() {
    // The handler waited in the process that dropped the deferred. Killed meanwhile, that ended the run with the
    // payload it was unwound with.
    let policy = PanicPolicy::handler(|_| sleep(5 * SECOND));
    let main = || {
        Builder::new().virtual_time().panic_policy(policy).run(|| {
            let holder = go(|| {
                let deferred = go_deferred(|| panic!("on purpose"));
                yield_now();
                drop(deferred);
            });
            sleep(SECOND);
            kill(&holder);
            sleep(SECOND);
        })
    };
    let payload = catch_unwind(AssertUnwindSafe(main)).expect_err("a handler must not wait");
    let message = payload.downcast_ref::<String>().expect("a panic in words");
    assert!(message.contains("`sleep` would have to wait here") && message.contains("a panic handler"), "{message}");
}
