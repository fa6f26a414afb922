//! docs/rules.md, section 13: deadlock; and what is said where waiting is impossible.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc;
use std::task::Waker;
use std::thread;

use csp::prelude::*;
use csp::{Builder, Deadlock, Op, RunError};

#[track_caller]
fn deadlock<R>(builder: Builder, main: impl FnOnce() -> R) -> Deadlock {
    match builder.try_run(main) {
        Err(RunError::Deadlock(report)) => report,
        Err(other) => panic!("{other:?}"),
        Ok(_) => panic!("main returned"),
    }
}

fn virtual_time() -> Builder {
    Builder::new().virtual_time()
}

#[test]
fn spec_13_1_main_alone_that_waits_for_ever() {
    let report = deadlock(Builder::new(), || take(&Channel::<()>::new()));
    assert_eq!(report.parked.len(), 1);
    assert_eq!((report.parked[0].name.as_deref(), report.parked[0].id.to_string()), (Some("main"), "#1".into()));
    assert!(report.to_string().starts_with("deadlock: the only process waits, and nothing can wake it:"), "{report}");
}

#[test]
fn spec_13_1_of_many_that_are_alike_the_first_few_are_shown() {
    let report = deadlock(Builder::new(), || {
        let c = Channel::<()>::new();
        let crowd = |c: Channel<()>| _ = Process::builder().name("crowd").go(move || take(&c));
        (0..5).for_each(|_| crowd(c.clone()));
        go_now(|| take(&Channel::<()>::new()));
        (0..5).for_each(|_| crowd(c.clone()));
        take(&c);
    });
    assert_eq!(report.parked.len(), 12, "all are in the list");
    let shown = report.to_string();
    assert_eq!(shown.matches("`crowd`").count(), 3, "{shown}");
    assert_eq!(shown.matches("more like this one").count(), 1, "{shown}");
    let (before, after) = shown.split_once("\n    and 7 more like this one\n").unwrap();
    assert!(before.contains("process #4 `crowd`") && after.contains("process #7, started at"), "{shown}");
}

#[test]
fn spec_13_1_no_deadlock_while_a_timer_is_due_some_day() {
    virtual_time().run(|| {
        let c = Channel::new();
        let out = c.clone();
        go(move || {
            sleep(Duration::from_secs(3600));
            put(&out, 1)
        });
        assert_eq!(take(&c), Some(1));
        assert_eq!(take(&timeout::<()>(Duration::from_secs(1))), None);
    });
}

#[test]
fn spec_13_1_a_timer_that_was_withdrawn_prevents_nothing() {
    let report = deadlock(virtual_time(), || {
        let c = Channel::buffered(1);
        put(&c, 1).unwrap();
        alts! { priority; _ = take(&c) => (), _ = sleep(Duration::from_secs(1)) => () }
        drop(timeout::<()>(Duration::from_secs(1)));
        let sleeper = go_now(|| sleep(Duration::from_secs(1)));
        kill(&sleeper);
        take(&Channel::<()>::new());
    });
    assert_eq!(report.parked[0].since, Duration::ZERO);
}

#[test]
fn spec_13_1_callbacks_and_futures_of_this_scheduler_can_wake_nobody() {
    let report = deadlock(virtual_time(), || {
        let c = Channel::<i32>::new();
        take_then_callback(&c, |_| ()).unwrap();
        let mut future = std::pin::pin!(c.take_async());
        _ = future.as_mut().poll(&mut std::task::Context::from_waker(Waker::noop()));
        take(&Channel::<()>::new());
    });
    assert_eq!(report.parked.len(), 1);
}

#[test]
fn spec_13_2_the_report_names_everything() {
    let (made, spawned, line) = (line!() + 2, line!() + 4, line!() + 6);
    let report = deadlock(virtual_time(), || {
        let drip = Channel::<i32>::builder().name("drip").build();
        let taker = drip.clone();
        Process::builder().name("plumber").go(move || {
            sleep(Duration::from_secs(5));
            take(&taker)
        });
        go(move || put(&Channel::new(), 1));
        go(|| {
            alts! { _ = take(&Channel::<()>::new()) => (), _ = put(&Channel::new(), 2) => () }
        });
        go(|| ());
        sleep(Duration::from_secs(7));
        take(&drip)
    });
    let instructions: Vec<_> = report.parked.iter().map(|parked| parked.instruction).collect();
    assert_eq!(instructions, ["take", "take", "put", "alts"], "in order of making");
    let since: Vec<_> = report.parked.iter().map(|parked| parked.since.as_secs()).collect();
    assert_eq!(since, [0, 2, 7, 7]);

    let plumber = &report.parked[1];
    assert_eq!((plumber.name.as_deref(), plumber.id.to_string()), (Some("plumber"), "#2".into()));
    assert_eq!((plumber.spawned_at.line(), plumber.waits_at.line()), (spawned, line));
    assert_eq!(plumber.wants[0].object, format!("channel `drip`, made at {}:{made}", file!()));
    let wants: Vec<_> = report.parked[3].wants.iter().map(|want| want.verb).collect();
    assert_eq!(wants, ["take", "put"], "every branch");

    let text = report.to_string();
    let file = file!();
    for words in [
        "deadlock: all processes wait, and nothing can wake them:".to_owned(),
        format!("process #2 `plumber`, started at {file}:{spawned}"),
        format!("has waited 2s at {file}:{line} to take from channel `drip`, made at {file}:{made}"),
        format!("process #1 `main`, started at {file}"),
        "process #3, started at".to_owned(),
        "to put to channel #".to_owned(),
        "in alts over 2:".to_owned(),
    ] {
        assert!(text.contains(&words), "{words:?} in\n{text}");
    }
}

#[test]
fn spec_13_2_run_panics_with_the_report_and_the_places_are_the_callers() {
    let line = line!() + 1;
    let main = || Channel::<()>::builder().name("empty").build().iter().for_each(drop);
    let panic = catch_unwind(|| run(main));
    let panic = panic.unwrap_err();
    let message = panic.downcast_ref::<String>().unwrap();
    assert!(message.contains("deadlock") && message.contains("`empty`"), "{message}");
    assert!(message.contains(&format!("{}:{line}", file!())), "the line of the loop: {message}");
}

#[test]
fn spec_13_2_every_way_of_waiting_knows_its_line() {
    let waits: [(fn(), u32, &str); 8] = [
        (|| _ = take(&Channel::<()>::new()), line!(), "take"),
        (|| _ = Channel::<()>::new().take(), line!(), "take"),
        (|| _ = put(&Channel::new(), 1), line!(), "put"),
        (|| _ = channel::<()>(0).1.take(), line!(), "take"),
        (|| _ = alts([&Channel::<()>::new()]), line!(), "alts"),
        (|| _ = alts_priority([Branch::Put(&Channel::new(), 1)]), line!(), "alts"),
        (|| alts! { _ = take(&Channel::<()>::new()) => () }, line!(), "alts"),
        (|| _ = go_deferred(|| _ = take(&Channel::<()>::new())).wait(), line!(), "take"),
    ];
    for (wait, line, verb) in waits {
        match try_run(wait) {
            Ok(()) => panic!("line {line} did not wait"),
            Err(RunError::Deadlock(report)) => {
                assert_eq!((report.parked[0].waits_at.line(), report.parked[0].instruction), (line, verb));
                assert_eq!(report.parked[0].waits_at.file(), file!());
            }
            Err(other) => panic!("{other}"),
        }
    }
}

#[test]
fn spec_13_2_a_deadlock_unwinds_everybody() {
    let token = std::rc::Rc::new(());
    let (mains, other) = (token.clone(), token.clone());
    _ = deadlock(Builder::new(), || {
        let _mains = mains;
        go(move || {
            let _other = other;
            take(&Channel::<()>::new())
        });
        take(&Channel::<()>::new())
    });
    assert_eq!(std::rc::Rc::strong_count(&token), 1);
}

#[test]
fn spec_13_2_a_deadlock_is_not_a_leak() {
    _ = deadlock(Builder::new().on_leak(|_| panic!("it has its own report")), || {
        go(|| take(&Channel::<()>::new()));
        take(&Channel::<()>::new())
    });
}

/// What another thread will send.
struct Letter {
    content: mpsc::Receiver<i32>,
    wakers: mpsc::Sender<Waker>,
}

impl Op for Letter {
    type Answer = i32;

    fn attempt(&mut self) -> Option<i32> {
        self.content.try_recv().ok()
    }

    fn enlist(&mut self, waker: &Waker) {
        _ = self.wakers.send(waker.clone());
    }

    fn describe(&self) -> String {
        "a letter".into()
    }
}

#[test]
fn spec_13_3_whoever_holds_a_waker_prevents_the_report_and_the_table_shows_who_waits() {
    for builder in [Builder::new(), virtual_time()] {
        let ((send, content), (wakers, waiting)) = (mpsc::channel(), mpsc::channel::<Waker>());
        let (look, looked) = mpsc::channel::<()>();
        let postman = thread::spawn(move || {
            let first = waiting.recv().unwrap();
            looked.recv().unwrap();
            // A wake without an answer: the process tries again, and waits on.
            first.wake();
            let second = waiting.recv().unwrap();
            send.send(5).unwrap();
            second.wake();
        });
        let letter = Letter { content, wakers };
        let got = builder.run(|| {
            let c = Channel::new();
            let out = c.clone();
            go(move || put(&out, alts! { n = op(letter) => n }));
            yield_now();
            let waiting = csp::parked();
            assert_eq!((waiting.len(), waiting[0].wants[0].object.as_str()), (1, "a letter"));
            look.send(()).unwrap();
            take(&c)
        });
        assert_eq!(got, Some(5));
        postman.join().unwrap();
    }
}

#[test]
fn spec_13_3_when_the_last_waker_goes_unused_that_is_a_deadlock() {
    for builder in [Builder::new(), virtual_time()] {
        let ((_send, content), (wakers, waiting)) = (mpsc::channel(), mpsc::channel::<Waker>());
        let thread = thread::spawn(move || drop(waiting.recv()));
        let report = deadlock(builder, || alts! { n = op(Letter { content, wakers }) => n });
        assert_eq!(report.parked[0].wants[0].verb, "op");
        thread.join().unwrap();
    }
}

#[test]
fn design_3_outside_a_process_what_would_wait_says_so_and_names_the_way_out() {
    let waits: [(&str, fn()); 7] = [
        ("take", || _ = take(&Channel::<()>::new())),
        ("put", || _ = put(&Channel::new(), 1)),
        ("alts", || _ = alts([&Channel::<()>::new()])),
        ("alts", || alts! { _ = take(&Channel::<()>::new()) => () }),
        ("yield_now", yield_now),
        ("stop", || stop()),
        ("take", || _ = Channel::<()>::new().iter().next()),
    ];
    for (verb, wait) in waits {
        let panic = catch_unwind(wait).unwrap_err();
        let message = panic.downcast_ref::<String>().unwrap();
        assert!(message.starts_with(&format!("`{verb}` would have to wait here")), "{message}");
        for way in ["csp::run", "#[csp::main]", "offer", "poll", "alts_default", "take_then_callback"] {
            assert!(message.contains(way), "{way}: {message}");
        }
    }
}

#[test]
fn spec_14_2_a_sleep_on_a_thread_without_a_scheduler_puts_that_to_sleep() {
    let before = std::time::Instant::now();
    sleep(Duration::from_millis(2));
    assert!(before.elapsed() >= Duration::from_millis(2));
    let message = csp::run(|| {
        let told = Channel::buffered(1);
        let out = told.clone();
        // In a callback nobody can sleep.
        take_then_callback(&told, move |_: Option<String>| {
            let panic = catch_unwind(|| sleep(Duration::from_secs(1))).unwrap_err();
            offer(&out, panic.downcast_ref::<String>().unwrap().clone()).unwrap();
        })
        .unwrap();
        put(&told, String::new()).unwrap();
        yield_now();
        take(&told).unwrap()
    });
    assert!(message.starts_with("`sleep` would have to wait here"), "{message}");
}

#[test]
fn design_3_outside_a_run_what_needs_a_scheduler_says_so() {
    let calls: [(&str, fn()); 9] = [
        ("go", || _ = go(|| ())),
        ("go_now", || _ = go_now(|| ())),
        ("go", || _ = go_channel(|| ())),
        ("go", || _ = go_deferred(|| ())),
        ("now", || _ = now()),
        ("stop_with", || stop_with(1)),
        ("stats", || _ = csp::stats()),
        ("parked", || _ = csp::parked()),
        ("timeout", || _ = timeout::<()>(Duration::from_secs(1))),
    ];
    for (verb, call) in calls {
        let panic = catch_unwind(AssertUnwindSafe(call)).unwrap_err();
        let message = panic.downcast_ref::<String>().unwrap();
        assert!(message.starts_with(&format!("`{verb}` needs a running scheduler")), "{verb}: {message}");
        assert!(message.contains("csp::run") && message.contains("#[csp::main]"), "{message}");
    }
}

#[test]
fn design_3_outside_a_process_what_need_not_wait_just_works() {
    let c = Channel::buffered(1);
    put(&c, 1).unwrap();
    assert_eq!(alts([&c]).0, Some(1));
    assert!(alts_default([&c]).is_none());
    close(&c);
    assert_eq!((take(&c), put(&c, 2)), (None, Err(csp::Closed(2))));
}
