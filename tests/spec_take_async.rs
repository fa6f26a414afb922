//! docs/rules.md, rule 11.2: takes as futures.

mod notes;

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

use csp::TakeFuture;
use csp::prelude::*;
use notes::{Log, noting};

thread_local! {
    /// What [`Ring`] does when it is woken.
    static ON_WAKE: RefCell<Option<Box<dyn Fn()>>> = const { RefCell::new(None) };
}

struct Ring;

impl Wake for Ring {
    fn wake(self: Arc<Self>) {
        ON_WAKE.with_borrow(|f| f.as_ref().unwrap()());
    }
}

/// A waker that calls `f`.
fn waker(f: impl Fn() + 'static) -> Waker {
    ON_WAKE.set(Some(Box::new(f)));
    Waker::from(Arc::new(Ring))
}

type Future_<T> = Pin<Box<TakeFuture<T>>>;

fn poll_with<T>(future: &mut Future_<T>, waker: &Waker) -> Poll<Option<T>> {
    future.as_mut().poll(&mut Context::from_waker(waker))
}

/// A future of the next value that waits already.
fn waiting<T: 'static>(c: &Channel<T>) -> Future_<T> {
    let mut future = Box::pin(c.take_async());
    assert!(poll_with(&mut future, Waker::noop()).is_pending());
    future
}

#[csp::test]
fn spec_11_2_a_future_that_is_dropped_gives_its_value_back_to_the_first_taker() {
    let (c, log) = (Channel::new(), Log::default());
    let future = waiting(&c);
    put(&c, 1).unwrap();
    take_then_callback(&c, log.note("first")).unwrap();
    take_then_callback(&c, log.note("second")).unwrap();
    drop(future);
    put(&c, 2).unwrap();
    yield_now();
    log.assert(&["first Some(1)", "second Some(2)"]);
}

#[csp::test]
fn spec_11_2_or_else_it_is_the_next_value_beyond_the_channels_size() {
    for c in [Channel::new(), Channel::buffered(1), Channel::dropping(1), Channel::sliding(1)] {
        let (first, second) = (waiting(&c), waiting(&c));
        put(&c, 1).unwrap();
        put(&c, 2).unwrap();
        let full = offer(&c, 3).is_ok();
        drop(second);
        drop(first);
        // Whatever is given back is at the head: the second came back before the first.
        assert_eq!(c.len(), 2 + usize::from(full), "{c:?}");
        assert_eq!((poll(&c), poll(&c)), (Ok(1), Ok(2)), "{c:?}");
        assert_eq!(poll(&c).ok(), full.then_some(3), "{c:?}");
    }
}

#[csp::test]
fn spec_11_2_it_comes_back_also_when_the_channel_has_been_closed_meanwhile() {
    let c = Channel::new();
    let future = waiting(&c);
    put(&c, 1).unwrap();
    close(&c);
    drop(future);
    assert_eq!((take(&c), take(&c)), (Some(1), None));
}

#[csp::test]
fn spec_11_2_a_future_that_is_dropped_before_leaves_no_trace() {
    let c = Channel::new();
    drop(c.take_async());
    drop(waiting(&c));
    assert!(offer(&c, 1).is_err());
    assert_eq!(csp::stats().callbacks, 0);
}

#[csp::test]
fn spec_11_2_a_future_of_what_is_there_is_ready_at_once() {
    let c = Channel::buffered(1);
    put(&c, 1).unwrap();
    assert_eq!(poll_with(&mut Box::pin(c.take_async()), Waker::noop()), Poll::Ready(Some(1)));
    close(&c);
    assert_eq!(poll_with(&mut Box::pin(c.take_async()), Waker::noop()), Poll::Ready(None));
}

#[csp::test]
fn spec_11_2_the_last_waker_is_woken_once_and_in_a_later_turn() {
    let (c, woken) = (Channel::new(), Rc::new(Cell::new(0)));
    let mut future = waiting(&c);
    let count = woken.clone();
    let waker = waker(move || count.set(count.get() + 1));
    assert!(poll_with(&mut future, &waker).is_pending());
    put(&c, 1).unwrap();
    assert_eq!(woken.get(), 0, "not in the putter's tick");
    yield_now();
    yield_now();
    assert_eq!(woken.get(), 1);
    assert_eq!(poll_with(&mut future, &waker), Poll::Ready(Some(1)));
}

#[csp::test]
fn spec_11_2_a_future_learns_of_a_close() {
    let (c, woken) = (Channel::<i32>::new(), Rc::new(Cell::new(false)));
    let set = woken.clone();
    let waker = waker(move || set.set(true));
    let mut future = waiting(&c);
    assert!(poll_with(&mut future, &waker).is_pending());
    close(&c);
    yield_now();
    assert!(woken.get());
    assert_eq!(poll_with(&mut future, &waker), Poll::Ready(None));
}

#[csp::test]
fn spec_11_2_a_waker_may_spawn_use_channels_and_drop_the_future() {
    let (c, done) = (Channel::new(), Channel::buffered(2));
    let future = Rc::new(RefCell::new(Some(waiting(&c))));
    let (out, slot, again) = (done.clone(), future.clone(), c.clone());
    let waker = waker(move || {
        slot.take();
        assert_eq!(poll(&again), Ok(1), "given back by the future that was dropped");
        assert_eq!(offer(&out, "woken"), Ok(()));
        let from_spawned = out.clone();
        go(move || put(&from_spawned, "spawned"));
    });
    assert!(poll_with(future.borrow_mut().as_mut().unwrap(), &waker).is_pending());
    put(&c, 1).unwrap();
    assert_eq!((take(&done), take(&done)), (Some("woken"), Some("spawned")));
}

#[test]
fn spec_11_2_a_waker_that_panics_or_waits_is_reported() {
    for wait in [|| panic!("not running in a process"), || sleep(Duration::from_secs(1))] {
        let notes = noting(|| {
            let c = Channel::new();
            let mut future = waiting(&c);
            assert!(poll_with(&mut future, &waker(wait)).is_pending());
            put(&c, 1).unwrap();
            sleep(Duration::from_secs(1));
            assert_eq!(poll_with(&mut future, Waker::noop()), Poll::Ready(Some(1)), "its value is not lost");
        });
        assert_eq!(notes.len(), 1);
        assert!(notes[0].contains("not running in a process"), "{notes:?}");
    }
}

#[csp::test]
fn spec_11_2_a_deferred_is_a_future() {
    let mut d = Box::pin(go_deferred(|| sleep(Duration::from_secs(1))));
    let mut cx = Context::from_waker(Waker::noop());
    assert!(d.as_mut().poll(&mut cx).is_pending());
    sleep(Duration::from_secs(2));
    assert!(matches!(d.as_mut().poll(&mut cx), Poll::Ready(Ok(()))));
}

#[test]
fn spec_11_2_a_future_cannot_wait_where_no_scheduler_runs() {
    let c = Channel::<i32>::new();
    let polled = AssertUnwindSafe(|| poll_with(&mut Box::pin(c.take_async()), Waker::noop()).is_pending());
    let panic = catch_unwind(polled).unwrap_err();
    assert!(panic.downcast_ref::<String>().unwrap().contains("`take_async` needs a running scheduler"));
}
