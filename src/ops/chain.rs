//! The operations on one input as methods, to be read from left to right.

use std::time::Duration;

use super::{AtEnd, Mult, Rest, TimedOut};
use crate::channel::{Channel, Receiver, channel};
use crate::go::Process;
use crate::port::{ReadPort, WritePort};
use crate::transducer::{Transducer, transducer};

/// The functions of [`ops`](super) that have one input, as methods of it: each calls the function of its name; `map` and `filter`
/// are [`through`](super::through) with a transducer. For everything else that an iterator can do there is `iter()`, which
/// waits, and [`through`](Operations::through).
///
/// ```
/// use csp::{ops::{self, Operations}, prelude::*};
///
/// csp::run(|| {
///     let sum = ops::to_chan(1..=10).map(|n| n * n).filter(|n| n % 2 == 1).take_n(3).reduce(0, |sum, n| sum + n);
///     assert_eq!(take(&sum), Some(1 + 9 + 25));
/// });
/// ```
pub trait Operations: ReadPort + Sized + 'static {
    /// See [`through`](super::through).
    #[track_caller]
    fn through<X>(self, transducer: X) -> Receiver<X::Out>
    where
        X: Transducer<Self::Item> + 'static,
        X::Out: 'static,
    {
        super::through(self, transducer)
    }

    /// [`through`](super::through) with [`Transducer::map`].
    #[track_caller]
    fn map<O: 'static>(self, f: impl FnMut(Self::Item) -> O + 'static) -> Receiver<O> {
        super::through(self, transducer().map(f))
    }

    /// [`through`](super::through) with [`Transducer::filter`].
    #[track_caller]
    fn filter(self, f: impl FnMut(&Self::Item) -> bool + 'static) -> Receiver<Self::Item> {
        super::through(self, transducer().filter(f))
    }

    /// See [`unique`](super::unique).
    #[track_caller]
    fn unique(self) -> Receiver<Self::Item>
    where
        Self::Item: PartialEq + Clone,
    {
        super::unique(self)
    }

    /// See [`partition`](super::partition).
    #[track_caller]
    fn partition(self, n: usize) -> Receiver<Vec<Self::Item>> {
        super::partition(n, self)
    }

    /// See [`partition_by`](super::partition_by).
    #[track_caller]
    fn partition_by<K: PartialEq + 'static>(
        self,
        f: impl FnMut(&Self::Item) -> K + 'static,
    ) -> Receiver<Vec<Self::Item>> {
        super::partition_by(f, self)
    }

    /// See [`buffered`](super::buffered).
    #[track_caller]
    fn buffered(self, n: usize) -> Receiver<Self::Item> {
        super::buffered(n, self)
    }

    /// See [`take_n`](super::take_n).
    #[track_caller]
    fn take_n(self, n: usize) -> Receiver<Self::Item> {
        super::take_n(n, self)
    }

    /// See [`split`](super::split).
    #[track_caller]
    fn split(self, is: impl FnMut(&Self::Item) -> bool + 'static) -> (Receiver<Self::Item>, Receiver<Self::Item>) {
        super::split(self, is)
    }

    /// See [`zip`](super::zip).
    #[track_caller]
    fn zip<B: ReadPort + 'static>(self, other: B) -> Receiver<(Self::Item, B::Item)> {
        super::zip(self, other)
    }

    /// See [`throttle`](super::throttle).
    #[track_caller]
    fn throttle(self, period: Duration) -> Receiver<Self::Item> {
        super::throttle(self, period)
    }

    /// See [`debounce`](super::debounce).
    #[track_caller]
    fn debounce(self, quiet: Duration) -> Receiver<Self::Item> {
        super::debounce(self, quiet)
    }

    /// See [`sample`](super::sample).
    #[track_caller]
    fn sample(self, period: Duration) -> Receiver<Self::Item> {
        super::sample(self, period)
    }

    /// See [`rate_limit`](super::rate_limit).
    #[track_caller]
    fn rate_limit(self, n: usize, period: Duration) -> Receiver<Self::Item> {
        super::rate_limit(self, n, period)
    }

    /// See [`batch`](super::batch).
    #[track_caller]
    fn batch(self, n: usize, longest: Duration) -> Receiver<Vec<Self::Item>> {
        super::batch(self, n, longest)
    }

    /// See [`timeout_each`](super::timeout_each).
    #[track_caller]
    fn timeout_each(self, limit: Duration) -> Receiver<Result<Self::Item, TimedOut>> {
        super::timeout_each(self, limit)
    }

    /// See [`reduce`](super::reduce).
    #[track_caller]
    fn reduce<A: 'static>(self, start: A, f: impl FnMut(A, Self::Item) -> A + 'static) -> Channel<A> {
        super::reduce(self, start, f)
    }

    /// See [`collect`](super::collect).
    #[track_caller]
    fn collect<C: FromIterator<Self::Item> + 'static>(self) -> Channel<C> {
        super::collect(self)
    }

    /// See [`try_map`](super::try_map).
    #[track_caller]
    fn try_map<T, O, E>(self, f: impl FnMut(T) -> Result<O, E> + 'static) -> Receiver<Result<O, E>>
    where
        Self: ReadPort<Item = Result<T, E>>,
        T: 'static,
        O: 'static,
        E: 'static,
    {
        super::try_map(self, f)
    }

    /// See [`split_results`](super::split_results).
    #[track_caller]
    fn split_results<T: 'static, E: 'static>(self) -> (Receiver<T>, Receiver<E>)
    where
        Self: ReadPort<Item = Result<T, E>>,
    {
        super::split_results(self)
    }

    /// See [`try_collect`](super::try_collect).
    #[track_caller]
    fn try_collect<C, T, E>(self, rest: Rest) -> Channel<Result<C, E>>
    where
        Self: ReadPort<Item = Result<T, E>>,
        C: FromIterator<T> + 'static,
        T: 'static,
        E: 'static,
    {
        super::try_collect(self, rest)
    }

    /// See [`mult`](super::mult).
    #[track_caller]
    fn mult(self) -> Mult<Self::Item>
    where
        Self::Item: Clone,
    {
        super::mult(self)
    }

    /// See [`pipeline`](super::pipeline); its output is a new one.
    #[track_caller]
    fn pipeline<X>(self, n: usize, transducer: X) -> Receiver<X::Out>
    where
        X: Transducer<Self::Item> + Clone + 'static,
        X::Out: 'static,
    {
        let (to, out) = channel(0);
        super::pipeline(n, to, transducer, self, AtEnd::Close);
        out
    }

    /// See [`pipe`](super::pipe).
    #[track_caller]
    fn pipe<W: WritePort<Item = Self::Item> + 'static>(self, to: W, at_end: AtEnd) -> Process {
        super::pipe(self, to, at_end)
    }
}

impl<R: ReadPort + Sized + 'static> Operations for R {}
