//! docs/rules.md, rule 14.9: futures of channels between threads.

mod wakers;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Poll, Wake, Waker};
use std::thread;

use csp::prelude::*;
use csp::sync::{self, Channel, PutFuture, TakeFuture};
use csp::{OfferError, PollError, Transducer};
use futures_executor::block_on;
use wakers::{Count, once, poll_with};

/// A waker that does something.
struct Act(Mutex<Option<Box<dyn FnOnce() + Send>>>);

impl Wake for Act {
    fn wake(self: Arc<Self>) {
        let act = self.0.lock().unwrap().take();
        if let Some(act) = act {
            act();
        }
    }
}

fn act(f: impl FnOnce() + Send + 'static) -> Waker {
    Arc::new(Act(Mutex::new(Some(Box::new(f))))).into()
}

fn taking<T: Send + 'static>(c: &Channel<T>) -> TakeFuture<T> {
    let mut future = c.take_async();
    assert!(once(&mut future).is_pending());
    future
}

fn putting<T: Send + 'static>(c: &Channel<T>, value: T) -> PutFuture<T> {
    let mut future = c.put_async(value);
    assert!(once(&mut future).is_pending());
    future
}

fn is_send<T: Send + Unpin + 'static>(_: &T) {}

#[test]
fn spec_14_9_they_are_send_and_go_from_thread_to_thread() {
    let c = Channel::new();
    let mut next = taking(&c);
    is_send(&next);
    is_send(&c.put_async(1));
    // Polled on another thread, it is woken there; the first waker is forgotten.
    let out = c.clone();
    let next = thread::spawn(move || {
        assert!(once(&mut next).is_pending());
        next
    });
    let next = next.join().unwrap();
    let putter = thread::spawn(move || block_on(out.put_async(5)));
    assert_eq!(block_on(next), Some(5));
    assert_eq!(putter.join().unwrap(), Ok(()));
}

#[test]
fn spec_14_9_what_can_be_done_at_once_is_ready_at_once() {
    let c = Channel::buffered(1);
    assert_eq!(once(&mut c.put_async(1)), Poll::Ready(Ok(())));
    assert_eq!(once(&mut c.take_async()), Poll::Ready(Some(1)));
    c.close();
    assert_eq!(once(&mut c.put_async(2)), Poll::Ready(Err(csp::Closed(2))));
    assert_eq!(once(&mut c.take_async()), Poll::Ready(None));
}

#[test]
fn spec_14_9_the_last_waker_is_woken_once_and_none_is_kept() {
    let c = Channel::new();
    let counts: Vec<Arc<Count>> = (0..3).map(|_| Arc::default()).collect();
    let mut next = c.take_async();
    for count in &counts {
        assert!(poll_with(&mut next, &count.clone().into()).is_pending());
    }
    assert_eq!(counts.iter().map(Arc::strong_count).collect::<Vec<_>>(), [1, 1, 2]);
    offer(&c, 5).unwrap();
    assert_eq!(counts.iter().map(|count| count.get()).collect::<Vec<_>>(), [0, 0, 1]);
    assert_eq!(Arc::strong_count(&counts[2]), 1);
    assert_eq!(once(&mut next), Poll::Ready(Some(5)));
    // The same waker again and again is cloned once.
    let waker = Waker::from(counts[0].clone());
    let mut next = c.take_async();
    for _ in 0..3 {
        assert!(poll_with(&mut next, &waker).is_pending());
    }
    assert_eq!(Arc::strong_count(&counts[0]), 3);
    drop(next);
    assert_eq!((Arc::strong_count(&counts[0]), counts[0].get()), (2, 0));
}

#[test]
fn spec_14_9_dropped_before_it_is_served_it_leaves_no_trace() {
    let c = Channel::<i32>::new();
    drop(taking(&c));
    assert_eq!(offer(&c, 1), Err(OfferError::Full(1)));
    let (first, second) = (taking(&c), taking(&c));
    drop(first);
    offer(&c, 2).unwrap();
    assert_eq!(block_on(second), Some(2));
    drop(putting(&c, 3));
    assert_eq!(poll(&c), Err(PollError::Empty));
    assert_eq!(putting(&c, 4).cancel(), Some(4));
    assert_eq!(c.put_async(5).cancel(), Some(5));
}

#[test]
fn spec_14_9_dropped_after_it_was_served_it_gives_the_value_back() {
    let c = Channel::new();
    let (first, second) = (taking(&c), taking(&c));
    offer(&c, 1).unwrap();
    drop(first);
    assert_eq!(block_on(second), Some(1), "the next who waits has it");
    let next = taking(&c);
    offer(&c, 2).unwrap();
    drop(next);
    assert_eq!(poll(&c), Ok(2), "or the next who comes");
    let accepted = putting(&c, 3);
    assert_eq!(poll(&c), Ok(3));
    assert_eq!(accepted.cancel(), None);
}

#[test]
fn spec_14_9_close_and_drain_answer_them() {
    let c = Channel::<i32>::new();
    let (mut next, out) = (taking(&c), c.clone());
    thread::spawn(move || out.close()).join().unwrap();
    assert_eq!(once(&mut next), Poll::Ready(None));
    let c = Channel::new();
    let mut put = putting(&c, 1);
    c.close();
    assert_eq!(once(&mut put), Poll::Ready(Err(csp::Closed(1))));
    let c = Channel::new();
    let mut put = putting(&c, 1);
    c.drain();
    assert!(once(&mut put).is_pending());
    assert_eq!(poll(&c), Ok(1));
    assert_eq!(once(&mut put), Poll::Ready(Ok(())));
}

#[test]
fn spec_14_9_those_of_ends_count_as_ends() {
    let (out, numbers) = sync::channel(0);
    let mut put = out.put_async(1);
    assert!(once(&mut put).is_pending());
    drop(out);
    assert_eq!((poll(&numbers), poll(&numbers)), (Ok(1), Err(PollError::Empty)), "not ended");
    drop(put);
    assert_eq!(poll(&numbers), Err(PollError::Closed));
    let (out, numbers) = sync::channel(0);
    let mut next = numbers.take_async();
    assert!(once(&mut next).is_pending());
    drop(numbers);
    offer(&out, 1).unwrap();
    drop(next);
    assert_eq!(offer(&out, 2), Err(OfferError::Closed(2)));
}

#[test]
fn spec_14_9_a_waker_is_woken_when_no_lock_is_held() {
    // It uses the channel, which would wait for its own lock for ever; one of a buffer of the user's would panic.
    for c in [
        Channel::new(),
        Channel::with_buffer(csp::Fixed::new(1)),
        Channel::builder().transducer(csp::transducer().map(|n: i32| n)).buffered(1).build(),
    ] {
        let (again, told) = (c.clone(), Arc::new(AtomicBool::new(false)));
        let tell = told.clone();
        let mut next = c.take_async();
        let waker = act(move || {
            _ = again.offer(2);
            again.close();
            tell.store(true, Ordering::SeqCst);
        });
        assert!(poll_with(&mut next, &waker).is_pending());
        offer(&c, 1).unwrap();
        assert!(told.load(Ordering::SeqCst));
        assert_eq!(once(&mut next), Poll::Ready(Some(1)));
    }
}

#[test]
fn spec_14_9_a_waker_that_is_called_inside_of_a_transducer_comes_after_the_operation() {
    let (c, told) = (Channel::<i32>::new(), Arc::new(AtomicBool::new(false)));
    let (inner, tell, seen) = (c.clone(), told.clone(), told.clone());
    let outer = Channel::builder()
        .transducer(csp::transducer().map(move |n: i32| {
            offer(&inner, n).unwrap();
            assert!(!seen.load(Ordering::SeqCst), "a lock is held here");
            n
        }))
        .buffered(1)
        .build();
    let mut next = c.take_async();
    let locked = outer.clone();
    assert!(
        poll_with(
            &mut next,
            &act(move || {
                assert_eq!(locked.poll(), Ok(5));
                tell.store(true, Ordering::SeqCst);
            })
        )
        .is_pending()
    );
    offer(&outer, 5).unwrap();
    assert!(told.load(Ordering::SeqCst));
    assert_eq!(once(&mut next), Poll::Ready(Some(5)));
}

#[test]
fn spec_14_9_a_panic_of_a_waker_is_reported_and_costs_nobody_a_value() {
    let told = Arc::new(Mutex::new(Vec::new()));
    let tell = told.clone();
    let policy = csp::PanicPolicy::handler(move |panic| tell.lock().unwrap().push(panic.to_string()));
    csp::Builder::new().panic_policy(policy).run(|| {
        let c = Channel::new();
        let mut put = c.put_async(5);
        assert!(poll_with(&mut put, &act(|| panic!("a waker"))).is_pending());
        assert_eq!(take(&c), Some(5), "the taker has what it took");
        assert_eq!(once(&mut put), Poll::Ready(Ok(())));
        let mut next = c.take_async();
        assert!(poll_with(&mut next, &act(|| panic!("another"))).is_pending());
        assert_eq!(offer(&c, 6), Ok(()));
        assert_eq!(once(&mut next), Poll::Ready(Some(6)));
    });
    let told = told.lock().unwrap();
    assert!(told.len() == 2 && told[0].contains("a waker") && told[1].contains("another"), "{told:?}");
}

#[test]
fn spec_14_9_a_waker_may_drop_its_future_and_nothing_is_lost() {
    let c = Channel::new();
    let place = Arc::new(Mutex::new(None));
    let mut next = c.take_async();
    let there = place.clone();
    assert!(poll_with(&mut next, &act(move || drop(there.lock().unwrap().take()))).is_pending());
    *place.lock().unwrap() = Some(next);
    offer(&c, 5).unwrap();
    assert!(place.lock().unwrap().is_none());
    assert_eq!(poll(&c), Ok(5));
}

#[test]
fn spec_14_9_wakers_whose_clones_and_drops_use_the_channel() {
    use std::task::{RawWaker, RawWakerVTable};
    static CHANNEL: Mutex<Option<Channel<i32>>> = Mutex::new(None);
    fn touch() {
        let c = CHANNEL.lock().unwrap().clone();
        if let Some(c) = c {
            _ = c.len();
            _ = c.poll();
        }
    }
    const VTABLE: RawWakerVTable = RawWakerVTable::new(
        |data| {
            touch();
            RawWaker::new(data, &VTABLE)
        },
        |_| touch(),
        |_| touch(),
        |_| touch(),
    );
    let c = Channel::new();
    *CHANNEL.lock().unwrap() = Some(c.clone());
    // SAFETY: there is no data, and the functions are safe ones.
    let waker = || unsafe { Waker::new(std::ptr::null(), &VTABLE) };
    let mut next = c.take_async();
    assert!(poll_with(&mut next, &waker()).is_pending());
    assert!(poll_with(&mut next, &waker()).is_pending());
    offer(&c, 1).unwrap();
    assert_eq!(poll_with(&mut next, &waker()), Poll::Ready(Some(1)));
    let mut next = c.take_async();
    assert!(poll_with(&mut next, &waker()).is_pending());
    drop(next);
    *CHANNEL.lock().unwrap() = None;
}

#[test]
fn spec_14_9_a_process_waits_for_them_and_is_not_counted_twice() {
    let c = Channel::new();
    let out = c.clone();
    let thread = thread::spawn(move || block_on(async { out.put_async(1).await.and(out.put_async(2).await) }));
    csp::run(|| {
        assert_eq!(wait(c.take_async()), Some(1));
        assert_eq!(wait(c.take_async()), Some(2));
    });
    thread.join().unwrap().unwrap();
    // Begun in one scheduler, dropped in none, or in another.
    let mut left = csp::run(|| taking(&c));
    drop(csp::run(|| taking(&c)));
    csp::run(|| {
        assert!(once(&mut left).is_pending());
        drop(left);
        assert!(matches!(csp::try_run(|| ()), Err(csp::RunError::Misplaced(_))));
    });
    // Nothing is left that would keep a deadlock from being seen.
    assert!(matches!(csp::try_run(|| take(&csp::Channel::<()>::new())), Err(csp::RunError::Deadlock(_))));
}

/// A generator of numbers, for the order of things. (splitmix64)
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % bound
    }
}

/// Futures that are begun, polled, dropped and cancelled in any order, on one thread: every number that was accepted is taken
/// once, and no other is.
#[test]
fn spec_14_9_nothing_is_lost_or_doubled_on_one_thread() {
    for seed in 0..2000 {
        let mut dice = Dice(seed);
        let c = match dice.below(3) {
            0 => Channel::new(),
            n => Channel::buffered(n as usize),
        };
        let (mut takes, mut puts) = (Vec::<TakeFuture<u64>>::new(), Vec::<(u64, PutFuture<u64>)>::new());
        let (mut accepted, mut taken, mut next) = (Vec::new(), Vec::new(), 0);
        for _ in 0..40 {
            match dice.below(8) {
                0 | 1 => takes.push(c.take_async()),
                2 | 3 => {
                    puts.push((next, c.put_async(next)));
                    next += 1;
                }
                4 if !takes.is_empty() => drop(takes.swap_remove(dice.below(takes.len() as u64) as usize)),
                5 if !puts.is_empty() => {
                    let (n, put) = puts.swap_remove(dice.below(puts.len() as u64) as usize);
                    match put.cancel() {
                        None => accepted.push(n),
                        Some(back) => assert_eq!(back, n),
                    }
                }
                6 if !takes.is_empty() => {
                    let at = dice.below(takes.len() as u64) as usize;
                    if let Poll::Ready(value) = once(&mut takes[at]) {
                        taken.extend(value);
                        drop(takes.swap_remove(at));
                    }
                }
                7 if !puts.is_empty() => {
                    let at = dice.below(puts.len() as u64) as usize;
                    if once(&mut puts[at].1).is_ready() {
                        accepted.push(puts.swap_remove(at).0);
                    }
                }
                _ => {}
            }
        }
        drop(takes);
        for (n, put) in puts {
            if put.cancel().is_none() {
                accepted.push(n);
            }
        }
        while let Ok(value) = c.poll() {
            taken.push(value);
        }
        accepted.sort_unstable();
        taken.sort_unstable();
        assert_eq!(accepted, taken, "seed {seed}");
    }
}

/// The same between threads: futures that are dropped when a die says so, beside threads and processes.
#[test]
fn spec_14_9_nothing_is_lost_or_doubled_between_threads() {
    const EACH: u64 = 3000;
    let c = Channel::buffered(1);
    let runtime = sync::Runtime::start(1);
    let putters: Vec<_> = (0..2)
        .map(|who| {
            let c = c.clone();
            thread::spawn(move || {
                let mut dice = Dice(who);
                for n in 0..EACH {
                    let mut value = Some(who * EACH + n);
                    while let Some(n) = value {
                        let mut put = c.put_async(n);
                        value = match dice.below(3) {
                            0 => block_on(put).err().map(csp::Closed::into_inner),
                            _ if once(&mut put).is_ready() => None,
                            _ => put.cancel(),
                        };
                        thread::yield_now();
                    }
                }
            })
        })
        .collect();
    let from = c.clone();
    let process = runtime.go_deferred(move || from.iter().collect::<Vec<u64>>());
    let taker = thread::spawn({
        let c = c.clone();
        move || {
            let (mut dice, mut taken) = (Dice(9), Vec::new());
            loop {
                let mut next = c.take_async();
                let value = match dice.below(3) {
                    0 => block_on(next),
                    _ => match once(&mut next) {
                        Poll::Ready(value) => value,
                        Poll::Pending => continue,
                    },
                };
                match value {
                    Some(value) => taken.push(value),
                    None => return taken,
                }
            }
        }
    });
    putters.into_iter().for_each(|putter| putter.join().unwrap());
    c.drain();
    let mut all = taker.join().unwrap();
    all.extend(process.wait().unwrap());
    // Handed to a future that was dropped when the channel had ended for the others.
    while let Ok(value) = c.poll() {
        all.push(value);
    }
    all.sort_unstable();
    assert_eq!(all, (0..2 * EACH).collect::<Vec<_>>());
}

#[test]
fn spec_14_9_a_panic_in_a_clone_of_a_waker_costs_nothing() {
    use std::task::RawWakerVTable;
    const VTABLE: RawWakerVTable = RawWakerVTable::new(|_| panic!("no clones"), |_| {}, |_| {}, |_| {});
    // SAFETY: there is no data, and the functions are safe ones.
    let waker = unsafe { Waker::new(std::ptr::null(), &VTABLE) };
    let c = Channel::new();
    let mut put = c.put_async(5);
    assert!(catch_unwind(AssertUnwindSafe(|| poll_with(&mut put, &waker))).is_err());
    assert_eq!(poll(&c), Err(PollError::Empty));
    assert!(once(&mut put).is_pending());
    assert_eq!(poll(&c), Ok(5));
}

#[test]
fn spec_14_9_a_deferred_of_another_thread_is_a_future() {
    let runtime = sync::Runtime::start(1);
    let go_on = Channel::new();
    let waits = go_on.clone();
    let mut deferred = runtime.go_deferred(move || {
        take(&waits);
        42
    });
    assert!(once(&mut deferred).is_pending());
    put(&go_on, ()).unwrap();
    assert_eq!(block_on(&mut deferred).unwrap(), 42);
    is_send(&deferred);
    // One that has panicked, was polled, and is dropped unfetched is reported once.
    let told = Arc::new(Mutex::new(Vec::new()));
    let tell = told.clone();
    let policy = csp::PanicPolicy::handler(move |panic| tell.lock().unwrap().push(panic.to_string()));
    let start = Channel::<()>::new();
    let begin = start.clone();
    let mut deferred = runtime.go_deferred(move || {
        take(&begin);
        panic!("no")
    });
    let count = Arc::new(Count::default());
    assert!(poll_with::<sync::Deferred<()>>(&mut deferred, &count.clone().into()).is_pending());
    close(&start);
    while count.get() == 0 {
        thread::yield_now();
    }
    csp::Builder::new().panic_policy(policy).run(move || drop(deferred));
    assert_eq!(told.lock().unwrap().len(), 1);
    runtime.join();
}
