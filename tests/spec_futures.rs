//! docs/rules.md, rules 11.3 and 11.4: puts as futures, and waiting for futures.

mod wakers;

use std::cell::{Cell, RefCell};
use std::future::{pending, poll_fn, ready};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Poll, Wake, Waker};
use std::thread;

use csp::prelude::*;
use csp::{OfferError, PollError, PutFuture, RunError, wait};
use wakers::{Count, once, poll_with};

const SECOND: Duration = Duration::from_secs(1);

/// A put that waits already.
fn waiting<T: 'static>(c: &Channel<T>, value: T) -> PutFuture<T> {
    let mut future = c.put_async(value);
    assert!(once(&mut future).is_pending());
    future
}

fn message(panic: Box<dyn std::any::Any + Send>) -> String {
    match panic.downcast::<String>() {
        Ok(text) => *text,
        Err(panic) => (*panic.downcast::<&str>().expect("a text")).to_owned(),
    }
}

#[csp::test]
fn spec_11_3_a_put_is_accepted_at_once_or_waits_and_wakes() {
    let c = Channel::buffered(1);
    assert_eq!(once(&mut c.put_async(1)), Poll::Ready(Ok(())));
    let count = Arc::new(Count::default());
    let mut second = c.put_async(2);
    assert!(poll_with(&mut second, &count.clone().into()).is_pending());
    assert_eq!(take(&c), Some(1));
    assert_eq!(count.get(), 0, "a waker runs in a turn of its own");
    yield_now();
    assert_eq!(count.get(), 1);
    assert_eq!(once(&mut second), Poll::Ready(Ok(())));
    assert_eq!(poll(&c), Ok(2));
    close(&c);
    assert_eq!(once(&mut c.put_async(3)), Poll::Ready(Err(csp::Closed(3))));
}

#[csp::test]
fn spec_11_3_a_put_that_waits_fails_with_its_value_when_the_channel_is_closed() {
    let c = Channel::new();
    let mut future = waiting(&c, 5);
    close(&c);
    assert_eq!(once(&mut future), Poll::Ready(Err(csp::Closed(5))));
}

#[csp::test]
fn spec_11_3_a_put_that_is_dropped_or_cancelled_leaves_no_trace() {
    let c = Channel::new();
    let value = Rc::new(());
    drop(waiting(&c, value.clone()));
    assert_eq!((Rc::strong_count(&value), poll(&c)), (1, Err(PollError::Empty)));
    assert!(waiting(&c, value.clone()).cancel().is_some_and(|back| Rc::ptr_eq(&back, &value)));
    assert!(c.put_async(value.clone()).cancel().is_some(), "never polled");
    let accepted = waiting(&c, value.clone());
    assert!(poll(&c).is_ok());
    assert!(accepted.cancel().is_none(), "accepted");
    assert_eq!(poll(&c).unwrap_err(), PollError::Empty);
}

#[csp::test]
fn spec_11_3_puts_are_taken_in_the_order_in_which_they_began_to_wait() {
    let c = Channel::new();
    let (_first, second, _third) = (waiting(&c, 1), waiting(&c, 2), waiting(&c, 3));
    drop(second);
    assert_eq!((poll(&c), poll(&c), poll(&c)), (Ok(1), Ok(3), Err(PollError::Empty)));
}

#[csp::test]
fn spec_11_3_a_put_polled_after_it_was_done_panics() {
    let c = Channel::buffered(1);
    let mut put = c.put_async(1);
    assert!(once(&mut put).is_ready());
    assert!(message(catch_unwind(AssertUnwindSafe(|| once(&mut put))).unwrap_err()).contains("polled again"));
}

#[csp::test]
fn spec_11_3_the_futures_of_ends_count_as_ends() {
    let (out, numbers) = channel::<i32>(0);
    let mut put = out.put_async(1);
    assert!(once(&mut put).is_pending());
    drop(out);
    assert_eq!((poll(&numbers), poll(&numbers)), (Ok(1), Err(PollError::Empty)), "not ended");
    drop(put);
    assert_eq!(poll(&numbers), Err(PollError::Closed));

    let (out, numbers) = channel::<i32>(0);
    let mut take = numbers.take_async();
    assert!(once(&mut take).is_pending());
    drop(numbers);
    assert_eq!(offer(&out, 1), Ok(()));
    assert_eq!(once(&mut take), Poll::Ready(Some(1)));
    drop(take);
    assert_eq!(offer(&out, 2), Err(OfferError::Closed(2)));
}

#[test]
fn spec_11_3_a_put_that_outlives_its_scheduler_waits_on_in_the_next() {
    let c = Channel::new();
    let mut put = csp::run(|| waiting(&c, 5));
    csp::run(|| {
        assert_eq!(poll(&c), Err(PollError::Empty), "it waits nowhere");
        assert!(once(&mut put).is_pending());
        assert_eq!(take(&c), Some(5));
        assert_eq!(once(&mut put), Poll::Ready(Ok(())));
    });
    let panic = catch_unwind(|| once(&mut Channel::new().put_async(1))).unwrap_err();
    assert!(message(panic).contains("`put_async` needs a running scheduler"));
}

#[csp::test]
fn spec_11_3_a_waker_that_drops_its_future_or_panics_when_it_is_dropped_loses_nothing() {
    struct Bomb;
    impl Wake for Bomb {
        fn wake(self: Arc<Self>) {}
    }
    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("a waker's destructor");
        }
    }
    let c = Channel::new();
    let mut next = c.take_async();
    assert!(poll_with(&mut next, &Arc::new(Bomb).into()).is_pending());
    put(&c, 5).unwrap();
    assert!(catch_unwind(AssertUnwindSafe(|| drop(next))).is_err());
    assert_eq!(poll(&c), Ok(5), "it went back first");
}

#[csp::test]
fn spec_11_4_a_process_waits_and_the_others_run() {
    let (c, seen) = (Channel::new(), Rc::new(Cell::new(false)));
    let (out, set) = (c.clone(), seen.clone());
    go(move || {
        set.set(true);
        put(&out, 20).unwrap();
        put(&out, 22).unwrap();
    });
    let borrowed = Cell::new(0);
    let sum = wait(async {
        borrowed.set(c.take_async().await.unwrap());
        borrowed.get() + c.take_async().await.unwrap()
    });
    assert!(seen.get() && sum == 42);
}

#[csp::test]
fn spec_11_4_what_is_ready_does_not_wait() {
    let seen = Rc::new(Cell::new(false));
    let set = seen.clone();
    go(move || set.set(true));
    assert_eq!(wait(ready(5)), 5);
    assert!(!seen.get());
}

#[csp::test]
fn spec_11_4_a_future_that_is_woken_before_it_waits_or_by_another_thread_goes_on() {
    let mut turns = 0;
    wait(poll_fn(|cx| {
        turns += 1;
        cx.waker().wake_by_ref();
        if turns < 100 { Poll::Pending } else { Poll::Ready(()) }
    }));
    // Before it waits, while it does, or after.
    let (out, wakers) = std::sync::mpsc::channel::<Waker>();
    let thread = thread::spawn(move || wakers.into_iter().for_each(Waker::wake));
    let mut polls = 0;
    wait(poll_fn(|cx| {
        polls += 1;
        out.send(cx.waker().clone()).unwrap();
        if polls < 100 { Poll::Pending } else { Poll::Ready(()) }
    }));
    drop(out);
    thread.join().unwrap();
}

#[test]
fn spec_11_4_a_thread_without_a_scheduler_is_parked() {
    let (c, out) = (csp::sync::Channel::new(), csp::sync::Channel::new());
    let (numbers, answers) = (c.clone(), out.clone());
    let thread = thread::spawn(move || {
        wait(async { numbers.take_async().await.unwrap() + answers.take_async().await.unwrap() })
    });
    csp::run(|| {
        put(&c, 1).unwrap();
        put(&out, 2).unwrap();
    });
    assert_eq!(thread.join().unwrap(), 3);
}

#[test]
fn spec_11_4_a_poll_that_parks_the_thread_itself_swallows_no_wake() {
    // The waker is woken first, and then what the poll waits in uses up the thread's one token.
    let mut polls = 0;
    wait(poll_fn(|cx| {
        polls += 1;
        if polls == 1 {
            cx.waker().wake_by_ref();
            thread::park();
            return Poll::Pending;
        }
        Poll::Ready(())
    }));
}

#[csp::test]
fn spec_11_4_in_a_choice_a_future_mixes_with_channels_and_time_and_loses_nothing() {
    let (c, d) = (Channel::new(), Channel::<i32>::new());
    let mut next = c.take_async();
    alts! { _ = wait(&mut next) => unreachable!(), _ = take(&d) => unreachable!(), _ = sleep(SECOND) => {} }
    let out = c.clone();
    go(move || put(&out, 5));
    alts! { v = wait(&mut next) => assert_eq!(v, Some(5)), _ = take(&d) => unreachable!(), _ = sleep(SECOND) => unreachable!() }
    // Both at once, whichever is chosen: the other is there still.
    for _ in 0..50 {
        let (a, b) = (Channel::buffered(1), Channel::buffered(1));
        put(&a, 1).unwrap();
        put(&b, 2).unwrap();
        let mut first = a.take_async();
        alts! {
            v = wait(&mut first) => assert_eq!((v, poll(&b)), (Some(1), Ok(2))),
            v = take(&b) => assert_eq!((v, once(&mut first)), (Some(2), Poll::Ready(Some(1)))),
        }
    }
    let never = pin!(async { pending::<()>().await });
    alts! { _ = wait(never) => unreachable!(), default => {} }
}

#[csp::test]
fn spec_11_4_a_future_that_becomes_ready_while_the_process_parks_is_lost_to_no_other_branch() {
    // Ready on the second poll, which is that with a true waker, while the other branch has become ready, too.
    for _ in 0..50 {
        let c = Channel::buffered(1);
        let (other, mut polls) = (c.clone(), 0);
        let mut late = poll_fn(move |_| {
            polls += 1;
            if polls == 1 {
                offer(&other, 'c').unwrap();
                return Poll::Pending;
            }
            Poll::Ready('f')
        });
        let first = alts! { v = wait(&mut late) => v, v = take(&c) => v.unwrap() };
        let second = if first == 'f' { take(&c).unwrap() } else { wait(&mut late) };
        assert!(first != second);
    }
}

#[csp::test]
fn spec_11_4_a_process_that_is_killed_while_it_waits_drops_the_future() {
    let alive = Rc::new(());
    let kept = alive.clone();
    let p = go_now(move || {
        wait(async move {
            let _kept = kept;
            pending::<()>().await;
        })
    });
    assert_eq!(csp::parked()[0].instruction, "wait");
    assert_eq!(Rc::strong_count(&alive), 2);
    kill(&p);
    yield_now();
    assert_eq!(Rc::strong_count(&alive), 1);
}

#[csp::test]
fn spec_11_4_to_wait_otherwise_inside_of_a_future_is_a_panic_that_says_so() {
    let panic = catch_unwind(|| wait(async { take(&Channel::<()>::new()) })).unwrap_err();
    let text = message(panic);
    assert!(text.contains("inside a future") && text.contains("take_async"), "{text}");
    let c = Channel::new();
    go({
        let c = c.clone();
        move || put(&c, 1)
    });
    assert_eq!(wait(c.take_async()), Some(1), "nothing is left of it");
}

#[csp::test]
fn spec_11_4_a_panic_of_the_future_comes_out_of_wait() {
    let panic = catch_unwind(|| wait(async { panic!("no luck") })).unwrap_err();
    assert_eq!(message(panic), "no luck");
    yield_now();
}

#[csp::test]
fn spec_11_4_while_it_is_unwound_a_process_gets_what_is_ready_and_nothing_else() {
    struct Last(Rc<RefCell<Vec<String>>>);
    impl Drop for Last {
        fn drop(&mut self) {
            self.0.borrow_mut().push(format!("{}", wait(ready(1))));
            let c = Channel::<i32>::new();
            alts! { _ = wait(c.take_async()) => unreachable!(), default => self.0.borrow_mut().push("default".into()) }
        }
    }
    let log = Rc::new(RefCell::new(Vec::new()));
    let last = Last(log.clone());
    go_now(move || {
        let _last = last;
        stop();
    });
    assert_eq!(*log.borrow(), ["1", "default"]);
    // One that has swallowed its unwinding is thrown out again.
    let seen = Rc::new(Cell::new(false));
    let set = seen.clone();
    go_now(move || {
        _ = catch_unwind(|| stop());
        wait(pending::<()>());
        set.set(true);
    });
    assert!(!seen.get());
    // A callback is no process.
    let c = Channel::buffered(1);
    let told = Rc::new(RefCell::new(String::new()));
    let tell = told.clone();
    put_then_callback(&c, 1, move |_| {
        let panic = catch_unwind(|| wait(pending::<()>())).unwrap_err();
        *tell.borrow_mut() = message(panic);
    })
    .unwrap();
    yield_now();
    assert!(told.borrow().contains("`wait` would have to wait here"), "{told:?}");
}

#[test]
fn spec_11_4_a_future_that_nobody_can_wake_is_a_deadlock_that_names_it() {
    let result = csp::try_run(|| wait(pending::<i32>()));
    let Err(RunError::Deadlock(report)) = result else { panic!("{result:?}") };
    let text = report.to_string();
    assert!(
        text.contains("to wait for core::future::pending::Pending<i32>") && text.contains("spec_futures.rs"),
        "{text}"
    );
    // While it could be woken there is none.
    let (out, wakers) = std::sync::mpsc::channel::<Waker>();
    let thread = thread::spawn(move || {
        let waker = wakers.recv().unwrap();
        waker.wake();
    });
    let mut polls = 0;
    csp::run(|| {
        wait(poll_fn(|cx| {
            // The first is made to see whether it is ready at once, with a waker of nobody.
            polls += 1;
            if polls == 2 {
                out.send(cx.waker().clone()).unwrap();
            }
            if polls < 3 { Poll::Pending } else { Poll::Ready(()) }
        }));
        drop(out);
    });
    thread.join().unwrap();
}

#[csp::test]
fn spec_11_4_a_deferred_is_waited_for_as_any_future() {
    let d = go_deferred(|| {
        sleep(SECOND);
        6 * 7
    });
    alts! { _ = wait(pending::<()>()) => unreachable!(), v = wait(d) => assert_eq!(v.unwrap(), 42) }
}

#[csp::test]
fn spec_11_4_a_wait_counts_as_an_operation() {
    let seen = Rc::new(Cell::new(false));
    let set = seen.clone();
    go(move || set.set(true));
    for _ in 0..200 {
        wait(ready(()));
    }
    assert!(seen.get(), "the others had their turn");
}
