//! `csp::interrupt`, which ends every scheduler of the program: hence a binary of its own.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Sender, channel as thread_channel};
use std::sync::{Barrier, Mutex, MutexGuard, PoisonError};
use std::thread;

use csp::prelude::*;
use csp::{Builder, ProcessError, RunError};

/// One test at a time: each would end the runs of the others.
fn alone() -> MutexGuard<'static, ()> {
    static ONE: Mutex<()> = Mutex::new(());
    ONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Counts up when it is dropped.
struct Counted<'a>(&'a AtomicUsize);

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

#[test]
fn api_interrupt_ends_all_schedulers_of_the_program() {
    let _alone = alone();
    static DROPPED: AtomicUsize = AtomicUsize::new(0);
    const SCHEDULERS: usize = 4;
    let barrier = Barrier::new(SCHEDULERS + 1);
    thread::scope(|scope| {
        let runs: Vec<_> = (0..SCHEDULERS)
            .map(|n| {
                let barrier = &barrier;
                scope.spawn(move || {
                    // Real and virtual time; waiting for a timer, and busy for ever.
                    let builder = if n % 2 == 0 { Builder::new() } else { Builder::new().virtual_time() };
                    builder.try_run(|| {
                        let _main = Counted(&DROPPED);
                        go(|| {
                            let _other = Counted(&DROPPED);
                            take(&Channel::<()>::new())
                        });
                        yield_now();
                        barrier.wait();
                        if n == 0 {
                            sleep(Duration::from_secs(3600));
                        }
                        loop {
                            yield_now();
                        }
                    })
                })
            })
            .collect();
        barrier.wait();
        csp::interrupt();
        for run in runs {
            let result: Result<(), _> = run.join().unwrap();
            assert_eq!(result, Err(RunError::Interrupted));
        }
    });
    assert_eq!(DROPPED.load(Ordering::SeqCst), 2 * SCHEDULERS, "mains and others were unwound");
}

#[test]
fn api_interrupt_of_a_scheduler_that_sleeps_until_nobody_knows_when() {
    let _alone = alone();
    for builder in [Builder::new(), Builder::new().virtual_time()] {
        // A waker of another thread keeps it waiting without end.
        let (wakers, kept): (Sender<std::task::Waker>, _) = thread_channel();
        let interrupter = thread::spawn(move || {
            let waker = kept.recv().unwrap();
            csp::interrupt();
            waker
        });
        let result = builder.try_run(|| alts! { () = op(Enlist(wakers)) => () });
        assert_eq!(result, Err(RunError::Interrupted));
        interrupter.join().unwrap().wake();
    }
}

struct Enlist(Sender<std::task::Waker>);

impl csp::Op for Enlist {
    type Answer = ();

    fn attempt(&mut self) -> Option<()> {
        None
    }

    fn enlist(&mut self, waker: &std::task::Waker) {
        self.0.send(waker.clone()).unwrap();
    }
}

#[test]
fn api_interrupt_from_within_ends_main_in_its_next_wait_and_run_panics() {
    let _alone = alone();
    let mut went_on = false;
    let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        run(|| {
            csp::interrupt();
            went_on = true;
            yield_now();
            unreachable!("main is ended in its wait");
        })
    }));
    assert!(went_on);
    assert!(panic.unwrap_err().downcast_ref::<String>().unwrap().contains("interrupted"));
}

#[test]
fn api_interrupt_reaches_a_main_that_never_waits_when_its_budget_ends() {
    let _alone = alone();
    let result = try_run(|| {
        let c = Channel::<()>::new();
        csp::interrupt();
        loop {
            _ = poll(&c);
        }
    });
    assert_eq!(result, Err::<(), _>(RunError::Interrupted));
}

#[test]
fn api_interrupt_before_a_run_and_after_main_has_returned_does_nothing() {
    let _alone = alone();
    csp::interrupt();
    assert_eq!(try_run(|| go_deferred(|| 5).wait().unwrap()), Ok(5));
    let result = try_run(|| {
        csp::interrupt();
        6
    });
    assert_eq!(result, Ok(6), "main was faster");
    assert_eq!(try_run(|| go_deferred(|| 7).wait().unwrap()), Ok(7));
}

#[test]
fn api_interrupt_twice_is_once() {
    let _alone = alone();
    let result = try_run(|| {
        csp::interrupt();
        csp::interrupt();
        let _interrupts = Counted(&AtomicUsize::new(0));
        sleep(Duration::from_secs(3600));
    });
    assert_eq!(result, Err(RunError::Interrupted));
}

#[test]
fn spec_sync_a_process_that_waits_for_other_threads_is_no_deadlock_and_can_be_interrupted() {
    let _alone = alone();
    let c = csp::sync::Channel::<u32>::new();
    let (out, begun) = thread_channel();
    let waiting = thread::spawn(move || {
        csp::try_run(|| {
            go(move || out.send(()).unwrap());
            take(&c)
        })
    });
    // Another process has had its turn: this one waits.
    begun.recv().unwrap();
    csp::interrupt();
    assert!(matches!(waiting.join().unwrap(), Err(RunError::Interrupted)));
}

#[test]
fn api_interrupt_ends_the_default_runtime_and_the_next_call_starts_another() {
    let _alone = alone();
    let (begun, begins) = csp::sync::channel(0);
    let waits = csp::sync::go_deferred(move || {
        put(&begun, ()).or_stop();
        sleep(Duration::from_secs(3600));
    });
    assert_eq!(take(&begins), Some(()));
    csp::interrupt();
    assert!(matches!(waits.wait(), Err(ProcessError::Killed)));
    // Until the last worker has ended, what is given to it may end with it.
    let answer = std::iter::repeat_with(|| csp::sync::go_deferred(|| 6 * 7).wait()).find_map(Result::ok);
    assert_eq!(answer, Some(42));
}
