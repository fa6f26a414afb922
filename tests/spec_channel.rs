//! docs/rules.md, sections 1 and 2: what always holds of a channel, and put. Each test is named after its rule. The
//! debug assertions of section 1 are on in every test here, and none can see them.

mod log;

use std::cell::Cell;
use std::collections::VecDeque;
use std::rc::Rc;

use csp::{Buffer, prelude::*};
use log::Log;

/// Every kind of channel that accepts two values without anybody taking, and the rendezvous.
fn every_kind() -> [(&'static str, Channel<i32>); 6] {
    [
        ("unbuffered", Channel::new()),
        ("fixed", Channel::buffered(2)),
        ("dropping", Channel::dropping(2)),
        ("sliding", Channel::sliding(2)),
        ("promise", Channel::promise()),
        ("a user's", Channel::with_buffer(csp::Fixed::new(2))),
    ]
}

/// How many processes are parked to take, and how many to put.
fn parked() -> (usize, usize) {
    let count = |verb| csp::parked().iter().filter(|parked| parked.instruction == verb).count();
    (count("take"), count("put"))
}

fn parked_taker<T: 'static>(c: &Channel<T>, log: &Log<Option<T>>) -> Process {
    let (c, log) = (c.clone(), log.clone());
    go_now(move || log.add(take(&c)))
}

fn parked_putter<T: 'static>(c: &Channel<T>, value: T, log: &Log<Result<(), Closed<T>>>) -> Process {
    let (c, log) = (c.clone(), log.clone());
    go_now(move || log.add(put(&c, value)))
}

/// Takers and putters come, go, and are killed at random; `holds` is asked after each step.
fn random_walk(c: &Channel<i32>, holds: impl Fn(usize, usize)) {
    let (took, done) = (Log::new(), Log::new());
    let mut processes = Vec::new();
    for n in 0..600 {
        match random_range(0..10) {
            0..=3 => processes.push(parked_taker(c, &took)),
            4..=7 => processes.push(parked_putter(c, n, &done)),
            8 => drop(poll(c)),
            _ if processes.is_empty() => {}
            _ => kill(&processes.swap_remove(random_range(0..processes.len()))),
        }
        yield_now();
        let (takers, putters) = parked();
        holds(takers, putters);
    }
}

#[csp::test]
fn spec_1_1_without_a_buffer_takers_and_putters_never_both_wait() {
    let c = Channel::new();
    let seen = Cell::new((false, false));
    random_walk(&c, |takers, putters| {
        assert!(takers == 0 || putters == 0, "{takers} takers and {putters} putters wait");
        seen.set((seen.get().0 || takers > 1, seen.get().1 || putters > 1));
    });
    assert_eq!(seen.get(), (true, true), "the walk has seen both sides wait");
}

#[csp::test]
fn spec_1_1_one_alts_may_wait_on_both_sides() {
    for takes_first in [true, false] {
        let (c, log) = (Channel::new(), Log::new());
        for n in [1, 2] {
            let (c, log) = (c.clone(), log.clone());
            go_now(move || {
                let mut branches = [Branch::Take(&c), Branch::Put(&c, n)];
                if !takes_first {
                    branches.reverse();
                }
                log.add(alts(branches).outcome);
            });
            if n == 1 {
                yield_now();
                assert_eq!(csp::parked()[0].wants.len(), 2, "it waits on both sides, and does not meet itself");
            }
        }
        yield_now();
        assert!(csp::parked().is_empty(), "the second has met the first");
        let outcomes = log.seen();
        let took = outcomes.iter().filter(|outcome| matches!(outcome, Outcome::Took(Some(_)))).count();
        assert!(took == 1 && outcomes.contains(&Outcome::Put(Ok(()))), "{outcomes:?}");
    }
}

#[csp::test]
fn spec_1_2_takers_wait_only_when_it_is_empty_and_putters_only_when_it_is_full() {
    for make in [|| Channel::buffered(2), || Channel::with_buffer(csp::Fixed::new(2))] {
        let c: Channel<i32> = make();
        let seen = Cell::new((false, false));
        random_walk(&c, |takers, putters| {
            assert!(takers == 0 || c.is_empty(), "{takers} takers wait for one of {}", c.len());
            assert!(putters == 0 || c.len() == 2, "{putters} putters wait beside {}", c.len());
            seen.set((seen.get().0 || takers > 0, seen.get().1 || putters > 0));
        });
        assert_eq!(seen.get(), (true, true), "the walk has seen both sides wait");
        csp::close(&c);
        while poll(&c).is_ok() {}
        yield_now();
    }
}

#[csp::test]
fn spec_1_3_closed_leaves_no_takers_and_no_putters() {
    for (kind, c) in every_kind() {
        let log = Log::new();
        parked_taker(&c, &log);
        parked_taker(&c, &log);
        close(&c);
        yield_now();
        assert_eq!((parked(), log.seen()), ((0, 0), vec![None, None]), "{kind}");
    }
    for capacity in [0, 1] {
        let (c, log) = (Channel::buffered(capacity), Log::new());
        (0..3).for_each(|n| drop(parked_putter(&c, n, &log)));
        assert_eq!(parked(), (0, 3 - capacity));
        close(&c);
        yield_now();
        assert_eq!(parked(), (0, 0), "all with capacity {capacity}");
    }
}

#[csp::test]
fn spec_1_3_drained_leaves_no_takers_but_may_leave_putters() {
    let (c, log) = (Channel::<i32>::new(), Log::new());
    parked_taker(&c, &log);
    drain(&c);
    yield_now();
    assert_eq!((parked(), log.seen()), ((0, 0), vec![None]));

    let (c, log) = (Channel::new(), Log::new());
    parked_putter(&c, 1, &log);
    drain(&c);
    yield_now();
    assert_eq!(parked(), (0, 1));
}

// Put. No scheduler runs in the tests marked `#[test]`: what would park would panic.

#[test]
fn spec_2_1_a_put_to_a_closed_channel_fails_at_once_with_its_value() {
    for end in [close, drain] {
        for (kind, c) in every_kind() {
            end(&c);
            assert_eq!(put(&c, 7), Err(Closed(7)), "{kind}");
            assert_eq!(put(&c, 8), Err(Closed(8)), "{kind}, again");
            assert_eq!(c.len(), 0, "{kind}");
        }
        let full = Channel::buffered(1);
        put(&full, 1).unwrap();
        end(&full);
        assert_eq!(put(&full, 2), Err(Closed(2)), "full");
        assert_eq!(poll(&full), Ok(1));
    }
}

#[csp::test]
fn spec_2_2_a_put_serves_the_first_parked_taker_and_goes_on_at_once() {
    for (kind, c) in every_kind() {
        if kind == "promise" {
            continue; // 6.3: serves all
        }
        let log = Log::new();
        parked_taker(&c, &log);
        parked_taker(&c, &log);
        put(&c, 1).unwrap();
        assert!(log.seen().is_empty(), "{kind}: the putter goes on, the taker has its turn later");
        assert_eq!(c.len(), 0, "{kind}: handed over, not kept");
        yield_now();
        assert_eq!((log.seen(), parked()), (vec![Some(1)], (1, 0)), "{kind}");
        put(&c, 2).unwrap();
        yield_now();
        assert_eq!(log.seen(), [Some(1), Some(2)], "{kind}");
    }
}

#[csp::test]
fn spec_2_2_a_value_for_a_parked_taker_goes_through_the_users_buffer() {
    struct Doubling(VecDeque<i32>);
    impl Buffer<i32> for Doubling {
        fn add(&mut self, value: i32) -> Option<i32> {
            self.0.push_back(value * 2);
            None
        }
        fn remove(&mut self) -> Option<i32> {
            self.0.pop_front()
        }
        fn len(&self) -> usize {
            self.0.len()
        }
        fn is_full(&self) -> bool {
            self.0.len() >= 2
        }
    }
    let (c, log) = (Channel::with_buffer(Doubling(VecDeque::new())), Log::new());
    parked_taker(&c, &log);
    put(&c, 21).unwrap();
    yield_now();
    assert_eq!(log.seen(), [Some(42)]);
}

#[test]
fn spec_2_3_while_there_is_room_a_put_is_added_and_succeeds_at_once() {
    for (kind, c) in every_kind().into_iter().filter(|(kind, _)| !["unbuffered", "promise"].contains(kind)) {
        assert_eq!((put(&c, 1), put(&c, 2)), (Ok(()), Ok(())), "{kind}");
        assert_eq!((c.len(), poll(&c), poll(&c)), (2, Ok(1), Ok(2)), "{kind}");
    }
}

#[csp::test]
fn spec_2_3_without_room_a_put_parks_at_the_tail() {
    for capacity in 0..3 {
        let (c, log) = (Channel::buffered(capacity), Log::new());
        (0..5).for_each(|n| drop(parked_putter(&c, n, &log)));
        assert_eq!((log.seen().len(), parked(), c.len()), (capacity, (0, 5 - capacity), capacity));
        let taken: Vec<_> = (0..5).map(|_| take(&c)).collect();
        assert_eq!(taken, (0..5).map(Some).collect::<Vec<_>>(), "capacity {capacity}");
        yield_now();
    }
}

#[csp::test]
fn spec_2_5_ok_means_accepted_and_the_putter_goes_on_only_after_that() {
    // Without a buffer: when it has been taken.
    let (c, log) = (Channel::new(), Log::new());
    parked_putter(&c, 1, &log);
    (0..3).for_each(|_| yield_now());
    assert!(log.seen().is_empty(), "nobody has taken it");
    assert_eq!(take(&c), Some(1));
    yield_now();
    assert_eq!(log.seen(), [Ok(())]);

    // With one: when it is in the buffer.
    let (c, log) = (Channel::buffered(1), Log::new());
    put(&c, 1).unwrap();
    parked_putter(&c, 2, &log);
    (0..3).for_each(|_| yield_now());
    assert!(log.seen().is_empty(), "there is no room");
    assert_eq!(take(&c), Some(1));
    yield_now();
    assert_eq!((log.seen(), c.len()), (vec![Ok(())], 1), "accepted, though not taken");
}

#[csp::test]
fn spec_2_6_processes_that_park_are_not_limited_in_number() {
    const MANY: usize = 1500;
    let c = Channel::builder().callback_limit(1).build();
    let sum = Rc::new(Cell::new(0));
    for _ in 0..MANY {
        let (c, sum) = (c.clone(), sum.clone());
        Process::builder().stack_size(64 * 1024).go(move || {
            let value = take(&c).unwrap();
            sum.set(sum.get() + value);
        });
    }
    yield_now();
    assert_eq!(parked(), (MANY, 0));
    (0..MANY).for_each(|_| put(&c, 1).unwrap());
    yield_now();
    assert_eq!(sum.get(), MANY);
    for _ in 0..MANY {
        let c = c.clone();
        Process::builder().stack_size(64 * 1024).go(move || put(&c, 1).unwrap());
    }
    yield_now();
    assert_eq!(parked(), (0, MANY));
    assert_eq!((0..MANY).map(|_| take(&c).unwrap()).sum::<usize>(), MANY);
}

#[csp::test]
fn spec_2_6_1024_callbacks_may_wait_on_a_side_by_default() {
    let (takes, puts) = (Channel::<usize>::new(), Channel::<usize>::new());
    let called = Rc::new(Cell::new(0));
    for n in 0..1024 {
        let [a, b] = [(); 2].map(|()| called.clone());
        assert!(take_then_callback(&takes, move |_| a.set(a.get() + 1)).is_ok(), "take {n}");
        assert!(put_then_callback(&puts, n, move |_| b.set(b.get() + 1)).is_ok(), "put {n}");
    }
    assert!(take_then_callback(&takes, |_| {}).is_err());
    let refused = put_then_callback(&puts, 4711, |_| {}).unwrap_err();
    assert_eq!(refused.value, 4711, "the value comes back");
    close(&takes);
    close(&puts);
    yield_now();
    assert_eq!(called.get(), 2048, "those that were accepted are answered");
}

#[csp::test]
fn spec_2_6_the_limit_of_callbacks_can_be_set_and_each_that_is_served_frees_a_place() {
    let (took, done) = (Log::new(), Log::new());
    let takes = Channel::builder().callback_limit(1).build();
    (0..3).for_each(|_| drop(parked_taker(&takes, &took))); // processes do not count
    assert!(take_then_callback(&takes, |_| {}).is_ok());
    assert!(take_then_callback(&takes, |_| {}).is_err());
    (0..4).for_each(|n| put(&takes, n).unwrap());
    assert!(take_then_callback(&takes, |_| {}).is_ok(), "its place is free");

    let puts = Channel::builder().callback_limit(1).build();
    (0..3).for_each(|n| drop(parked_putter(&puts, n, &done)));
    assert!(put_then_callback(&puts, 3, |_| {}).is_ok());
    assert!(put_then_callback(&puts, 4, |_| {}).is_err());
    assert_eq!((0..4).map(|_| take(&puts).unwrap()).collect::<Vec<_>>(), [0, 1, 2, 3]);
    assert!(put_then_callback(&puts, 4, |_| {}).is_ok(), "its place is free");

    let none = Channel::builder().buffered(1).callback_limit(0).build();
    assert!(put_then_callback(&none, 1, |_| {}).is_ok(), "it does not have to wait");
    assert!(take_then_callback(&none, |value| assert_eq!(value, Some(1))).is_ok(), "nor does this");
    assert!(take_then_callback(&none, |_| {}).is_err());
    yield_now();
}

#[csp::test]
fn spec_2_6_the_error_gives_the_value_back_and_names_the_channel_and_where_it_was_made() {
    struct NotDebug(u8);
    let c = Channel::builder().name("orders").callback_limit(0).build();
    let made_at = format!("{}:{}", file!(), line!() - 1);
    let called = Rc::new(Cell::new(false));
    let flag = called.clone();
    let refused = put_then_callback(&c, NotDebug(9), move |_| flag.set(true)).unwrap_err();
    for text in [refused.to_string(), format!("{refused:?}")] {
        assert!(text.contains("orders") && text.contains(&made_at), "{text}");
    }
    assert_eq!(refused.value.0, 9);
    (refused.callback)(Ok(()));
    assert!(called.get(), "the callback comes back, too");

    let nameless = Channel::<()>::builder().callback_limit(0).build();
    let made_at = format!("{}:{}", file!(), line!() - 1);
    let text = take_then_callback(&nameless, |_| {}).unwrap_err().to_string();
    assert!(text.contains(&made_at), "{text}");
}
