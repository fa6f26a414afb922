//! Many at work, and their results in order.

use std::ops::ControlFlow::{Break, Continue};
use std::rc::Rc;

use super::{AtEnd, Output};
use crate::channel::{Channel, Sender, channel};
use crate::go::go;
use crate::port::{ReadPort, WritePort, offer, put, take};
use crate::transducer::Transducer;

/// Sends each value of `from` through a transducer of its own, up to `n` of them at a time, each in a process, which may
/// wait; what comes out goes to `to` in the order of what went in. Not more than `n + 2` values are taken ahead of
/// what was put. A transducer that wants no more ends its own value alone. One that panics is reported as a process is; what
/// it had emitted before counts.
///
/// # Panics
/// If `n` is 0.
///
/// ```
/// use csp::{Transducer, ops::{self, AtEnd}, prelude::*, transducer};
///
/// csp::Builder::new().virtual_time().run(|| {
///     let slow_square = transducer().map(|n: u64| {
///         sleep(Duration::from_secs(10 - n));
///         n * n
///     });
///     let (start, squares) = (now(), Channel::new());
///     ops::pipeline(3, squares.clone(), slow_square, ops::to_chan(1..=3), AtEnd::Close);
///     assert_eq!(squares.iter().collect::<Vec<_>>(), [1, 4, 9]);
///     assert_eq!((now() - start).as_secs(), 9, "all at the same time");
/// });
/// ```
#[track_caller]
pub fn pipeline<R, W, X>(n: usize, to: W, transducer: X, from: R, at_end: AtEnd)
where
    R: ReadPort + 'static,
    X: Transducer<R::Item> + Clone + 'static,
    W: WritePort<Item = X::Out> + 'static,
    X::Out: 'static,
{
    pipeline_async(
        n,
        to,
        move |value, out| {
            let mut transducer = transducer.clone();
            let mut emit = |value| if put(&out, value).is_ok() { Continue(()) } else { Break(()) };
            _ = transducer.step(value, &mut emit);
            transducer.finish(&mut emit);
        },
        from,
        at_end,
    );
}

/// Calls `f` with each value of `from` and an output of its own, in a process, up to `n` of them at a time. `f` puts as
/// many results there as it likes, then or later from elsewhere, and drops it; they go to `to` in the order of the values.
/// Not more than `n + 2` values are taken ahead of what was put. When `f` panics, its output has gone with it.
///
/// # Panics
/// If `n` is 0.
///
/// ```
/// use csp::{ops::{self, AtEnd}, prelude::*};
///
/// csp::run(|| {
///     let letters = Channel::new();
///     let spell = |word: &'static str, out: Sender<char>| word.chars().for_each(|c| put(&out, c).or_stop());
///     ops::pipeline_async(2, letters.clone(), spell, ops::to_chan(["ab", "c"]), AtEnd::Close);
///     assert_eq!(letters.iter().collect::<String>(), "abc");
/// });
/// ```
#[track_caller]
pub fn pipeline_async<R, W, O>(n: usize, to: W, f: impl Fn(R::Item, Sender<O>) + 'static, from: R, at_end: AtEnd)
where
    R: ReadPort + 'static,
    W: WritePort<Item = O> + 'static,
    O: 'static,
{
    assert!(n > 0, "a pipeline of nobody does nothing: the least is 1 at a time");
    let to = Rc::new(Output::new(to, at_end));
    let (queue, results) = channel(n - 1);
    let permits = Channel::buffered(n);
    (0..n).for_each(|_| offer(&permits, ()).expect("it has room for so many"));
    let (f, shared) = (Rc::new(f), to.clone());
    go(move || {
        while let Some(()) = take(&permits)
            && let Some(value) = shared.next(&from)
        {
            let (out, result) = channel(0);
            if put(&queue, result).is_err() {
                from.put_back(value);
                break;
            }
            let (f, permit) = (f.clone(), Permit(permits.clone()));
            go(move || {
                let _permit = permit;
                f(value, out);
            });
        }
    });
    go(move || {
        for result in &results {
            for value in &result {
                if !to.put(value) {
                    return;
                }
            }
        }
    });
}

/// Leave to work, which goes back when it is dropped.
struct Permit(Channel<()>);

impl Drop for Permit {
    fn drop(&mut self) {
        offer(&self.0, ()).expect("there is room for all permits");
    }
}
