//! What a run takes it gives back: values, processes, timers, callbacks, stacks, and the memory under them.

use csp::prelude::*;
use csp::{PanicPolicy, RunError, Stats};
use std::cell::Cell;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

thread_local! { static LIVE: Cell<isize> = const { Cell::new(0) } }

/// A value that is counted while it lives. Every channel, process and callback of these tests holds one.
#[derive(Debug)]
struct Counted;

impl Counted {
    fn new() -> Counted {
        LIVE.set(LIVE.get() + 1);
        Counted
    }
}

impl Clone for Counted {
    fn clone(&self) -> Counted {
        Counted::new()
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        LIVE.set(LIVE.get() - 1);
    }
}

/// A channel that is counted itself: its hook holds a value.
fn counted_channel(capacity: usize) -> Channel<Counted> {
    let own = Counted::new();
    Channel::builder().buffered(capacity).on_drop(move |value| drop((value, &own))).build()
}

/// A process that is counted itself.
fn counted_go<T: 'static>(f: impl FnOnce() -> T + 'static) -> Process {
    let own = Counted::new();
    go(move || {
        let _own = own;
        f()
    })
}

fn poll_once<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

/// A panic without the words on standard error.
fn quiet_panic() -> ! {
    resume_unwind(Box::new("on purpose"))
}

const MS: Duration = Duration::from_millis(1);

/// Starts a few processes that together do everything that can go wrong or right once. All end within a second.
fn everything_once(n: u64) {
    // Handed from one to another, with and without a buffer.
    let c = counted_channel((n % 3) as usize);
    let out = c.clone();
    counted_go(move || (0..3).for_each(|_| put(&out, Counted::new()).or_stop()));
    counted_go(move || (0..3).for_each(|_| drop(take(&c).or_stop())));

    // Killed before it started, in a take, a put, a choice, a sleep; and with a value handed to it.
    let c = counted_channel(0);
    kill(&counted_go(|| unreachable!("killed before")));
    let (c1, c2, c3) = (c.clone(), c.clone(), counted_channel(0));
    let mut doomed = vec![counted_go(|| sleep(Duration::from_secs(3600)))];
    doomed.push(counted_go(move || put(&c1, Counted::new())));
    doomed.push(counted_go(move || {
        let mut slot = Some(Counted::new());
        let other = counted_channel(0);
        alts! {
            _ = take(&other) => unreachable!("nobody has it"),
            _ = put(&c3, from slot) => unreachable!("nobody takes"),
            _ = sleep(Duration::from_secs(3600)) => unreachable!("killed before"),
        }
    }));
    counted_go(move || {
        sleep(MS);
        doomed.iter().for_each(kill);
        let taker = counted_go(move || take(&c));
        yield_now();
        offer(&c2, Counted::new()).unwrap();
        kill(&taker);
    });

    // A choice against time, lost and won.
    let c = counted_channel(0);
    let out = c.clone();
    counted_go(move || {
        let t = timeout(MS * (n % 4) as u32);
        let (value, chan) = alts([&c, &t]);
        assert_eq!(value.is_none(), chan == t);
        close(&c);
    });
    counted_go(move || {
        sleep(MS * 2);
        put(&out, Counted::new())
    });

    // Panics: of one that holds things, of one somebody waits for, of one nobody looks at, of a callback.
    counted_go(|| {
        let _held = (Counted::new(), counted_channel(2));
        sleep(MS);
        quiet_panic()
    });
    let failing = go_deferred(|| -> Counted { quiet_panic() });
    counted_go(move || assert!(failing.wait().is_err()));
    drop(go_deferred(|| -> Counted { quiet_panic() }));
    let c = counted_channel(1);
    offer(&c, Counted::new()).unwrap();
    take_then_callback(&c, |_| quiet_panic()).unwrap();

    // Results: taken, left, stopped with from a depth.
    let (results, left) = (go_channel(Counted::new), go_channel(Counted::new));
    counted_go(move || drop((take(&results), left)));
    drop(go_deferred(|| -> Counted { stop_with(Counted::new()) }));

    // Callbacks: served, closed, and with the last handle gone.
    let c = counted_channel(0);
    take_then_callback(&c, |value| assert!(value.is_some())).unwrap();
    put_then_callback(&c, Counted::new(), |answer| assert!(answer.is_ok())).unwrap();
    put_then_callback(&c, Counted::new(), |answer| assert!(answer.is_err())).unwrap();
    if n.is_multiple_of(2) {
        close(&c);
    }
    drop(c);

    // Futures: of a take, dropped before and after a value was handed to it; of a result.
    let c = counted_channel(0);
    counted_go(move || {
        {
            let mut never = pin!(c.take_async());
            assert!(poll_once(never.as_mut()).is_pending());
        }
        let mut next = Box::pin(c.take_async());
        assert!(poll_once(next.as_mut()).is_pending());
        offer(&c, Counted::new()).unwrap();
        if n.is_multiple_of(2) {
            yield_now();
        }
        drop(next);
        assert!(poll(&c).is_ok(), "the value came back");
        let mut result = pin!(go_deferred(Counted::new));
        assert!(poll_once(result.as_mut()).is_pending());
        sleep(MS);
        assert!(poll_once(result.as_mut()).is_ready());
    });

    // Ends: values stay in the buffer when the receiver goes, putters get theirs back, takers are told.
    let (to, from) = channel(2);
    let again = to.clone();
    counted_go(move || while put(&to, Counted::new()).is_ok() {});
    counted_go(move || put(&again, Counted::new()));
    counted_go(move || {
        sleep(MS);
        drop((take(&from), from));
    });

    // Tickers, timeouts and promises that are forgotten.
    let (ticks, later) = (ticker(MS), timeout::<()>(Duration::from_secs(3600)));
    let promise = Channel::promise();
    put(&promise, Counted::new()).unwrap();
    counted_go(move || drop((take(&ticks), later, take(&promise))));
}

/// What must be as it was; stacks kept for the next process are not.
fn held(stats: Stats) -> [usize; 4] {
    [stats.processes, stats.timers, stats.callbacks, stats.stacks_in_use]
}

/// A run whose panics are counted, not told.
fn silent(panics: &Rc<Cell<u32>>) -> csp::Builder {
    let panics = panics.clone();
    let count = PanicPolicy::handler(move |panic| {
        assert_eq!(panic.message(), "on purpose");
        panics.set(panics.get() + 1);
    });
    csp::Builder::new().virtual_time().seed(1).panic_policy(count)
}

#[test]
fn a_large_mixed_run_holds_afterwards_what_it_held_before() {
    let panics = Rc::new(Cell::new(0));
    let made = silent(&panics).run(|| {
        let before = held(csp::stats());
        assert_eq!(before, [1, 0, 0, 1], "main alone");
        for round in 0..10 {
            for n in 0..100 {
                everything_once(n);
            }
            assert!(csp::stats().processes > 1000);
            sleep(Duration::from_secs(1));
            assert_eq!(held(csp::stats()), before, "round {round}: {:?}", csp::parked());
            assert_eq!(LIVE.get(), 0, "round {round}: values live on");
        }
        go(|| {}).id()
    });
    let made: u32 = made.to_string().trim_start_matches('#').parse().unwrap();
    assert!(made > 20_000, "{made} processes are no large run");
    assert_eq!(panics.get(), 3 * 1000, "the one somebody waited for was not reported");
    assert_eq!(LIVE.get(), 0);
}

/// Main's way out must not matter: by returning, by a panic, by a deadlock, by stopping. What was in the middle of
/// something, or had not begun, goes with the run.
#[test]
fn whatever_was_going_on_when_main_ends_goes_with_it() {
    let panics = Rc::new(Cell::new(0));
    let begin = || {
        let (kept, results) = (counted_channel(0), Channel::promise());
        for n in 0..100 {
            everything_once(n);
            let (c, out, own) = (kept.clone(), kept.clone(), Counted::new());
            counted_go(move || out.take());
            take_then_callback(&kept, move |_| drop((c, own))).unwrap();
            let answer = results.clone();
            counted_go(move || drop((take(&answer), Counted::new())));
        }
        put(&results, go_deferred(|| sleep(MS)).wait().is_ok()).unwrap();
        everything_once(0);
        assert!(LIVE.get() > 400 && csp::stats().callbacks > 100);
        (kept, take_async_pending())
    };
    fn take_async_pending() -> impl Future<Output = Option<Counted>> {
        let channel = counted_channel(0);
        let mut future = Box::pin(channel.take_async());
        assert!(poll_once(future.as_mut()).is_pending());
        future
    }

    // What main returns outlives the run, and may be used after it.
    let (kept, future) = silent(&panics).run(begin);
    assert!(offer(&kept, Counted::new()).is_err(), "nobody waits any more");
    drop((kept, future));
    assert_eq!(LIVE.get(), 0, "main returned");

    let panicked = catch_unwind(AssertUnwindSafe(|| {
        silent(&panics).run(|| {
            let _held = begin();
            quiet_panic()
        })
    }));
    assert!(panicked.is_err());
    assert_eq!(LIVE.get(), 0, "main panicked");

    let deadlock = silent(&panics).try_run(|| {
        let (kept, _future) = begin();
        kept.iter().count()
    });
    assert!(matches!(deadlock, Err(RunError::Deadlock(report)) if report.parked.len() > 100));
    assert_eq!(LIVE.get(), 0, "a deadlock");

    let stopped = silent(&panics).try_run(|| {
        let _held = begin();
        stop()
    });
    assert_eq!(stopped.err(), Some(RunError::Stopped));
    assert_eq!(LIVE.get(), 0, "main stopped");
}

/// After a peak of 20,000 parked processes, and some seconds in which nobody needs them: within the run at most 1,024
/// stacks of the default class are kept, of which a process of this test has touched five pages at most, and the allocator
/// may keep what is in its gaps: 40 MiB.
/// After the run no stack is left, only what the allocator keeps: 24 MiB, however often. (The peak itself takes more
/// than 150 MiB.)
#[cfg(target_os = "linux")]
#[test]
fn memory_comes_back_after_a_peak() {
    // Other tests must not allocate meanwhile: a process of its own.
    if std::env::var_os("CSP_TEST_PEAK").is_none() {
        let child = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "memory_comes_back_after_a_peak", "--nocapture"])
            .env("CSP_TEST_PEAK", "1")
            .output()
            .unwrap();
        let (out, err) = (String::from_utf8_lossy(&child.stdout), String::from_utf8_lossy(&child.stderr));
        assert!(child.status.success(), "{out}{err}");
        return;
    }

    const PEAK: usize = 20_000;
    const MIB: usize = 1 << 20;
    fn resident() -> usize {
        let status = std::fs::read_to_string("/proc/self/status").unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.trim().trim_end_matches(" kB").parse::<usize>().unwrap() << 10
    }
    let peak = || {
        let gate = Channel::<()>::new();
        for _ in 0..PEAK {
            let gate = gate.clone();
            go(move || take(&gate));
        }
        yield_now();
        assert_eq!(csp::parked().len(), PEAK);
        let high = resident();
        close(&gate);
        yield_now();
        assert_eq!(csp::stats().processes, 1);
        high
    };
    // Once for the machinery: a run of its own, and one process.
    csp::run(|| go_deferred(|| ()).wait().unwrap());
    let before = resident();
    for round in 0..3 {
        let (high, kept) = csp::Builder::new().virtual_time().run(|| {
            let high = peak();
            assert_eq!(csp::stats().stacks_kept, PEAK, "they may be needed at once");
            (0..5).for_each(|_| sleep(Duration::from_secs(1))); // it learns what is not needed, and goes bit by bit
            assert!(csp::stats().stacks_kept <= 1024, "{:?}", csp::stats());
            (high, resident())
        });
        let after = resident();
        let [high, kept, after] = [high, kept, after].map(|now| now.saturating_sub(before));
        println!("round {round}: peak {} KiB, kept {} KiB, after {} KiB", high >> 10, kept >> 10, after >> 10);
        assert!(high > PEAK * 4096, "each stack has a page of its own: {high}");
        assert!(kept < 40 * MIB, "round {round}: {} KiB are kept in the run", kept >> 10);
        assert!(after < 24 * MIB, "round {round}: {} KiB are left after the run", after >> 10);
    }
}
