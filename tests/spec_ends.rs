//! docs/rules.md, rule 4.4: what goes with the last handle of a side. Each test is named after its rule.

mod log;

use std::cell::Cell;
use std::rc::Rc;

use csp::{OfferError, PollError, prelude::*};
use log::Log;

/// Says when it is dropped.
struct Noisy(&'static str, Log<&'static str>);

impl Drop for Noisy {
    fn drop(&mut self) {
        self.1.add(self.0);
    }
}

#[csp::test]
fn spec_4_4_dropping_the_last_sender_drains() {
    let (out, input) = channel(1);
    let second = out.clone();
    put(&out, 1).unwrap();
    let log = Log::new();
    let (parked, answers) = (out.clone(), log.clone());
    put_then_callback(&parked, 2, move |answer| answers.add(answer)).unwrap();
    drop((out, parked));
    assert!(!second.is_closed(), "one sender is left");
    drop(second);
    yield_now();
    assert_eq!(log.seen(), []);
    assert_eq!((take(&input), take(&input), take(&input)), (Some(1), Some(2), None));
    yield_now();
    assert_eq!(log.seen(), [Ok(())]);
}

#[csp::test]
fn spec_4_4_what_is_buffered_stays_takeable_when_the_last_sender_goes() {
    let (out, input) = channel(2);
    (1..=2).for_each(|n| put(&out, n).unwrap());
    drop(out);
    assert_eq!((take(&input), take(&input), take(&input)), (Some(1), Some(2), None));
}

#[csp::test]
fn spec_4_4_dropping_the_last_sender_answers_those_who_wait_for_a_value() {
    let (out, input) = channel::<i32>(0);
    let log = Log::new();
    let (input, answers) = (input.clone(), log.clone());
    go_now(move || answers.add(take(&input)));
    drop(out.clone());
    yield_now();
    assert_eq!(log.seen(), [], "a sender is left");
    drop(out);
    yield_now();
    assert_eq!(log.seen(), [None]);
}

#[csp::test]
fn spec_4_4_dropping_the_last_receiver_fails_pending_puts_with_their_values() {
    let (out, input) = channel(1);
    put(&out, 0).unwrap();
    let log = Log::new();
    for n in 1..=2 {
        let (out, log) = (out.clone(), log.clone());
        go_now(move || log.add(put(&out, n)));
    }
    let answers = log.clone();
    put_then_callback(&out, 3, move |answer| answers.add(answer)).unwrap();
    drop(input.clone());
    yield_now();
    assert_eq!(log.seen(), [], "a receiver is left");
    drop(input);
    yield_now();
    assert_eq!(log.seen(), [Err(Closed(1)), Err(Closed(2)), Err(Closed(3))]);
}

#[test]
fn spec_4_4_dropping_the_last_receiver_fails_later_puts_with_their_values() {
    let (out, input) = channel(2);
    drop(input);
    assert!(out.is_closed());
    assert_eq!((put(&out, 1), offer(&out, 2)), (Err(Closed(1)), Err(OfferError::Closed(2))));
}

#[test]
fn spec_4_4_what_is_buffered_goes_when_the_last_receiver_goes() {
    let (out, input) = channel(3);
    let log = Log::new();
    for name in ["a", "b", "c"] {
        assert!(out.offer(Noisy(name, log.clone())).is_ok());
    }
    drop(input.clone());
    assert_eq!(log.seen(), [""; 0]);
    drop(input);
    assert_eq!(log.seen(), ["a", "b", "c"], "with the receiver, in order, though a sender is left");
    drop(out);
    assert_eq!(log.seen().len(), 3);
}

#[csp::test]
fn spec_4_4_a_parked_take_callback_counts_as_a_receiver() {
    let (out, input) = channel(0);
    let log = Log::new();
    for _ in 0..2 {
        let answers = log.clone();
        take_then_callback(&input, move |value| answers.add(value)).unwrap();
    }
    drop(input);
    assert!(!out.is_closed());
    assert_eq!(put(&out, 1), Ok(()));
    yield_now();
    assert!(!out.is_closed(), "another waits");
    assert_eq!(put(&out, 2), Ok(()));
    yield_now();
    assert_eq!(log.seen(), [Some(1), Some(2)]);
    assert!(out.is_closed(), "the last taker has gone");
    assert_eq!(put(&out, 3), Err(Closed(3)));
}

#[csp::test]
fn spec_4_4_a_parked_put_callback_counts_as_a_sender() {
    let (out, input) = channel(0);
    for n in 1..=2 {
        put_then_callback(&out, n, |answer| answer.unwrap()).unwrap();
    }
    drop(out);
    assert_eq!(poll(&input), Ok(1));
    yield_now();
    assert_eq!(poll(&input), Ok(2));
    yield_now();
    assert_eq!(poll(&input), Err(PollError::Closed), "the last putter has gone");
}

#[csp::test]
fn spec_4_4_callbacks_left_when_the_last_handle_goes_are_answered() {
    for capacity in [0, 1] {
        let (takes, puts) = (Log::new(), Log::new());
        let (a, b) = (Channel::<i32>::buffered(capacity), Channel::buffered(capacity));
        while offer(&b, 0).is_ok() {}
        for n in 1..=2 {
            let (takes, puts) = (takes.clone(), puts.clone());
            take_then_callback(&a, move |value| takes.add(value)).unwrap();
            put_then_callback(&b, n, move |answer| puts.add(answer)).unwrap();
        }
        let (a2, b2) = (a.clone(), b.clone());
        drop((a, b));
        yield_now();
        assert_eq!(takes.seen(), [], "handles are left");
        drop((a2, b2));
        (0..3).for_each(|_| yield_now());
        assert_eq!((takes.seen(), puts.seen()), (vec![None, None], vec![Err(Closed(1)), Err(Closed(2))]));
        assert_eq!(csp::stats().callbacks, 0);
    }
}

#[csp::test]
fn spec_4_4_callbacks_left_when_both_ends_have_gone_are_answered() {
    let (out, input) = channel::<i32>(0);
    let log = Log::new();
    let answers = log.clone();
    take_then_callback(&input, move |value| answers.add(value)).unwrap();
    drop((input, out));
    yield_now();
    assert_eq!(log.seen(), [None]);

    let (out, input) = channel(0);
    let log = Log::new();
    let answers = log.clone();
    put_then_callback(&out, 1, move |answer| answers.add(answer)).unwrap();
    drop((out, input));
    yield_now();
    assert_eq!(log.seen(), [Err(Closed(1))]);
}

#[csp::test]
fn spec_4_4_dropping_handles_of_a_channel_closes_nothing() {
    let c = Channel::new();
    let (other, log) = (c.clone(), Log::new());
    let answers = log.clone();
    go_now(move || answers.add(take(&other)));
    (0..3).for_each(|_| drop(c.clone()));
    yield_now();
    assert!(!c.is_closed());
    assert_eq!(log.seen(), []);
    put(&c, 1).unwrap();
    yield_now();
    assert_eq!(log.seen(), [Some(1)], "its own handle was the last but one");
}

#[csp::test]
fn spec_4_4_the_end_of_a_process_drops_its_ends() {
    let (out, input) = channel(0);
    let killed = go_now(move || {
        put(&out, 1).unwrap();
        sleep(Duration::from_secs(1));
        unreachable!("it was killed");
    });
    assert_eq!(take(&input), Some(1));
    yield_now();
    kill(&killed);
    assert_eq!(take(&input), None);
}

/// Its destructor puts another to the channel it is in.
struct Undying(Sender<Undying>, Rc<Cell<u32>>);

impl Drop for Undying {
    fn drop(&mut self) {
        self.1.set(self.1.get() + 1);
        if self.1.get() < 5 {
            let back = offer(&self.0, Undying(self.0.clone(), self.1.clone()));
            assert!(matches!(back, Err(OfferError::Closed(_))), "no receiver is left");
        }
    }
}

#[test]
fn spec_4_4_a_destructor_may_put_to_the_channel_whose_last_receiver_goes() {
    let (out, input) = channel(2);
    let drops = Rc::new(Cell::new(0));
    for _ in 0..2 {
        assert!(offer(&out, Undying(out.clone(), drops.clone())).is_ok());
    }
    drop(out);
    drop(input);
    assert_eq!(drops.get(), 6, "five down the first line, then the second");
    assert_eq!(Rc::strong_count(&drops), 1, "nothing was leaked");
}
