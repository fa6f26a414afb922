//! Mistakes that were made once, and what is right instead: how a run ends, whatever somebody's code does meanwhile.
//! Those that a rule has a test for elsewhere are not repeated.

mod child;

use std::cell::{Cell, RefCell};
use std::os::fd::AsRawFd;
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};
use std::rc::Rc;

use csp::prelude::*;
use csp::{Builder, Closed, OfferError, PanicPolicy, PollError};

const SECOND: Duration = Duration::from_secs(1);

/// Panics when it is dropped, unless a panic drops it.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            panic!("a bomb");
        }
    }
}

/// Calls its function when it is dropped.
struct OnDrop<F: FnMut()>(F);

impl<F: FnMut()> Drop for OnDrop<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

fn never() -> Channel<()> {
    Channel::new()
}

/// Waits until its process is to be unwound, and swallows that.
fn swallow_the_end() {
    _ = catch_unwind(|| take(&never()));
}

/// Checks that no taker is linked in `c`: whoever served one that has gone would write to freed memory.
#[track_caller]
fn assert_nobody_takes(c: &Channel<i32>) {
    assert_eq!(offer(c, 5), Err(OfferError::Full(5)));
}

/// What `main` panics with, which must be text.
#[track_caller]
fn panic_of<R>(main: impl FnOnce() -> R) -> &'static str {
    let Err(payload) = catch_unwind(AssertUnwindSafe(main)) else { panic!("it did not panic") };
    payload.downcast_ref::<&str>().copied().expect("a message")
}

#[test]
fn an_on_leak_that_panics_when_dropped_leaves_nobody_linked() {
    // It was dropped before the processes were unwound: they stayed in channels that outlived them.
    for deadlock in [true, false] {
        let c = Channel::new();
        let (taker, bomb) = (c.clone(), Bomb);
        let builder = Builder::new().on_leak(move |_| _ = &bomb);
        let message = panic_of(|| {
            builder.try_run(|| {
                go_now(move || take(&taker));
                if deadlock {
                    take(&c);
                }
            })
        });
        assert_eq!(message, "a bomb");
        assert_nobody_takes(&c);
    }
}

#[test]
fn a_panic_displaced_by_another_that_panics_when_dropped_leaves_nobody_linked() {
    // The second panic took the place of the first, whose payload then panicked out of the end of the run.
    let c = Channel::new();
    let taker = c.clone();
    let result = catch_unwind(AssertUnwindSafe(|| {
        Builder::new().panic_policy(PanicPolicy::Propagate).run(|| {
            go_now(|| {
                swallow_the_end();
                panic!("the second")
            });
            go_now(move || take(&taker));
            go(|| panic_any(Bomb));
            take(&never());
        })
    }));
    let first = result.expect_err("a panic propagates");
    assert!(first.is::<Bomb>(), "the first one");
    std::mem::forget(first);
    assert_nobody_takes(&c);
}

#[test]
fn standard_error_that_is_gone_does_not_stop_the_unwinding() {
    // A panic was reported with `eprintln!`, which panics where nobody reads: in the middle of the end of the run.
    let name = "standard_error_that_is_gone_does_not_stop_the_unwinding";
    let ended = child::run(name, || {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        // SAFETY: both are open, and nobody in this program relies on what the second was.
        assert_eq!(unsafe { libc::dup2(writer.as_raw_fd(), 2) }, 2);
        let c = Channel::new();
        let (taker, bomb) = (c.clone(), Bomb);
        let deferred = run(|| {
            go_now(|| {
                swallow_the_end();
                panic!("on the way out")
            });
            go_now(move || take(&taker));
            take_then_callback(&never(), move |_| drop(bomb)).unwrap();
            go(|| panic!("earlier"));
            let deferred = go_deferred(|| panic!("looked at by nobody"));
            yield_now();
            deferred
        });
        drop(deferred);
        assert_nobody_takes(&c);
    });
    ended.assert_code(child::RETURNED);
    assert_eq!(ended.stderr, "", "nobody could have read it");
}

#[test]
fn what_a_killed_process_left_by_stop_with_ends_nothing_else() {
    // The value was dropped outside of every catch: its panic ended the run, or the unwinding of the others.
    let c = Channel::new();
    let taker = c.clone();
    let leaves = || -> Bomb {
        swallow_the_end();
        stop_with(Bomb)
    };
    let answer = run(|| {
        kill(&go_now(leaves));
        let killed = go_deferred(leaves);
        yield_now();
        go_now(move || take(&taker));
        assert_eq!(go_deferred(|| 5).wait().unwrap(), 5, "the others go on");
        drop(killed);
        // It is killed by the end of the run, before the taker.
        6
    });
    assert_eq!(answer, 6);
    assert_nobody_takes(&c);
}

#[test]
fn a_value_left_at_the_end_of_the_run_does_not_stop_the_unwinding() {
    // As above, where main has returned.
    let c = Channel::new();
    let taker = c.clone();
    run(|| {
        go_now(|| -> Bomb {
            swallow_the_end();
            stop_with(Bomb)
        });
        go_now(move || take(&taker));
    });
    assert_nobody_takes(&c);
}

#[test]
fn a_destructor_that_panics_leaves_callbacks_unable_to_wait() {
    // That waiting is refused, as in destructors, was not taken back: a take in a callback gave `None`.
    let notes = Rc::new(RefCell::new(String::new()));
    let log = notes.clone();
    let policy = PanicPolicy::handler(move |panic| log.borrow_mut().push_str(panic.message()));
    Builder::new().panic_policy(policy).run(|| {
        let bomb = Bomb;
        kill(&go(move || drop(bomb)));
        yield_now();
        let full = Channel::buffered(1);
        offer(&full, 1).unwrap();
        take_then_callback(&full, |_| _ = take(&never())).unwrap();
        yield_now();
    });
    assert!(notes.borrow().contains("not running in a process"), "{notes:?}");
}

#[test]
fn mains_panic_goes_before_one_of_the_same_turn() {
    // Whatever panicked first was kept, or the last; not main's.
    let builder = Builder::new().panic_policy(PanicPolicy::Propagate);
    let message = panic_of(|| {
        builder.run(|| {
            go(|| panic!("another"));
            yield_now();
            panic!("main");
        })
    });
    assert_eq!(message, "main");
}

#[test]
fn a_withdrawn_take_callback_that_was_the_last_receiver_closes_the_channel() {
    // Putters of the next run waited for ever: nobody noticed that the last taker had gone.
    let (out, input) = channel(0);
    run(move || {
        take_then_callback(&input, |_| unreachable!()).unwrap();
        drop(input);
    });
    assert!(out.is_closed());
    assert_eq!(run(|| put(&out, 1)), Err(Closed(1)));
}

#[test]
fn a_withdrawn_put_callback_that_was_the_last_sender_drains_the_channel() {
    // The same on the other side: takers waited for ever.
    let (out, input) = channel(1);
    run(move || {
        put(&out, 1).unwrap();
        put_then_callback(&out, 2, |_| unreachable!()).unwrap();
        drop(out);
    });
    assert_eq!(run(|| (take(&input), take(&input))), (Some(1), None));
}

#[test]
fn put_then_callback_at_the_end_of_the_run_puts_if_it_can() {
    // It dropped the value: the channel, which goes on, never had it.
    let (open, full) = (Channel::buffered(1), Channel::buffered(1));
    let (to_open, to_full) = (open.clone(), full.clone());
    run(|| {
        put(&full, 1).unwrap();
        go_now(move || {
            let _puts = OnDrop(move || {
                put_then_callback(&to_open, 9, |_| unreachable!()).unwrap();
                put_then_callback(&to_full, 9, |_| unreachable!()).unwrap();
            });
            take(&never())
        });
    });
    assert_eq!((poll(&open), poll(&open)), (Ok(9), Err(PollError::Empty)));
    assert_eq!((poll(&full), poll(&full)), (Ok(1), Err(PollError::Empty)));
}

#[test]
fn a_timeout_that_outlives_its_run_is_closed() {
    // Its timer had gone with its scheduler: whoever took from it in the next run waited for ever.
    let (first, second) = run(|| (timeout::<()>(SECOND), timeout::<()>(Duration::MAX)));
    assert!(first.is_closed() && second.is_closed());
    assert_eq!((poll(&first), poll(&second)), (Err(PollError::Closed), Err(PollError::Closed)));
    assert_eq!(run(|| take(&first)), None);
    assert_eq!(run(|| alts([&second]).0), None);
}

#[test]
fn a_ticker_that_outlives_its_run_while_its_timer_is_armed_is_closed() {
    // As a timeout.
    let ticks = Builder::new().virtual_time().run(|| {
        let ticks = ticker(SECOND);
        assert!(take(&ticks).is_some());
        ticks
    });
    assert!(ticks.is_closed());
    assert_eq!(run(|| take(&ticks)), None);
}

#[test]
fn on_leak_does_not_list_who_was_woken() {
    // A process that was runnable already was listed, with what it had waited for.
    let listed = Rc::new(Cell::new(0));
    let count = listed.clone();
    Builder::new().on_leak(move |parked| count.set(parked.len())).run(|| {
        let c = Channel::new();
        let taker = c.clone();
        go_now(move || take(&taker));
        put(&c, 1).unwrap();
    });
    assert_eq!(listed.get(), 0);
}
