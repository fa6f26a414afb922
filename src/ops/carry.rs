//! From one channel to another.

use std::ops::ControlFlow::{Break, Continue};
use std::rc::Rc;

use super::{Output, next_for_both, output, start};
use crate::channel::{Receiver, channel};
use crate::go::Process;
use crate::port::{ReadPort, WritePort};
use crate::transducer::{Transducer, transducer};

/// What becomes of an output when its operation ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AtEnd {
    /// It is ended; what others are putting to it is still delivered.
    Close,
    /// It is left as it is, for others to put to.
    Leave,
}

/// Carries all values of `from` to `to`, until one of them ends.
///
/// ```
/// use csp::{ops::{self, AtEnd}, prelude::*};
///
/// csp::run(|| {
///     let (from, to) = (ops::to_chan(1..=3), Channel::new());
///     ops::pipe(from, to.clone(), AtEnd::Close);
///     assert_eq!(to.iter().sum::<i32>(), 6);
/// });
/// ```
#[track_caller]
pub fn pipe<R, W>(from: R, to: W, at_end: AtEnd) -> Process
where
    R: ReadPort + 'static,
    W: WritePort<Item = R::Item> + 'static,
{
    let to = Output::new(to, at_end);
    start("pipe", move || carry(&from, &to))
}

fn carry<R: ReadPort, W: WritePort<Item = R::Item>>(from: &R, to: &Output<W>) {
    while let Some(value) = to.next(from) {
        if !to.put_from(from, value) {
            break;
        }
    }
}

/// The values of `from`, of which up to `n` are taken ahead.
///
/// ```
/// use csp::{ops, prelude::*};
///
/// csp::run(|| {
///     let (out, numbers) = channel(0);
///     let ahead = ops::buffered(2, numbers);
///     (1..=2).for_each(|n| put(&out, n).unwrap()); // nobody takes yet
///     assert_eq!((take(&ahead), take(&ahead)), (Some(1), Some(2)));
/// });
/// ```
#[must_use]
#[track_caller]
pub fn buffered<R: ReadPort + 'static>(n: usize, from: R) -> Receiver<R::Item> {
    let (to, out) = channel(n);
    pipe(from, to, AtEnd::Close);
    out
}

/// The values of all `inputs`, as they come; it ends when all of them have ended. Of none, it has ended. Channels and receivers
/// can be merged as [`Input`](super::Input)s.
///
/// ```
/// use csp::{ops, prelude::*};
///
/// csp::run(|| {
///     let both = ops::merge([ops::to_chan([1, 2]), ops::to_chan([10, 20])]);
///     assert_eq!(both.iter().sum::<i32>(), 33);
/// });
/// ```
#[must_use]
#[track_caller]
pub fn merge<R: ReadPort + 'static>(inputs: impl IntoIterator<Item = R>) -> Receiver<R::Item> {
    let (to, out) = output();
    // The last to let go of it ends it.
    let shared = Rc::new(to);
    for from in inputs {
        let to = shared.clone();
        start("merge", move || carry(&from, &to));
    }
    out
}

/// The values of which `is` says so, and the others. Both end when the input does, or one of them is closed: to drop one of
/// them, because nobody wants those, ends the other too (filter instead). Both are to be read at the same time.
///
/// ```
/// use csp::{ops, prelude::*};
///
/// csp::run(|| {
///     let (even, odd) = ops::split(ops::to_chan(1..=4), |n| n % 2 == 0);
///     let even = ops::collect::<Vec<i32>, _>(even);
///     assert_eq!(odd.iter().collect::<Vec<_>>(), [1, 3]);
///     assert_eq!(take(&even), Some(vec![2, 4]));
/// });
/// ```
#[must_use]
#[track_caller]
pub fn split<R: ReadPort + 'static>(
    from: R,
    mut is: impl FnMut(&R::Item) -> bool + 'static,
) -> (Receiver<R::Item>, Receiver<R::Item>) {
    let ((yes, is_so), (no, is_not)) = (output(), output());
    start("split", move || {
        while let Some(value) = next_for_both(&from, &yes.port, &no.port) {
            let (to, other) = if is(&value) { (&yes, &no) } else { (&no, &yes) };
            let mut value = Some(value);
            csp::alts! {
                priority;
                answer = put(&to.port, from value) => value = answer.err().map(|closed| closed.0),
                () = closed(&other.port) => {}
            }
            if let Some(value) = value {
                from.put_back(value);
                break;
            }
        }
    });
    (is_so, is_not)
}

/// The next `n` values of `from`, and no more are taken from there; then it ends.
///
/// ```
/// use csp::{ops, prelude::*};
///
/// csp::run(|| {
///     let numbers = ops::to_chan(1..);
///     assert_eq!(ops::take_n(2, numbers.clone()).iter().collect::<Vec<i32>>(), [1, 2]);
///     assert_eq!(take(&numbers), Some(3));
/// });
/// ```
#[must_use]
#[track_caller]
pub fn take_n<R: ReadPort + 'static>(n: usize, from: R) -> Receiver<R::Item> {
    let (to, out) = output();
    start("take_n", move || {
        for _ in 0..n {
            let Some(value) = to.next(&from) else { break };
            if !to.put_from(&from, value) {
                break;
            }
        }
    });
    out
}

/// Puts all `items` to `to`, until it is closed.
///
/// ```
/// use csp::{ops::{self, AtEnd}, prelude::*};
///
/// csp::run(|| {
///     let c = Channel::new();
///     ops::onto_chan(c.clone(), "abc".chars(), AtEnd::Close);
///     assert_eq!(c.iter().collect::<String>(), "abc");
/// });
/// ```
#[track_caller]
pub fn onto_chan<C, W>(to: W, items: C, at_end: AtEnd) -> Process
where
    C: IntoIterator + 'static,
    W: WritePort<Item = C::Item> + 'static,
{
    let to = Output::new(to, at_end);
    start("onto_chan", move || {
        for item in items {
            if !to.put(item) {
                break;
            }
        }
    })
}

/// A channel that delivers all `items`, and then ends. The iterator is asked for the next when the last one was taken.
///
/// ```
/// use csp::{ops, prelude::*};
///
/// csp::run(|| assert_eq!(take(&ops::to_chan([7])), Some(7)));
/// ```
#[must_use]
#[track_caller]
pub fn to_chan<C>(items: C) -> Receiver<C::Item>
where
    C: IntoIterator + 'static,
    C::Item: 'static,
{
    let (port, out) = channel(0);
    onto_chan(port, items, AtEnd::Close);
    out
}

/// The values of `from` as they come out of a transducer. When that wants no more, the output ends, and the input is left
/// as it is. What is emitted at once waits until it is taken; the next value is not taken before.
///
/// ```
/// use csp::{Transducer, ops, prelude::*, transducer};
///
/// csp::run(|| {
///     let pairs = ops::through(ops::to_chan(1..=3), transducer().partition_all(2));
///     assert_eq!(pairs.iter().collect::<Vec<Vec<i32>>>(), [vec![1, 2], vec![3]]);
/// });
/// ```
#[must_use]
#[track_caller]
pub fn through<R, X>(from: R, mut transducer: X) -> Receiver<X::Out>
where
    R: ReadPort + 'static,
    X: Transducer<R::Item> + 'static,
    X::Out: 'static,
{
    let (to, out) = output();
    start("through", move || {
        let mut emit = |value| if to.put(value) { Continue(()) } else { Break(()) };
        while let Some(value) = to.next(&from) {
            if transducer.step(value, &mut emit).is_break() {
                break;
            }
        }
        transducer.finish(&mut emit);
    });
    out
}

/// The values of `from` without those that equal the one before. ([`through`] with
/// [`dedupe`](Transducer::dedupe).)
///
/// ```
/// use csp::{ops, prelude::*};
///
/// csp::run(|| assert_eq!(ops::unique(ops::to_chan([1, 1, 2, 1])).iter().collect::<Vec<i32>>(), [1, 2, 1]));
/// ```
#[must_use]
#[track_caller]
pub fn unique<R>(from: R) -> Receiver<R::Item>
where
    R: ReadPort + 'static,
    R::Item: PartialEq + Clone,
{
    through(from, transducer().dedupe())
}

/// The values of `from` in groups of `n`, the last one of what is left. ([`through`] with
/// [`partition_all`](Transducer::partition_all). For groups that wait no longer than you say there is
/// [`batch`](super::batch).)
///
/// # Panics
/// If `n` is 0.
///
/// ```
/// use csp::{ops, prelude::*};
///
/// csp::run(|| {
///     let pairs = ops::partition(2, ops::to_chan(1..=3));
///     assert_eq!(pairs.iter().collect::<Vec<Vec<i32>>>(), [vec![1, 2], vec![3]]);
/// });
/// ```
#[must_use]
#[track_caller]
pub fn partition<R: ReadPort + 'static>(n: usize, from: R) -> Receiver<Vec<R::Item>> {
    through(from, transducer().partition_all(n))
}

/// The values of `from` in groups of those that follow each other and for which `f` says the same. ([`through`] with
/// [`partition_by`](Transducer::partition_by).)
///
/// ```
/// use csp::{ops, prelude::*};
///
/// csp::run(|| {
///     let words = ops::partition_by(|c: &char| c.is_ascii_digit(), ops::to_chan("ab12c".chars()));
///     assert_eq!(words.iter().map(String::from_iter).collect::<Vec<_>>(), ["ab", "12", "c"]);
/// });
/// ```
#[must_use]
#[track_caller]
pub fn partition_by<R, K>(f: impl FnMut(&R::Item) -> K + 'static, from: R) -> Receiver<Vec<R::Item>>
where
    R: ReadPort + 'static,
    K: PartialEq + 'static,
{
    through(from, transducer().partition_by(f))
}
