//! docs/rules.md, section 5: offer and poll, and what their errors say. Each test is named after its rule. No scheduler
//! runs in the tests marked `#[test]`: what would park would panic.

mod log;

use std::error::Error;
use std::fmt::Debug;

use csp::{OfferError, PollError, prelude::*};
use log::Log;

/// A value about which nothing can be said.
struct Opaque;

#[test]
fn spec_5_1_offer_succeeds_while_there_is_room() {
    for c in [Channel::buffered(2), Channel::with_buffer(csp::Fixed::new(2))] {
        assert_eq!((offer(&c, 1), offer(&c, 2)), (Ok(()), Ok(())));
        assert_eq!(offer(&c, 3), Err(OfferError::Full(3)));
        assert_eq!((c.len(), poll(&c), offer(&c, 4)), (2, Ok(1), Ok(())));
        assert_eq!((poll(&c), poll(&c), poll(&c)), (Ok(2), Ok(4), Err(PollError::Empty)));
    }
}

#[test]
fn spec_5_1_offer_without_buffer_and_taker_is_full() {
    let c = Channel::new();
    assert_eq!(offer(&c, 1), Err(OfferError::Full(1)));
    assert_eq!(poll(&c), Err(PollError::Empty), "it has left nothing");
}

#[csp::test]
fn spec_5_1_offer_without_buffer_succeeds_once_for_each_parked_taker() {
    let (c, log) = (Channel::new(), Log::new());
    for _ in 0..2 {
        let (c, log) = (c.clone(), log.clone());
        go_now(move || log.add(take(&c)));
    }
    let answers = log.clone();
    take_then_callback(&c, move |value| answers.add(value)).unwrap();
    assert_eq!([1, 2, 3, 4].map(|n| offer(&c, n)), [Ok(()), Ok(()), Ok(()), Err(OfferError::Full(4))]);
    yield_now();
    assert_eq!(log.seen(), [Some(1), Some(2), Some(3)]);
}

#[csp::test]
fn spec_5_1_offer_without_buffer_does_not_join_parked_putters() {
    let c = Channel::new();
    let out = c.clone();
    go_now(move || put(&out, 1).unwrap());
    assert_eq!(offer(&c, 2), Err(OfferError::Full(2)));
    assert_eq!((poll(&c), poll(&c)), (Ok(1), Err(PollError::Empty)));
}

#[csp::test]
fn spec_5_1_offer_does_not_pass_by_those_who_wait_for_room() {
    let c = Channel::buffered(1);
    let out = c.clone();
    go_now(move || [1, 2].map(|n| put(&out, n).unwrap()));
    assert_eq!(poll(&c), Ok(1));
    assert_eq!(offer(&c, 3), Err(OfferError::Full(3)), "the one that waited has moved in");
    assert_eq!(poll(&c), Ok(2));
}

#[test]
fn spec_5_1_offer_always_succeeds_on_dropping_sliding_and_promise_while_open() {
    for (c, first, second) in [
        (Channel::dropping(1), Ok(0), Err(PollError::Empty)),
        (Channel::sliding(1), Ok(9), Err(PollError::Empty)),
        (Channel::promise(), Ok(0), Ok(0)),
    ] {
        assert!((0..10).all(|n| offer(&c, n).is_ok()));
        assert_eq!((poll(&c), poll(&c)), (first, second));
        close(&c);
        assert_eq!(offer(&c, 10), Err(OfferError::Closed(10)));
    }
}

#[test]
fn spec_5_1_offer_to_a_closed_channel_says_closed_full_or_not() {
    for end in [close, drain] {
        for c in [Channel::new(), Channel::buffered(1), Channel::with_buffer(csp::Fixed::new(1))] {
            end(&c);
            assert_eq!(offer(&c, 1), Err(OfferError::Closed(1)));
        }
        let full = Channel::buffered(1);
        offer(&full, 1).unwrap();
        end(&full);
        assert_eq!(offer(&full, 2), Err(OfferError::Closed(2)), "not `Full`");
    }
}

#[test]
fn spec_5_1_poll_gives_the_oldest_value_empty_or_closed() {
    for end in [close, drain] {
        for c in [Channel::buffered(2), Channel::dropping(2), Channel::sliding(2)] {
            assert_eq!(poll(&c), Err(PollError::Empty));
            (1..=2).for_each(|n| offer(&c, n).unwrap());
            end(&c);
            assert_eq!([(); 4].map(|()| poll(&c)), [Ok(1), Ok(2), Err(PollError::Closed), Err(PollError::Closed)]);
        }
    }
}

#[csp::test]
fn spec_5_1_poll_takes_from_parked_putters_in_order() {
    for capacity in [0, 1] {
        let c = Channel::buffered(capacity);
        for n in 1..=3 {
            let out = c.clone();
            go_now(move || put(&out, n).unwrap());
        }
        assert_eq!([(); 4].map(|()| poll(&c)), [Ok(1), Ok(2), Ok(3), Err(PollError::Empty)]);
        yield_now();
        assert!(csp::parked().is_empty(), "their puts have completed");
    }
}

#[csp::test]
fn spec_5_1_poll_does_not_join_parked_takers() {
    let c = Channel::<i32>::new();
    let other = c.clone();
    go_now(move || assert_eq!(take(&other), Some(1)));
    assert_eq!(poll(&c), Err(PollError::Empty));
    assert_eq!(offer(&c, 1), Ok(()));
    assert_eq!(poll(&c), Err(PollError::Empty), "the value was the other's");
    yield_now();
}

#[test]
fn spec_5_1_a_refused_value_comes_back_unharmed() {
    let c = Channel::new();
    assert_eq!(offer(&c, Box::new(1)).unwrap_err().into_inner(), Box::new(1));
    close(&c);
    assert_eq!(offer(&c, Box::new(2)).unwrap_err().into_inner(), Box::new(2));
    assert_eq!(put(&c, Box::new(3)).unwrap_err().into_inner(), Box::new(3));
}

#[csp::test]
fn spec_5_1_all_errors_are_debug_display_and_error_whatever_the_value_is() {
    fn text<E: Error + Debug>(error: E) -> String {
        format!("{error:?} {error}")
    }
    let c = Channel::builder().callback_limit(0).build();
    let full = text(offer(&c, Opaque).unwrap_err());
    assert!(full.starts_with("Full(..) ") && full.contains("no room"), "{full}");
    assert!(text(poll(&c).err().unwrap()).starts_with("Empty "));
    assert!(text(put_then_callback(&c, Opaque, |_| {}).unwrap_err()).starts_with("TooManyCallbacks"));
    assert!(text(take_then_callback(&c, |_| {}).unwrap_err()).starts_with("TooManyCallbacks"));
    close(&c);
    let closed = text(offer(&c, Opaque).unwrap_err());
    assert!(closed.starts_with("Closed(..) ") && closed.contains("is closed"), "{closed}");
    assert!(text(poll(&c).err().unwrap()).starts_with("Closed "));
    assert!(text(put(&c, Opaque).unwrap_err()).starts_with("Closed(..)"));
    let outcome = alts([Branch::Put(&c, Opaque)]).outcome;
    assert_eq!(format!("{outcome:?}"), "Put(Err(Closed(..)))");
}
