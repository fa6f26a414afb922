//! docs/rules.md, section 8: choice by the macro: the forms of a branch, guards and operands, slots, bodies.
#![deny(warnings)] // What the macro expands to warns of nothing.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use csp::prelude::*;
use csp::{OfferError, PollError, RunError};

const SECOND: Duration = Duration::from_secs(1);

/// Gives `value`, and writes down that it was asked for.
fn note<T>(log: &RefCell<Vec<&'static str>>, what: &'static str, value: T) -> T {
    log.borrow_mut().push(what);
    value
}

#[csp::test]
fn every_form_of_a_branch_has_its_type() {
    let (numbers, words) = (Channel::<i32>::buffered(1), Channel::<String>::buffered(1));
    let mut slot = Some("b".to_owned());
    let mut queue = VecDeque::from(["c".to_owned(), "d".to_owned()]);
    put(&numbers, 1).unwrap();
    alts! { v = take(&numbers) => assert_eq!(v, Some(1)) }
    alts! { r = put(&words, "a".to_owned()) => assert_eq!(r, Ok(())) }
    poll(&words).unwrap();
    alts! { r = put(&words, from slot) => assert_eq!(r, Ok(())) }
    poll(&words).unwrap();
    alts! { r = put(&words, from queue,) => assert_eq!(r, Ok(())), }
    assert_eq!((slot, queue.len(), poll(&words)), (None, 1, Ok("c".to_owned())));
    alts! { () = sleep(SECOND) => {} }
    alts! { (a, _) = op(Ready((1, 2))) => assert_eq!(a, 1) }
    let (out, into) = channel(1);
    alts! { (Ok(()) | Err(_)) = put(&out, 5) => {} }
    alts! { priority; v = take(&into) => assert_eq!(v, Some(5)), default => panic!("it is ready") }
    assert_eq!(alts! { default => 7 }, 7);
}

/// Is ready at once.
struct Ready<T>(T);

impl<T: Clone> csp::Op for Ready<T> {
    type Answer = T;

    fn attempt(&mut self) -> Option<T> {
        Some(self.0.clone())
    }

    fn enlist(&mut self, _: &std::task::Waker) {}
}

#[test]
fn spec_8_1_all_branches_off_without_default_panics_with_a_message() {
    let (c, mut slot) = (Channel::<i32>::new(), None);
    let off = AssertUnwindSafe(|| {
        alts! {
            _ = take(&c), if false => {}
            _ = put(&c, from slot) => {}
        }
    });
    let message = *catch_unwind(off).unwrap_err().downcast::<String>().unwrap();
    assert!(message.contains("no branch") && message.contains("spec_alts_macro.rs"), "{message}");
}

#[csp::test]
fn spec_8_3_closed_beats_the_default_and_the_default_an_open_one() {
    let (open, closed) = (Channel::<i32>::new(), Channel::<i32>::new());
    close(&closed);
    for _ in 0..100 {
        alts! {
            default => unreachable!("`default` may stand anywhere"),
            _ = take(&open) => unreachable!(),
            v = take(&closed) => assert_eq!(v, None),
        }
        let answer = alts! { _ = take(&open) => 1, _ = put(&open, 1) => 2, _ = sleep(SECOND) => 3, default => 4 };
        assert_eq!((answer, csp::stats().timers), (4, 0));
        assert_eq!((offer(&open, 0), poll(&open)), (Err(OfferError::Full(0)), Err(PollError::Empty)));
    }
}

#[csp::test]
fn spec_8_4_a_sleep_is_withdrawn_when_another_wins_and_wins_when_nothing_else_does() {
    let (c, start) = (Channel::new(), now());
    let out = c.clone();
    go(move || {
        sleep(SECOND);
        put(&out, 1)
    });
    alts! {
        _ = sleep(5 * SECOND) => unreachable!(),
        v = take(&c) => assert_eq!(v, Some(1)),
        _ = sleep(6 * SECOND) => unreachable!(),
    }
    assert_eq!((now() - start, csp::stats().timers), (SECOND, 0));
    alts! { _ = sleep(3 * SECOND) => unreachable!(), _ = sleep(2 * SECOND) => {} _ = take(&c) => unreachable!() }
    assert_eq!((now() - start, csp::stats().timers), (3 * SECOND, 0));
    assert_eq!(offer(&c, 0), Err(OfferError::Full(0)));
}

#[csp::test]
fn spec_8_4_killed_while_parked_it_leaves_neither_waiter_nor_timer() {
    let (a, b) = (Channel::<i32>::new(), Channel::<i32>::new());
    let (a2, b2) = (a.clone(), b.clone());
    let process = go_now(move || alts! { _ = take(&a2) => {} _ = put(&b2, 1) => {} _ = sleep(SECOND) => {} });
    assert_eq!(csp::stats().timers, 1);
    kill(&process);
    assert_eq!((offer(&a, 0), poll(&b)), (Err(OfferError::Full(0)), Err(PollError::Empty)));
    assert_eq!(csp::stats().timers, 0);
    yield_now();
    assert!(!process.is_alive());
}

#[test]
fn spec_8_5_one_alts_never_meets_itself() {
    let alone = |slot: Option<i32>| {
        csp::try_run(move || {
            let (c, mut slot) = (Channel::new(), slot);
            alts! { r = put(&c, from slot) => r.is_ok(), v = take(&c) => v.is_some(), }
        })
    };
    let line = line!() - 3;
    let Err(RunError::Deadlock(report)) = alone(Some(1)) else { panic!("it met itself") };
    assert_eq!(report.parked[0].wants.len(), 2);
    assert!(report.to_string().contains(&format!("spec_alts_macro.rs:{line}")), "{report}");
    let Err(RunError::Deadlock(report)) = alone(None) else { panic!("nobody puts") };
    assert_eq!(report.parked[0].wants.len(), 1, "a branch that is off is not waited for");
}

#[csp::test]
fn spec_8_6_the_same_channel_twice_takes_only_one_value() {
    let c = Channel::buffered(2);
    (0..2).for_each(|n| put(&c, n).unwrap());
    let value = alts! { v = take(&c) => v, v = take(&c) => v };
    assert_eq!((value, c.len()), (Some(0), 1));
}

#[csp::test]
fn spec_8_7_guards_first_then_operands_of_enabled_branches_once_in_source_order() {
    let expected = ["guard 1", "guard 2", "guard 3", "channel 1", "value 1", "duration 3", "channel 4"];
    for ready in [false, true] {
        let (a, b, log) = (Channel::<i32>::new(), Channel::<i32>::new(), RefCell::new(Vec::new()));
        let out = b.clone();
        if ready {
            close(&b)
        } else {
            _ = go(move || put(&out, 1))
        }
        let chosen = alts! {
            _ = put(note(&log, "channel 1", &a), note(&log, "value 1", 1)), if note(&log, "guard 1", true) => 1,
            _ = put(note(&log, "channel 2", &a), note(&log, "value 2", 1)), if note(&log, "guard 2", false) => 2,
            _ = sleep(note(&log, "duration 3", SECOND)), if note(&log, "guard 3", true) => 3,
            _ = take(note(&log, "channel 4", &b)) => note(&log, "body", 4),
        };
        assert_eq!(chosen, 4);
        assert_eq!(log.borrow().split_last(), Some((&"body", &expected[..])));
    }
}

#[csp::test]
fn spec_8_7_operands_are_evaluated_in_order_also_with_a_default() {
    let (a, log) = (Channel::<i32>::new(), RefCell::new(Vec::new()));
    alts! { priority;
        _ = take(note(&log, "1", &a)), if note(&log, "guard", true) => {},
        default => note(&log, "default", ()),
        _ = take(note(&log, "2", &a)) => {},
    }
    assert_eq!(*log.borrow(), ["guard", "1", "2", "default"]);
}

#[csp::test]
fn spec_8_7_operands_may_be_temporaries() {
    let (start, name) = (now(), String::from("x"));
    let make = || Channel::<String>::buffered(1);
    alts! { v = take(&timeout::<()>(SECOND)) => assert_eq!(v, None) }
    alts! { r = put(&make(), format!("{name}{name}")) => assert_eq!(r, Ok(())) }
    alts! { r = put(&timeout(SECOND), 5) => assert_eq!(r, Err(Closed(5))) }
    alts! { v = take(&(1, timeout::<u8>(SECOND)).1), if !name.is_empty() => assert_eq!(v, None), }
    alts! { v = take(&vec![timeout::<u8>(SECOND)][0]) => assert_eq!(v, None), _ = op(&mut Never) => unreachable!() }
    assert_eq!((now() - start, csp::stats().timers), (3 * SECOND, 0));
}

/// Is never ready.
struct Never;

impl csp::Op for Never {
    type Answer = ();

    fn attempt(&mut self) -> Option<()> {
        None
    }

    fn enlist(&mut self, _: &std::task::Waker) {}
}

#[csp::test]
fn spec_8_7_an_empty_slot_turns_its_branch_off() {
    let ready = Channel::sliding(1);
    let (mut option, mut queue) = (None, VecDeque::new());
    for _ in 0..100 {
        let off = alts! { _ = put(&ready, from option) => 1, _ = put(&ready, from queue) => 2, default => 3 };
        assert_eq!(off, 3);
        let on = alts! { _ = put(&ready, from option) => 1, _ = put(&ready, from queue) => 2, _ = op(Ready(0)) => 3 };
        assert_eq!(on, 3);
    }
    option = Some(1);
    assert_eq!(alts! { _ = put(&ready, from option) => 1, _ = put(&ready, from queue) => 2, default => 3 }, 1);
    queue.push_back(1);
    assert_eq!(alts! { _ = put(&ready, from option) => 1, _ = put(&ready, from queue) => 2, default => 3 }, 2);
    assert!(option.is_none() && queue.is_empty());
}

#[csp::test]
fn spec_8_7_a_slot_may_be_any_place() {
    struct State {
        slot: Option<i32>,
        queues: [VecDeque<i32>; 2],
    }
    let (c, mut state) = (Channel::sliding(1), State { slot: Some(1), queues: [[2].into(), [3].into()] });
    alts! { _ = put(&c, from state.slot), if true => {} }
    alts! { _ = put(&c, from state.queues[1]) => {} }
    let borrowed = &mut state.queues[0];
    alts! { _ = put(&c, from *borrowed) => {} }
    assert!(state.slot.is_none() && state.queues.iter().all(VecDeque::is_empty));
}

#[csp::test]
fn spec_8_8_a_slot_whose_branch_loses_is_untouched() {
    let (full, other) = (Channel::new(), Channel::new());
    let (mut option, mut queue) = (Some(Rc::new(1)), VecDeque::from([1, 2, 3].map(Rc::new)));
    let kept = (option.clone().unwrap(), queue.clone());
    let out = other.clone();
    go(move || (0..2).for_each(|_| put(&out, 0).unwrap()));
    for wait in [true, true, false] {
        let full = &full;
        alts! {
            _ = put(full, from option), if wait => unreachable!(),
            _ = put(full, from queue) => unreachable!(),
            v = take(&other), if wait => assert_eq!(v, Some(0)),
            _ = sleep(SECOND) => assert!(!wait),
        }
        assert!(Rc::ptr_eq(option.as_ref().unwrap(), &kept.0));
        assert!(queue.iter().zip(&kept.1).all(|(a, b)| Rc::ptr_eq(a, b)) && queue.len() == 3);
    }
    alts! { _ = put(&full, from queue) => unreachable!(), default => {} }
    assert_eq!(queue, kept.1);
}

#[csp::test]
fn spec_8_8_a_slot_that_wins_gives_its_front_and_one_to_a_closed_channel_its_error() {
    let (c, mut queue) = (Channel::new(), VecDeque::from([1, 2, 3]));
    let from = c.clone();
    let got = go_channel(move || take(&from));
    alts! { r = put(&c, from queue) => assert_eq!(r, Ok(())), _ = sleep(SECOND) => unreachable!() }
    assert_eq!((take(&got), &queue), (Some(Some(1)), &VecDeque::from([2, 3])));
    close(&c);
    alts! {
        r = put(&c, from queue) => {
            let Err(Closed(value)) = r else { unreachable!() };
            queue.push_front(value); // The body's choice: the channel gives it back.
        }
    }
    assert_eq!(queue, [2, 3]);
}

#[csp::test]
fn spec_8_8_a_slot_is_whole_again_when_its_process_is_killed_while_it_waits() {
    struct Slot(Option<i32>, Rc<Cell<Option<i32>>>);
    impl Drop for Slot {
        fn drop(&mut self) {
            self.1.set(self.0);
        }
    }
    let seen = Rc::new(Cell::new(None));
    let slot = Slot(Some(5), seen.clone());
    let process = go_now(move || {
        let mut slot = slot;
        alts! { _ = put(&Channel::new(), from slot.0) => {} }
    });
    assert_eq!(seen.get(), None);
    kill(&process);
    yield_now();
    assert_eq!(seen.get(), Some(5));
}

#[csp::test]
fn spec_8_8_a_value_written_in_a_branch_that_loses_is_dropped_once_before_the_body() {
    let value = Rc::new(());
    let given = value.clone();
    alts! { _ = put(&Channel::new(), given) => unreachable!(), _ = sleep(SECOND) => assert_eq!(Rc::strong_count(&value), 1) }
}
