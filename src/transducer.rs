//! Transducers: what is done to values on their way, told apart from where they come from and where they go.
//!
//! ```text
//!   value ─► step of a ─► emit ─► step of b ─► emit ─► a channel's buffer, an iterator, a sum …
//!              (keeps state, emits any number)        (says whether it wants more)
//! ```
//!
//! A chain is one type, made of the types of its stages: no stage is called through a pointer, and none allocates but
//! to keep values. It reads in the order in which values go through. (Rich Hickey, "Transducers", Strange Loop 2014.)

use std::collections::{BTreeSet, VecDeque};
use std::marker::PhantomData;
use std::mem;
use std::ops::ControlFlow::{self, Break, Continue};

/// Whether more is wanted: by who emits as by who is emitted to. After `Break` nothing more comes.
pub type Flow = ControlFlow<()>;

/// Something that is done to values on their way: of each value it is given, it emits any number.
///
/// Chains begin with [`transducer`] and go on with the methods here. The same chain can be used on a channel
/// ([`ChannelBuilder::transducer`](crate::ChannelBuilder::transducer)), over an iterator
/// ([`over`](Transducer::over)), and wherever an operation takes one. A clone of one that was not used yet has a state of
/// its own.
///
/// ```
/// use csp::{Transducer, transducer};
///
/// let squares_of_even = transducer().filter(|n: &u32| n % 2 == 0).map(|n| n * n).take(3);
/// assert_eq!(squares_of_even.over(1..).collect::<Vec<_>>(), [4, 16, 36]);
/// ```
///
/// One of your own has a [`step`](Transducer::step), perhaps a [`finish`](Transducer::finish), and joins a chain with
/// [`then`](Transducer::then):
///
/// ```
/// use csp::{Flow, Transducer, transducer};
///
/// /// Each value twice.
/// #[derive(Clone)]
/// struct Twice;
///
/// impl<T: Clone> Transducer<T> for Twice {
///     type Out = T;
///     fn step(&mut self, value: T, emit: &mut impl FnMut(T) -> Flow) -> Flow {
///         emit(value.clone())?;
///         emit(value)
///     }
/// }
///
/// let chain = transducer().then(Twice).map(|c: char| c.to_ascii_uppercase());
/// assert_eq!(chain.over("abc".chars()).collect::<String>(), "AABBCC");
/// ```
pub trait Transducer<I>: Sized {
    /// What it emits.
    type Out;

    /// A value has come: calls `emit` with what becomes of it. `Break` if no more is wanted, be it that `emit` has said so,
    /// after which it is not to be called again in this step.
    fn step(&mut self, value: I, emit: &mut impl FnMut(Self::Out) -> Flow) -> Flow;

    /// No more values come: emits what was kept back. Called once, also after a `Break`.
    fn finish(&mut self, emit: &mut impl FnMut(Self::Out) -> Flow) {
        _ = emit;
    }

    /// First this one, then `next`.
    fn then<X: Transducer<Self::Out>>(self, next: X) -> Then<Self, X> {
        Then { first: self, second: next, full: false }
    }

    /// Each value as `f` makes it.
    ///
    /// ```
    /// use csp::{Transducer, transducer};
    ///
    /// assert_eq!(transducer().map(|n: i32| n + 1).over([1, 2]).collect::<Vec<_>>(), [2, 3]);
    /// ```
    fn map<O, F: FnMut(Self::Out) -> O>(self, f: F) -> Then<Self, Map<F>> {
        self.then(Map(f))
    }

    /// Each value as `f` makes it of its number, from 0, and itself. (Clojure's `map-indexed`.)
    ///
    /// ```
    /// use csp::{Transducer, transducer};
    ///
    /// let numbered = transducer().map_indexed(|n, word: &str| format!("{n} {word}"));
    /// assert_eq!(numbered.over(["a", "b"]).collect::<Vec<_>>(), ["0 a", "1 b"]);
    /// ```
    fn map_indexed<O, F: FnMut(usize, Self::Out) -> O>(self, f: F) -> Then<Self, MapIndexed<F>> {
        self.then(MapIndexed { f, next: 0 })
    }

    /// Only the values of which `f` says so.
    ///
    /// ```
    /// use csp::{Transducer, transducer};
    ///
    /// assert_eq!(transducer().filter(|n| n % 2 == 0).over(1..=4).collect::<Vec<i32>>(), [2, 4]);
    /// ```
    fn filter<F: FnMut(&Self::Out) -> bool>(self, f: F) -> Then<Self, Filter<F>> {
        self.then(Filter { f, wanted: true })
    }

    /// Only the values of which `f` does not say so.
    ///
    /// ```
    /// use csp::{Transducer, transducer};
    ///
    /// assert_eq!(transducer().remove(|n| n % 2 == 0).over(1..=4).collect::<Vec<i32>>(), [1, 3]);
    /// ```
    fn remove<F: FnMut(&Self::Out) -> bool>(self, f: F) -> Then<Self, Filter<F>> {
        self.then(Filter { f, wanted: false })
    }

    /// What `f` makes of each value, where that is something. (Clojure's `keep`.)
    ///
    /// ```
    /// use csp::{Transducer, transducer};
    ///
    /// let numbers = transducer().filter_map(|word: &str| word.parse().ok());
    /// assert_eq!(numbers.over(["1", "two", "3"]).collect::<Vec<u32>>(), [1, 3]);
    /// ```
    fn filter_map<O, F: FnMut(Self::Out) -> Option<O>>(self, f: F) -> Then<Self, FilterMap<F>> {
        self.then(FilterMap(f))
    }

    /// All that `f` makes of each value, one after the other. (Clojure's `mapcat`.)
    ///
    /// ```
    /// use csp::{Transducer, transducer};
    ///
    /// let letters = transducer().flat_map(|word: &'static str| word.chars());
    /// assert_eq!(letters.over(["ab", "", "c"]).collect::<String>(), "abc");
    /// ```
    fn flat_map<O: IntoIterator, F: FnMut(Self::Out) -> O>(self, f: F) -> Then<Self, FlatMap<F>> {
        self.then(FlatMap(f))
    }

    /// The first `n` values, and then no more is wanted: with the `n`th, not with the one after it. With 0 the first value
    /// is dropped, for only then it can say so.
    ///
    /// ```
    /// use csp::{Transducer, transducer};
    ///
    /// let mut numbers = 1..;
    /// assert_eq!(transducer().take(2).over(&mut numbers).collect::<Vec<i32>>(), [1, 2]);
    /// assert_eq!(numbers.next(), Some(3));
    /// ```
    fn take(self, n: usize) -> Then<Self, Take> {
        self.then(Take { left: n })
    }

    /// The values up to the first of which `f` does not say so, which is dropped; then no more is wanted.
    ///
    /// ```
    /// use csp::{Transducer, transducer};
    ///
    /// assert_eq!(transducer().take_while(|n| *n < 3).over(1..).collect::<Vec<i32>>(), [1, 2]);
    /// ```
    fn take_while<F: FnMut(&Self::Out) -> bool>(self, f: F) -> Then<Self, TakeWhile<F>> {
        self.then(TakeWhile(f))
    }

    /// Each `n`th value, the first one included.
    ///
    /// # Panics
    /// If `n` is 0.
    ///
    /// ```
    /// use csp::{Transducer, transducer};
    ///
    /// assert_eq!(transducer().take_nth(3).over(0..8).collect::<Vec<i32>>(), [0, 3, 6]);
    /// ```
    #[track_caller]
    fn take_nth(self, n: usize) -> Then<Self, TakeNth> {
        assert!(n > 0, "`take_nth(0)` names no value: the least is 1, which is each of them");
        self.then(TakeNth { n, skip: 0 })
    }

    /// All values but the first `n`. (Clojure's `drop`.)
    ///
    /// ```
    /// use csp::{Transducer, transducer};
    ///
    /// assert_eq!(transducer().skip(2).over(1..=4).collect::<Vec<i32>>(), [3, 4]);
    /// ```
    #[doc(alias = "drop")]
    fn skip(self, n: usize) -> Then<Self, Skip> {
        self.then(Skip { left: n })
    }

    /// All values from the first on of which `f` does not say so. (Clojure's `drop-while`.)
    ///
    /// ```
    /// use csp::{Transducer, transducer};
    ///
    /// assert_eq!(transducer().skip_while(|n| *n < 3).over([1, 3, 2]).collect::<Vec<i32>>(), [3, 2]);
    /// ```
    #[doc(alias = "drop_while")]
    fn skip_while<F: FnMut(&Self::Out) -> bool>(self, f: F) -> Then<Self, SkipWhile<F>> {
        self.then(SkipWhile { f, over: false })
    }

    /// What `f` gives for each value, and for a state that goes with it, beginning with `state`. (`reductions`.)
    ///
    /// ```
    /// use csp::{Transducer, transducer};
    ///
    /// let sums = transducer().scan(0, |sum, n: i32| {
    ///     *sum += n;
    ///     *sum
    /// });
    /// assert_eq!(sums.over([1, 2, 3]).collect::<Vec<_>>(), [1, 3, 6]);
    /// ```
    #[doc(alias = "reductions")]
    fn scan<S, O, F: FnMut(&mut S, Self::Out) -> O>(self, state: S, f: F) -> Then<Self, Scan<S, F>> {
        self.then(Scan { state, f })
    }

    /// No value that equals the one before it.
    ///
    /// ```
    /// use csp::{Transducer, transducer};
    ///
    /// assert_eq!(transducer().dedupe().over([1, 1, 2, 1]).collect::<Vec<i32>>(), [1, 2, 1]);
    /// ```
    fn dedupe(self) -> Then<Self, Dedupe<Self::Out>>
    where
        Self::Out: PartialEq + Clone,
    {
        self.then(Dedupe { last: None })
    }

    /// No value that came before. It remembers all of them.
    ///
    /// ```
    /// use csp::{Transducer, transducer};
    ///
    /// assert_eq!(transducer().distinct().over([1, 2, 1, 3]).collect::<Vec<i32>>(), [1, 2, 3]);
    /// ```
    fn distinct(self) -> Then<Self, Distinct<Self::Out>>
    where
        Self::Out: Ord + Clone,
    {
        self.then(Distinct { seen: BTreeSet::new() })
    }

    /// A copy of `separator` between each two values.
    ///
    /// ```
    /// use csp::{Transducer, transducer};
    ///
    /// assert_eq!(transducer().interpose(", ").over(["a", "b", "c"]).collect::<String>(), "a, b, c");
    /// ```
    fn interpose(self, separator: Self::Out) -> Then<Self, Interpose<Self::Out>>
    where
        Self::Out: Clone,
    {
        self.then(Interpose { separator, begun: false })
    }

    /// Groups of `n` values; the last one may be smaller.
    ///
    /// # Panics
    /// If `n` is 0.
    ///
    /// ```
    /// use csp::{Transducer, transducer};
    ///
    /// let pairs = transducer().partition_all(2);
    /// assert_eq!(pairs.over(1..=3).collect::<Vec<Vec<i32>>>(), [vec![1, 2], vec![3]]);
    /// ```
    #[track_caller]
    fn partition_all(self, n: usize) -> Then<Self, PartitionAll<Self::Out>> {
        assert!(n > 0, "`partition_all(0)` would make groups of nothing for ever: the least is 1");
        self.then(PartitionAll { n, group: Vec::new() })
    }

    /// Groups of neighbours for which `f` gives the same.
    ///
    /// ```
    /// use csp::{Transducer, transducer};
    ///
    /// let runs = transducer().partition_by(|n: &i32| n % 2);
    /// assert_eq!(runs.over([1, 3, 2, 5]).collect::<Vec<_>>(), [vec![1, 3], vec![2], vec![5]]);
    /// ```
    fn partition_by<K: PartialEq, F: FnMut(&Self::Out) -> K>(self, f: F) -> Then<Self, PartitionBy<Self::Out, K, F>> {
        self.then(PartitionBy { f, key: None, group: Vec::new() })
    }

    /// Shows each value to `f` on its way.
    ///
    /// ```
    /// use csp::{Transducer, transducer};
    ///
    /// let mut sum = 0;
    /// let count = transducer().inspect(|n: &i32| sum += n).over([1, 2]).count();
    /// assert_eq!((count, sum), (2, 3));
    /// ```
    fn inspect<F: FnMut(&Self::Out)>(self, f: F) -> Then<Self, Inspect<F>> {
        self.then(Inspect(f))
    }

    /// Sends the values of an iterator through: an iterator of what comes out. It takes a value when one is asked for, and
    /// no more than that needs.
    ///
    /// ```
    /// use csp::{Transducer, transducer};
    ///
    /// assert_eq!(transducer().map(|n| n * n).over(1..=3).sum::<i32>(), 14);
    /// ```
    fn over<C: IntoIterator<Item = I>>(self, values: C) -> Over<C::IntoIter, Self, Self::Out> {
        Over { values: values.into_iter(), transducer: Some(self), out: Emitted::new() }
    }

    /// Sends the values of an iterator through, and folds what comes out. (`transduce`.)
    ///
    /// ```
    /// use csp::{Transducer, transducer};
    ///
    /// let odd = transducer().filter(|n| n % 2 == 1);
    /// assert_eq!(odd.fold(1..=5, 0, |sum, n: i32| sum + n), 9);
    /// ```
    #[doc(alias = "transduce")]
    fn fold<A>(mut self, values: impl IntoIterator<Item = I>, start: A, mut f: impl FnMut(A, Self::Out) -> A) -> A {
        let mut so_far = Some(start);
        let mut emit = |value| {
            so_far = so_far.take().map(|so_far| f(so_far, value));
            Continue(())
        };
        for value in values {
            if self.step(value, &mut emit).is_break() {
                break;
            }
        }
        self.finish(&mut emit);
        so_far.expect("`f` gives back what it was given")
    }
}

/// The beginning of a chain: what comes goes on as it is. See [`Transducer`].
///
/// ```
/// use csp::{Transducer, transducer};
///
/// assert_eq!(transducer().over(1..=3).collect::<Vec<i32>>(), [1, 2, 3]);
/// ```
#[must_use]
pub fn transducer<T>() -> Identity<T> {
    Identity(PhantomData)
}

/// What comes goes on as it is.
pub struct Identity<T>(PhantomData<fn(T) -> T>);

impl<T> Clone for Identity<T> {
    fn clone(&self) -> Self {
        Identity(PhantomData)
    }
}

impl<T> Transducer<T> for Identity<T> {
    type Out = T;

    #[inline]
    fn step(&mut self, value: T, emit: &mut impl FnMut(T) -> Flow) -> Flow {
        emit(value)
    }
}

/// First one, then the other.
#[derive(Clone)]
pub struct Then<A, B> {
    first: A,
    second: B,
    /// The second wants no more.
    full: bool,
}

impl<A, B> Then<A, B> {
    /// What the first emits goes to the second, until that wants no more: so that no stage need know that it has said so.
    #[inline]
    fn pass<T>(second: &mut B, full: &mut bool, value: T, emit: &mut impl FnMut(B::Out) -> Flow) -> Flow
    where
        B: Transducer<T>,
    {
        if *full {
            return Break(());
        }
        let flow = second.step(value, emit);
        *full = flow.is_break();
        flow
    }
}

impl<I, A: Transducer<I>, B: Transducer<A::Out>> Transducer<I> for Then<A, B> {
    type Out = B::Out;

    #[inline]
    fn step(&mut self, value: I, emit: &mut impl FnMut(B::Out) -> Flow) -> Flow {
        let Then { first, second, full } = self;
        first.step(value, &mut |value| Self::pass(second, full, value, emit))
    }

    fn finish(&mut self, emit: &mut impl FnMut(B::Out) -> Flow) {
        let Then { first, second, full } = self;
        first.finish(&mut |value| Self::pass(second, full, value, emit));
        second.finish(emit);
    }
}

/// See [`Transducer::map`].
#[derive(Clone)]
pub struct Map<F>(F);

impl<I, O, F: FnMut(I) -> O> Transducer<I> for Map<F> {
    type Out = O;

    #[inline]
    fn step(&mut self, value: I, emit: &mut impl FnMut(O) -> Flow) -> Flow {
        emit((self.0)(value))
    }
}

/// See [`Transducer::map_indexed`].
#[derive(Clone)]
pub struct MapIndexed<F> {
    f: F,
    next: usize,
}

impl<I, O, F: FnMut(usize, I) -> O> Transducer<I> for MapIndexed<F> {
    type Out = O;

    #[inline]
    fn step(&mut self, value: I, emit: &mut impl FnMut(O) -> Flow) -> Flow {
        let number = self.next;
        self.next += 1;
        emit((self.f)(number, value))
    }
}

/// See [`Transducer::filter`] and [`Transducer::remove`].
#[derive(Clone)]
pub struct Filter<F> {
    f: F,
    wanted: bool,
}

impl<T, F: FnMut(&T) -> bool> Transducer<T> for Filter<F> {
    type Out = T;

    #[inline]
    fn step(&mut self, value: T, emit: &mut impl FnMut(T) -> Flow) -> Flow {
        if (self.f)(&value) == self.wanted { emit(value) } else { Continue(()) }
    }
}

/// See [`Transducer::filter_map`].
#[derive(Clone)]
pub struct FilterMap<F>(F);

impl<I, O, F: FnMut(I) -> Option<O>> Transducer<I> for FilterMap<F> {
    type Out = O;

    #[inline]
    fn step(&mut self, value: I, emit: &mut impl FnMut(O) -> Flow) -> Flow {
        (self.0)(value).map_or(Continue(()), emit)
    }
}

/// See [`Transducer::flat_map`].
#[derive(Clone)]
pub struct FlatMap<F>(F);

impl<I, O: IntoIterator, F: FnMut(I) -> O> Transducer<I> for FlatMap<F> {
    type Out = O::Item;

    #[inline]
    fn step(&mut self, value: I, emit: &mut impl FnMut(O::Item) -> Flow) -> Flow {
        (self.0)(value).into_iter().try_for_each(emit)
    }
}

/// See [`Transducer::take`].
#[derive(Clone)]
pub struct Take {
    left: usize,
}

impl<T> Transducer<T> for Take {
    type Out = T;

    #[inline]
    fn step(&mut self, value: T, emit: &mut impl FnMut(T) -> Flow) -> Flow {
        if self.left == 0 {
            return Break(());
        }
        self.left -= 1;
        emit(value)?;
        if self.left == 0 { Break(()) } else { Continue(()) }
    }
}

/// See [`Transducer::take_while`].
#[derive(Clone)]
pub struct TakeWhile<F>(F);

impl<T, F: FnMut(&T) -> bool> Transducer<T> for TakeWhile<F> {
    type Out = T;

    #[inline]
    fn step(&mut self, value: T, emit: &mut impl FnMut(T) -> Flow) -> Flow {
        if (self.0)(&value) { emit(value) } else { Break(()) }
    }
}

/// See [`Transducer::take_nth`].
#[derive(Clone)]
pub struct TakeNth {
    n: usize,
    /// So many are left out before the next one.
    skip: usize,
}

impl<T> Transducer<T> for TakeNth {
    type Out = T;

    #[inline]
    fn step(&mut self, value: T, emit: &mut impl FnMut(T) -> Flow) -> Flow {
        if self.skip > 0 {
            self.skip -= 1;
            return Continue(());
        }
        self.skip = self.n - 1;
        emit(value)
    }
}

/// See [`Transducer::skip`].
#[derive(Clone)]
pub struct Skip {
    left: usize,
}

impl<T> Transducer<T> for Skip {
    type Out = T;

    #[inline]
    fn step(&mut self, value: T, emit: &mut impl FnMut(T) -> Flow) -> Flow {
        if self.left > 0 {
            self.left -= 1;
            return Continue(());
        }
        emit(value)
    }
}

/// See [`Transducer::skip_while`].
#[derive(Clone)]
pub struct SkipWhile<F> {
    f: F,
    /// A value has come that is not skipped.
    over: bool,
}

impl<T, F: FnMut(&T) -> bool> Transducer<T> for SkipWhile<F> {
    type Out = T;

    #[inline]
    fn step(&mut self, value: T, emit: &mut impl FnMut(T) -> Flow) -> Flow {
        self.over = self.over || !(self.f)(&value);
        if self.over { emit(value) } else { Continue(()) }
    }
}

/// See [`Transducer::scan`].
#[derive(Clone)]
pub struct Scan<S, F> {
    state: S,
    f: F,
}

impl<I, O, S, F: FnMut(&mut S, I) -> O> Transducer<I> for Scan<S, F> {
    type Out = O;

    #[inline]
    fn step(&mut self, value: I, emit: &mut impl FnMut(O) -> Flow) -> Flow {
        emit((self.f)(&mut self.state, value))
    }
}

/// See [`Transducer::dedupe`].
#[derive(Clone)]
pub struct Dedupe<T> {
    last: Option<T>,
}

impl<T: PartialEq + Clone> Transducer<T> for Dedupe<T> {
    type Out = T;

    #[inline]
    fn step(&mut self, value: T, emit: &mut impl FnMut(T) -> Flow) -> Flow {
        if self.last.as_ref() == Some(&value) {
            return Continue(());
        }
        self.last = Some(value.clone());
        emit(value)
    }
}

/// See [`Transducer::distinct`].
#[derive(Clone)]
pub struct Distinct<T> {
    seen: BTreeSet<T>,
}

impl<T: Ord + Clone> Transducer<T> for Distinct<T> {
    type Out = T;

    #[inline]
    fn step(&mut self, value: T, emit: &mut impl FnMut(T) -> Flow) -> Flow {
        if self.seen.contains(&value) {
            return Continue(());
        }
        self.seen.insert(value.clone());
        emit(value)
    }
}

/// See [`Transducer::interpose`].
#[derive(Clone)]
pub struct Interpose<T> {
    separator: T,
    begun: bool,
}

impl<T: Clone> Transducer<T> for Interpose<T> {
    type Out = T;

    #[inline]
    fn step(&mut self, value: T, emit: &mut impl FnMut(T) -> Flow) -> Flow {
        if mem::replace(&mut self.begun, true) {
            emit(self.separator.clone())?;
        }
        emit(value)
    }
}

/// See [`Transducer::partition_all`].
#[derive(Clone)]
pub struct PartitionAll<T> {
    n: usize,
    group: Vec<T>,
}

impl<T> Transducer<T> for PartitionAll<T> {
    type Out = Vec<T>;

    #[inline]
    fn step(&mut self, value: T, emit: &mut impl FnMut(Vec<T>) -> Flow) -> Flow {
        self.group.push(value);
        if self.group.len() < self.n {
            return Continue(());
        }
        emit(mem::take(&mut self.group))
    }

    fn finish(&mut self, emit: &mut impl FnMut(Vec<T>) -> Flow) {
        if !self.group.is_empty() {
            _ = emit(mem::take(&mut self.group));
        }
    }
}

/// See [`Transducer::partition_by`].
#[derive(Clone)]
pub struct PartitionBy<T, K, F> {
    f: F,
    /// Of the group.
    key: Option<K>,
    group: Vec<T>,
}

impl<T, K: PartialEq, F: FnMut(&T) -> K> Transducer<T> for PartitionBy<T, K, F> {
    type Out = Vec<T>;

    #[inline]
    fn step(&mut self, value: T, emit: &mut impl FnMut(Vec<T>) -> Flow) -> Flow {
        let key = (self.f)(&value);
        let before = self.key.replace(key);
        let group = if before == self.key { Vec::new() } else { mem::take(&mut self.group) };
        self.group.push(value);
        if group.is_empty() { Continue(()) } else { emit(group) }
    }

    fn finish(&mut self, emit: &mut impl FnMut(Vec<T>) -> Flow) {
        if !self.group.is_empty() {
            _ = emit(mem::take(&mut self.group));
        }
    }
}

/// See [`Transducer::inspect`].
#[derive(Clone)]
pub struct Inspect<F>(F);

impl<T, F: FnMut(&T)> Transducer<T> for Inspect<F> {
    type Out = T;

    #[inline]
    fn step(&mut self, value: T, emit: &mut impl FnMut(T) -> Flow) -> Flow {
        (self.0)(&value);
        emit(value)
    }
}

/// What comes out when the values of an iterator go through a transducer; from [`Transducer::over`].
pub struct Over<C, X, O> {
    values: C,
    /// Until it has finished.
    transducer: Option<X>,
    /// What has come out and was not asked for yet.
    out: Emitted<O>,
}

impl<C: Iterator, X: Transducer<C::Item>> Iterator for Over<C, X, X::Out> {
    type Item = X::Out;

    fn next(&mut self) -> Option<X::Out> {
        loop {
            if let Some(value) = self.out.pop() {
                return Some(value);
            }
            let transducer = self.transducer.as_mut()?;
            let flow = match self.values.next() {
                Some(value) => transducer.step_into(value, &mut self.out),
                None => Break(()),
            };
            if flow.is_break() {
                transducer.finish_into(&mut self.out);
                self.transducer = None;
            }
        }
    }
}

/// What a step has emitted, in order. Mostly it is one value, or none, which need no memory.
pub(crate) struct Emitted<O> {
    first: Option<O>,
    rest: VecDeque<O>,
}

impl<O> Emitted<O> {
    #[inline(always)]
    pub(crate) fn new() -> Emitted<O> {
        Emitted { first: None, rest: VecDeque::new() }
    }

    #[inline(always)]
    pub(crate) fn push(&mut self, value: O) {
        if self.first.is_none() && self.rest.is_empty() {
            self.first = Some(value);
        } else {
            self.rest.push_back(value);
        }
    }

    /// The one that was emitted first.
    #[inline(always)]
    pub(crate) fn pop(&mut self) -> Option<O> {
        self.first.take().or_else(|| self.rest.pop_front())
    }

    /// The one that was emitted last.
    pub(crate) fn pop_last(&mut self) -> Option<O> {
        self.rest.pop_back().or_else(|| self.first.take())
    }
}

/// A transducer whose own type is forgotten: what a channel keeps.
pub(crate) trait Erased<I, O> {
    /// A [`step`](Transducer::step) that emits to the end of `out`.
    fn step_into(&mut self, value: I, out: &mut Emitted<O>) -> Flow;

    /// A [`finish`](Transducer::finish) that emits to the end of `out`.
    fn finish_into(&mut self, out: &mut Emitted<O>);
}

impl<I, X: Transducer<I>> Erased<I, X::Out> for X {
    fn step_into(&mut self, value: I, out: &mut Emitted<X::Out>) -> Flow {
        self.step(value, &mut |value| {
            out.push(value);
            Continue(())
        })
    }

    fn finish_into(&mut self, out: &mut Emitted<X::Out>) {
        self.finish(&mut |value| {
            out.push(value);
            Continue(())
        });
    }
}
