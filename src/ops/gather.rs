//! From several channels, and from many values, to one.

use super::{Output, output, start};
use crate::channel::{Channel, Receiver, Sender};
use crate::go::go_channel;
use crate::port::ReadPort;
use crate::transducer::{Transducer, transducer};

/// What `f` makes of a row: a value of each input. (For one input there is [`Operations::map`](super::Operations::map).)
///
/// It ends when one of them does: what was taken from those before it goes back.
/// Of none, it has ended.
///
/// ```
/// use csp::{ops, prelude::*};
///
/// csp::run(|| {
///     let sums = ops::map([ops::to_chan([1, 2]), ops::to_chan([10, 20, 30])], |pair| pair.iter().sum::<i32>());
///     assert_eq!(sums.iter().collect::<Vec<_>>(), [11, 22]);
/// });
/// ```
#[must_use]
#[track_caller]
pub fn map<R, O>(inputs: impl IntoIterator<Item = R>, mut f: impl FnMut(Vec<R::Item>) -> O + 'static) -> Receiver<O>
where
    R: ReadPort + 'static,
    O: 'static,
{
    let (to, out) = output();
    let inputs: Vec<R> = inputs.into_iter().collect();
    if !inputs.is_empty() {
        start("map", move || {
            while let Some(row) = row(&inputs, &to) {
                if !to.put(f(row)) {
                    break;
                }
            }
        });
    }
    out
}

/// A value of each input; none of any if there is not one of each.
fn row<R: ReadPort, O: 'static>(inputs: &[R], to: &Output<Sender<O>>) -> Option<Vec<R::Item>> {
    let mut row = Vec::with_capacity(inputs.len());
    for from in inputs {
        match to.next(from) {
            Some(value) => row.push(value),
            None => {
                inputs.iter().zip(row).for_each(|(from, value)| from.put_back(value));
                return None;
            }
        }
    }
    Some(row)
}

/// Pairs of a value of each. It ends when one of them does: what was taken from the first goes back.
///
/// ```
/// use csp::{ops, prelude::*};
///
/// csp::run(|| {
///     let pairs = ops::zip(ops::to_chan(["a", "b"]), ops::to_chan(1..));
///     assert_eq!(pairs.iter().collect::<Vec<_>>(), [("a", 1), ("b", 2)]);
/// });
/// ```
#[must_use]
#[track_caller]
pub fn zip<A, B>(first: A, second: B) -> Receiver<(A::Item, B::Item)>
where
    A: ReadPort + 'static,
    B: ReadPort + 'static,
{
    let (to, out) = output();
    start("zip", move || {
        while let Some(a) = to.next(&first) {
            let Some(b) = to.next(&second) else {
                first.put_back(a);
                break;
            };
            if !to.put((a, b)) {
                break;
            }
        }
    });
    out
}

/// A value of each input in turn. It ends when the one whose turn it is does. Of none, it has ended.
///
/// ```
/// use csp::{ops, prelude::*};
///
/// csp::run(|| {
///     let turns = ops::interleave([ops::to_chan(vec![1, 2, 3]), ops::to_chan(vec![10, 20])]);
///     assert_eq!(turns.iter().collect::<Vec<i32>>(), [1, 10, 2, 20, 3]);
/// });
/// ```
#[must_use]
#[track_caller]
pub fn interleave<R: ReadPort + 'static>(inputs: impl IntoIterator<Item = R>) -> Receiver<R::Item> {
    let (to, out) = output();
    let inputs: Vec<R> = inputs.into_iter().collect();
    start("interleave", move || {
        for from in inputs.iter().cycle() {
            let Some(value) = to.next(from) else { break };
            if !to.put_from(from, value) {
                break;
            }
        }
    });
    out
}

/// Folds all values of `from`: a channel that delivers what came of it, when `from` has ended.
///
/// ```
/// use csp::{ops, prelude::*};
///
/// csp::run(|| assert_eq!(take(&ops::reduce(ops::to_chan(1..=4), 0, |sum, n| sum + n)), Some(10)));
/// ```
#[must_use]
#[track_caller]
pub fn reduce<R, A>(from: R, start: A, f: impl FnMut(A, R::Item) -> A + 'static) -> Channel<A>
where
    R: ReadPort + 'static,
    A: 'static,
{
    transduce(from, transducer(), start, f)
}

/// Folds what comes out when the values of `from` go through a transducer. When that wants no more, the result is
/// delivered, and the input left as it is.
///
/// ```
/// use csp::{Transducer, ops, prelude::*, transducer};
///
/// csp::run(|| {
///     let numbers = ops::to_chan(1..);
///     let sum = ops::transduce(numbers.clone(), transducer().take(3), 0, |sum, n: i32| sum + n);
///     assert_eq!((take(&sum), take(&numbers)), (Some(6), Some(4)));
/// });
/// ```
#[must_use]
#[track_caller]
pub fn transduce<R, X, A>(from: R, transducer: X, start: A, f: impl FnMut(A, X::Out) -> A + 'static) -> Channel<A>
where
    R: ReadPort + 'static,
    X: Transducer<R::Item> + 'static,
    A: 'static,
{
    go_channel(move || transducer.fold(std::iter::from_fn(|| from.take()), start, f))
}

/// All values of `from`, in a collection, when it has ended. (core.async's `into`.)
///
/// ```
/// use csp::{ops, prelude::*};
///
/// csp::run(|| assert_eq!(take(&ops::collect(ops::to_chan("abc".chars()))), Some("abc".to_owned())));
/// ```
#[doc(alias = "into")]
#[must_use]
#[track_caller]
pub fn collect<C, R>(from: R) -> Channel<C>
where
    R: ReadPort + 'static,
    C: FromIterator<R::Item> + 'static,
{
    go_channel(move || std::iter::from_fn(|| from.take()).collect())
}
