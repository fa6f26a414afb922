//! docs/rules.md, section 6: a channel with a buffer of the user's that panics, uses the channel it is in, waits, or
//! lies. Each test is named after its rule.

mod log;
mod plan;

use std::cell::Cell;
use std::collections::VecDeque;
use std::rc::Rc;

use csp::{Buffer, PollError, prelude::*};
use log::Log;
use plan::{Plan, panic_of};

fn all<T>(c: &Channel<T>) -> Vec<T> {
    std::iter::from_fn(|| poll(c).ok()).collect()
}

/// First in, first out; each of its functions may do what is planned, and `len` and `is_full` may lie.
struct Naughty {
    values: VecDeque<i32>,
    plan: Plan,
    len: fn(usize) -> usize,
    is_full: fn(usize) -> bool,
    /// Whether a value too many is given back.
    spills: bool,
}

fn naughty(plan: &Plan) -> Naughty {
    Naughty { values: VecDeque::new(), plan: plan.clone(), len: |n| n, is_full: |n| n >= 2, spills: false }
}

impl Buffer<i32> for Naughty {
    fn add(&mut self, value: i32) -> Option<i32> {
        self.plan.carry_out("add");
        self.values.push_back(value);
        if self.spills && self.values.len() > 2 { self.values.pop_back() } else { None }
    }
    fn remove(&mut self) -> Option<i32> {
        self.plan.carry_out("remove");
        self.values.pop_front()
    }
    fn len(&self) -> usize {
        self.plan.carry_out("len");
        (self.len)(self.values.len())
    }
    fn is_full(&self) -> bool {
        self.plan.carry_out("is_full");
        (self.is_full)(self.values.len())
    }
}

/// Does `deed` in `place` of a buffer that holds 1, within a put of 2 or a take. What the operation panics with, and
/// what can be taken afterwards.
fn caught_in(
    place: &'static str,
    by_put: bool,
    deed: impl FnOnce(&Channel<i32>) + 'static,
) -> (Option<String>, Vec<i32>) {
    let plan = Plan::default();
    let c = Channel::with_buffer(naughty(&plan));
    put(&c, 1).unwrap();
    let inner = c.clone();
    plan.make(place, move || deed(&inner));
    let message = panic_of(|| if by_put { _ = put(&c, 2) } else { _ = poll(&c) });
    assert!(plan.is_done(), "{place} was called");
    assert!(offer(&c, 3).is_ok(), "{place}: there is room, and the channel is open and alive");
    (message, all(&c))
}

#[test]
fn spec_6_2_a_panic_in_add_or_remove_goes_to_the_caller_and_the_buffer_is_put_back() {
    let ouch = Some("ouch".to_owned());
    assert_eq!(caught_in("add", true, |_| panic!("ouch")), (ouch.clone(), vec![1, 3]));
    assert_eq!(caught_in("remove", false, |_| panic!("ouch")), (ouch, vec![1, 3]));
}

#[test]
fn spec_6_2_a_panic_in_len_or_is_full_goes_to_the_caller_and_the_buffer_is_put_back() {
    let ouch = Some("ouch".to_owned());
    for place in ["len", "is_full"] {
        let (message, left) = caught_in(place, false, |_| panic!("ouch"));
        assert_eq!((&message, left.last()), (&ouch, Some(&3)), "{place}, in a take");
        let plan = Plan::default();
        let c = Channel::with_buffer(naughty(&plan));
        put(&c, 1).unwrap();
        plan.make(place, || panic!("ouch"));
        assert_eq!(panic_of(|| put(&c, 2)), ouch, "{place}, in a put");
        assert_eq!(all(&c), [1, 2], "{place}: the value had been added");
    }
}

#[csp::test]
fn spec_6_2_a_panic_while_a_putter_moves_in_does_not_lose_the_value_that_was_taken() {
    let plan = Plan::default();
    let c = Channel::with_buffer(naughty(&plan));
    for n in 1..=4 {
        let c = c.clone();
        go_now(move || put(&c, n).unwrap());
    }
    plan.make("add", || panic!("ouch"));
    assert_eq!(panic_of(|| take(&c)).as_deref(), Some("ouch"));
    assert_eq!((take(&c), take(&c), take(&c)), (Some(1), Some(2), Some(4)), "only 3 was in the hands of `add`");
    assert_eq!(poll(&c), Err(PollError::Empty));
}

#[csp::test]
fn spec_6_2_a_panic_in_the_hook_does_not_lose_the_value_that_was_taken() {
    let buffer = Naughty { is_full: |n| n >= 3, spills: true, ..naughty(&Plan::default()) };
    let full = Rc::new(Cell::new(true));
    struct Gate(Naughty, Rc<Cell<bool>>);
    impl Buffer<i32> for Gate {
        fn add(&mut self, value: i32) -> Option<i32> {
            self.0.add(value)
        }
        fn remove(&mut self) -> Option<i32> {
            self.0.remove()
        }
        fn len(&self) -> usize {
            self.0.len()
        }
        fn is_full(&self) -> bool {
            self.1.get() && self.0.len() == 2
        }
    }
    let (dropped, plan) = (Log::new(), Plan::default());
    let (log, deed) = (dropped.clone(), plan.clone());
    let hook = move |value| {
        log.add(value);
        deed.carry_out("hook");
    };
    let c = Channel::builder().buffer(Gate(buffer, full.clone())).on_drop(hook).build();
    for n in 1..=4 {
        let c = c.clone();
        go_now(move || put(&c, n).unwrap());
    }
    full.set(false);
    plan.make("hook", || panic!("ouch"));
    assert_eq!(panic_of(|| take(&c)).as_deref(), Some("ouch"));
    assert_eq!((dropped.seen(), all(&c)), (vec![4], vec![1, 2, 3]), "1 was taken, and the taker never saw it");
}

#[csp::test]
fn spec_6_2_a_taker_that_waits_survives_a_panic_in_the_buffer() {
    for place in ["add", "remove"] {
        let (plan, log) = (Plan::default(), Log::new());
        let c = Channel::with_buffer(naughty(&plan));
        let (other, answers) = (c.clone(), log.clone());
        go_now(move || answers.add(take(&other)));
        plan.make(place, || panic!("ouch"));
        assert_eq!(panic_of(|| put(&c, 1)).as_deref(), Some("ouch"));
        yield_now();
        assert_eq!(log.seen(), [], "{place}: it waits still");
        put(&c, 2).unwrap();
        yield_now();
        // A value that `remove` failed to hand over is in the buffer, and the older one.
        assert_eq!(log.seen(), [Some(if place == "add" { 2 } else { 1 })]);
    }
}

type Use = (&'static str, fn(&Channel<i32>));

/// The ways to put and to take.
fn uses() -> [Use; 4] {
    [("put", |c| _ = put(c, 9)), ("offer", |c| _ = offer(c, 9)), ("take", |c| _ = take(c)), ("poll", |c| _ = poll(c))]
}

#[csp::test]
fn spec_6_2_a_buffer_that_uses_its_own_channel_in_add_or_remove_panics_clearly() {
    for (what, deed) in uses() {
        for (place, by_put) in [("add", true), ("remove", false)] {
            let (message, left) = caught_in(place, by_put, deed);
            let message = message.unwrap_or_else(|| panic!("`{what}` inside `{place}` did not panic"));
            assert!(message.contains("buffer"), "`{what}` inside `{place}`: {message}");
            assert_eq!(left, [1, 3], "`{what}` inside `{place}`");
        }
    }
}

#[csp::test]
fn spec_6_2_a_buffer_that_ends_its_own_channel_panics_clearly() {
    for (place, by_put) in [("add", true), ("remove", false)] {
        for end in [close, drain] {
            let (message, left) = caught_in(place, by_put, end);
            assert!(message.is_some_and(|message| message.contains("buffer")), "inside `{place}`");
            assert_eq!(left, [1, 3], "inside `{place}`");
        }
    }
}

#[csp::test]
fn spec_6_2_a_buffer_that_uses_its_own_channel_while_that_is_empty_panics_clearly() {
    for (what, deed) in uses() {
        let plan = Plan::default();
        let c = Channel::with_buffer(naughty(&plan));
        let inner = c.clone();
        plan.make("add", move || deed(&inner));
        let message = panic_of(|| put(&c, 1)).unwrap_or_else(|| panic!("`{what}` inside `add` did not panic"));
        assert!(message.contains("buffer"), "`{what}`: {message}");
        assert!(!c.is_closed(), "`{what}` has done nothing");
    }
}

#[csp::test]
fn spec_6_2_a_buffer_that_uses_its_own_channel_in_len_or_is_full_panics_clearly() {
    for (what, deed) in uses() {
        for place in ["len", "is_full"] {
            let (message, _) = caught_in(place, false, deed);
            let message = message.unwrap_or_else(|| panic!("`{what}` inside `{place}` did not panic"));
            assert!(message.contains("buffer"), "`{what}` inside `{place}`: {message}");
        }
    }
}

#[track_caller]
fn check_that_it_cannot_wait_in(place: &'static str) {
    let (message, _) = caught_in(place, place == "add", |_| sleep(Duration::from_secs(1)));
    let message = message.unwrap_or_else(|| panic!("it was let wait inside `{place}`"));
    assert!(message.contains("sleep") && message.contains("a buffer"), "inside `{place}`: {message}");
}

#[csp::test]
fn spec_6_2_a_buffer_that_waits_in_add_or_remove_panics_clearly() {
    check_that_it_cannot_wait_in("add");
    check_that_it_cannot_wait_in("remove");
}

#[csp::test]
fn spec_6_2_a_buffer_that_waits_in_len_or_is_full_panics_clearly() {
    check_that_it_cannot_wait_in("len");
    check_that_it_cannot_wait_in("is_full");
}

#[track_caller]
fn check_that_nobody_else_runs_in(place: &'static str) {
    let (plan, log) = (Plan::default(), Log::new());
    let c = Channel::with_buffer(naughty(&plan));
    put(&c, 1).unwrap();
    let (answers, other) = (log.clone(), Channel::<()>::new());
    plan.make(place, move || {
        // Enough to use up any budget.
        (0..200).for_each(|_| _ = poll(&other));
        answers.add("inside");
    });
    let answers = log.clone();
    go(move || answers.add("another"));
    if place == "add" {
        put(&c, 2).unwrap();
    } else {
        poll(&c).unwrap();
    }
    assert_eq!(log.seen().first(), Some(&"inside"), "{place}");
    yield_now();
}

#[csp::test]
fn spec_6_2_a_process_does_not_give_way_inside_add_or_remove() {
    check_that_nobody_else_runs_in("add");
    check_that_nobody_else_runs_in("remove");
}

#[csp::test]
fn spec_6_2_a_process_does_not_give_way_inside_len_or_is_full() {
    check_that_nobody_else_runs_in("len");
    check_that_nobody_else_runs_in("is_full");
}

type Lie = (&'static str, fn(usize) -> usize, fn(usize) -> bool);

const LIES: [Lie; 6] = [
    ("holds more than it does", |n| n + 5, |n| n >= 2),
    ("holds endlessly many", |_| usize::MAX, |n| n >= 2),
    ("never holds anything", |_| 0, |n| n >= 2),
    ("is never full", |n| n, |_| false),
    ("is always full", |n| n, |_| true),
    ("is full by turns", |n| n, |n| n % 2 == 1),
];

#[csp::test]
fn spec_6_2_a_buffer_that_lies_makes_nobody_take_a_value_twice() {
    for (lie, len, is_full) in LIES {
        let (c, taken) = (Channel::with_buffer(Naughty { len, is_full, ..naughty(&Plan::default()) }), Log::new());
        for n in 0..100 {
            let (c, taken) = (c.clone(), taken.clone());
            match random_range(0..3) {
                0 => drop(go_now(move || _ = put(&c, n))),
                1 => drop(go_now(move || taken.add(take(&c)))),
                _ => taken.add(poll(&c).ok().filter(|_| offer(&c, n).is_ok())),
            }
        }
        close(&c);
        (0..3).for_each(|_| yield_now());
        let mut values: Vec<_> = taken.seen().into_iter().flatten().collect();
        values.sort_unstable();
        assert!(values.windows(2).all(|pair| pair[0] != pair[1]), "{lie}: {values:?}");
    }
}

#[csp::test]
fn spec_6_2_a_buffer_that_lies_keeps_nobody_waiting_after_close() {
    for (lie, len, is_full) in LIES {
        for putters in [0, 4] {
            let c = Channel::with_buffer(Naughty { len, is_full, ..naughty(&Plan::default()) });
            for n in 0..putters {
                let c = c.clone();
                go_now(move || _ = put(&c, n));
            }
            for _ in 0..2 + putters {
                let c = c.clone();
                go_now(move || _ = take(&c));
            }
            _ = offer(&c, -1); // answers one of those that wait for a value
            close(&c);
            (0..3).for_each(|_| yield_now());
            assert_eq!(csp::parked().len(), 0, "wait for a buffer that {lie}, though it is closed");
        }
    }
}

/// Says that it holds a value and is full, and gives nothing.
struct Liar;

impl Buffer<i32> for Liar {
    fn add(&mut self, value: i32) -> Option<i32> {
        Some(value)
    }
    fn remove(&mut self) -> Option<i32> {
        None
    }
    fn len(&self) -> usize {
        1
    }
    fn is_full(&self) -> bool {
        true
    }
}

#[csp::test]
fn spec_3_2_a_buffer_that_lies_does_not_hide_those_who_wait_to_put() {
    for way in 0..3 {
        let c = Channel::with_buffer(Liar);
        let out = c.clone();
        go_now(move || put(&out, 5).unwrap());
        match way {
            0 => assert_eq!(take(&c), Some(5)),
            1 => assert_eq!(poll(&c), Ok(5)),
            _ => assert_eq!(alts([&c]).0, Some(5)),
        }
    }
}

/// Asks its own channel, by way of a choice, whether there is something.
struct Nosy(Rc<Cell<Option<Channel<i32>>>>);

impl Buffer<i32> for Nosy {
    fn add(&mut self, _: i32) -> Option<i32> {
        let own = self.0.take().unwrap();
        assert!(csp::alts_default([&own]).is_none());
        None
    }
    fn remove(&mut self) -> Option<i32> {
        None
    }
    fn len(&self) -> usize {
        0
    }
    fn is_full(&self) -> bool {
        false
    }
}

#[csp::test]
fn spec_6_2_a_buffer_may_not_use_its_channel_through_a_choice_either() {
    let own = Rc::new(Cell::new(None));
    let c = Channel::with_buffer(Nosy(own.clone()));
    own.set(Some(c.clone()));
    let message = panic_of(|| _ = offer(&c, 1)).unwrap_or_default();
    assert!(message.contains("a buffer has used the channel it belongs to"), "{message}");
}
