//! docs/rules.md, section 10, on panics: a panic ends its process alone, and the program chooses what becomes of it.

mod child;

use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};
use std::rc::Rc;

use csp::prelude::*;
use csp::{Builder, PanicPolicy, PollError, ProcessError};

/// Panics when it is dropped, unless it is dropped by a panic.
struct Bomb(&'static str);

impl Drop for Bomb {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            panic!("{}", self.0);
        }
    }
}

/// What `main` panics with, as text.
#[track_caller]
fn panic_of<R>(main: impl FnOnce() -> R) -> String {
    let Err(payload) = catch_unwind(AssertUnwindSafe(main)) else { panic!("it did not panic") };
    match payload.downcast::<String>() {
        Ok(text) => *text,
        Err(payload) => (*payload.downcast::<&str>().unwrap()).to_owned(),
    }
}

/// A builder whose policy writes down what it was told.
fn noting() -> (Builder, Rc<RefCell<Vec<String>>>) {
    let notes = Rc::new(RefCell::new(Vec::new()));
    let log = notes.clone();
    let policy = PanicPolicy::handler(move |panic| log.borrow_mut().push(panic.to_string()));
    (Builder::new().virtual_time().panic_policy(policy), notes)
}

#[test]
fn design_3_a_panic_ends_its_process_alone() {
    let (builder, notes) = noting();
    let sum = builder.run(|| {
        let c = Channel::new();
        for n in 0..5 {
            let out = c.clone();
            go(move || {
                yield_now();
                assert!(n != 2, "on purpose");
                put(&out, n)
            });
        }
        (0..4).map(|_| take(&c).unwrap()).sum::<i32>()
    });
    assert_eq!((sum, notes.borrow().len()), (8, 1));
}

#[test]
fn design_3_report_is_the_default_and_names_the_process_its_place_and_the_message() {
    let name = "design_3_report_is_the_default_and_names_the_process_its_place_and_the_message";
    let line = line!() + 4;
    let ended = child::run(name, || {
        std::panic::set_hook(Box::new(|_| ()));
        let value = run(|| {
            Process::builder().name("clumsy").go(|| panic!("out of {}", "cheese"));
            go(|| panic_any(5));
            yield_now();
            take(&timeout::<()>(Duration::from_millis(1)));
            7
        });
        println!("main gave {value}");
    });
    ended.assert_code(child::RETURNED);
    let place = format!("started at {}:{line}", file!());
    ended.assert_says(&["csp: process #2 `clumsy`", &place, "panicked: out of cheese"]);
    ended.assert_says(&["csp: process #3, started at", "(a value that is not text)"]);
    assert!(ended.stdout.contains("main gave 7"), "{ended:#?}");
}

#[test]
fn design_3_propagate_unwinds_everybody_and_leaves_run() {
    let unwound = Rc::new(());
    let kept = unwound.clone();
    let builder = Builder::new().panic_policy(PanicPolicy::Propagate);
    let panic = panic_of(move || {
        builder.run(|| {
            go(move || {
                let _kept = kept;
                take(&Channel::<()>::new())
            });
            go(|| panic!("on purpose"));
            take(&Channel::<()>::new())
        })
    });
    assert_eq!(panic, "on purpose");
    assert_eq!(Rc::strong_count(&unwound), 1);
    run(yield_now);
}

#[test]
fn spec_10_6_the_leaks_of_a_run_that_a_panic_ends_do_not_name_main() {
    let listed = Rc::new(RefCell::new(Vec::new()));
    let list = listed.clone();
    let builder = Builder::new().panic_policy(PanicPolicy::Propagate);
    let builder = builder.on_leak(move |parked| list.borrow_mut().extend_from_slice(parked));
    panic_of(|| {
        builder.run(|| {
            go(|| take(&Channel::<()>::new()));
            go(|| panic!("on purpose"));
            take(&Channel::<()>::new())
        })
    });
    let ids: Vec<_> = listed.borrow().iter().map(|parked| parked.id.to_string()).collect();
    assert_eq!(ids, ["#2"]);
}

#[test]
fn design_3_propagate_keeps_the_payload() {
    let builder = Builder::new().panic_policy(PanicPolicy::Propagate);
    let payload = catch_unwind(AssertUnwindSafe(|| {
        builder.run(|| {
            go(|| panic_any(42_u8));
            yield_now();
            yield_now();
        })
    }));
    assert_eq!(payload.unwrap_err().downcast_ref(), Some(&42_u8));
}

#[test]
fn design_3_of_several_panics_the_first_propagates() {
    let builder = Builder::new().panic_policy(PanicPolicy::Propagate);
    let panic = panic_of(|| {
        builder.run(|| {
            go(|| panic!("first"));
            go(|| panic!("second"));
            take(&Channel::<()>::new())
        })
    });
    assert_eq!(panic, "first");
}

#[test]
fn design_3_the_handler_is_told_who_where_and_what() {
    let (builder, notes) = noting();
    let line = line!() + 2;
    builder.run(|| {
        Process::builder().name("joe").go(|| panic!("ouch"));
        yield_now();
    });
    assert_eq!(*notes.borrow(), [format!("process #2 `joe`, started at {}:{line}, panicked: ouch", file!())]);
}

#[test]
fn design_3_the_handler_may_spawn() {
    let c = Channel::buffered(1);
    let out = c.clone();
    let handler = move |_| {
        let out = out.clone();
        go(move || put(&out, 5));
    };
    Builder::new().panic_policy(PanicPolicy::handler(handler)).run(|| {
        go(|| panic!("on purpose"));
        assert_eq!(take(&c), Some(5));
    });
}

#[test]
fn design_3_a_handler_that_waits_is_a_panic_that_leaves_run_also_where_a_process_drops_its_deferred() {
    for by_a_process in [false, true] {
        let builder = Builder::new().panic_policy(PanicPolicy::handler(|_| _ = take(&Channel::<()>::new())));
        let panic = panic_of(|| {
            builder.run(|| {
                if by_a_process {
                    let d = go_deferred(|| panic!("on purpose"));
                    yield_now();
                    drop(d);
                } else {
                    go(|| panic!("on purpose"));
                }
                sleep(Duration::from_secs(60));
            })
        });
        assert!(panic.contains("`take` would have to wait here"), "{panic}");
    }
}

#[test]
fn design_3_a_handler_that_panics_propagates_that() {
    let handler = |_| panic!("the handler");
    let panic = panic_of(|| {
        Builder::new().panic_policy(PanicPolicy::handler(handler)).run(|| {
            go(|| panic!("the process"));
            take(&Channel::<()>::new())
        })
    });
    assert_eq!(panic, "the handler");
}

#[test]
fn design_3_mains_panic_propagates_through_run_and_try_run_whatever_the_policy() {
    for policy in [PanicPolicy::Report, PanicPolicy::Propagate, PanicPolicy::handler(|_| unreachable!())] {
        let log = RefCell::new(vec!["before"]);
        let tried = panic_of(|| {
            Builder::new().panic_policy(policy.clone()).try_run(|| {
                log.borrow_mut().push("main");
                yield_now();
                panic!("main {}", 1)
            })
        });
        assert_eq!(tried, "main 1");
        assert_eq!(panic_of(|| Builder::new().panic_policy(policy).run(|| panic!("main"))), "main");
        assert_eq!(log.into_inner(), ["before", "main"], "what it borrowed is whole");
    }
}

#[test]
fn design_3_mains_panic_is_not_hidden_by_others_that_come_after_it() {
    let builder = Builder::new().panic_policy(PanicPolicy::Propagate);
    let panic = panic_of(|| {
        builder.run(|| {
            go(|| {
                _ = catch_unwind(|| take(&Channel::<()>::new()));
                panic!("on the way out");
            });
            yield_now();
            panic!("main");
        })
    });
    assert_eq!(panic, "main");
}

#[test]
fn spec_10_2_a_panic_closes_go_channel_empty_and_is_reported() {
    let (builder, notes) = noting();
    builder.run(|| {
        let c = go_channel(|| -> i32 { panic!("on purpose") });
        assert_eq!(take(&c), None);
        assert_eq!(poll(&c), Err(PollError::Closed));
    });
    assert!(notes.borrow()[0].ends_with("panicked: on purpose"));
}

#[test]
fn spec_10_2_a_panic_in_a_deferred_is_its_holders_affair() {
    let (builder, notes) = noting();
    builder.run(|| {
        let d = go_deferred(|| panic!("on purpose"));
        assert!(matches!(d.wait(), Err::<(), _>(ProcessError::Panicked { .. })));
    });
    assert!(notes.borrow().is_empty(), "{notes:?}");
}

#[test]
fn spec_10_2_a_panic_that_no_holder_looks_at_is_reported_once() {
    for before in [true, false] {
        let (builder, notes) = noting();
        builder.run(|| {
            let d = go_deferred(|| -> i32 { panic!("on purpose") });
            if before {
                drop(d);
                yield_now();
            } else {
                yield_now();
                drop(d);
            }
            assert_eq!(csp::stats().processes, 1);
        });
        assert_eq!(notes.borrow().len(), 1, "dropped before: {before}: {notes:?}");
        assert!(notes.borrow()[0].contains(file!()), "{notes:?}");
    }
}

#[test]
fn design_3_a_payload_that_panics_when_dropped_is_survived() {
    let name = "design_3_a_payload_that_panics_when_dropped_is_survived";
    let ended = child::run(name, || {
        let value = run(|| {
            go(|| panic_any(Bomb("the payload")));
            drop(go_deferred(|| panic_any(Bomb("the payload"))));
            go_channel(|| panic_any(Bomb("the payload")));
            yield_now();
            yield_now();
            go_deferred(|| 5).wait().unwrap()
        });
        assert_eq!(value, 5);
    });
    ended.assert_code(child::RETURNED);
}

#[test]
fn design_3_two_payloads_that_panic_when_dropped_do_not_stop_the_unwinding() {
    let name = "design_3_two_payloads_that_panic_when_dropped_do_not_stop_the_unwinding";
    let ended = child::run(name, || {
        let unwound = Rc::new(());
        let kept = unwound.clone();
        let result = catch_unwind(AssertUnwindSafe(|| {
            Builder::new().panic_policy(PanicPolicy::Propagate).run(|| {
                for _ in 0..3 {
                    go(|| {
                        _ = catch_unwind(|| take(&Channel::<()>::new()));
                        panic_any(Bomb("the payload"));
                    });
                }
                go(move || {
                    let _kept = kept;
                    take(&Channel::<()>::new())
                });
                yield_now();
            })
        }));
        std::mem::forget(result.expect_err("a panic propagates"));
        assert_eq!(Rc::strong_count(&unwound), 1, "the last process was unwound too");
    });
    ended.assert_code(child::RETURNED);
}

#[test]
fn design_3_results_and_closures_that_panic_when_dropped_are_survived() {
    let (builder, notes) = noting();
    builder.run(|| {
        go(|| Bomb("the result"));
        let bomb = Bomb("the closure");
        let unstarted = go(move || drop(bomb));
        kill(&unstarted);
        let left = go_now(|| -> Bomb { stop_with(Bomb("what it left")) });
        yield_now();
        assert!(!unstarted.is_alive() && !left.is_alive());
        assert_eq!(go_deferred(|| 5).wait().unwrap(), 5);
    });
    assert_eq!(notes.borrow().len(), 1, "the result is the process's own affair: {notes:?}");
    assert!(notes.borrow()[0].contains("the result"));
}

#[test]
fn design_3_a_panic_while_others_are_parked_leaves_them_parked() {
    let (builder, notes) = noting();
    builder.run(|| {
        let c = Channel::new();
        let taker = c.clone();
        let waits = go_deferred(move || take(&taker));
        go(|| panic!("on purpose"));
        yield_now();
        put(&c, 5).unwrap();
        assert_eq!(waits.wait().unwrap(), Some(5));
    });
    assert_eq!(notes.borrow().len(), 1);
}

#[test]
fn design_3_a_process_that_panics_in_a_wait_of_another_leaves_no_trace() {
    let (builder, _notes) = noting();
    let parked = Rc::new(Cell::new(0));
    builder.run(|| {
        let c = Channel::<i32>::new();
        let inner = c.clone();
        go_now(move || {
            alts! {
                _ = take(&inner) => (),
                _ = sleep(Duration::from_secs(1)) => panic!("in the body"),
            }
        });
        sleep(Duration::from_secs(2));
        parked.set(csp::parked().len());
        assert!(offer(&c, 1).is_err());
    });
    assert_eq!(parked.get(), 0);
}

#[csp::test]
#[should_panic(expected = "on purpose")]
fn design_3_csp_test_propagates_all() {
    go(|| panic!("on purpose"));
    sleep(Duration::from_secs(1));
}

#[test]
fn design_3_a_payload_rethrown_by_another_process_is_a_panic_of_that_one() {
    // What a process is unwound with can be caught, and thrown in another: that one is not ended by it.
    let (builder, notes) = noting();
    builder.run(|| {
        let thrown = Rc::new(RefCell::new(None));
        let keep = thrown.clone();
        let p = go_now(move || {
            *keep.borrow_mut() = catch_unwind(|| take(&Channel::<()>::new())).err();
        });
        kill(&p);
        yield_now();
        let payload = thrown.take().unwrap();
        let d = go_deferred(move || std::panic::resume_unwind(payload));
        assert!(matches!(d.wait(), Err::<(), _>(ProcessError::Panicked { .. })));
    });
    assert!(notes.borrow().is_empty());
}
