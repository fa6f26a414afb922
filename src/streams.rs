//! Channels as the streams and sinks of the `futures` crates. (Feature `futures`.)

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use futures_sink::Sink;

use crate::channel;
use crate::error::Closed;
use crate::port::drain;
use crate::sync;

/// The values of a channel as a stream, which ends with the channel; from `stream` of
/// [`Channel`](crate::Channel::stream), [`Receiver`](crate::Receiver::stream), and those of [`csp::sync`](crate::sync).
///
/// Dropped, it loses nothing: what was handed to it and was not polled goes back, and is the next to be taken. That of a
/// receiver counts as one.
///
/// ```
/// use csp::{prelude::*, sync};
/// use futures_util::StreamExt;
///
/// let (out, numbers) = sync::channel(0);
/// std::thread::spawn(move || (1..=3).for_each(|n| put(&out, n).unwrap()));
/// assert_eq!(wait(numbers.stream().collect::<Vec<i32>>()), [1, 2, 3]); // or `.await` it, in any executor
/// ```
#[must_use = "a stream does nothing until it is polled"]
pub struct TakeStream<F> {
    next: F,
}

impl<T, F: Future<Output = Option<T>> + Unpin> Stream for TakeStream<F> {
    type Item = T;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<T>> {
        // A take that was ready is one that has not begun.
        Pin::new(&mut self.next).poll(cx)
    }
}

/// A channel as a sink; from `sink` of [`Channel`](crate::Channel::sink), [`Sender`](crate::Sender::sink), and those of
/// [`csp::sync`](crate::sync).
///
/// It holds one value at most, until the channel has accepted it; dropped before that it drops it, and
/// [`cancel`](PutSink::cancel) gives it back. Flushed means accepted by the channel. Closed means flushed, and then: that of a
/// sender lets go of that; that of a channel drains it. Its error has the value that was not put.
///
/// ```
/// use csp::{prelude::*, sync};
/// use futures_util::SinkExt;
///
/// let (out, numbers) = sync::channel(2);
/// let mut sink = out.sink();
/// drop(out);
/// wait(async {
///     sink.send(1).await.unwrap();
///     sink.send(2).await.unwrap();
///     sink.close().await.unwrap();
/// });
/// assert_eq!(numbers.iter().collect::<Vec<i32>>(), [1, 2]);
/// ```
#[must_use = "a sink does nothing until it is sent to"]
pub struct PutSink<E: End> {
    end: Option<E>,
    putting: Option<E::Put>,
}

/// What a [`PutSink`] puts to. The trait is sealed.
pub trait End {
    #[doc(hidden)]
    type Value;
    #[doc(hidden)]
    type Put: Future<Output = Result<(), Closed<Self::Value>>> + Unpin;

    #[doc(hidden)]
    fn begin(&self, value: Self::Value) -> Self::Put;
    #[doc(hidden)]
    fn cancel(put: Self::Put) -> Option<Self::Value>;
    #[doc(hidden)]
    fn end(self);
}

impl<E: End> PutSink<E> {
    fn new(end: E) -> Self {
        PutSink { end: Some(end), putting: None }
    }

    /// Gives up: what was sent, and the channel has not accepted, comes back.
    pub fn cancel(self) -> Option<E::Value> {
        self.putting.and_then(E::cancel)
    }
}

// Nothing of it is ever pinned.
impl<E: End> Unpin for PutSink<E> {}

impl<E: End> Sink<E::Value> for PutSink<E> {
    type Error = Closed<E::Value>;

    fn poll_ready(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.poll_flush(cx)
    }

    /// # Panics
    /// If the one before was not accepted yet: `poll_ready` says when.
    fn start_send(mut self: Pin<&mut Self>, value: E::Value) -> Result<(), Self::Error> {
        assert!(self.putting.is_none(), "a sink was sent to that is not ready: call `poll_ready` first");
        let Some(end) = &self.end else { return Err(Closed(value)) };
        self.putting = Some(end.begin(value));
        Ok(())
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        let Some(putting) = &mut self.putting else { return Poll::Ready(Ok(())) };
        let answer = ready!(Pin::new(putting).poll(cx));
        self.putting = None;
        Poll::Ready(answer)
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        let flushed = ready!(self.as_mut().poll_flush(cx));
        if let Some(end) = self.end.take() {
            end.end();
        }
        Poll::Ready(flushed)
    }
}

impl<F: fmt::Debug> fmt::Debug for TakeStream<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("TakeStream").field(&self.next).finish()
    }
}

impl<E: End + fmt::Debug> fmt::Debug for PutSink<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PutSink").field("end", &self.end).field("flushed", &self.putting.is_none()).finish()
    }
}

/// The views of the channels of one kind.
macro_rules! views {
    ($channel:ident, $sender:ident, $receiver:ident in $kind:ident) => {
        impl<I: 'static, O: 'static> $kind::$channel<I, O> {
            /// The values as a stream; see [`TakeStream`](crate::TakeStream). (Feature `futures`.)
            #[track_caller]
            pub fn stream(&self) -> TakeStream<$kind::TakeFuture<I, O>> {
                TakeStream { next: self.take_async() }
            }

            /// A sink that puts, and drains the channel when it is closed; see [`PutSink`](crate::PutSink). (Feature
            /// `futures`.)
            pub fn sink(&self) -> PutSink<$kind::$channel<I, O>> {
                PutSink::new(self.clone())
            }
        }

        impl<O: 'static, I: 'static> $kind::$receiver<O, I> {
            /// The values as a stream, which counts as a receiver; see [`TakeStream`](crate::TakeStream). (Feature `futures`.)
            #[track_caller]
            pub fn stream(&self) -> TakeStream<$kind::TakeFuture<I, O>> {
                TakeStream { next: self.take_async() }
            }
        }

        impl<I: 'static, O: 'static> $kind::$sender<I, O> {
            /// A sink that counts as a sender until it is closed; see [`PutSink`](crate::PutSink). (Feature `futures`.)
            pub fn sink(&self) -> PutSink<$kind::$sender<I, O>> {
                PutSink::new(self.clone())
            }
        }

        views!(@end $channel in $kind, |channel| drain(&channel));
        views!(@end $sender in $kind, drop);
    };
    (@end $end:ident in $kind:ident, $at_end:expr) => {
        impl<I: 'static, O: 'static> End for $kind::$end<I, O> {
            type Value = I;
            type Put = $kind::PutFuture<I, O>;

            fn begin(&self, value: I) -> Self::Put {
                self.put_async(value)
            }

            fn cancel(put: Self::Put) -> Option<I> {
                put.cancel()
            }

            fn end(self) {
                let at_end: fn(Self) = $at_end;
                at_end(self);
            }
        }
    };
}

views!(Channel, Sender, Receiver in channel);
views!(Channel, Sender, Receiver in sync);
