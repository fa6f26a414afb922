//! docs/rules.md, section 3: take. Each test is named after its rule.

mod log;

use std::collections::VecDeque;

use csp::{Buffer, PollError, prelude::*};
use log::Log;

#[test]
fn spec_3_1_a_buffered_value_is_taken_at_once_the_oldest_first() {
    for c in [Channel::buffered(3), Channel::dropping(3), Channel::sliding(3), Channel::with_buffer(csp::Fixed::new(3))]
    {
        (1..=3).for_each(|n| put(&c, n).unwrap());
        assert_eq!([take(&c), take(&c), take(&c)], [Some(1), Some(2), Some(3)]);
    }
}

#[csp::test]
fn spec_3_1_parked_putters_move_in_when_a_take_makes_room() {
    for c in [Channel::buffered(1), Channel::with_buffer(csp::Fixed::new(1))] {
        let log = Log::new();
        for n in 1..=3 {
            let (c, log) = (c.clone(), log.clone());
            go_now(move || log.add((n, put(&c, n))));
        }
        assert_eq!(take(&c), Some(1));
        assert_eq!(c.len(), 1, "the next has moved in, within the take");
        yield_now();
        assert_eq!(log.seen(), [(1, Ok(())), (2, Ok(()))], "its putter goes on, the third waits");
        assert_eq!([take(&c), take(&c)], [Some(2), Some(3)]);
        assert_eq!(poll(&c), Err(PollError::Empty));
    }
}

/// Full when the sum of what it holds is 10 or more.
#[derive(Default)]
struct Weighing(VecDeque<i32>);

impl Buffer<i32> for Weighing {
    fn add(&mut self, value: i32) -> Option<i32> {
        self.0.push_back(value);
        None
    }
    fn remove(&mut self) -> Option<i32> {
        self.0.pop_front()
    }
    fn len(&self) -> usize {
        self.0.len()
    }
    fn is_full(&self) -> bool {
        self.0.iter().sum::<i32>() >= 10
    }
}

#[csp::test]
fn spec_3_1_as_many_putters_move_in_as_there_is_room_for() {
    let (c, log) = (Channel::with_buffer(Weighing::default()), Log::new());
    put(&c, 10).unwrap();
    for n in [4, 5, 6, 7] {
        let (c, log) = (c.clone(), log.clone());
        go_now(move || log.add((n, put(&c, n).is_ok())));
    }
    assert_eq!((take(&c), c.len()), (Some(10), 3));
    yield_now();
    assert_eq!(log.seen(), [(4, true), (5, true), (6, true)], "three fit, the fourth waits");
}

#[csp::test]
fn spec_3_2_without_a_buffered_value_the_first_parked_putter_is_served() {
    let (c, log) = (Channel::new(), Log::new());
    for n in 1..=2 {
        let (c, log) = (c.clone(), log.clone());
        go_now(move || log.add((n, put(&c, n))));
    }
    assert_eq!(take(&c), Some(1));
    assert!(log.seen().is_empty(), "the taker goes on, the putter has its turn later");
    yield_now();
    assert_eq!(log.seen(), [(1, Ok(()))]);
    assert_eq!(take(&c), Some(2));
    yield_now();
    assert_eq!(log.seen(), [(1, Ok(())), (2, Ok(()))]);
}

#[csp::test]
fn spec_3_3_open_and_empty_a_take_parks_at_the_tail() {
    for c in [Channel::new(), Channel::buffered(5), Channel::sliding(5), Channel::with_buffer(csp::Fixed::new(5))] {
        let log = Log::new();
        for n in 0..3 {
            let (c, log) = (c.clone(), log.clone());
            go_now(move || log.add((n, take(&c))));
        }
        assert!(log.seen().is_empty());
        (0..3).for_each(|value| put(&c, value * 10).unwrap());
        yield_now();
        assert_eq!(log.seen(), [(0, Some(0)), (1, Some(10)), (2, Some(20))]);
    }
}

#[test]
fn spec_3_3_closed_and_empty_a_take_gives_none_for_ever() {
    for end in [close, drain] {
        for c in [Channel::<i32>::new(), Channel::buffered(2), Channel::dropping(2), Channel::promise()] {
            end(&c);
            assert_eq!([(); 5].map(|()| take(&c)), [None; 5]);
            assert_eq!(put(&c, 1), Err(Closed(1)));
            assert_eq!(take(&c), None, "a put that failed has left nothing");
        }
        let held = Channel::buffered(1);
        put(&held, 1).unwrap();
        end(&held);
        assert_eq!([(); 3].map(|()| take(&held)), [Some(1), None, None]);
    }
}

/// Starts a take in each of the ways there are.
fn start_take(how: usize, place: i32, c: &Channel<i32>, log: &Log<(i32, i32)>) {
    let (c, log) = (c.clone(), log.clone());
    let seen = move |value: Option<i32>| log.add((place, value.unwrap()));
    match how {
        0 => drop(go_now(move || seen(take(&c)))),
        1 => take_then_callback(&c, seen).unwrap(),
        _ => drop(go_now(move || seen(alts([&c, &Channel::new()]).0))),
    }
}

#[csp::test]
fn spec_3_4_takers_of_every_sort_are_served_in_order_of_arrival() {
    for c in [Channel::new(), Channel::buffered(2)] {
        let log = Log::new();
        for (how, place) in [0, 1, 2, 1, 0, 2, 2, 0, 1].into_iter().zip(0..) {
            start_take(how, place, &c, &log);
        }
        (0..9).for_each(|n| put(&c, n).unwrap());
        yield_now();
        let mut served = log.seen().clone();
        served.sort_unstable();
        assert_eq!(served, (0..9).map(|n| (n, n)).collect::<Vec<_>>());
    }
}

#[csp::test]
fn spec_3_4_putters_of_every_sort_are_served_in_order_of_arrival() {
    for c in [Channel::new(), Channel::buffered(2)] {
        for n in 0..9 {
            let out = c.clone();
            match n % 3 {
                0 => drop(go_now(move || put(&out, n).unwrap())),
                1 => put_then_callback(&c, n, |answer| answer.unwrap()).unwrap(),
                _ => drop(go_now(move || {
                    let never = Channel::new();
                    let chosen = alts([Branch::Put(&out, n), Branch::Take(&never)]);
                    assert_eq!(chosen.outcome, Outcome::Put(Ok(())));
                })),
            }
        }
        assert_eq!((0..9).map(|_| take(&c).unwrap()).collect::<Vec<_>>(), (0..9).collect::<Vec<_>>());
    }
}

#[csp::test]
fn spec_3_4_one_that_goes_away_changes_nothing_in_the_order_of_the_others() {
    let (c, log) = (Channel::new(), Log::new());
    let takers: Vec<_> = (0..5)
        .map(|n| {
            let (c, log) = (c.clone(), log.clone());
            go_now(move || log.add((n, take(&c))))
        })
        .collect();
    [0, 2, 4].into_iter().for_each(|gone| kill(&takers[gone]));
    assert_eq!((offer(&c, 10), offer(&c, 11)), (Ok(()), Ok(())));
    assert!(offer(&c, 12).is_err(), "the killed take part in nothing any more");
    yield_now();
    assert_eq!(log.seen(), [(1, Some(10)), (3, Some(11))]);

    let c = Channel::new();
    let putters: Vec<_> = (0..5)
        .map(|n| {
            let c = c.clone();
            go_now(move || put(&c, n))
        })
        .collect();
    [0, 2, 4].into_iter().for_each(|gone| kill(&putters[gone]));
    assert_eq!((poll(&c), poll(&c), poll(&c)), (Ok(1), Ok(3), Err(PollError::Empty)));
}

#[csp::test]
fn spec_3_4_a_choice_that_is_decided_elsewhere_is_passed_by() {
    let (a, b, log) = (Channel::new(), Channel::new(), Log::new());
    let (inputs, answers) = ([a.clone(), b.clone()], log.clone());
    go_now(move || answers.add(alts(&inputs).0));
    assert_eq!((offer(&a, 1), offer(&b, 2)), (Ok(()), Err(csp::OfferError::Full(2))), "before it has had its turn");
    yield_now();
    assert_eq!(log.seen(), [Some(1)]);

    let outs = [a.clone(), b.clone()];
    go_now(move || alts([Branch::Put(&outs[0], 1), Branch::Put(&outs[1], 2)]).index);
    assert_eq!((poll(&a), poll(&b)), (Ok(1), Err(PollError::Empty)), "before it has had its turn");
}
