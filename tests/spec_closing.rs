//! docs/rules.md, rules 4.1, 4.2, 4.5: closing and draining. Each test is named after its rule. What goes with the last
//! handle of a side, 4.4, is in `spec_ends.rs`.

mod log;

use csp::{PollError, prelude::*};
use log::Log;

/// One that takes in each of the ways there are, parked; what it gets goes to the log.
fn park_takers(c: &Channel<i32>, log: &Log<(&'static str, Option<i32>)>) {
    let [a, b, d] = [(); 3].map(|()| (c.clone(), log.clone()));
    go_now(move || a.1.add(("take", take(&a.0))));
    take_then_callback(c, move |value| b.1.add(("callback", value))).unwrap();
    go_now(move || d.1.add(("alts", alts([&d.0, &Channel::new()]).0)));
}

/// One that puts in each of the ways there are, parked, with the values 1 to 3; the answer goes to the log.
fn park_putters(c: &Channel<i32>, log: &Log<(&'static str, Result<(), Closed<i32>>)>) {
    let [a, b, d] = [(); 3].map(|()| (c.clone(), log.clone()));
    go_now(move || a.1.add(("put", put(&a.0, 1))));
    put_then_callback(c, 2, move |answer| b.1.add(("callback", answer))).unwrap();
    go_now(move || {
        let (mut slot, never) = (Some(3), Channel::<()>::new());
        alts! {
            answer = put(&d.0, from slot) => d.1.add(("alts", answer)),
            _ = take(&never) => unreachable!(),
        }
        assert_eq!(slot, None, "the answer has the value");
    });
}

#[csp::test]
fn spec_4_1_after_close_puts_fail() {
    for c in [Channel::new(), Channel::buffered(1), Channel::dropping(1), Channel::sliding(1), Channel::promise()] {
        close(&c);
        assert!(c.is_closed());
        assert_eq!(put(&c, 1), Err(Closed(1)));
        assert_eq!(offer(&c, 2), Err(csp::OfferError::Closed(2)));
        let answers = Log::new();
        let log = answers.clone();
        put_then_callback(&c, 3, move |answer| log.add(answer)).unwrap();
        yield_now();
        assert_eq!(answers.seen(), [Err(Closed(3))]);
        let chosen = alts([Branch::Put(&c, 4)]);
        assert_eq!(chosen.outcome, Outcome::Put(Err(Closed(4))));
    }
}

#[csp::test]
fn spec_4_1_close_fails_parked_putters_at_once_each_with_its_value() {
    for capacity in [0, 1] {
        let (c, log) = (Channel::buffered(capacity), Log::new());
        (0..capacity).for_each(|_| put(&c, 9).unwrap());
        park_putters(&c, &log);
        close(&c);
        assert_eq!(log.seen().len(), 0, "they have their turn later");
        yield_now();
        let failed = [("put", Err(Closed(1))), ("callback", Err(Closed(2))), ("alts", Err(Closed(3)))];
        assert_eq!(log.seen(), failed, "though nobody has taken anything");
        assert_eq!(c.len(), capacity);
    }
}

#[csp::test]
fn spec_4_1_a_take_after_close_gets_no_value_of_a_parked_putter() {
    let (c, log) = (Channel::buffered(1), Log::new());
    put(&c, 9).unwrap();
    park_putters(&c, &log);
    close(&c);
    assert_eq!((poll(&c), poll(&c)), (Ok(9), Err(PollError::Closed)), "before they have had their turn");
    yield_now();
    assert!(log.seen().iter().all(|(_, answer)| answer.is_err()));
}

#[csp::test]
fn spec_4_1_buffered_values_stay_takeable_after_close() {
    for c in [Channel::buffered(3), Channel::dropping(3), Channel::sliding(3), Channel::with_buffer(csp::Fixed::new(3))]
    {
        (1..=3).for_each(|n| put(&c, n).unwrap());
        close(&c);
        assert_eq!(c.len(), 3);
        assert_eq!((take(&c), poll(&c), alts([&c]).0), (Some(1), Ok(2), Some(3)));
        assert_eq!((take(&c), poll(&c)), (None, Err(PollError::Closed)));
    }
}

#[csp::test]
fn spec_4_1_close_gives_every_parked_taker_none() {
    for c in [Channel::new(), Channel::buffered(1), Channel::sliding(1), Channel::with_buffer(csp::Fixed::new(1))] {
        let log = Log::new();
        park_takers(&c, &log);
        close(&c);
        yield_now();
        assert_eq!(log.seen(), [("take", None), ("callback", None), ("alts", None)]);
    }
}

#[csp::test]
fn spec_4_1_every_parked_party_is_answered_once() {
    let (c, log) = (Channel::new(), Log::new());
    (0..3).for_each(|_| park_takers(&c, &log));
    (0..3).for_each(|_| close(&c));
    (0..5).for_each(|_| yield_now());
    close(&c);
    yield_now();
    assert_eq!(log.seen().len(), 9);

    let (c, log) = (Channel::new(), Log::new());
    (0..3).for_each(|_| park_putters(&c, &log));
    (0..3).for_each(|_| close(&c));
    (0..5).for_each(|_| yield_now());
    close(&c);
    yield_now();
    assert_eq!(log.seen().len(), 9);
    assert!(csp::parked().is_empty() && csp::stats().callbacks == 0);
}

#[csp::test]
fn spec_4_1_a_taker_that_was_served_before_close_keeps_its_value() {
    let (c, log) = (Channel::new(), Log::new());
    park_takers(&c, &log);
    assert_eq!(offer(&c, 7), Ok(()));
    close(&c);
    yield_now();
    assert_eq!(log.seen(), [("take", Some(7)), ("callback", None), ("alts", None)]);
}

#[csp::test]
fn spec_4_1_close_may_come_from_the_destructor_of_a_value_that_came_back() {
    struct Closes(Channel<Closes>, Log<bool>);
    impl Drop for Closes {
        fn drop(&mut self) {
            close(&self.0);
            let refused = offer(&self.0, Closes(Channel::new(), self.1.clone()));
            self.1.add(refused.is_err());
            std::mem::forget(refused);
        }
    }
    let (c, log) = (Channel::new(), Log::new());
    for _ in 0..2 {
        let (c, value) = (c.clone(), Closes(c.clone(), log.clone()));
        go_now(move || drop(put(&c, value)));
    }
    close(&c);
    yield_now();
    assert_eq!(log.seen(), [true, true]);
    assert_eq!(poll(&c).err(), Some(PollError::Closed));
}

#[csp::test]
fn spec_4_2_after_drain_puts_fail() {
    for c in [Channel::new(), Channel::buffered(1), Channel::dropping(1), Channel::sliding(1), Channel::promise()] {
        drain(&c);
        assert!(c.is_closed());
        assert_eq!((put(&c, 1), offer(&c, 2)), (Err(Closed(1)), Err(csp::OfferError::Closed(2))));
    }
    let (c, log) = (Channel::new(), Log::new());
    park_putters(&c, &log);
    drain(&c);
    assert_eq!(put(&c, 4), Err(Closed(4)), "a later put does not join those that wait");
}

#[csp::test]
fn spec_4_2_what_was_put_before_drain_is_delivered_in_order_before_it_counts_as_closed() {
    for capacity in [0, 1, 2] {
        let (c, log) = (Channel::buffered(capacity), Log::new());
        let buffered = capacity as i32;
        (0..buffered).for_each(|n| put(&c, 1 - buffered + n).unwrap());
        park_putters(&c, &log);
        drain(&c);
        yield_now();
        assert_eq!(log.seen(), [], "drain itself answers none of them");
        let mut taken = Vec::new();
        loop {
            match poll(&c) {
                Ok(value) => taken.push(value),
                Err(why) => break assert_eq!(why, PollError::Closed),
            }
        }
        assert_eq!(taken, (1 - buffered..=3).collect::<Vec<_>>());
        yield_now();
        assert_eq!(log.seen(), [("put", Ok(())), ("callback", Ok(())), ("alts", Ok(()))]);
        assert_eq!(take(&c), None);
    }
}

#[csp::test]
fn spec_4_2_drain_gives_parked_takers_none() {
    for c in [Channel::new(), Channel::buffered(1), Channel::promise()] {
        let log = Log::new();
        park_takers(&c, &log);
        drain(&c);
        drain(&c);
        (0..3).for_each(|_| yield_now());
        assert_eq!(log.seen(), [("take", None), ("callback", None), ("alts", None)]);
    }
}

#[csp::test]
fn spec_4_2_close_after_drain_fails_those_that_still_wait() {
    let (c, log) = (Channel::new(), Log::new());
    park_putters(&c, &log);
    drain(&c);
    assert_eq!(take(&c), Some(1));
    close(&c);
    yield_now();
    assert_eq!(log.seen(), [("put", Ok(())), ("callback", Err(Closed(2))), ("alts", Err(Closed(3)))]);
    assert_eq!(take(&c), None);
}

#[csp::test]
fn spec_4_2_if_the_last_receiver_goes_first_those_that_wait_fail_with_their_values() {
    let (out, input) = channel(1);
    put(&out, 0).unwrap();
    let log = Log::new();
    for n in 1..=2 {
        let (out, log) = (out.clone(), log.clone());
        go_now(move || log.add(put(&out, n)));
    }
    drain(&out);
    yield_now();
    assert_eq!(log.seen(), []);
    drop(input);
    yield_now();
    assert_eq!(log.seen(), [Err(Closed(1)), Err(Closed(2))]);
}

#[test]
fn spec_4_5_what_panics_in_go_does_not() {
    for c in [Channel::new(), Channel::buffered(1)] {
        close(&c);
        close(&c); // Go: close of closed channel
        drain(&c);
        close(&c);
        assert_eq!(put(&c, 1), Err(Closed(1))); // Go: send on closed channel
        assert_eq!(take(&c), None);
    }
    let (out, input) = channel::<i32>(0);
    close(&out);
    close(&out);
    assert_eq!((put(&out, 1), take(&input)), (Err(Closed(1)), None));
}
