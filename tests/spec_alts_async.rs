//! docs/rules.md, rule 11.5: choices as futures.

mod wakers;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::task::Poll;
use std::thread;

use csp::prelude::*;
use csp::{OfferError, PollError, alts_async, sync};
use futures_executor::block_on;
use wakers::once;

fn is_send<T: Send>(_: &T) {}

#[csp::test]
fn spec_11_5_what_is_ready_happens_and_nothing_else() {
    for _ in 0..50 {
        let (a, b) = (Channel::buffered(1), Channel::buffered(1));
        put(&a, 1).unwrap();
        let chosen = wait(alts_async([Branch::Take(&a), Branch::Put(&b, 2)]));
        match chosen.outcome {
            Outcome::Took(value) => {
                assert_eq!((value, chosen.losers, poll(&b)), (Some(1), vec![(1, 2)], Err(PollError::Empty)))
            }
            Outcome::Put(put) => assert_eq!((put, poll(&a), poll(&b)), (Ok(()), Ok(1), Ok(2))),
        }
    }
}

#[csp::test]
fn spec_11_5_it_waits_in_all_of_them_and_the_first_partner_decides() {
    let (a, b) = (Channel::new(), Channel::new());
    let mut choice = alts_async([Branch::Take(&a), Branch::Put(&b, 5), Branch::Take(&b)]);
    assert!(once(&mut choice).is_pending());
    assert_eq!(poll(&b), Ok(5), "it has never met itself");
    assert_eq!(offer(&a, 1), Err(OfferError::Full(1)), "and is in no other any more");
    let Poll::Ready(chosen) = once(&mut choice) else { panic!() };
    assert_eq!((chosen.index, chosen.outcome, chosen.losers.len()), (1, Outcome::Put(Ok(())), 0));
    // Closed is ready.
    let mut choice = alts_async([&a, &b]);
    assert!(once(&mut choice).is_pending());
    close(&b);
    assert!(matches!(once(&mut choice), Poll::Ready((None, chan)) if chan == b));
}

#[csp::test]
fn spec_11_5_dropped_it_leaves_no_trace_and_what_it_was_handed_goes_back() {
    let (a, b) = (Channel::new(), Channel::new());
    let value = Rc::new(1);
    let mut choice = alts_async([Branch::Take(&a), Branch::Put(&b, value.clone())]);
    assert!(once(&mut choice).is_pending());
    drop(choice);
    assert_eq!((Rc::strong_count(&value), poll(&b).is_err()), (1, true));
    assert!(matches!(offer(&a, value.clone()), Err(OfferError::Full(_))));
    let mut choice = alts_async([&a, &b]);
    assert!(once(&mut choice).is_pending());
    offer(&a, value.clone()).unwrap();
    drop(choice);
    assert_eq!(poll(&a), Ok(value));
}

#[test]
fn spec_11_5_between_threads_it_is_send_and_any_executor_polls_it() {
    let (a, b) = (sync::Channel::new(), sync::Channel::new());
    let (from_a, from_b) = (a.clone(), b.clone());
    let thread = thread::spawn(move || {
        let mut sum = 0;
        loop {
            let choice = alts_async([&from_a, &from_b]);
            is_send(&choice);
            match block_on(choice) {
                (Some(n), _) => sum += n,
                (None, _) => return sum,
            }
        }
    });
    csp::run(|| (1..=100).for_each(|n| put(if n % 2 == 0 { &a } else { &b }, n).unwrap()));
    close(&a);
    assert_eq!(thread.join().unwrap(), 5050);
    is_send(&alts_async([Branch::Take(&a), Branch::Put(&b, 1)]));
    // The blocking form takes them as well.
    let full = sync::Channel::buffered(1);
    assert_eq!(alts([Branch::Put(&full, 1)]).outcome, Outcome::Put(Ok(())));
}

#[test]
fn spec_11_5_two_choices_of_two_threads_meet_and_nothing_is_lost() {
    const ROUNDS: u64 = 2000;
    let (a, b) = (sync::Channel::new(), sync::Channel::new());
    let (to_a, to_b) = (a.clone(), b.clone());
    let thread = thread::spawn(move || {
        for n in 0..ROUNDS {
            let chosen = block_on(alts_async([Branch::Put(&to_a, n), Branch::Put(&to_b, n)]));
            assert_eq!((chosen.outcome, chosen.losers.len()), (Outcome::Put(Ok(())), 1));
        }
        to_a.close();
    });
    let (mut taken, mut turns) = (Vec::new(), 0);
    loop {
        let mut choice = alts_async([&a, &b]);
        // Some are dropped, whether or not they were handed something.
        turns += 1;
        let answer = match once(&mut choice) {
            Poll::Ready(answer) => answer,
            Poll::Pending if turns % 3 == 0 => continue,
            Poll::Pending => block_on(choice),
        };
        match answer {
            (Some(n), _) => taken.push(n),
            (None, _) => break,
        }
    }
    // One that was given back waits in its channel, while the next may come through the other.
    taken.sort_unstable();
    assert_eq!(taken, (0..ROUNDS).collect::<Vec<_>>());
    thread.join().unwrap();
}

#[test]
fn spec_11_5_an_empty_list_and_a_second_answer_are_panics() {
    assert!(catch_unwind(|| drop(alts_async::<&Channel<i32>>([]))).is_err());
    let c = Channel::buffered(1);
    c.offer(1).unwrap();
    let mut choice = alts_async([&c]);
    assert!(once(&mut choice).is_ready());
    assert!(catch_unwind(AssertUnwindSafe(|| once(&mut choice).is_ready())).is_err());
}

#[test]
fn spec_11_5_one_that_outlives_its_scheduler_waits_on_in_the_next() {
    let (a, b) = (Channel::new(), Channel::<i32>::new());
    let mut choice = csp::run(|| {
        let mut choice = alts_async([&a, &b]);
        assert!(once(&mut choice).is_pending());
        choice
    });
    csp::run(|| {
        assert_eq!(offer(&a, 1), Err(OfferError::Full(1)), "it waits nowhere");
        assert!(once(&mut choice).is_pending());
        offer(&a, 2).unwrap();
        assert!(matches!(once(&mut choice), Poll::Ready((Some(2), _))));
    });
}
