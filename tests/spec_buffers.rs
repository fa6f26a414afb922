//! docs/rules.md, section 6: buffers. Each test is named after its rule. Code of the user that runs at the worst moment
//! is in `spec_buffers_hostile.rs`.

mod log;

use std::panic::catch_unwind;

use csp::{Buffer, Dropping, Fixed, PollError, Sliding, prelude::*};
use log::Log;

/// The message with which `f` panics.
fn panic_of(f: impl FnOnce() + std::panic::UnwindSafe) -> String {
    let payload = catch_unwind(f).expect_err("it did not panic");
    match payload.downcast::<String>() {
        Ok(text) => *text,
        Err(payload) => payload.downcast::<&str>().unwrap().to_string(),
    }
}

fn all<T>(c: &Channel<T>) -> Vec<T> {
    std::iter::from_fn(|| poll(c).ok()).collect()
}

#[csp::test]
fn spec_6_1_buffered_0_is_unbuffered() {
    for c in [Channel::buffered(0), Channel::builder().buffered(0).build()] {
        assert!(offer(&c, 1).is_err());
        let (out, log) = (c.clone(), Log::new());
        let done = log.clone();
        go_now(move || done.add(put(&out, 2)));
        yield_now();
        assert_eq!((log.seen(), take(&c)), (vec![], Some(2)));
    }
    let (out, input) = channel(0);
    assert!(offer(&out, 1).is_err());
    assert_eq!(poll(&input), Err(PollError::Empty));
}

#[test]
fn spec_6_1_dropping_0_and_sliding_0_are_refused_in_words() {
    let refusals = [
        panic_of(|| drop(Channel::<()>::dropping(0))),
        panic_of(|| drop(Channel::<()>::builder().dropping(0))),
        panic_of(|| drop(Dropping::<()>::new(0))),
        panic_of(|| drop(Channel::<()>::sliding(0))),
        panic_of(|| drop(Channel::<()>::builder().sliding(0))),
        panic_of(|| drop(Sliding::<()>::new(0))),
    ];
    for (refusal, kind) in refusals.iter().zip(["dropping"; 3].into_iter().chain(["sliding"; 3])) {
        assert!(refusal.contains(kind) && refusal.contains("at least one"), "{refusal}");
    }
}

#[test]
fn spec_6_2_fixed_is_full_at_n() {
    let c = Channel::buffered(3);
    assert_eq!((1..=5).map(|n| offer(&c, n).is_ok()).collect::<Vec<_>>(), [true, true, true, false, false]);
    assert_eq!(all(&c), [1, 2, 3]);
}

#[test]
fn spec_6_2_fixed_may_be_overfilled_and_then_counts_as_full_until_below_n() {
    let mut b = Fixed::new(2);
    (1..=4).for_each(|n| assert_eq!(b.add(n), None));
    assert_eq!((b.len(), b.is_full()), (4, true));
    let emptied: Vec<_> = std::iter::from_fn(|| Some((b.remove()?, b.is_full()))).collect();
    assert_eq!(emptied, [(1, true), (2, true), (3, false), (4, false)]);
}

#[test]
fn spec_6_2_dropping_is_never_full_and_drops_the_newest() {
    let dropped = Log::new();
    let hook = dropped.clone();
    let c = Channel::builder().dropping(2).on_drop(move |value| hook.add(value)).build();
    assert!((1..=5).all(|n| offer(&c, n).is_ok() && c.len() <= 2));
    assert_eq!((dropped.seen(), all(&c)), (vec![3, 4, 5], vec![1, 2]));
    assert!(put(&c, 6).is_ok(), "there is room again");
    assert_eq!((dropped.seen().len(), all(&c)), (3, vec![6]));
}

#[test]
fn spec_6_2_sliding_is_never_full_and_drops_the_oldest() {
    let dropped = Log::new();
    let hook = dropped.clone();
    let c = Channel::builder().sliding(2).on_drop(move |value| hook.add(value)).build();
    assert!((1..=5).all(|n| offer(&c, n).is_ok() && c.len() <= 2));
    assert_eq!((dropped.seen(), all(&c)), (vec![1, 2, 3], vec![4, 5]));
    assert!(put(&c, 6).is_ok(), "there is room again");
    assert_eq!((dropped.seen().len(), all(&c)), (3, vec![6]));
}

#[csp::test]
fn spec_6_2_what_is_handed_to_a_parked_taker_is_not_dropped() {
    for builder in [Channel::builder().dropping(1), Channel::builder().sliding(1), Channel::builder().buffered(1)] {
        let c = builder.on_drop(|value: i32| panic!("{value} was dropped")).build();
        let log = Log::new();
        for _ in 0..2 {
            let (c, log) = (c.clone(), log.clone());
            go_now(move || log.add(take(&c)));
        }
        (1..=3).for_each(|n| offer(&c, n).unwrap());
        yield_now();
        assert_eq!((log.seen(), all(&c)), (vec![Some(1), Some(2)], vec![3]));
    }
}

#[csp::test]
fn spec_6_2_what_a_users_buffer_gives_back_goes_to_the_hook_from_a_put_and_from_a_take() {
    /// Keeps two; when a third comes, the least goes. Full while it holds more than `full_at`.
    struct Best(Vec<i32>, usize);
    impl Buffer<i32> for Best {
        fn add(&mut self, value: i32) -> Option<i32> {
            self.0.push(value);
            self.0.sort_unstable();
            (self.0.len() > 2).then(|| self.0.remove(0))
        }
        fn remove(&mut self) -> Option<i32> {
            self.0.pop()
        }
        fn len(&self) -> usize {
            self.0.len()
        }
        fn is_full(&self) -> bool {
            self.0.len() > self.1
        }
    }
    let dropped = Log::new();
    let hook = dropped.clone();
    let c = Channel::builder().buffer(Best(vec![], 2)).on_drop(move |value| hook.add(value)).build();
    [3, 1, 4, 2].into_iter().for_each(|n| put(&c, n).unwrap());
    assert_eq!((dropped.seen(), all(&c)), (vec![1, 2], vec![4, 3]));

    /// Once full it stays so until it is empty; then it takes in all there are, and keeps the first.
    struct Batch(Option<i32>, bool);
    impl Buffer<i32> for Batch {
        fn add(&mut self, value: i32) -> Option<i32> {
            if self.0.is_some() {
                return Some(value);
            }
            self.0 = Some(value);
            None
        }
        fn remove(&mut self) -> Option<i32> {
            self.1 = false;
            self.0.take()
        }
        fn len(&self) -> usize {
            self.0.is_some() as usize
        }
        fn is_full(&self) -> bool {
            self.1
        }
    }
    let dropped = Log::new();
    let hook = dropped.clone();
    let c = Channel::builder().buffer(Batch(Some(0), true)).on_drop(move |value| hook.add(value)).build();
    for n in 1..=3 {
        let c = c.clone();
        go_now(move || put(&c, n).unwrap());
    }
    assert_eq!((take(&c), dropped.seen(), all(&c)), (Some(0), vec![2, 3], vec![1]));
}

// 6.3: promises.

#[csp::test]
fn spec_6_3_the_first_value_of_a_promise_wins_and_later_puts_succeed_and_are_dropped() {
    let dropped = Log::new();
    let hook = dropped.clone();
    let c = Channel::builder().promise().on_drop(move |value| hook.add(value)).build();
    assert_eq!(poll(&c), Err(PollError::Empty));
    assert_eq!([1, 2, 3].map(|n| put(&c, n)), [Ok(()); 3]);
    assert_eq!((take(&c), dropped.seen(), c.len()), (Some(1), vec![2, 3], 1));
}

#[csp::test]
fn spec_6_3_every_parked_taker_gets_a_clone() {
    let (c, log) = (Channel::promise(), Log::new());
    for _ in 0..3 {
        let [a, b, d] = [(); 3].map(|()| (c.clone(), log.clone()));
        go_now(move || a.1.add(take(&a.0)));
        take_then_callback(&c, move |value| b.1.add(value)).unwrap();
        go_now(move || d.1.add(alts([&d.0, &Channel::new()]).0));
    }
    put(&c, "x".to_owned()).unwrap();
    put(&c, "y".to_owned()).unwrap();
    yield_now();
    assert_eq!(log.seen(), vec![Some("x".to_owned()); 9]);
}

#[csp::test]
fn spec_6_3_every_future_taker_gets_a_clone_for_ever_also_after_close() {
    for end in [close, drain] {
        let (c, log) = (Channel::promise(), Log::new());
        let (other, answers) = (c.clone(), log.clone());
        go_now(move || answers.add(take(&other)));
        put(&c, 1).unwrap();
        end(&c);
        for _ in 0..10 {
            assert_eq!((take(&c), poll(&c), alts([&c]).0), (Some(1), Ok(1), Some(1)));
        }
        assert_eq!(put(&c, 2), Err(Closed(2)));
        yield_now();
        assert_eq!(log.seen(), [Some(1)], "it waited when the value came, and had its turn after the end");
        assert_eq!(take(&c), Some(1));
    }
}

#[csp::test]
fn spec_6_3_a_promise_closed_while_empty_gives_none() {
    for end in [close, drain] {
        let (c, log) = (Channel::<i32>::promise(), Log::new());
        let (other, answers) = (c.clone(), log.clone());
        go_now(move || answers.add(take(&other)));
        end(&c);
        yield_now();
        assert_eq!(log.seen(), [None]);
        assert_eq!((take(&c), poll(&c), take(&c)), (None, Err(PollError::Closed), None));
    }
}

#[csp::test]
fn spec_6_3_what_takers_get_are_clones_and_the_value_goes_with_the_last_handle() {
    let value = std::rc::Rc::new(());
    let c = Channel::promise();
    put(&c, value.clone()).unwrap();
    let copies = [take(&c), take(&c)];
    assert_eq!(std::rc::Rc::strong_count(&value), 4, "here, in the channel, and two copies");
    drop(copies);
    drop(c);
    assert_eq!(std::rc::Rc::strong_count(&value), 1);
}
