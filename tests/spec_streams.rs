//! docs/rules.md, rule 11.6: channels as streams and sinks. (`cargo test --features futures --test spec_streams`)

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::thread;

use csp::prelude::*;
use csp::{OfferError, PollError, sync};
use futures_util::{FutureExt, SinkExt, StreamExt, stream};

fn once<F: Future>(future: F) -> Poll<F::Output> {
    pin!(future).poll(&mut Context::from_waker(Waker::noop()))
}

#[csp::test]
fn spec_11_6_a_stream_gives_the_values_and_ends_with_the_channel() {
    let (out, numbers) = channel(0);
    go(move || (1..=3).for_each(|n| put(&out, n).unwrap()));
    assert_eq!(wait(numbers.stream().collect::<Vec<i32>>()), [1, 2, 3]);
    let c = sync::Channel::buffered(2);
    c.offer(1).unwrap();
    c.close();
    let mut values = c.stream();
    assert_eq!(wait(values.next()), Some(1));
    assert_eq!((wait(values.next()), wait(values.next())), (None, None));
}

#[csp::test]
fn spec_11_6_a_stream_that_is_dropped_loses_nothing() {
    let c = Channel::new();
    let mut values = c.stream();
    assert!(once(values.next()).is_pending());
    put(&c, 1).unwrap();
    drop(values);
    assert_eq!(poll(&c), Ok(1));
    let (out, numbers) = sync::channel::<i32>(0);
    let mut values = numbers.stream();
    drop(numbers);
    assert!(once(values.next()).is_pending());
    offer(&out, 1).unwrap();
    assert_eq!(values.next().now_or_never(), Some(Some(1)));
    drop(values);
    assert_eq!(offer(&out, 2), Err(OfferError::Closed(2)));
}

#[csp::test]
fn spec_11_6_a_sink_puts_in_order_and_ends_its_sender() {
    let (out, numbers) = channel(0);
    let mut sink = out.sink();
    drop(out);
    go(move || wait(async move { stream::iter([1, 2, 3]).map(Ok).forward(&mut sink).await.unwrap() }));
    assert_eq!(numbers.iter().collect::<Vec<i32>>(), [1, 2, 3]);
    // That of a channel drains it.
    let c = Channel::buffered(1);
    let mut sink = c.sink();
    wait(sink.send(1)).unwrap();
    wait(sink.close()).unwrap();
    assert_eq!((poll(&c), poll(&c)), (Ok(1), Err(PollError::Closed)));
    assert_eq!(wait(sink.send(2)), Err(csp::Closed(2)), "it was closed");
}

#[csp::test]
fn spec_11_6_a_sink_gives_back_what_was_not_accepted() {
    let c = sync::Channel::new();
    let mut sink = c.sink();
    assert!(once(sink.send(1)).is_pending());
    assert_eq!(sink.cancel(), Some(1));
    assert_eq!(poll(&c), Err(PollError::Empty));
    let mut sink = c.sink();
    assert!(once(sink.send(2)).is_pending());
    assert_eq!(poll(&c), Ok(2));
    assert_eq!(sink.cancel(), None);
    let mut sink = c.sink();
    assert!(once(sink.send(3)).is_pending());
    close(&c);
    assert_eq!(wait(sink.flush()), Err(csp::Closed(3)));
    assert_eq!(wait(sink.flush()), Ok(()));
}

#[test]
fn spec_11_6_between_threads_on_any_executor() {
    let (out, numbers) = sync::channel(1);
    let thread = thread::spawn(move || {
        let mut sink = out.sink();
        drop(out);
        futures_executor::block_on(async {
            let mut values = stream::iter(0..1000).map(Ok);
            sink.send_all(&mut values).await.unwrap();
            sink.close().await.unwrap();
        });
    });
    assert_eq!(futures_executor::block_on(numbers.stream().fold(0, async |sum, n| sum + n)), 499_500);
    thread.join().unwrap();
}
