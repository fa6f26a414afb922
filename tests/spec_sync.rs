//! Channels between threads: the rules of channels hold whoever takes part, and a choice is one choice.

use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Barrier};
use std::thread;

use csp::prelude::*;
use csp::sync;
use csp::{OfferError, Outcome, PollError, RunError, Transducer, transducer};

#[test]
fn spec_sync_a_rendezvous_between_two_threads() {
    let c = sync::Channel::new();
    let out = c.clone();
    let other = thread::spawn(move || (0..1000).try_for_each(|n| put(&out, n)));
    assert!((0..1000).all(|n| take(&c) == Some(n)));
    assert_eq!(other.join().unwrap(), Ok(()));
    assert_eq!(poll(&c), Err(PollError::Empty));
}

#[test]
fn spec_sync_a_rendezvous_between_processes_of_two_schedulers() {
    let (there, back) = (sync::Channel::new(), sync::Channel::new());
    let (to, from) = (back.clone(), there.clone());
    let echo = thread::spawn(move || {
        csp::run(|| {
            for n in &from {
                put(&to, n).unwrap();
            }
            close(&to);
        });
    });
    csp::run(|| {
        for n in 0..1000 {
            put(&there, n).unwrap();
            assert_eq!(take(&back), Some(n));
        }
        close(&there);
        assert_eq!(take(&back), None);
    });
    echo.join().unwrap();
}

#[test]
fn spec_sync_within_one_scheduler_it_is_a_channel_like_any() {
    csp::Builder::new().virtual_time().run(|| {
        let c = sync::Channel::new();
        let out = c.clone();
        go(move || {
            for n in 0..100 {
                put(&out, n).or_stop();
            }
            close(&out);
        });
        assert_eq!(c.iter().collect::<Vec<_>>(), (0..100).collect::<Vec<_>>());
        assert_eq!(put(&c, 1), Err(Closed(1)));
    });
}

#[test]
fn spec_sync_who_waits_is_served_in_order_of_arrival() {
    csp::Builder::new().virtual_time().run(|| {
        let c = sync::Channel::new();
        let order = Channel::buffered(9);
        for n in 0..3 {
            let (c, order) = (c.clone(), order.clone());
            go_now(move || offer(&order, (n, take(&c))).unwrap());
        }
        for n in 10..13 {
            put(&c, n).unwrap();
        }
        yield_now();
        assert_eq!([poll(&order), poll(&order), poll(&order)], [0, 1, 2].map(|n| Ok((n, Some(n + 10)))));
    });
}

#[test]
fn spec_sync_buffers_keep_drop_and_slide_and_what_is_dropped_is_told() {
    let c = sync::Channel::buffered(2);
    assert_eq!([offer(&c, 1), offer(&c, 2), offer(&c, 3)], [Ok(()), Ok(()), Err(OfferError::Full(3))]);
    assert_eq!((c.len(), poll(&c), c.len()), (2, Ok(1), 1));
    let late = sync::Channel::buffered(9);
    let hook = late.clone();
    let c = sync::Channel::builder().name("news").sliding(1).on_drop(move |n| offer(&hook, n).unwrap()).build();
    (1..=3).for_each(|n| offer(&c, n).unwrap());
    assert_eq!((poll(&c), poll(&late), poll(&late)), (Ok(3), Ok(1), Ok(2)));
    assert_eq!(c.name(), Some("news"));
    let c = sync::Channel::dropping(1);
    (1..=3).for_each(|n| offer(&c, n).unwrap());
    assert_eq!((poll(&c), poll(&c)), (Ok(1), Err(PollError::Empty)));
}

#[test]
fn spec_sync_closing_answers_those_who_wait_on_every_thread() {
    let c = sync::Channel::<u32>::new();
    let waiting: Vec<_> = (0..3)
        .map(|n| {
            let c = c.clone();
            thread::spawn(move || match n {
                0 => take(&c),
                1 => csp::run(|| take(&c)),
                _ => {
                    closed(&c);
                    None
                }
            })
        })
        .collect();
    close(&c);
    assert!(waiting.into_iter().all(|thread| thread.join().unwrap().is_none()));
    assert!(c.is_closed());
    let c = sync::Channel::new();
    let out = c.clone();
    let putter = thread::spawn(move || csp::run(|| put(&out, 7)));
    close(&c);
    assert_eq!(putter.join().unwrap(), Err(Closed(7)), "with its value");
}

#[test]
fn spec_sync_draining_delivers_what_waits_first() {
    csp::Builder::new().virtual_time().run(|| {
        let c = sync::Channel::new();
        let out = c.clone();
        let answer = go_channel(move || put(&out, 1));
        yield_now();
        drain(&c);
        assert_eq!((take(&c), take(&c), take(&answer)), (Some(1), None, Some(Ok(()))));
    });
}

#[test]
fn spec_sync_a_promise_is_copied_for_everybody() {
    let promise = sync::Channel::promise();
    let waiting: Vec<_> = (0..3)
        .map(|_| {
            let promise = promise.clone();
            thread::spawn(move || take(&promise))
        })
        .collect();
    put(&promise, String::from("kept")).unwrap();
    assert!(waiting.into_iter().all(|thread| thread.join().unwrap().as_deref() == Some("kept")));
}

#[test]
fn spec_sync_a_transducer_sees_all_values_in_order_of_acceptance() {
    let pairs = transducer().filter(|n: &u32| n % 2 == 1).partition_all(2);
    let c = sync::Channel::builder().transducer(pairs).buffered(4).build();
    let out = c.clone();
    thread::spawn(move || (1..=5).for_each(|n| put(&out, n).unwrap())).join().unwrap();
    close(&c);
    assert_eq!(c.iter().collect::<Vec<_>>(), [vec![1, 3], vec![5]]);
}

#[test]
fn spec_sync_a_transducer_that_panics_is_handled_on_whatever_thread() {
    let parse = transducer().map(|text: &str| text.parse::<i32>().unwrap());
    let c = sync::Channel::builder().transducer(parse).on_panic(|_| Some(-1)).buffered(2).build();
    let out = c.clone();
    thread::spawn(move || ["7", "seven"].map(|text| put(&out, text).unwrap())).join().unwrap();
    assert_eq!((poll(&c), poll(&c)), (Ok(7), Ok(-1)));
}

#[test]
fn spec_sync_ends_close_when_the_last_of_a_side_has_gone() {
    let (out, numbers) = sync::channel(0);
    for n in 0..3 {
        let out = out.clone();
        thread::spawn(move || put(&out, n).unwrap());
    }
    drop(out);
    assert_eq!(numbers.iter().sum::<u32>(), 3);
    let (out, numbers) = sync::channel(1);
    put(&out, 1).unwrap();
    let other = numbers.clone();
    drop(numbers);
    assert!(!out.is_closed());
    drop(other);
    assert_eq!(put(&out, 2), Err(Closed(2)));
}

#[test]
fn spec_sync_one_choice_takes_local_channels_sleeps_and_other_threads() {
    for other in [false, true] {
        csp::run(|| {
            let (local, remote) = (Channel::new(), sync::Channel::new());
            let out = remote.clone();
            let thread = other.then(|| thread::spawn(move || put(&out, "remote").is_ok()));
            if !other {
                let out = local.clone();
                go(move || put(&out, "local"));
            }
            let seen = alts! {
                value = take(&local) => value,
                value = take(&remote) => value,
                _ = sleep(Duration::from_secs(3600)) => None,
            };
            assert_eq!(seen, Some(if other { "remote" } else { "local" }));
            assert!(thread.is_none_or(|thread| thread.join().unwrap()));
        });
    }
}

#[test]
fn spec_sync_a_thread_chooses_among_channels_and_a_time() {
    let (a, b) = (sync::Channel::<u32>::new(), sync::Channel::<u32>::new());
    let late = alts! {
        _ = take(&a) => false,
        _ = sleep(Duration::from_millis(1)) => true,
        result = put(&b, 1) => result.is_err(),
    };
    assert!(late);
    let out = b.clone();
    let other = thread::spawn(move || put(&out, 5));
    let (value, from) = alts([&a, &b]);
    assert!(value == Some(5) && from == b);
    assert_eq!(other.join().unwrap(), Ok(()));
    assert!(csp::alts_default([&a, &b]).is_none(), "the losers have left no trace");
    assert_eq!(offer(&a, 1), Err(OfferError::Full(1)));
}

#[test]
#[should_panic(expected = "not running in a process")]
fn spec_sync_a_thread_cannot_wait_in_a_local_channel() {
    let (local, shared) = (Channel::<u32>::new(), sync::Channel::<u32>::new());
    alts! { _ = take(&local) => {} _ = take(&shared) => {} }
}

/// So many values that there are as many meetings.
const MANY: u32 = 2000;

#[test]
fn spec_sync_choices_meet_choices_and_each_value_arrives_once() {
    // Two on each side, each in both channels, in opposite orders: a take meets a put of one choice or none.
    let (a, b) = (sync::Channel::new(), sync::Channel::new());
    let (sum, count) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicU32::new(0)));
    let start = Arc::new(Barrier::new(4));
    let putters: Vec<_> = (0..2)
        .map(|side| {
            let (a, b, start) = (a.clone(), b.clone(), start.clone());
            thread::spawn(move || {
                start.wait();
                let put_all = || {
                    for n in 0..MANY {
                        alts! { result = put(&a, n) => result.unwrap(), result = put(&b, n) => result.unwrap() }
                    }
                };
                if side == 0 { put_all() } else { csp::run(put_all) }
            })
        })
        .collect();
    let takers: Vec<_> = (0..2)
        .map(|side| {
            let (a, b, start) = (a.clone(), b.clone(), start.clone());
            let (sum, count) = (sum.clone(), count.clone());
            thread::spawn(move || {
                start.wait();
                let take_all = || {
                    while let Some(n) = alts! { value = take(&b) => value, value = take(&a) => value } {
                        sum.fetch_add(n as usize, Ordering::Relaxed);
                        count.fetch_add(1, Ordering::Relaxed);
                    }
                };
                if side == 0 { take_all() } else { csp::run(take_all) }
            })
        })
        .collect();
    putters.into_iter().for_each(|thread| thread.join().unwrap());
    close(&a);
    close(&b);
    takers.into_iter().for_each(|thread| thread.join().unwrap());
    assert_eq!(count.load(Ordering::Relaxed), 2 * MANY);
    assert_eq!(sum.load(Ordering::Relaxed), 2 * (0..MANY as usize).sum::<usize>());
}

#[test]
fn spec_sync_a_choice_does_not_meet_itself() {
    csp::Builder::new().virtual_time().run(|| {
        let c = sync::Channel::new();
        let late = alts! {
            _ = take(&c) => false,
            _ = put(&c, 1) => false,
            _ = sleep(Duration::from_secs(1)) => true,
        };
        assert!(late);
    });
}

#[test]
fn spec_sync_when_nobody_waits_for_other_threads_any_more_a_deadlock_is_one() {
    let error = csp::try_run(|| {
        let c = sync::Channel::<u32>::new();
        let waiter = go(move || take(&c));
        yield_now();
        kill(&waiter);
        yield_now();
        take(&Channel::<()>::new())
    });
    assert!(matches!(error, Err(RunError::Deadlock(_))));
}

#[test]
fn spec_sync_a_run_that_ends_takes_its_processes_out_of_the_channel() {
    let (taken, put_to) = (sync::Channel::<u32>::new(), sync::Channel::new());
    csp::run(|| {
        let inside = taken.clone();
        go_now(move || take(&inside));
        let inside = put_to.clone();
        go_now(move || put(&inside, 2));
    });
    assert_eq!(offer(&taken, 1), Err(OfferError::Full(1)), "nobody waits");
    assert_eq!(poll(&put_to), Err(PollError::Empty));
}

#[test]
fn spec_sync_a_value_that_was_handed_to_a_process_that_is_killed_goes_back() {
    let c = sync::Channel::new();
    csp::run(|| {
        let inside = c.clone();
        let taker = go_now(move || take(&inside));
        put(&c, 1).unwrap();
        kill(&taker);
        yield_now();
        assert_eq!(poll(&c), Ok(1));
    });
}

#[test]
fn spec_sync_reports_name_the_channel() {
    csp::run(|| {
        let c = sync::Channel::<u32>::builder().name("numbers").build();
        let inside = c.clone();
        go_now(move || take(&inside));
        assert!(csp::parked()[0].to_string().contains("take from channel `numbers` between threads"));
        assert!(format!("{c:?}").starts_with("Channel(channel `numbers` between threads, made at tests/spec_sync.rs:"));
    });
}

#[test]
fn spec_sync_callbacks_are_called_in_a_process() {
    csp::Builder::new().virtual_time().run(|| {
        let (c, seen) = (sync::Channel::new(), Channel::buffered(2));
        let (took, done) = (seen.clone(), seen.clone());
        csp::take_then_callback(&c, move |value| offer(&took, value).unwrap()).unwrap();
        csp::put_then_callback(&c, 1, move |result| offer(&done, result.ok().map(|()| 0)).unwrap()).unwrap();
        let mut both = [take(&seen), take(&seen)];
        both.sort();
        assert_eq!(both, [Some(Some(0)), Some(Some(1))]);
    });
}

/// A buffer that uses its own channel.
struct Reentrant(Arc<std::sync::Mutex<Option<sync::Channel<u32>>>>);

impl csp::Buffer<u32> for Reentrant {
    fn is_full(&self) -> bool {
        false
    }
    fn len(&self) -> usize {
        0
    }
    fn add(&mut self, value: u32) -> Option<u32> {
        let channel = self.0.lock().unwrap().clone();
        _ = channel.map(|channel| poll(&channel));
        Some(value)
    }
    fn remove(&mut self) -> Option<u32> {
        None
    }
}

#[test]
fn spec_sync_a_buffer_that_uses_a_channel_between_threads_is_told() {
    let own = Arc::new(std::sync::Mutex::new(None));
    let c = sync::Channel::with_buffer(Reentrant(own.clone()));
    *own.lock().unwrap() = Some(c.clone());
    let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| offer(&c, 1))).unwrap_err();
    assert!(panic.downcast_ref::<&str>().is_some_and(|text| text.contains("inside of one")));
    *own.lock().unwrap() = None;
    assert_eq!(offer(&c, 1), Ok(()), "and can be used again");
}

#[test]
fn spec_sync_operations_work_on_it() {
    csp::run(|| {
        let c = sync::Channel::new();
        let out = c.clone();
        let thread = thread::spawn(move || {
            (1..=10).for_each(|n| put(&out, n).unwrap());
            close(&out);
        });
        use csp::ops::Operations;
        let sum = c.map(|n: u32| n * n).filter(|n| n % 2 == 0).reduce(0, |sum, n| sum + n);
        assert_eq!(take(&sum), Some(4 + 16 + 36 + 64 + 100));
        thread.join().unwrap();
    });
}

#[test]
fn spec_sync_a_callback_that_waits_counts_as_a_handle_of_its_side() {
    csp::Builder::new().virtual_time().run(|| {
        let (out, numbers) = sync::channel(0);
        csp::put_then_callback(&out, 1, |answer| assert_eq!(answer, Ok(()))).unwrap();
        drop(out);
        assert_eq!((take(&numbers), take(&numbers)), (Some(1), None));
        let (out, numbers) = sync::channel(0);
        let (seen, log) = (Channel::buffered(2), Channel::buffered(2));
        let (tell, ended) = (seen.clone(), log.clone());
        csp::take_then_callback(&numbers, move |value| offer(&tell, value).unwrap()).unwrap();
        drop(numbers);
        assert_eq!((put(&out, 2), take(&seen)), (Ok(()), Some(Some(2))));
        let watched = out.clone();
        go(move || {
            closed(&watched);
            offer(&ended, "nobody takes any more").unwrap();
        });
        assert_eq!(take(&log), Some("nobody takes any more"));
    });
}

#[test]
fn spec_sync_ends_that_go_inside_of_a_transducer_end_their_channels_right_after() {
    // Requests with somebody who waits for the answer, as servers take them: those that are filtered out go there.
    let wanted = transducer().filter(|request: &(u32, sync::Sender<u32>)| request.0 > 0);
    let requests = sync::Channel::builder().transducer(wanted).buffered(4).build();
    let (reply, answer) = sync::channel(0);
    put(&requests, (0, reply)).unwrap();
    assert_eq!(take(&answer), None, "nobody will reply");
    // And whatever else may go with a value: receivers, deferreds, the last handle of a channel that has something to do.
    let told = sync::Channel::buffered(9);
    let hook = told.clone();
    let nothing = transducer().filter(|_: &Box<dyn std::any::Any + Send>| false);
    let waste = sync::Channel::builder().transducer(nothing).buffered(1).build();
    let (out, receiver) = sync::Channel::builder().buffered(1).on_drop(move |n| offer(&hook, n).unwrap()).build_ends();
    put(&out, 1).unwrap();
    put(&waste, Box::new(receiver)).unwrap();
    assert_eq!((poll(&told), put(&out, 2)), (Ok(1), Err(Closed(2))));
    let hook = told.clone();
    let pairs = sync::Channel::builder().transducer(transducer().partition_all(2)).sliding(1);
    let pairs = pairs.on_drop(move |pair: Vec<i32>| offer(&hook, pair.len() as i32).unwrap()).build();
    (0..5).for_each(|n| put(&pairs, n).unwrap());
    put(&waste, Box::new(pairs)).unwrap();
    assert_eq!((poll(&told), poll(&told)), (Ok(2), Err(PollError::Empty)));
    let deferred = sync::go_deferred(|| 7);
    put(&waste, Box::new(deferred)).unwrap();
    // A hook may use what could not be used inside of the transducer.
    let log = sync::Channel::builder().transducer(transducer().map(|n: i32| -n)).buffered(9).build();
    let hook = log.clone();
    let (out, receiver) = sync::Channel::builder().buffered(3).on_drop(move |n| offer(&hook, n).unwrap()).build_ends();
    [1, 2].into_iter().for_each(|n| put(&out, n).unwrap());
    put(&waste, Box::new(receiver)).unwrap();
    assert_eq!((poll(&log), poll(&log)), (Ok(-1), Ok(-2)));
}

#[test]
fn spec_sync_a_list_of_branches_takes_and_puts() {
    let (full, empty) = (sync::Channel::buffered(1), sync::Channel::buffered(1));
    offer(&full, 1).unwrap();
    let chosen = alts([Branch::Put(&full, 2), Branch::Take(&empty), Branch::Take(&full)]);
    assert_eq!((chosen.index, chosen.outcome, chosen.losers), (2, Outcome::Took(Some(1)), vec![(0, 2)]));
    assert_eq!(alts_default([Branch::Take(&empty)]).unwrap_err(), []);

    // A thread and a process, whose choices can only happen with each other.
    let (a, b) = (sync::Channel::new(), sync::Channel::new());
    let choices = |mine: &sync::Channel<u64>, other: &sync::Channel<u64>| {
        let (mut given, mut taken) = (0, 0);
        for n in 1..=2000 {
            let chosen = alts([Branch::Put(mine, n), Branch::Take(other)]);
            match chosen.outcome {
                Outcome::Put(Ok(())) => given += n,
                Outcome::Took(Some(value)) if chosen.losers == [(0, n)] => taken += value,
                other => panic!("{other:?}, and {:?} has lost", chosen.losers),
            }
        }
        (given, taken)
    };
    let (c, d) = (a.clone(), b.clone());
    let process = sync::thread(move || csp::run(|| choices(&d, &c)));
    let (given, taken) = choices(&a, &b);
    assert_eq!(take(&process), Some((taken, given)));
}
