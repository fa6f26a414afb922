//! docs/rules.md, section 10: how processes are made, and in what order they run.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use csp::prelude::*;
use csp::{Builder, ProcessError, RunError};

/// What happened, in order.
#[derive(Clone, Default)]
struct Log(Rc<RefCell<Vec<String>>>);

impl Log {
    fn add(&self, what: impl Into<String>) {
        self.0.borrow_mut().push(what.into());
    }

    #[track_caller]
    fn assert(&self, expected: &str) {
        assert_eq!(self.0.borrow().join(" "), expected);
    }
}

/// Something whose drop is logged.
struct Tombstone(Log, &'static str);

impl Drop for Tombstone {
    fn drop(&mut self) {
        self.0.add(self.1);
    }
}

#[csp::test]
fn spec_10_1_go_queues_the_child_and_the_parent_goes_on() {
    let log = Log::default();
    for name in ["a", "b"] {
        let log = log.clone();
        go(move || {
            log.add(name);
            yield_now();
            log.add(name);
        });
    }
    log.add("parent");
    yield_now();
    log.add("parent");
    yield_now();
    log.assert("parent a b parent a b");
}

#[csp::test]
fn spec_10_1_go_now_runs_the_child_to_its_first_wait_then_the_parent_then_the_others() {
    let log = Log::default();
    let other = log.clone();
    go(move || other.add("other"));
    let child = log.clone();
    go_now(move || {
        child.add("child");
        yield_now();
        child.add("child-again");
    });
    log.add("parent");
    yield_now();
    log.assert("child parent other child-again");
}

#[csp::test]
fn spec_10_1_go_now_nests_like_calls() {
    let log = Log::default();
    let outer = log.clone();
    go_now(move || {
        outer.add("child");
        let inner = outer.clone();
        go_now(move || inner.add("grandchild"));
        outer.add("child");
    });
    log.add("parent");
    log.assert("child grandchild child parent");
}

#[csp::test]
fn spec_10_1_go_now_of_a_process_that_is_queued_last_still_lets_the_parent_go_on_first() {
    let log = Log::default();
    let (first, second) = (log.clone(), log.clone());
    // Main waits meanwhile, so the one that calls `go_now` is the last of its turn.
    go(move || {
        go(move || second.add("queued"));
        let child = first.clone();
        go_now(move || {
            child.add("child");
            yield_now();
        });
        first.add("parent");
    });
    sleep(Duration::from_secs(1));
    log.assert("child parent queued");
}

#[csp::test]
fn spec_10_1_go_now_in_a_callback_is_go() {
    let log = Log::default();
    let (c, inner) = (Channel::buffered(1), log.clone());
    offer(&c, 1).unwrap();
    take_then_callback(&c, move |_| {
        let child = inner.clone();
        go_now(move || child.add("child"));
        inner.add("callback");
    })
    .unwrap();
    sleep(Duration::from_secs(1));
    log.assert("callback child");
}

#[csp::test]
fn spec_10_1_processes_are_numbered_from_main_and_know_where_they_were_made() {
    let line = line!() + 1;
    let p = Process::builder().name("p").go(|| ());
    let q = go(|| ());
    assert_eq!((p.id().to_string(), q.id().to_string()), ("#2".into(), "#3".into()));
    assert_eq!((p.name(), q.name()), (Some("p"), None));
    assert_eq!((p.spawned_at().line(), p.spawned_at().file()), (line, file!()));
    for spawned in [go_now(|| ()), Process::builder().go_now(|| ())] {
        assert_eq!(spawned.spawned_at().file(), file!());
    }
    assert!(p.clone() == p && p != q);
}

#[csp::test]
fn spec_10_2_go_channel_delivers_then_closes() {
    let c = go_channel(|| 5);
    assert_eq!((take(&c), take(&c)), (Some(5), None));
}

#[csp::test]
fn spec_10_2_go_channel_keeps_a_result_that_nobody_waits_for() {
    let c = go_channel(|| 5);
    sleep(Duration::from_secs(1));
    assert_eq!(csp::stats().processes, 1, "the process did not wait for a taker");
    assert_eq!((take(&c), take(&c)), (Some(5), None));
}

#[csp::test]
fn spec_10_2_go_channel_of_stop_stop_with_and_kill() {
    let stopped = go_channel(|| -> i32 { stop() });
    assert_eq!(take(&stopped), None);
    let left = go_channel(|| -> i32 { stop_with(7) });
    assert_eq!((take(&left), take(&left)), (Some(7), None));
    // `go_channel` gives no handle, so the victim sends one made inside: its parent process is another.
    let killed = go_channel(|| {
        let inner = go_now(|| take(&Channel::<i32>::new()));
        kill(&inner);
        yield_now();
        inner.is_alive()
    });
    assert_eq!(take(&killed), Some(false));
}

#[test]
fn spec_10_2_go_channel_closes_empty_at_the_end_of_the_run() {
    let (never, unstarted) =
        run(|| (go_channel(|| take(&Channel::<i32>::new())), go_channel(|| unreachable!("it never starts"))));
    assert_eq!(poll(&never), Err(csp::PollError::Closed));
    let nothing: Result<i32, _> = poll(&unstarted);
    assert_eq!(nothing, Err(csp::PollError::Closed));
}

#[csp::test]
fn spec_10_2_go_deferred_of_return_stop_and_stop_with() {
    assert_eq!(go_deferred(|| 5).wait().unwrap(), 5);
    assert!(matches!(go_deferred(|| -> i32 { stop() }).wait(), Err(ProcessError::Stopped)));
    assert_eq!(go_deferred(|| -> i32 { stop_with(7) }).wait().unwrap(), 7);
}

#[csp::test]
fn spec_10_2_go_deferred_of_a_panic_has_the_payload_and_the_place() {
    let line = line!() + 1;
    let d = go_deferred(|| -> i32 { std::panic::panic_any(42_u8) });
    let Err(ProcessError::Panicked { payload, spawned_at }) = d.wait() else { panic!("it panicked") };
    assert_eq!(payload.downcast_ref(), Some(&42_u8));
    assert_eq!((spawned_at.line(), spawned_at.file()), (line, file!()));
}

#[test]
fn spec_10_2_go_deferred_resolves_to_killed_at_the_end_of_the_run() {
    let (never, unstarted) =
        run(|| (go_deferred(|| take(&Channel::<i32>::new())), go_deferred(|| unreachable!("it never starts"))));
    assert!(matches!(never.wait(), Err(ProcessError::Killed)), "waiting needs no scheduler, it is there");
    let resolved: Result<Result<(), _>, _> = unstarted.poll_now();
    assert!(matches!(resolved, Ok(Err(ProcessError::Killed))));
}

#[csp::test]
fn spec_10_2_poll_now_gives_the_deferred_back_while_the_process_lives() {
    let d = go_deferred(|| sleep(Duration::from_secs(1)));
    let d = d.poll_now().expect_err("not yet");
    sleep(Duration::from_secs(2));
    assert!(matches!(d.poll_now(), Ok(Ok(()))));
}

#[csp::test]
fn spec_10_5_whoever_puts_goes_on_and_the_woken_run_in_order_in_the_next_turn() {
    let (a, b, log) = (Channel::new(), Channel::new(), Log::default());
    for (name, c) in [("a", &a), ("b", &b)] {
        let (c, log) = (c.clone(), log.clone());
        go(move || {
            take(&c);
            log.add(name);
        });
    }
    yield_now();
    let queued = log.clone();
    go(move || queued.add("queued"));
    put(&b, 1).unwrap();
    put(&a, 1).unwrap();
    log.add("putter");
    yield_now();
    log.assert("putter queued b a");
}

#[csp::test]
fn spec_10_5_whoever_takes_goes_on_and_the_putter_runs_in_the_next_turn() {
    let (c, log) = (Channel::new(), Log::default());
    let (out, putter) = (c.clone(), log.clone());
    go(move || {
        put(&out, 1).unwrap();
        putter.add("putter");
    });
    yield_now();
    take(&c);
    log.add("taker");
    yield_now();
    log.assert("taker putter");
}

#[csp::test]
fn spec_10_5_each_runs_once_a_turn_however_often_it_is_made_runnable() {
    let log = Log::default();
    for name in ["a", "b", "c"] {
        let log = log.clone();
        go(move || {
            loop {
                log.add(name);
                yield_now();
            }
        });
    }
    for _ in 0..3 {
        yield_now();
        log.add("|");
    }
    log.assert("a b c | a b c | a b c |");
}

#[csp::test]
fn spec_10_5_a_pair_that_wakes_each_other_for_ever_starves_nobody() {
    let (ball, back) = (Channel::new(), Channel::new());
    let (ball_b, back_b) = (ball.clone(), back.clone());
    go(move || {
        while let Some(n) = take(&ball) {
            put(&back, n).or_stop();
        }
    });
    go(move || {
        loop {
            put(&ball_b, 1).or_stop();
            take(&back_b);
        }
    });
    for _ in 0..100 {
        yield_now();
    }
}

#[test]
fn spec_10_6_run_returns_mains_value_and_ends_the_others_in_order_of_making() {
    let log = Log::default();
    let value = run(|| {
        let second = log.clone();
        let first = log.clone();
        go(move || {
            let _grave = Tombstone(first.clone(), "first");
            let inner = first.clone();
            go(move || {
                let _grave = Tombstone(inner, "fourth");
                take(&Channel::<()>::new());
            });
            take(&Channel::<()>::new());
        });
        let queued = Tombstone(log.clone(), "second");
        go(move || {
            let _kept = &queued;
            sleep(Duration::from_secs(3600));
        });
        go(move || {
            let _grave = Tombstone(second, "third");
            loop {
                yield_now();
            }
        });
        yield_now();
        yield_now();
        let unstarted = Tombstone(log.clone(), "fifth");
        go(move || drop(unstarted));
        "value"
    });
    assert_eq!(value, "value");
    log.assert("first second third fourth fifth");
}

#[test]
fn spec_10_6_main_may_borrow_and_its_answer_may_borrow() {
    let (text, mut calls) = (String::from("borrowed"), 0);
    let word: &str = run(|| {
        calls += 1;
        yield_now();
        text.as_str()
    });
    assert_eq!((word, calls), ("borrowed", 1));
}

#[test]
fn spec_10_6_nobody_runs_after_main_has_returned() {
    let ran = Rc::new(Cell::new(false));
    let set = ran.clone();
    run(move || {
        go(move || set.set(true));
    });
    assert!(!ran.get());
}

#[test]
fn spec_10_6_run_inside_a_process_or_callback_is_refused_in_words() {
    let check = || match try_run(|| ()) {
        Err(RunError::Misplaced(why)) => assert!(why.contains("`run` inside `run`") && why.contains("`go`"), "{why}"),
        other => panic!("{other:?}"),
    };
    Builder::new().virtual_time().panic_policy(csp::PanicPolicy::Propagate).run(move || {
        check();
        go_now(check);
        let c = Channel::<()>::new();
        close(&c);
        take_then_callback(&c, move |_| check()).unwrap();
        sleep(Duration::from_secs(1));
        let message = std::panic::catch_unwind(|| run(|| ())).unwrap_err();
        assert!(message.downcast_ref::<String>().unwrap().contains("`run` inside `run`"));
    });
}

#[test]
fn spec_10_6_runs_follow_each_other_and_threads_have_their_own() {
    let c = Channel::buffered(4);
    for n in 0..4 {
        run(|| put(&c, n)).unwrap();
    }
    close(&c);
    assert_eq!(run(|| c.iter().sum::<i32>()), 6);
    let threads: Vec<_> = (0..4).map(|n| std::thread::spawn(move || run(|| go_deferred(move || n).wait()))).collect();
    let sum: i32 = threads.into_iter().map(|thread| thread.join().unwrap().unwrap()).sum();
    assert_eq!(sum, 6);
}
