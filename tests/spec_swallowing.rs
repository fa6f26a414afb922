//! docs/rules.md, the end of section 10: processes that do not let themselves be ended, and programs that end inside
//! one.

mod child;

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use csp::prelude::*;
use csp::{Builder, Deadlock, PanicPolicy, RunError};

/// How often a process is thrown out again before it is given up.
const PATIENCE: u32 = 1000;

fn never() -> Channel<()> {
    Channel::new()
}

/// Does `wait` for ever, whatever it throws, and counts.
fn stubborn(caught: Rc<Cell<u32>>, wait: impl Fn() + 'static) -> impl FnOnce() + 'static {
    move || {
        loop {
            _ = catch_unwind(AssertUnwindSafe(&wait));
            caught.set(caught.get() + 1);
        }
    }
}

#[test]
fn design_3_whoever_swallows_its_unwinding_is_thrown_out_of_its_next_wait() {
    run(|| {
        let (caught, ended) = (Rc::new(Cell::new(0)), Rc::new(Cell::new(false)));
        let (count, set) = (caught.clone(), ended.clone());
        let p = go_now(move || {
            for _ in 0..3 {
                _ = catch_unwind(AssertUnwindSafe(|| sleep(Duration::from_secs(3600))));
                count.set(count.get() + 1);
            }
            set.set(true);
        });
        kill(&p);
        yield_now();
        assert!(!p.is_alive() && ended.get());
        assert_eq!(caught.get(), 3, "all in one turn: it never waited again");
    });
}

#[test]
fn design_3_after_a_thousand_times_it_is_given_up_and_the_others_go_on() {
    let waits: [(&str, fn()); 6] = [
        ("take", || _ = take(&never())),
        ("put", || _ = put(&never(), ())),
        ("alts", || _ = alts([&never()])),
        ("alts!", || alts! { _ = take(&never()) => (), _ = sleep(Duration::MAX) => () }),
        ("yield_now", yield_now),
        ("stop", || stop()),
    ];
    for (what, wait) in waits {
        run(|| {
            let caught = Rc::new(Cell::new(0));
            let p = Process::builder().name("stubborn").go_now(stubborn(caught.clone(), wait));
            kill(&p);
            yield_now();
            assert!(!p.is_alive(), "{what}: given up");
            assert!(caught.get() >= PATIENCE, "{what}: {} times", caught.get());
            assert!(caught.get() <= PATIENCE + 1, "{what}: {} times", caught.get());
            assert_eq!(go_deferred(|| 5).wait().unwrap(), 5, "{what}: the others go on");
        });
    }
}

#[test]
fn design_3_one_that_polls_between_being_thrown_out_is_given_up_too() {
    // Nothing in its loop waits: only the budget of operations stands between it and the thread.
    let name = "design_3_one_that_polls_between_being_thrown_out_is_given_up_too";
    let ended = child::run(name, || {
        run(|| {
            let c = never();
            let p = go_now(stubborn(Rc::default(), move || {
                _ = poll(&c);
            }));
            kill(&p);
            yield_now();
        });
    });
    ended.assert_code(child::RETURNED);
}

#[test]
fn design_3_whoever_is_given_up_is_reported_and_the_run_goes_on_and_ends() {
    let name = "design_3_whoever_is_given_up_is_reported_and_the_run_goes_on_and_ends";
    let ended = child::run(name, || {
        let (d, killed) = run(|| {
            let body = stubborn(Rc::default(), || _ = take(&never()));
            let d = Process::builder().name("limpet").go_deferred(body);
            let p = Process::builder().name("barnacle").go(stubborn(Rc::default(), || sleep(Duration::MAX)));
            yield_now();
            kill(&p);
            sleep(Duration::from_millis(1));
            (d, !p.is_alive())
        });
        assert!(killed && matches!(d.wait(), Err(csp::ProcessError::Killed)));
        run(|| sleep(Duration::from_millis(1)));
    });
    ended.assert_code(child::RETURNED);
    ended.assert_says(&["process #2 `limpet`", "process #3 `barnacle`", file!(), "has caught its unwinding too often"]);
}

#[test]
fn design_3_main_that_does_not_let_itself_be_ended_aborts_the_program() {
    let name = "design_3_main_that_does_not_let_itself_be_ended_aborts_the_program";
    let ended = child::run(name, || run(stubborn(Rc::default(), || _ = take(&never()))));
    ended.assert_aborted();
    ended.assert_says(&["process #1 `main`", "cannot go on without it"]);
}

#[test]
fn design_3_main_that_swallows_its_end_once_has_no_value_all_the_same() {
    let result = try_run(|| catch_unwind(|| take(&never())).is_err());
    let Err(RunError::Deadlock(Deadlock { parked, .. })) = result else { panic!("{result:?}") };
    assert_eq!(parked.len(), 1);
}

#[test]
fn design_3_an_abandoned_process_keeps_what_is_on_its_stack() {
    let (kept, weak) = run(|| {
        let value = Rc::new(5);
        let weak = Rc::downgrade(&value);
        let body = stubborn(Rc::default(), yield_now);
        let p = go_now(move || {
            let on_stack = value;
            body();
            drop(on_stack);
        });
        kill(&p);
        yield_now();
        // Its stack is not used again: others do not write over it.
        for _ in 0..100 {
            go_now(|| std::hint::black_box([0xAA_u8; 16 << 10]));
        }
        (weak.upgrade(), weak)
    });
    assert_eq!(kept.as_deref(), Some(&5));
    drop(kept);
    assert_eq!(weak.strong_count(), 1, "leaked, and not freed under its feet");
}

thread_local! {
    static USES_CHANNELS: UsesChannels = const { UsesChannels(RefCell::new(None)) };
}

struct UsesChannels(RefCell<Option<Channel<i32>>>);

impl Drop for UsesChannels {
    fn drop(&mut self) {
        if let Some(c) = self.0.take() {
            let log = [take(&c), poll(&c).ok()];
            println!("thread-local: {log:?} {:?}", offer(&c, 3));
            close(&c);
            drop(Channel::<i32>::buffered(1));
            kill(&go(|| ()));
        }
    }
}

#[test]
fn design_4_6_exit_inside_a_process_ends_the_program_with_its_status() {
    let name = "design_4_6_exit_inside_a_process_ends_the_program_with_its_status";
    for (status, by_main) in [(7, true), (8, false)] {
        let ended = child::run_with(name, &[("STATUS", &status.to_string())], || {
            let status: i32 = std::env::var("STATUS").unwrap().parse().unwrap();
            run(move || {
                let c = Channel::buffered(4);
                offer(&c, 1).unwrap();
                offer(&c, 2).unwrap();
                USES_CHANNELS.with(|local| *local.0.borrow_mut() = Some(c));
                for _ in 0..10 {
                    go_now(|| take(&never()));
                    go_now(|| sleep(Duration::from_secs(1)));
                }
                if status == 7 {
                    std::process::exit(status)
                }
                go_now(move || std::process::exit(status));
            });
        });
        ended.assert_code(status);
        assert!(!ended.stderr.contains("panicked"), "by main: {by_main}: {ended:#?}");
    }
}

thread_local! {
    static LATE: Late = const { Late(RefCell::new(None)) };
}

/// Does something when no scheduler is left, and no thread-local of the library either.
struct Late(RefCell<Option<Box<dyn FnOnce()>>>);

impl Drop for Late {
    fn drop(&mut self) {
        self.0.take().unwrap()();
        println!("late");
    }
}

/// Has `late` run while a thread ends that has run a scheduler.
fn in_a_thread_local(test: &str, late: fn(Channel<i32>)) {
    let ended = child::run(test, || {
        let thread = std::thread::spawn(move || {
            // Whoever is touched first is destroyed last.
            LATE.with(|_| ());
            run(|| {
                let c = Channel::buffered(1);
                offer(&c, 1).unwrap();
                LATE.with(|local| *local.0.borrow_mut() = Some(Box::new(move || late(c))));
                go_now(|| take(&never()));
            });
        });
        thread.join().unwrap();
    });
    ended.assert_code(child::RETURNED);
    assert!(ended.stdout.contains("late"), "{ended:#?}");
}

#[test]
fn design_4_6_a_thread_local_may_use_channels_when_its_scheduler_has_gone() {
    in_a_thread_local("design_4_6_a_thread_local_may_use_channels_when_its_scheduler_has_gone", |c| {
        assert_eq!((take(&c), offer(&c, 2), alts([&c, &c]).0), (Some(1), Ok(()), Some(2)));
    });
}

#[test]
fn design_4_6_a_thread_local_may_run_a_scheduler_of_its_own() {
    in_a_thread_local("design_4_6_a_thread_local_may_run_a_scheduler_of_its_own", |_| run(yield_now));
}

#[test]
fn design_4_6_forgotten_handles_are_harmless() {
    let drops = Rc::new(());
    let inside = drops.clone();
    let c = Channel::<Rc<()>>::buffered(1);
    let alive = c.clone();
    Builder::new().panic_policy(PanicPolicy::Propagate).run(move || {
        let forever = Channel::<i32>::new();
        std::mem::forget(go_deferred(|| 1));
        std::mem::forget(go_deferred(|| take(&never())));
        std::mem::forget(go(|| take(&never())));
        let mut future = Box::pin(forever.take_async());
        let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
        assert!(future.as_mut().poll(&mut cx).is_pending());
        std::mem::forget(future);
        std::mem::forget(timeout::<()>(Duration::from_secs(3600)));
        let (sender, receiver) = channel::<i32>(1);
        std::mem::forget((sender, receiver));
        put(&c, inside).unwrap();
        yield_now();
    });
    assert_eq!(Rc::strong_count(&drops), 2);
    run(|| take(&alive));
    assert_eq!(Rc::strong_count(&drops), 1);
}
