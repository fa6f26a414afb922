//! What Go's channels do where goroutines run at the same time, as its language specification, its memory model and the tests
//! of its runtime (`src/runtime/chan_test.go`) have it: asked of channels between threads.
//!
//! | Go | what it does | what we do | tested here |
//! | --- | --- | --- | --- |
//! | `TestChan`: receive from an empty channel | waits; in a `select` with a default that happens | the same; `poll` | `go_receiving_from_an_empty_channel_waits` |
//! | `TestChan`: send to a full channel | waits; in a `select` with a default that happens | the same; `offer` | `go_sending_to_a_full_channel_waits` |
//! | `TestChan`: receive from a closed channel | what is left, then zeros, with `ok` false | what is left, then `None` | `go_a_closed_channel_gives_what_is_left_and_then_none` |
//! | `TestChan`: close wakes who receives | with a zero, and `ok` false | with `None` | `go_closing_wakes_all_who_receive` |
//! | `TestChan`: order | first in, first out | the same | `go_values_arrive_in_order` |
//! | `TestChan`: four send, four receive | each value arrives once | the same | `go_each_value_arrives_once` |
//! | `TestChan`: `len`, `cap` | how many are kept, and could be | `len()`; what it could keep it was made with | `go_the_length_is_what_is_kept` |
//! | `TestNonblockRecvRace` | what is there is found, whoever closes meanwhile | the same | `go_what_is_there_is_found_while_it_is_closed` |
//! | `TestNonblockSelectRace` | a default is of one moment: not if there always was something | the same | `go_a_default_is_of_one_moment` |
//! | `TestNonblockSelectRace2` | also where the second is closed, not sent to | the same | `go_a_default_is_of_one_moment_also_with_a_close` |
//! | `TestSelfSelect` | a `select` that sends and receives does not meet itself | the same | `go_a_choice_never_receives_what_it_sends` |
//! | `TestSelectStress` | sends, receives and selects meet in any way | the same | `go_choices_and_operations_meet_in_any_way` |
//! | `TestSelectFairness` | of two that are always ready both happen, about as often | the same | `go_among_ready_branches_each_has_its_share` |
//! | `TestPseudoRandomSend` | two sends in a `select`: either, at random | the same | `go_a_choice_of_two_sends_is_random` |
//! | `TestMultiConsumer` | many workers, closed when the work is done | the same; the last `Sender` ends it, too | `go_many_workers_share_the_work` |
//! | `TestSelectDuplicateChannel` | a channel twice in a `select` is let go of twice | the same | `go_a_channel_may_stand_twice` |
//! | `TestChanSendInterface` | a channel of interfaces | of `Box<dyn Trait + Send>` | `go_a_channel_of_trait_objects` |
//! | `TestShrinkStackDuringBlockedSend`, `TestSelectStackAdjust` | who waits may have its stack moved | stacks do not move; the use of one does not disturb who waits | `go_deep_stacks_do_not_disturb_who_waits` |
//! | `TestChanSendSelectBarrier`, `TestChanSendBarrier` | the garbage collector sees values on their way | there is none; `tests/sync_stress.rs` counts what is dropped | - |
//! | spec, send on a closed channel | panics | `Err(Closed(v))`, with the value | `go_sending_to_a_closed_channel_gives_the_value_back` |
//! | spec, close while somebody sends | the sender panics | `Err(Closed(v))` | `go_closing_gives_those_who_send_their_values_back` |
//! | spec, close a closed channel | panics | does nothing | `go_closing_twice_does_nothing` |
//! | spec, close only by senders | receivers cannot close: does not compile | a `Receiver` has no `close`; to drop it makes puts fail | `go_who_receives_ends_it_by_going` |
//! | spec, a nil channel | sends and receives wait for ever, and its case never happens; close panics | there is none: `, if false` turns a branch off; a channel without partners waits | `go_a_branch_that_is_off_never_happens` |
//! | spec, `range` | until it is closed and empty | the same | `go_a_loop_ends_with_the_channel` |
//! | spec, a channel of channels | a value like any | the same | `go_a_request_brings_its_reply_channel` |
//! | spec, `select {}` | waits for ever | `alts! {}` does not compile, an empty list panics: see `tests/spec_alts.rs` | - |
//! | `time.After` in a `select` | happens when nothing else has | `sleep`, on a thread as in a process | `go_a_choice_may_end_with_the_time` |
//! | runtime, who waits is served in order of arrival | not promised, but done | promised | `go_who_waits_is_served_in_order_of_arrival` |
//! | runtime, "all goroutines are asleep" | ends the program | of one scheduler, and only if nobody waits for other threads: see `tests/spec_sync.rs` | - |
//! | memory model: a send comes before its receive | what was written before is seen after | the same | `go_memory_a_send_comes_before_its_receive` |
//! | memory model: a close comes before the receive that ends with it | as above | the same | `go_memory_a_close_comes_before_the_receive_that_it_ends` |
//! | memory model: without a buffer, a receive comes before the end of its send | as above | the same | `go_memory_a_receive_comes_before_the_end_of_its_send` |
//! | memory model: the k-th receive comes before the end of the (k + n)-th send | a channel as a semaphore | the same | `go_memory_a_buffer_is_a_semaphore` |

mod watchdog;

use std::any::Any;
use std::cell::UnsafeCell;
use std::hint;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use csp::prelude::*;
use csp::{OfferError, PollError, sync};
use watchdog::watch;

const CAPACITIES: [usize; 5] = [0, 1, 2, 7, 50];

/// Somebody who runs at the same time, of each kind in turn: a thread, a process of a scheduler of its own, one of the
/// default runtime.
fn start<T: Send + 'static>(n: usize, f: impl FnOnce() -> T + Send + 'static) -> sync::Receiver<T> {
    match n % 3 {
        0 => sync::thread(f),
        1 => sync::thread(|| csp::run(f)),
        _ => sync::go_channel(f),
    }
}

/// What whoever was started has come to.
#[track_caller]
fn end<T: Send + 'static>(started: sync::Receiver<T>) -> T {
    take(&started).expect("it has come to its end")
}

/// Gives others time to do what they must not do. (If they would, this may not see it; it never sees what is not.)
fn others_run() {
    (0..100).for_each(|_| thread::yield_now());
}

/// Waits until somebody has got so far.
fn until(count: &AtomicUsize, at_least: usize) {
    for n in 0.. {
        if count.load(Ordering::Acquire) >= at_least {
            return;
        }
        if n % 64 == 63 { thread::yield_now() } else { hint::spin_loop() }
    }
}

#[test]
fn go_receiving_from_an_empty_channel_waits() {
    watch(|_| {
        for (n, capacity) in CAPACITIES.into_iter().enumerate() {
            let (c, received) = (sync::Channel::buffered(capacity), Arc::new(AtomicUsize::new(0)));
            let receivers = [0, 1].map(|m| {
                let (c, received) = (c.clone(), received.clone());
                start(n + m, move || {
                    let value = take(&c);
                    received.fetch_add(1, Ordering::Relaxed);
                    value
                })
            });
            others_run();
            assert_eq!(received.load(Ordering::Relaxed), 0);
            assert_eq!(poll(&c), Err(PollError::Empty));
            assert!(alts! { _ = take(&c) => false, default => true });
            put(&c, 1).unwrap();
            put(&c, 2).unwrap();
            let mut values = receivers.map(|receiver| end(receiver).unwrap());
            values.sort();
            assert_eq!(values, [1, 2]);
        }
    });
}

#[test]
fn go_sending_to_a_full_channel_waits() {
    watch(|_| {
        for (n, capacity) in CAPACITIES.into_iter().enumerate() {
            let (c, sent) = (sync::Channel::buffered(capacity), Arc::new(AtomicBool::new(false)));
            (0..capacity).for_each(|n| put(&c, n).unwrap());
            let (out, tell) = (c.clone(), sent.clone());
            let sender = start(n, move || {
                put(&out, capacity).unwrap();
                tell.store(true, Ordering::Relaxed);
            });
            others_run();
            assert!(!sent.load(Ordering::Relaxed));
            assert_eq!(offer(&c, 99), Err(OfferError::Full(99)));
            assert!(alts! { _ = put(&c, 99) => false, default => true });
            assert!((0..=capacity).all(|n| take(&c) == Some(n)));
            end(sender);
        }
    });
}

#[test]
fn go_a_closed_channel_gives_what_is_left_and_then_none() {
    for capacity in CAPACITIES {
        let c = sync::Channel::buffered(capacity);
        (0..capacity).for_each(|n| put(&c, n).unwrap());
        close(&c);
        let receivers = [0, 1, 2].map(|n| {
            let c = c.clone();
            start(n, move || c.iter().sum::<usize>())
        });
        assert_eq!(receivers.map(end).iter().sum::<usize>(), (0..capacity).sum());
        assert_eq!((take(&c), poll(&c)), (None, Err(PollError::Closed)));
    }
}

#[test]
fn go_closing_wakes_all_who_receive() {
    watch(|_| {
        for (n, capacity) in CAPACITIES.into_iter().enumerate() {
            let (c, other) = (sync::Channel::<u32>::buffered(capacity), sync::Channel::<u32>::new());
            let receivers: [_; 6] = std::array::from_fn(|m| {
                let (c, other) = (c.clone(), other.clone());
                start(n + m, move || {
                    if m < 3 {
                        take(&c)
                    } else {
                        alts! { v = take(&other) => v.or(Some(1)), v = take(&c) => v }
                    }
                })
            });
            if n % 2 == 0 {
                others_run();
            }
            close(&c);
            assert!(receivers.map(end).iter().all(Option::is_none));
        }
    });
}

#[test]
fn go_values_arrive_in_order() {
    watch(|_| {
        for (n, capacity) in CAPACITIES.into_iter().enumerate() {
            let c = sync::Channel::buffered(capacity);
            let out = c.clone();
            let sender = start(n, move || (0..1000).try_for_each(|n| put(&out, n)));
            assert!((0..1000).all(|n| take(&c) == Some(n)));
            assert_eq!(end(sender), Ok(()));
        }
    });
}

#[test]
fn go_each_value_arrives_once() {
    const EACH: usize = 300;
    watch(|_| {
        for (n, capacity) in CAPACITIES.into_iter().enumerate() {
            let c = sync::Channel::buffered(capacity);
            let senders = [0, 1, 2, 3].map(|m| {
                let out = c.clone();
                start(n + m, move || (0..EACH).for_each(|n| put(&out, n).unwrap()))
            });
            let receivers = [0, 1, 2, 3].map(|m| {
                let c = c.clone();
                start(m, move || (0..EACH).map(|_| take(&c).unwrap()).collect::<Vec<_>>())
            });
            senders.into_iter().for_each(end);
            let mut counts = [0; EACH];
            receivers.into_iter().flat_map(end).for_each(|n| counts[n] += 1);
            assert_eq!(counts, [4; EACH]);
        }
    });
}

#[test]
fn go_the_length_is_what_is_kept() {
    for capacity in CAPACITIES {
        let c = sync::Channel::buffered(capacity);
        assert!(c.is_empty());
        let out = c.clone();
        end(start(0, move || (0..capacity).for_each(|n| put(&out, n).unwrap())));
        assert_eq!(c.len(), capacity);
        assert_eq!(offer(&c, 0), Err(OfferError::Full(0)));
    }
}

#[test]
fn go_what_is_there_is_found_while_it_is_closed() {
    watch(|_| {
        const MANY: usize = 3000;
        let channels: Arc<[_]> = (0..MANY).map(|_| sync::Channel::buffered(1)).collect();
        channels.iter().for_each(|c| put(c, 1).unwrap());
        let turn = Arc::new(AtomicUsize::new(0));
        let (all, begun) = (channels.clone(), turn.clone());
        let other = start(0, move || {
            all.iter().enumerate().all(|(n, c)| {
                until(&begun, n + 1);
                alts! { v = take(c) => v == Some(1), default => false }
            })
        });
        for (n, c) in channels.iter().enumerate() {
            turn.store(n + 1, Ordering::Release);
            close(c);
        }
        assert!(end(other), "what had been put before it was closed");
    });
}

/// There are two channels, of which one is full. One thread makes the second ready and then the first empty, the other
/// chooses meanwhile: at every moment one of the two can be taken from.
fn race_a_default(second: impl Fn() -> sync::Channel<u32>, make_ready: impl Fn(&sync::Channel<u32>)) {
    const MANY: usize = 20_000;
    let pairs: Arc<[_]> = (0..MANY).map(|_| (sync::Channel::buffered(1), second())).collect();
    pairs.iter().for_each(|(first, _)| put(first, 1).unwrap());
    let (begun, done) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (all, go_on, tell) = (pairs.clone(), begun.clone(), done.clone());
    // So many that it takes a while to look at all of them.
    let never: [_; 12] = std::array::from_fn(|_| sync::Channel::new());
    let other = start(0, move || {
        let mut defaults = 0;
        for (n, (first, second)) in all.iter().enumerate() {
            until(&go_on, n + 1);
            defaults += usize::from(csp::alts_default([first, second].into_iter().chain(&never)).is_none());
            tell.store(n + 1, Ordering::Release);
        }
        defaults
    });
    for (n, (first, second)) in pairs.iter().enumerate() {
        begun.store(n + 1, Ordering::Release);
        (0..n % 100).for_each(|_| hint::spin_loop());
        make_ready(second);
        _ = poll(first);
        until(&done, n + 1);
    }
    assert_eq!(end(other), 0, "a default has happened though something was ready all the time");
}

#[test]
fn go_a_default_is_of_one_moment() {
    watch(|_| race_a_default(|| sync::Channel::buffered(1), |second| put(second, 2).unwrap()));
}

#[test]
fn go_a_default_is_of_one_moment_also_with_a_close() {
    watch(|_| race_a_default(sync::Channel::new, close));
}

#[test]
fn go_a_choice_never_receives_what_it_sends() {
    watch(|_| {
        for capacity in [0, 10] {
            for kinds in [[0, 1], [1, 2], [2, 0]] {
                let c = sync::Channel::buffered(capacity);
                let parties = [0, 1].map(|me| {
                    let c = c.clone();
                    start(kinds[me], move || {
                        (0..1000).all(|n| {
                            let others = |value: Option<usize>| capacity > 0 || value == Some(1 - me);
                            if me == 0 || n % 2 == 0 {
                                alts! { r = put(&c, me) => r.is_ok(), v = take(&c) => others(v) }
                            } else {
                                alts! { v = take(&c) => others(v), r = put(&c, me) => r.is_ok() }
                            }
                        })
                    })
                });
                assert_eq!(parties.map(end), [true, true]);
            }
        }
    });
}

#[test]
fn go_choices_and_operations_meet_in_any_way() {
    const MANY: usize = 600;
    watch(|_| {
        let c = [0, 0, 2, 3].map(sync::Channel::<()>::buffered);
        // For each channel one who sends and one who receives; and one who sends to, and one who receives from, all of them.
        // So many times each that it comes out even, whoever meets whom.
        let mut parties = Vec::new();
        for (n, c) in c.iter().cloned().enumerate() {
            let out = c.clone();
            parties.push(start(n, move || (0..MANY).for_each(|_| put(&out, ()).unwrap())));
            parties.push(start(n + 1, move || (0..MANY).for_each(|_| take(&c).unwrap())));
        }
        let [a, b, d, e] = c.clone();
        parties.push(start(0, move || {
            let mut left = [MANY; 4];
            while left != [0; 4] {
                let chosen = alts! {
                    r = put(&e, ()), if left[3] > 0 => { r.unwrap(); 3 }
                    r = put(&d, ()), if left[2] > 0 => { r.unwrap(); 2 }
                    r = put(&a, ()), if left[0] > 0 => { r.unwrap(); 0 }
                    r = put(&b, ()), if left[1] > 0 => { r.unwrap(); 1 }
                };
                left[chosen] -= 1;
            }
        }));
        let [a, b, d, e] = c;
        parties.push(start(1, move || {
            let mut left = [MANY; 4];
            while left != [0; 4] {
                let chosen = alts! {
                    v = take(&a), if left[0] > 0 => { v.unwrap(); 0 }
                    v = take(&b), if left[1] > 0 => { v.unwrap(); 1 }
                    v = take(&d), if left[2] > 0 => { v.unwrap(); 2 }
                    v = take(&e), if left[3] > 0 => { v.unwrap(); 3 }
                };
                left[chosen] -= 1;
            }
        }));
        parties.into_iter().for_each(end);
    });
}

#[test]
fn go_among_ready_branches_each_has_its_share() {
    const MANY: usize = 10_000;
    watch(|_| {
        for kind in 0..3 {
            // Two with enough for all rounds, two that nobody sends to.
            let (full, empty) = ([0, 1].map(|_| sync::Channel::buffered(MANY)), [0, 1].map(|_| sync::Channel::new()));
            full.iter().enumerate().for_each(|(n, c)| (0..MANY).for_each(|_| put(c, n).unwrap()));
            let counts = end(start(kind, move || {
                let mut counts = [0; 2];
                for _ in 0..MANY {
                    let from = alts! {
                        v = take(&empty[0]) => v,
                        v = take(&empty[1]) => v,
                        v = take(&full[0]) => v,
                        v = take(&full[1]) => v,
                    };
                    counts[from.unwrap()] += 1;
                }
                counts
            }));
            // Five standard deviations.
            assert!(counts.iter().all(|&count: &usize| count.abs_diff(MANY / 2) < 250), "{counts:?}");
        }
    });
}

#[test]
fn go_a_choice_of_two_sends_is_random() {
    const MANY: usize = 400;
    watch(|_| {
        for (kind, capacity) in [(0, 0), (1, MANY), (2, 0)] {
            let c = sync::Channel::buffered(capacity);
            let from = c.clone();
            let receiver = start(kind, move || (0..MANY).map(|_| take(&from).unwrap()).sum::<usize>());
            for _ in 0..MANY {
                alts! { r = put(&c, 1) => r.unwrap(), r = put(&c, 0) => r.unwrap() }
            }
            let ones = end(receiver);
            assert!((MANY / 10..MANY - MANY / 10).contains(&ones), "{ones} of {MANY}");
        }
    });
}

#[test]
fn go_many_workers_share_the_work() {
    const WORKERS: usize = 23;
    const MANY: usize = 5000;
    watch(|_| {
        let primes = [2, 3, 7, 11, 13, 17, 19, 23, 27, 31];
        let (work, todo) = sync::channel(WORKERS * 3);
        let (done, results) = sync::channel(WORKERS * 3);
        for n in 0..WORKERS {
            let (todo, done) = (todo.clone(), done.clone());
            // Not waited for: the last of them ends the results.
            _ = start(n, move || {
                for value in &todo {
                    if primes[n % primes.len()] == value {
                        thread::yield_now();
                    }
                    put(&done, value).unwrap();
                }
            });
        }
        drop((todo, done));
        let feeder =
            start(0, move || (0..MANY).map(|n| primes[n % primes.len()]).inspect(|&p| put(&work, p).unwrap()).sum());
        let (count, sum) = results.iter().fold((0, 0), |(count, sum), value: usize| (count + 1, sum + value));
        assert_eq!((count, sum), (MANY, end(feeder)));
    });
}

#[test]
fn go_a_channel_may_stand_twice() {
    watch(|_| {
        for kind in 0..3 {
            let [c, d] = [0, 1].map(|_| sync::Channel::new());
            let (c1, d1) = (c.clone(), d.clone());
            let a = start(kind, move || alts! { v = take(&c1) => v, v = take(&c1) => v, v = take(&d1) => v });
            others_run();
            let c2 = c.clone();
            let b = start(kind + 1, move || take(&c2));
            others_run();
            // It is woken by the other channel, and gone from this one, twice.
            put(&d, 7).unwrap();
            assert_eq!(end(a), Some(7));
            put(&c, 8).unwrap();
            assert_eq!(end(b), Some(8));
            assert_eq!((offer(&c, 9), offer(&d, 9)), (Err(OfferError::Full(9)), Err(OfferError::Full(9))));
        }
    });
}

#[test]
fn go_a_channel_of_trait_objects() {
    let c = sync::Channel::<Box<dyn Any + Send>>::buffered(1);
    let out = c.clone();
    end(start(1, move || put(&out, Box::new("text")).unwrap()));
    assert!(alts! { _ = put(&c, Box::new(1)) => false, _ = put(&c, Box::new('2')) => false, default => true });
    assert_eq!(*take(&c).unwrap().downcast::<&str>().unwrap(), "text");
}

/// Uses some of the stack.
fn deep(levels: usize) -> usize {
    let some = hint::black_box([levels; 64]);
    if levels == 0 { 0 } else { some[levels % 64] - levels + 1 + deep(levels - 1) }
}

#[test]
fn go_deep_stacks_do_not_disturb_who_waits() {
    watch(|_| {
        for kind in 0..3 {
            let c = sync::Channel::new();
            let out = c.clone();
            let sender = start(kind, move || {
                for n in 0..10 {
                    let text = format!("number {n}");
                    put(&out, text).unwrap();
                    assert_eq!(deep(100), 100);
                }
            });
            for n in 0..10 {
                assert_eq!(deep(100), 100);
                others_run();
                assert_eq!(take(&c), Some(format!("number {n}")));
            }
            end(sender);
        }
    });
}

#[test]
fn go_sending_to_a_closed_channel_gives_the_value_back() {
    for capacity in CAPACITIES {
        let c = sync::Channel::buffered(capacity);
        let ender = c.clone();
        end(start(1, move || close(&ender)));
        assert_eq!((put(&c, 1), offer(&c, 2)), (Err(Closed(1)), Err(OfferError::Closed(2))));
        assert_eq!(alts! { r = put(&c, 3) => r, default => Ok(()) }, Err(Closed(3)));
    }
}

#[test]
fn go_closing_gives_those_who_send_their_values_back() {
    watch(|_| {
        for (n, capacity) in CAPACITIES.into_iter().enumerate() {
            let c = sync::Channel::buffered(capacity);
            (0..capacity).for_each(|_| put(&c, 0).unwrap());
            let senders: [_; 6] = std::array::from_fn(|m| {
                let out = c.clone();
                start(n + m, move || put(&out, m + 1))
            });
            if n % 2 == 0 {
                others_run();
            }
            close(&c);
            assert_eq!(senders.map(end), std::array::from_fn(|m| Err(Closed(m + 1))));
            assert_eq!(c.iter().count(), capacity);
        }
    });
}

#[test]
fn go_closing_twice_does_nothing() {
    let c = sync::Channel::<u32>::buffered(1);
    put(&c, 1).unwrap();
    let enders = [0, 1, 2, 3].map(|n| {
        let c = c.clone();
        start(n, move || if n % 2 == 0 { close(&c) } else { drain(&c) })
    });
    enders.into_iter().for_each(end);
    close(&c);
    assert_eq!((take(&c), take(&c)), (Some(1), None));
}

#[test]
fn go_who_receives_ends_it_by_going() {
    watch(|_| {
        for kind in 0..3 {
            let (out, numbers) = sync::channel(0);
            let sender = start(kind, move || (0..).find_map(|n| put(&out, n).err()));
            assert_eq!((take(&numbers), take(&numbers)), (Some(0), Some(1)));
            drop(numbers);
            assert_eq!(end(sender), Some(Closed(2)));
        }
    });
}

#[test]
fn go_a_branch_that_is_off_never_happens() {
    watch(|_| {
        let (on, off) = (sync::Channel::buffered(9), sync::Channel::buffered(9));
        (0..9).for_each(|n| put(&on, n).unwrap());
        put(&off, 99).unwrap();
        assert!((0..9).all(|n| alts! {
            v = take(&on) => v == Some(n),
            _ = take(&off), if false => false,
            _ = put(&off, 1), if false => false,
        }));
        // And where that was the last, nothing but time goes on.
        assert!(alts! { _ = take(&on) => false, _ = sleep(Duration::from_micros(1)) => true });
        assert_eq!(off.len(), 1);
    });
}

#[test]
fn go_a_loop_ends_with_the_channel() {
    watch(|_| {
        for (n, capacity) in CAPACITIES.into_iter().enumerate() {
            let c = sync::Channel::buffered(capacity);
            let out = c.clone();
            let sender = start(n, move || {
                (1..=100).for_each(|n| put(&out, n).unwrap());
                close(&out);
            });
            let mut sum = 0;
            for value in &c {
                sum += value;
            }
            assert_eq!(sum, 5050);
            end(sender);
        }
    });
}

#[test]
fn go_a_request_brings_its_reply_channel() {
    watch(|_| {
        let (requests, server_side) = sync::channel::<(u32, sync::Sender<u32>)>(0);
        let server = start(1, move || server_side.iter().filter(|(n, reply)| put(reply, n * n).is_ok()).count());
        let clients = [0, 1, 2, 3].map(|n| {
            let requests = requests.clone();
            start(n, move || {
                let (reply, answer) = sync::channel(0);
                put(&requests, (n as u32, reply)).unwrap();
                take(&answer)
            })
        });
        assert_eq!(clients.map(end), [0, 1, 4, 9].map(Some));
        drop(requests);
        assert_eq!(end(server), 4);
    });
}

#[test]
fn go_a_choice_may_end_with_the_time() {
    watch(|_| {
        for kind in 0..3 {
            let never = sync::Channel::<()>::new();
            let late = start(kind, move || {
                alts! {
                    _ = take(&never) => false,
                    _ = put(&never, ()) => false,
                    _ = sleep(Duration::from_millis(1)) => true,
                }
            });
            assert!(end(late));
        }
    });
}

#[test]
fn go_who_waits_is_served_in_order_of_arrival() {
    watch(|_| {
        csp::run(|| {
            // Processes of one scheduler come one after the other.
            let c = sync::Channel::new();
            let takers: Vec<_> = (0..9)
                .map(|_| {
                    let (c, (out, answer)) = (c.clone(), csp::channel(1));
                    go_now(move || offer(&out, take(&c)));
                    answer
                })
                .collect();
            let out = c.clone();
            end(start(0, move || (0..9).for_each(|n| put(&out, n).unwrap())));
            assert!(takers.iter().enumerate().all(|(n, answer)| take(answer) == Some(Some(n))));
            for n in 0..9 {
                let c = c.clone();
                go_now(move || put(&c, n));
            }
            let from = c.clone();
            assert_eq!(end(start(0, move || [(); 9].map(|()| take(&from).unwrap()))), [0, 1, 2, 3, 4, 5, 6, 7, 8]);
        });
    });
}

/// Memory as it is without any help: what a channel does not order is a race, which ThreadSanitizer sees.
struct Plain<T>(UnsafeCell<T>);

// SAFETY: the tests use it from one thread at a time: that they are told so by channels is what is tested.
unsafe impl<T: Send> Sync for Plain<T> {}

impl<T: Copy> Plain<T> {
    fn new(value: T) -> Arc<Plain<T>> {
        Arc::new(Plain(UnsafeCell::new(value)))
    }

    fn write(&self, value: T) {
        // SAFETY: nobody else uses it now, see above.
        unsafe { *self.0.get() = value };
    }

    fn read(&self) -> T {
        // SAFETY: nobody else writes now, see above.
        unsafe { *self.0.get() }
    }
}

const TIMES: usize = 300;

#[test]
fn go_memory_a_send_comes_before_its_receive() {
    watch(|_| {
        for n in 0..TIMES {
            let (c, memory) = (sync::Channel::buffered(n % 3), Plain::new(0));
            let (out, there) = (c.clone(), memory.clone());
            let sender = start(n, move || {
                there.write(n);
                put(&out, ()).unwrap();
            });
            take(&c).unwrap();
            assert_eq!(memory.read(), n);
            end(sender);
        }
    });
}

#[test]
fn go_memory_a_close_comes_before_the_receive_that_it_ends() {
    watch(|_| {
        for n in 0..TIMES {
            let (c, memory) = (sync::Channel::<()>::buffered(n % 3), Plain::new(0));
            let (out, there) = (c.clone(), memory.clone());
            let sender = start(n, move || {
                there.write(n);
                close(&out);
            });
            match n % 4 {
                0 => closed(&c),
                1 => alts! { v = take(&c) => assert_eq!(v, None), _ = sleep(Duration::from_secs(3600)) => {} },
                _ => assert_eq!(take(&c), None),
            }
            assert_eq!(memory.read(), n);
            end(sender);
        }
    });
}

#[test]
fn go_memory_a_receive_comes_before_the_end_of_its_send() {
    watch(|_| {
        for n in 0..TIMES {
            let (c, memory) = (sync::Channel::new(), Plain::new(0));
            let (from, there) = (c.clone(), memory.clone());
            let receiver = start(n, move || {
                there.write(n);
                take(&from).unwrap();
            });
            if n % 2 == 0 {
                put(&c, ()).unwrap()
            } else {
                alts! { r = put(&c, ()) => r.unwrap(), _ = closed(&c) => {} }
            }
            assert_eq!(memory.read(), n);
            end(receiver);
        }
    });
}

#[test]
fn go_memory_a_buffer_is_a_semaphore() {
    watch(|_| {
        // One at a time: to send is to come in, to receive to go out again.
        let (inside, memory) = (sync::Channel::buffered(1), Plain::new(0));
        let parties: [_; 6] = std::array::from_fn(|n| {
            let (inside, memory) = (inside.clone(), memory.clone());
            start(n, move || {
                for _ in 0..TIMES {
                    put(&inside, ()).unwrap();
                    memory.write(memory.read() + 1);
                    take(&inside).unwrap();
                }
            })
        });
        parties.into_iter().for_each(end);
        assert_eq!(memory.read(), 6 * TIMES);
    });
}
