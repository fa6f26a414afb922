//! Many schedulers in one program: closures that run where there is time, and what happens when it ends.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Barrier};
use std::thread;

use csp::prelude::*;
use csp::sync::{self, Runtime};
use csp::{PanicPolicy, ProcessError};

/// Counts what is dropped.
struct Counted(Arc<AtomicUsize>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

fn counter() -> (Arc<AtomicUsize>, impl Fn() -> Counted) {
    let count = Arc::new(AtomicUsize::new(0));
    let of = count.clone();
    (count, move || Counted(of.clone()))
}

#[test]
fn spec_runtime_what_is_given_to_it_runs_and_delivers() {
    let runtime = Runtime::start(2);
    let squares: Vec<_> = (0..100).map(|n| runtime.go_channel(move || n * n)).collect();
    assert_eq!(squares.iter().map(|square| take(square).unwrap()).sum::<u64>(), (0..100).map(|n| n * n).sum());
    assert_eq!(take(&squares[0]), None, "it delivers once");
}

#[test]
fn spec_runtime_workers_run_at_the_same_time() {
    let runtime = Runtime::start(2);
    let both = Arc::new(Barrier::new(2));
    let meet = |_| {
        let both = both.clone();
        runtime.go_deferred(move || _ = both.wait())
    };
    // Each holds up its worker until the other has come.
    [0, 1].map(meet).into_iter().for_each(|deferred| deferred.wait().unwrap());
}

#[test]
fn spec_runtime_no_closure_waits_for_a_worker_that_is_held_up() {
    let runtime = Runtime::start(2);
    let (busy, go_on) = (Arc::new(Barrier::new(2)), Arc::new(AtomicBool::new(false)));
    let (begun, until) = (busy.clone(), go_on.clone());
    // When it begins to hold up its worker, that has been waiting for the next closure.
    let hog = runtime.go_deferred(move || {
        sleep(Duration::from_millis(1));
        begun.wait();
        while !until.load(Ordering::SeqCst) {
            thread::yield_now();
        }
    });
    busy.wait();
    for n in 0..10 {
        assert_eq!(runtime.go_deferred(move || n).wait().unwrap(), n);
    }
    go_on.store(true, Ordering::SeqCst);
    hog.wait().unwrap();
}

#[test]
fn spec_runtime_what_a_worker_gives_and_does_not_come_to_runs_elsewhere() {
    let runtime = Runtime::start(2);
    let gives = runtime.go_deferred(|| {
        let (gone_on, here) = (Arc::new(AtomicBool::new(false)), thread::current().id());
        let tells = gone_on.clone();
        let elsewhere = sync::go_deferred(move || {
            tells.store(true, Ordering::SeqCst);
            thread::current().id()
        });
        // It does not let its worker start anything.
        while !gone_on.load(Ordering::SeqCst) {
            thread::yield_now();
        }
        (here, elsewhere.wait().unwrap())
    });
    let (here, there) = gives.wait().unwrap();
    assert_ne!(here, there);
}

#[test]
fn spec_runtime_a_process_stays_on_its_thread_and_may_use_what_is_not_send() {
    let runtime = Runtime::start(2);
    let stays = |_| {
        runtime.go_deferred(|| {
            let (here, count) = (thread::current().id(), Rc::new(Cell::new(0)));
            for _ in 0..10 {
                let count = count.clone();
                go(move || count.set(count.get() + 1));
                sleep(Duration::from_micros(10));
                assert_eq!(thread::current().id(), here);
            }
            count.get()
        })
    };
    let all: Vec<_> = (0..20).map(stays).collect();
    assert!(all.into_iter().all(|deferred| deferred.wait().unwrap() == 10));
}

#[test]
fn spec_runtime_a_deferred_says_why_there_is_no_result() {
    let runtime = Runtime::builder().workers(1).each(|b| b.panic_policy(PanicPolicy::handler(drop))).start();
    let panicked = runtime.go_deferred(|| -> u32 { panic!("out of cheese") }).wait();
    assert!(matches!(&panicked, Err(ProcessError::Panicked { .. })));
    let text = panicked.unwrap_err().to_string();
    assert!(text.contains("tests/spec_runtime.rs") && text.ends_with("panicked: out of cheese"), "{text}");
    assert!(matches!(runtime.go_deferred(|| -> u32 { stop() }).wait(), Err(ProcessError::Stopped)));
    assert_eq!(runtime.go_deferred(|| -> u32 { csp::stop_with(7u32) }).wait().unwrap(), 7);
    assert_eq!(take(&runtime.go_channel(|| -> u32 { csp::stop_with(8u32) })), Some(8));
    assert_eq!(take(&runtime.go_channel(|| -> u32 { stop() })), None);
    assert_eq!(take(&runtime.go_channel(|| -> u32 { panic!("no") })), None);
    let slow = runtime.go_deferred(|| sleep(Duration::from_secs(3600)));
    let slow = slow.poll_now().unwrap_err();
    drop(runtime);
    assert!(matches!(slow.wait(), Err(ProcessError::Killed)));
}

#[test]
fn spec_runtime_a_panic_that_nobody_looks_at_is_reported_by_its_scheduler() {
    let told = sync::Channel::buffered(9);
    let out = told.clone();
    let tell = move |b: csp::Builder| {
        let out = out.clone();
        b.panic_policy(PanicPolicy::handler(move |panic| offer(&out, panic.to_string()).unwrap()))
    };
    let runtime = Runtime::builder().workers(1).each(tell).start();
    runtime.go(|| panic!("first"));
    drop(runtime.go_deferred(|| {
        sleep(Duration::from_millis(1));
        panic!("second")
    }));
    runtime.join();
    assert!(
        [take(&told), take(&told)].into_iter().flatten().all(|text| text.contains("first") || text.contains("second"))
    );
    assert!(told.is_empty());
}

#[test]
fn spec_runtime_a_panic_is_told_once_whenever_the_deferred_is_dropped() {
    const MANY: usize = 1000;
    let told = Arc::new(AtomicUsize::new(0));
    let policy = |told: &Arc<AtomicUsize>| {
        let told = told.clone();
        PanicPolicy::handler(move |_| _ = told.fetch_add(1, Ordering::SeqCst))
    };
    let there = told.clone();
    let runtime = Runtime::builder().workers(1).each(move |b| b.panic_policy(policy(&there))).start();
    csp::Builder::new().panic_policy(policy(&told)).run(|| {
        for n in 0..MANY {
            let begun = Arc::new(AtomicUsize::new(0));
            let inside = begun.clone();
            let deferred = runtime.go_deferred(move || -> u32 {
                inside.store(1, Ordering::SeqCst);
                // Nothing is printed for each.
                std::panic::resume_unwind(Box::new(()))
            });
            // Sometimes before it has panicked, sometimes after, and sometimes while it is being told.
            while begun.load(Ordering::SeqCst) == 0 {
                thread::yield_now();
            }
            (0..n % 400).for_each(|_| std::hint::spin_loop());
            drop(deferred);
        }
    });
    runtime.join();
    assert_eq!(told.load(Ordering::SeqCst), MANY);
}

#[test]
fn spec_runtime_dropping_it_unwinds_processes_on_their_threads_and_drops_what_waits() {
    let (dropped, counted) = counter();
    let runtime = Runtime::start(2);
    let started = sync::Channel::new();
    let (ends, receiver) = sync::channel::<u32>(0);
    for _ in 0..10 {
        let (guard, started, ends) = (counted(), started.clone(), ends.clone());
        runtime.go(move || {
            let _guard = guard;
            let _ends = ends;
            put(&started, thread::current().id()).unwrap();
            sleep(Duration::from_secs(3600));
        });
    }
    drop(ends);
    (0..10).for_each(|_| _ = take(&started).unwrap());
    assert_eq!(dropped.load(Ordering::SeqCst), 0);
    drop(runtime);
    assert_eq!(dropped.load(Ordering::SeqCst), 10);
    assert_eq!(take(&receiver), None, "whose other side has gone");
}

#[test]
fn spec_runtime_what_has_not_started_is_dropped_with_it() {
    let (dropped, counted) = counter();
    let runtime = Runtime::start(1);
    let (busy, go_on) = (Arc::new(Barrier::new(2)), Arc::new(AtomicBool::new(false)));
    let (begun, until) = (busy.clone(), go_on.clone());
    // It holds up the only worker, as no process should: until main lets it go.
    runtime.go(move || {
        begun.wait();
        while !until.load(Ordering::SeqCst) {
            thread::yield_now();
        }
    });
    busy.wait();
    let guard = counted();
    let never = runtime.go_channel(move || drop(guard));
    let handle = runtime.handle();
    let ending = thread::spawn(move || drop(runtime));
    while handle.go(|| ()).is_ok() {
        thread::yield_now();
    }
    go_on.store(true, Ordering::SeqCst);
    ending.join().unwrap();
    assert_eq!((take(&never), dropped.load(Ordering::SeqCst)), (None, 1));
    assert!(handle.go(|| ()).is_err());
    assert_eq!(take(&handle.go_channel(|| 1)), None);
    assert!(matches!(handle.go_deferred(|| 1).wait(), Err(ProcessError::Killed)));
}

#[test]
fn spec_runtime_joining_it_waits_for_all_that_was_given_to_it() {
    let done = Arc::new(AtomicUsize::new(0));
    let runtime = Runtime::start(2);
    let handle = runtime.handle();
    for _ in 0..50 {
        let done = done.clone();
        runtime.go(move || {
            sleep(Duration::from_millis(1));
            done.fetch_add(1, Ordering::SeqCst);
        });
    }
    runtime.join();
    assert_eq!(done.load(Ordering::SeqCst), 50);
    assert!(handle.go(|| ()).is_err());
}

#[test]
fn spec_runtime_joining_it_in_a_process_lets_the_others_run() {
    csp::run(|| {
        let runtime = Runtime::start(1);
        let question = sync::Channel::new();
        let asked = question.clone();
        runtime.go(move || take(&asked));
        // Only this process can answer, after main has begun to wait.
        go(move || put(&question, 1));
        runtime.join();
    });
}

#[test]
fn spec_runtime_one_may_be_dropped_by_a_process_of_its_own() {
    let runtime = Runtime::start(2);
    let (out, told) = sync::channel(1);
    let handle = runtime.handle();
    _ = handle.go(move || {
        drop(runtime);
        put(&out, "still here").ok();
    });
    assert_eq!(take(&told), Some("still here"));
    while handle.go(|| ()).is_ok() {}
}

#[test]
fn spec_runtime_one_may_be_dropped_where_nothing_can_wait() {
    let panics = Arc::new(AtomicUsize::new(0));
    let count = panics.clone();
    let policy = PanicPolicy::handler(move |_| _ = count.fetch_add(1, Ordering::SeqCst));
    let (dropped, counted) = counter();
    csp::Builder::new().panic_policy(policy).run(|| {
        let (runtime, c) = (Runtime::start(2), Channel::new());
        let guard = counted();
        runtime.go(move || {
            let _guard = guard;
            sleep(Duration::from_secs(3600));
        });
        let told = dropped.clone();
        csp::take_then_callback(&c, move |_| {
            drop(runtime);
            assert_eq!(told.load(Ordering::SeqCst), 1, "it has ended");
        })
        .unwrap();
        put(&c, ()).unwrap();
        yield_now();
    });
    assert_eq!(panics.load(Ordering::SeqCst), 0);
}

#[test]
fn spec_runtime_go_in_a_worker_stays_in_its_runtime() {
    let names = sync::Channel::buffered(9);
    let runtime = Runtime::start(1);
    let out = names.clone();
    runtime.go(move || {
        let inner = sync::go_deferred(|| thread::current().id());
        put(&out, (thread::current().id(), inner.wait().unwrap())).unwrap();
    });
    let (own, other) = take(&names).unwrap();
    assert_eq!(own, other, "there is one worker");
    let elsewhere = sync::go_deferred(|| thread::current().id()).wait().unwrap();
    assert_ne!(elsewhere, own, "elsewhere it is the default runtime");
}

#[test]
#[should_panic(expected = "the least is 1")]
fn spec_runtime_without_workers_is_refused() {
    _ = Runtime::builder().workers(0);
}

#[test]
#[should_panic(expected = "of a process")]
fn spec_runtime_joining_gives_the_panic_that_ended_a_worker() {
    let runtime = Runtime::builder().workers(1).each(|b| b.panic_policy(PanicPolicy::Propagate)).start();
    runtime.go(|| panic!("of a process"));
    runtime.join();
}

#[test]
fn spec_offload_a_blocking_call_holds_up_nobody() {
    csp::run(|| {
        let (unlock, locked) = std::sync::mpsc::channel();
        // Only the other process can let it go on.
        go(move || unlock.send(7).unwrap());
        assert_eq!(sync::blocking(move || locked.recv().unwrap()), 7);
    });
    let here = thread::current().id();
    assert_eq!(sync::blocking(|| thread::current().id()), here, "there is nobody to be held up");
}

#[test]
fn spec_offload_virtual_time_stands_still_for_a_blocking_call() {
    csp::Builder::new().virtual_time().run(|| {
        let start = now();
        let early = alts! {
            n = take(&go_channel(|| sync::blocking(|| {
                thread::sleep(Duration::from_millis(5));
                7
            }))) => n == Some(7),
            _ = sleep(Duration::from_secs(3600)) => false,
        };
        assert!(early && now() == start);
        sleep(Duration::from_secs(1));
        assert_eq!((now() - start).as_secs(), 1);
    });
}

#[test]
#[should_panic(expected = "of the call")]
fn spec_offload_a_blocking_call_panics_where_it_is_waited_for() {
    csp::run(|| sync::blocking(|| panic!("of the call")));
}

#[test]
fn spec_offload_a_process_that_is_killed_does_not_wait_for_its_blocking_call() {
    csp::run(|| {
        let (unlock, locked) = std::sync::mpsc::channel::<()>();
        let process = go_now(move || sync::blocking(move || locked.recv()));
        kill(&process);
        yield_now();
        assert!(!process.is_alive());
        drop(unlock);
    });
}

#[test]
fn spec_offload_a_thread_delivers_its_result_once() {
    csp::run(|| {
        let answer = sync::thread(|| 6 * 7);
        assert_eq!((take(&answer), take(&answer)), (Some(42), None));
    });
}
