//! SPEC 8.7, the macro's bodies; choices of many branches; choices while a process is unwound.
#![deny(warnings)] // What the macro expands to warns of nothing.

use std::cell::Cell;
use std::collections::VecDeque;
use std::rc::Rc;

use csp::prelude::*;

const SECOND: Duration = Duration::from_secs(1);

/// A channel with these values in it, closed after them.
fn full_of(values: impl IntoIterator<Item = i32>) -> Channel<i32> {
    let c = Channel::buffered(100);
    values.into_iter().for_each(|value| offer(&c, value).unwrap());
    close(&c);
    c
}

#[csp::test]
fn spec_8_7_bodies_break_and_continue_loops() {
    let (c, mut seen) = (full_of(0..10), Vec::new());
    let found = loop {
        alts! {
            v = take(&c) => match v {
                Some(n) if n % 2 == 0 => continue,
                Some(7) => break "seven",
                Some(n) => seen.push(n),
                None => unreachable!(),
            },
        }
    };
    assert_eq!((found, seen), ("seven", vec![1, 3, 5]));
}

#[csp::test]
fn spec_8_7_bodies_reach_labels() {
    let (c, mut rounds) = (full_of(0..10), 0);
    let last = 'outer: loop {
        rounds += 1;
        loop {
            alts! {
                v = take(&c), if rounds < 3 => match v {
                    Some(n) if n % 4 == 0 => continue 'outer,
                    v => assert!(v.is_some()),
                },
                default => break 'outer rounds,
            }
        }
    };
    assert_eq!((last, poll(&c)), (3, Ok(5)));
    let block = 'block: {
        alts! { v = take(&c) => break 'block v }
    };
    assert_eq!(block, Some(6));
}

#[csp::test]
fn spec_8_7_bodies_return_from_the_function() {
    fn first_over(limit: i32, c: &Channel<i32>) -> Option<i32> {
        loop {
            alts! {
                v = take(c) => if v? > limit { return v },
            }
        }
    }
    assert_eq!(first_over(5, &full_of(0..10)), Some(6));
    assert_eq!(first_over(50, &full_of(0..10)), None);
}

#[csp::test]
fn spec_8_7_bodies_pass_errors_on() {
    fn forward(from: &Channel<i32>, to: &Channel<i32>) -> Result<u32, Closed<i32>> {
        let mut slot = Some(1);
        for n in 0.. {
            alts! {
                r = put(to, from slot) => { r?; slot = Some(2) }
                v = take(from) => match v { Some(v) => put(to, v)?, None => return Ok(n) },
            }
        }
        unreachable!()
    }
    let to = Channel::new();
    close(&to);
    assert_eq!(forward(&Channel::new(), &to), Err(Closed(1)));
    assert_eq!(forward(&full_of([]), &Channel::new()), Ok(0));
}

#[csp::test]
fn spec_8_7_a_body_sees_its_slot_and_its_channels_free() {
    let (mut c, mut d) = (Channel::buffered(1), Channel::<i32>::buffered(1));
    let (mut option, mut queue) = (Some(1), VecDeque::from([10]));
    let mut log = Vec::new();
    for _ in 0..3 {
        alts! { priority;
            r = put(&c, from option) => {
                log.push(r.map_or(-1, |()| poll(&c).unwrap()));
                option = option.or(Some(2)).filter(|_| log.len() < 2);
                c = Channel::buffered(1);
            }
            r = put(&d, from queue) => {
                r.unwrap();
                queue.extend([20, 30]);
                drop(std::mem::replace(&mut d, Channel::new()));
                log.push(0);
            }
        }
    }
    assert_eq!((log, option, queue), (vec![1, 2, 0], None, [20, 30].into()));
    // Moved away, even.
    let moved = alts! { _ = take(&timeout::<i32>(SECOND)) => (c, d) };
    assert!(moved.0.is_empty());
}

#[csp::test]
fn spec_8_7_what_a_body_borrows_may_be_changed_in_the_next() {
    let (c, mut total, mut count) = (full_of(1..=3), 0, 0);
    while count < 4 {
        alts! {
            v = take(&c), if count < 3 => { total += v.unwrap(); count += 1 }
            _ = sleep(SECOND) => { total *= 10; count += 1 }
        }
    }
    assert_eq!(total, 60);
}

#[csp::test]
fn it_is_an_expression_of_its_bodies_type() {
    let c = full_of([5]);
    let text: String =
        alts! { v = take(&c) => v.map_or_else(String::new, |n| n.to_string()), _ = sleep(SECOND) => "".into() };
    assert_eq!(text, "5");
    let nested = alts! {
        v = take(&c) => alts! { _ = sleep(SECOND), if v.is_some() => 1, default => alts! { default => 2 } },
    };
    assert_eq!(nested, 2);
    let in_closure = || alts! { v = take(&c) => v.is_none(), default => false };
    assert!(in_closure());
    let never = || -> i32 {
        alts! { _ = take(&c) => return 3, _ = sleep(SECOND) => panic!("it is closed") }
    };
    assert_eq!(never(), 3);
}

#[csp::test]
fn names_of_the_caller_and_of_the_macro_do_not_meet() {
    let (winner, guard, operand, arm, answer) = (full_of([1]), true, SECOND, full_of([2]), &full_of([3]));
    let mut seen = Vec::new();
    for _ in 0..3 {
        alts! { priority;
            answer = take(&winner), if guard && !winner.is_empty() => seen.push(answer),
            winner = take(&arm), if !guard || !arm.is_empty() => seen.push(winner),
            guard = take(answer) => { let operand = guard; seen.push(operand) }
            arm = sleep(operand) => arm,
        }
    }
    assert_eq!(seen, [Some(1), Some(2), Some(3)]);
}

/// A choice of more branches than are shuffled in place.
fn thirty(channels: &[Channel<i32>; 30]) -> (usize, Option<i32>) {
    alts! {
        v = take(&channels[0]) => (0, v),
        v = take(&channels[1]) => (1, v),
        v = take(&channels[2]) => (2, v),
        v = take(&channels[3]) => (3, v),
        v = take(&channels[4]) => (4, v),
        v = take(&channels[5]) => (5, v),
        v = take(&channels[6]) => (6, v),
        v = take(&channels[7]) => (7, v),
        v = take(&channels[8]) => (8, v),
        v = take(&channels[9]) => (9, v),
        v = take(&channels[10]) => (10, v),
        v = take(&channels[11]) => (11, v),
        v = take(&channels[12]) => (12, v),
        v = take(&channels[13]) => (13, v),
        v = take(&channels[14]) => (14, v),
        v = take(&channels[15]) => (15, v),
        v = take(&channels[16]) => (16, v),
        v = take(&channels[17]) => (17, v),
        v = take(&channels[18]) => (18, v),
        v = take(&channels[19]) => (19, v),
        v = take(&channels[20]) => (20, v),
        v = take(&channels[21]) => (21, v),
        v = take(&channels[22]) => (22, v),
        v = take(&channels[23]) => (23, v),
        v = take(&channels[24]) => (24, v),
        v = take(&channels[25]) => (25, v),
        v = take(&channels[26]) => (26, v),
        v = take(&channels[27]) => (27, v),
        v = take(&channels[28]) => (28, v),
        v = take(&channels[29]) => (29, v),
    }
}

#[csp::test]
fn thirty_branches_answer_for_themselves() {
    let channels: [Channel<i32>; 30] = std::array::from_fn(|_| Channel::new());
    for n in 0..30 {
        let c = channels[n].clone();
        go(move || put(&c, n as i32));
        assert_eq!(thirty(&channels), (n, Some(n as i32)));
    }
    assert!(channels.iter().all(|c| offer(c, 0) == Err(csp::OfferError::Full(0))));
}

#[csp::test]
fn spec_8_2_thirty_ready_branches_are_chosen_evenly() {
    let channels: [Channel<i32>; 30] = std::array::from_fn(|_| full_of([]));
    let mut counts = [0_u32; 30];
    (0..10_000).for_each(|_| counts[thirty(&channels).0] += 1);
    let (mean, deviation) = (10_000.0 / 30.0, (10_000.0_f64 / 30.0 * 29.0 / 30.0).sqrt());
    assert!(counts.iter().all(|count| (f64::from(*count) - mean).abs() < 5.0 * deviation), "{counts:?}");
}

/// Runs `f` in a destructor while its process is being unwound, by a kill and by a panic.
fn while_unwinding(f: fn()) {
    struct Unwinding(fn(), Rc<Cell<u32>>);
    impl Drop for Unwinding {
        fn drop(&mut self) {
            self.0();
            self.1.set(self.1.get() + 1);
        }
    }
    let count = Rc::new(Cell::new(0));
    csp::Builder::new().virtual_time().panic_policy(csp::PanicPolicy::handler(|_| {})).run(|| {
        let (by_kill, by_panic) = (Unwinding(f, count.clone()), Unwinding(f, count.clone()));
        let process = go_now(move || {
            let _guard = by_kill;
            take(&Channel::<()>::new())
        });
        kill(&process);
        go(move || {
            let _guard = by_panic;
            panic!("on purpose")
        });
        sleep(SECOND);
    });
    assert_eq!(count.get(), 2, "it went on after the choice");
}

#[test]
fn unwinding_the_default_is_answered() {
    while_unwinding(|| {
        let c = Channel::<i32>::new();
        assert_eq!(alts! { _ = take(&c) => 1, _ = sleep(SECOND) => 2, default => 3 }, 3);
    });
}

#[test]
fn unwinding_the_first_enabled_branch_answers_as_if_closed() {
    while_unwinding(|| {
        let (c, mut empty, mut slot) = (Channel::new(), None, Some(7));
        alts! { _ = put(&c, from empty) => unreachable!(), v = take(&c) => assert_eq!(v, None), _ = sleep(SECOND) => unreachable!() }
        alts! { _ = take(&c), if false => unreachable!(), r = put(&c, from slot) => assert_eq!(r, Err(Closed(7))) }
        alts! { _ = sleep(SECOND) => {} _ = take(&c) => unreachable!() }
        assert!(slot.is_none() && empty.is_none());
    });
}
