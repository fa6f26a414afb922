//! docs/rules.md, rule 8.7: the bodies of the macro's branches.
#![deny(warnings)] // What the macro expands to warns of nothing.

use std::collections::VecDeque;

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
    // Also where no body comes to an end.
    for _ in 0..2 {
        alts! { _ = take(&c) => continue, _ = sleep(SECOND) => panic!("it is closed") }
    }
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
