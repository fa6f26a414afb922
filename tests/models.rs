//! What threads do with each other in a channel, in every order that there is (loom), within the bounds that `ci/models.sh`
//! sets: no wake-up is lost, no value is lost or doubled, a choice happens once.
#![cfg(csp_loom)]

use csp::prelude::*;
use csp::sync::Channel;
use loom::thread;

#[test]
fn model_a_put_and_a_take_meet() {
    loom::model(|| {
        let c = Channel::new();
        let out = c.clone();
        let putter = thread::spawn(move || put(&out, 1));
        assert_eq!(take(&c), Some(1));
        assert_eq!(putter.join().unwrap(), Ok(()));
    });
}

#[test]
fn model_a_buffer_of_one_is_handed_on() {
    loom::model(|| {
        let c = Channel::buffered(1);
        let out = c.clone();
        let putter = thread::spawn(move || [1, 2].map(|n| put(&out, n)));
        assert_eq!([take(&c), take(&c)], [Some(1), Some(2)]);
        assert_eq!(putter.join().unwrap(), [Ok(()), Ok(())]);
    });
}

#[test]
fn model_a_put_is_taken_or_closed_and_never_both() {
    loom::model(|| {
        let c = Channel::new();
        let (out, end) = (c.clone(), c.clone());
        let putter = thread::spawn(move || put(&out, 1).is_ok());
        let closer = thread::spawn(move || close(&end));
        let taken = take(&c);
        assert_eq!(taken.is_some(), putter.join().unwrap());
        closer.join().unwrap();
    });
}

#[test]
fn model_a_drained_channel_delivers_what_was_accepted() {
    loom::model(|| {
        let c = Channel::new();
        let out = c.clone();
        let putter = thread::spawn(move || {
            let put = put(&out, 1).is_ok();
            drain(&out);
            put
        });
        let (first, second) = (take(&c), take(&c));
        assert!(putter.join().unwrap());
        assert_eq!((first, second), (Some(1), None));
    });
}

#[test]
fn model_two_takers_and_one_value() {
    loom::model(|| {
        let c = Channel::new();
        let (other, end) = (c.clone(), c.clone());
        let taker = thread::spawn(move || take(&other));
        let putter = thread::spawn(move || {
            put(&end, 1).unwrap();
            close(&end);
        });
        let both = [take(&c), taker.join().unwrap()];
        putter.join().unwrap();
        assert_eq!(both.iter().flatten().count(), 1, "{both:?}");
    });
}

#[test]
fn model_a_choice_of_two_takes_serves_one_of_two_putters() {
    loom::model(|| {
        let (a, b) = (Channel::new(), Channel::new());
        let putters = [a.clone(), b.clone()].map(|c| {
            thread::spawn(move || {
                let put = put(&c, 1).is_ok();
                close(&c);
                put
            })
        });
        let first = alts! { priority; value = take(&a) => value, value = take(&b) => value };
        assert_eq!(first, Some(1));
        close(&a);
        close(&b);
        let put = putters.map(|putter| putter.join().unwrap());
        let left = [poll(&a), poll(&b)];
        assert_eq!(put.iter().filter(|&&put| put).count(), 1, "{left:?}");
    });
}

#[test]
fn model_two_choices_in_opposite_orders_meet_once() {
    loom::model(|| {
        let (a, b) = (Channel::new(), Channel::new());
        let (c, d) = (a.clone(), b.clone());
        let putter = thread::spawn(move || {
            alts! { priority; result = put(&c, 'a') => result, result = put(&d, 'b') => result }
        });
        let taken = alts! { priority; value = take(&b) => value, value = take(&a) => value };
        assert!(matches!(taken, Some('a' | 'b')));
        assert_eq!(putter.join().unwrap(), Ok(()));
        assert!(poll(&a).is_err() && poll(&b).is_err(), "and not twice");
    });
}

#[test]
fn model_two_choices_that_both_put_and_take_exchange_one_value() {
    loom::model(|| {
        let (a, b) = (Channel::new(), Channel::new());
        let (c, d) = (a.clone(), b.clone());
        // Each would put to one and take from the other: exactly one of the two meetings happens.
        let other = thread::spawn(move || {
            alts! { priority; result = put(&c, 1) => result.is_ok(), value = take(&d) => value.is_some() }
        });
        let own = alts! { priority; result = put(&b, 2) => result.is_ok(), value = take(&a) => value.is_some() };
        assert!(own && other.join().unwrap());
        assert!(poll(&a).is_err() && poll(&b).is_err());
    });
}

#[test]
fn model_three_threads_choose_and_the_third_is_let_go() {
    loom::model(|| {
        let (a, b) = (Channel::new(), Channel::new());
        let takers = [(a.clone(), b.clone()), (b.clone(), a.clone())].map(|(first, second)| {
            thread::spawn(move || alts! { priority; value = take(&first) => value, value = take(&second) => value })
        });
        put(&a, 1).unwrap();
        close(&a);
        close(&b);
        let taken = takers.map(|taker| taker.join().unwrap());
        assert_eq!(taken.iter().flatten().count(), 1, "{taken:?}");
    });
}

#[test]
fn model_whoever_waits_for_the_end_learns_it() {
    loom::model(|| {
        let (out, c) = csp::sync::channel::<u32>(0);
        let watcher = thread::spawn(move || closed(&out));
        drop(c);
        watcher.join().unwrap();
    });
}

#[test]
fn model_the_last_sender_ends_the_channel() {
    loom::model(|| {
        let (out, c) = csp::sync::channel(1);
        let other = out.clone();
        let dropped = thread::spawn(move || drop(other));
        put(&out, 1).unwrap();
        drop(out);
        assert_eq!((take(&c), take(&c)), (Some(1), None));
        dropped.join().unwrap();
    });
}

#[test]
fn model_two_put_to_a_buffer_and_one_takes() {
    loom::model(|| {
        let c = Channel::buffered(1);
        let putters = [1, 2].map(|n| (c.clone(), n)).map(|(out, n)| thread::spawn(move || put(&out, n)));
        let mut both = [take(&c), take(&c)];
        both.sort();
        assert_eq!(both, [Some(1), Some(2)]);
        assert_eq!(putters.map(|putter| putter.join().unwrap()), [Ok(()), Ok(())]);
    });
}

#[test]
fn model_two_take_from_a_buffer_what_one_puts() {
    loom::model(|| {
        let c = Channel::buffered(2);
        let from = c.clone();
        let taker = thread::spawn(move || take(&from));
        put(&c, 1).unwrap();
        put(&c, 2).unwrap();
        let mut both = [take(&c), taker.join().unwrap()];
        both.sort();
        assert_eq!(both, [Some(1), Some(2)]);
    });
}

#[test]
fn model_a_value_is_in_the_buffer_or_was_refused_by_its_end() {
    loom::model(|| {
        let c = Channel::buffered(2);
        let (out, end) = (c.clone(), c.clone());
        let putter = thread::spawn(move || put(&out, 1).is_ok());
        let closer = thread::spawn(move || close(&end));
        let early = poll(&c).is_ok();
        let accepted = putter.join().unwrap();
        closer.join().unwrap();
        assert_eq!(early || take(&c).is_some(), accepted);
        assert_eq!(take(&c), None);
    });
}

#[test]
fn model_a_default_is_not_chosen_while_a_value_goes_from_one_buffer_to_another() {
    loom::model(|| {
        let (c, d) = (Channel::buffered(1), Channel::buffered(1));
        put(&c, 1).unwrap();
        let (from, to) = (c.clone(), d.clone());
        let other = thread::spawn(move || {
            put(&to, 2).unwrap();
            poll(&from).is_ok()
        });
        let taken = alts! { priority; value = take(&d) => value, value = take(&c) => value, default => None };
        assert!(taken.is_some(), "there was a value at every moment");
        other.join().unwrap();
    });
}

#[test]
fn model_a_choice_among_buffers_is_served_once() {
    loom::model(|| {
        let (c, d) = (Channel::buffered(1), Channel::buffered(1));
        let (first, second) = (c.clone(), d.clone());
        let other = thread::spawn(move || {
            put(&first, 1).unwrap();
            put(&second, 2).unwrap();
        });
        let taken = alts! { priority; value = take(&d) => value, value = take(&c) => value };
        other.join().unwrap();
        let left = [poll(&c), poll(&d)];
        assert_eq!(taken.iter().chain(left.iter().flatten()).sum::<i32>(), 3, "{taken:?} {left:?}");
    });
}

#[test]
fn model_a_default_is_not_chosen_while_room_goes_from_one_buffer_to_another() {
    loom::model(|| {
        let (c, d) = (Channel::buffered(1), Channel::buffered(1));
        put(&d, 1).unwrap();
        let (full, room) = (c.clone(), d.clone());
        let other = thread::spawn(move || {
            assert_eq!(poll(&room), Ok(1));
            offer(&full, 2).is_ok()
        });
        let put =
            alts! { priority; put = put(&d, 3) => put.is_ok(), put = put(&c, 3) => put.is_ok(), default => false };
        assert!(put, "there was room at every moment");
        other.join().unwrap();
    });
}

#[test]
fn model_what_comes_back_to_a_buffer_is_neither_lost_nor_doubled() {
    loom::model(|| {
        let c = Channel::buffered(2);
        let from = c.clone();
        // It may be served when it is not asked any more, and then gives back what it has.
        let other = thread::spawn(move || {
            let taking = std::pin::pin!(from.take_async());
            let mut context = std::task::Context::from_waker(std::task::Waker::noop());
            matches!(taking.poll(&mut context), std::task::Poll::Ready(Some(_)))
        });
        put(&c, 1).unwrap();
        put(&c, 1).unwrap();
        let mut count = usize::from(take(&c).is_some()) + usize::from(other.join().unwrap());
        count += std::iter::from_fn(|| poll(&c).ok()).count();
        assert_eq!(count, 2);
    });
}

#[test]
fn model_a_value_is_accepted_before_the_last_receiver_goes_or_comes_back() {
    loom::model(|| {
        let (out, c) = csp::sync::channel(1);
        let receiver = thread::spawn(move || drop(c));
        let first = put(&out, 1);
        receiver.join().unwrap();
        assert!(first.is_ok() || first.unwrap_err().0 == 1);
        assert!(put(&out, 2).is_err());
    });
}
