//! Many at work, and their results in order.

use std::any::Any;
use std::ops::ControlFlow::{Break, Continue};
use std::rc::Rc;

use super::{AtEnd, Output, start};
use crate::channel::{Channel, Receiver, Sender, channel};
use crate::error::ProcessError;
use crate::go::{Process, go_deferred};
use crate::place::Place;
use crate::port::{ReadPort, WritePort, offer, put, take};
use crate::stop::OrStop;
use crate::transducer::Transducer;

/// [`Pipeline::run`] with `n` at work, in order.
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
    Pipeline::new(n).run(to, transducer, from, at_end);
}

/// [`Pipeline::run_blocking`] with `n` at work, in order.
///
/// # Panics
/// If `n` is 0.
///
/// ```
/// use csp::{Transducer, ops::{self, AtEnd}, prelude::*, transducer};
///
/// csp::run(|| {
///     let sizes = Channel::new();
///     let size = transducer().map(|file: &str| std::fs::metadata(file).map_or(0, |file| file.len()));
///     ops::pipeline_blocking(2, sizes.clone(), size, ops::to_chan(["Cargo.toml", "nowhere"]), AtEnd::Close);
///     assert!(take(&sizes).unwrap() > 0);
///     assert_eq!(take(&sizes), Some(0));
/// });
/// ```
#[cfg(feature = "blocking")]
#[track_caller]
pub fn pipeline_blocking<R, W, X>(n: usize, to: W, transducer: X, from: R, at_end: AtEnd)
where
    R: ReadPort + 'static,
    R::Item: Send,
    X: Transducer<R::Item> + Clone + Send + 'static,
    W: WritePort<Item = X::Out> + 'static,
    X::Out: Send + 'static,
{
    Pipeline::new(n).run_blocking(to, transducer, from, at_end);
}

/// [`Pipeline::run_async`] with `n` at work, in order. So work is spread over threads:
///
/// ```
/// use csp::{ops::{self, AtEnd}, prelude::*, sync};
///
/// csp::run(|| {
///     let sums = Channel::new();
///     let work = |n: u64, out: Sender<u64>| {
///         let sum = sync::go_deferred(move || (0..n).sum());
///         put(&out, sum.wait().unwrap()).or_stop();
///     };
///     ops::pipeline_async(4, sums.clone(), work, ops::to_chan([10, 100]), AtEnd::Close);
///     assert_eq!(sums.iter().collect::<Vec<_>>(), [45, 4950]);
/// });
/// ```
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
    Pipeline::new(n).run_async(to, f, from, at_end);
}

/// What to put in the place of what panicked.
type Handler<O> = Rc<dyn Fn(Box<dyn Any + Send>) -> Option<O>>;

/// How many are at work at a time, and what is done with their results.
///
/// ```
/// use csp::{Transducer, ops::{self, AtEnd, Pipeline}, prelude::*, transducer};
///
/// csp::Builder::new().virtual_time().run(|| {
///     let work = transducer().map(|n: u64| {
///         assert!(n != 2, "not this one");
///         sleep(Duration::from_secs(10 - n));
///         n
///     });
///     let results = Channel::new();
///     let three = Pipeline::new(3).unordered().on_panic(|_| Some(0));
///     three.run(results.clone(), work, ops::to_chan(1..=3), AtEnd::Close);
///     assert_eq!(results.iter().collect::<Vec<_>>(), [0, 3, 1], "as they are done");
/// });
/// ```
#[must_use = "a pipeline does nothing until it is run"]
pub struct Pipeline<O: 'static> {
    n: usize,
    ordered: bool,
    on_panic: Option<Handler<O>>,
}

impl<O: 'static> Pipeline<O> {
    /// Up to `n` at work at a time; their results in the order of what they work on.
    ///
    /// # Panics
    /// If `n` is 0.
    #[track_caller]
    pub fn new(n: usize) -> Self {
        assert!(n > 0, "a pipeline of nobody does nothing: the least is 1 at a time");
        Pipeline { n, ordered: true, on_panic: None }
    }

    /// Results in the order in which they are done: nobody waits for those before.
    pub fn unordered(mut self) -> Self {
        self.ordered = false;
        self
    }

    /// What to put when one at work panics (not when it stops), from what it panicked with, in the place of what it has not put: `Some` is
    /// put, `None` is not. Without this the panic is reported as that of any process.
    pub fn on_panic(mut self, f: impl Fn(Box<dyn Any + Send>) -> Option<O> + 'static) -> Self {
        self.on_panic = Some(Rc::new(f));
        self
    }

    /// Sends each value of `from` through a transducer of its own, each in a process of this thread, which may wait (for work that
    /// keeps the processor busy there are [`run_blocking`](Pipeline::run_blocking), or [`run_async`](Pipeline::run_async)
    /// with [`sync::go_deferred`](crate::sync::go_deferred) inside); what comes out goes to
    /// `to`. Not more than `2 * n + 1` values are taken ahead of what was put. A transducer that wants no more ends its own
    /// value alone. When one panics, what it had emitted before counts.
    #[track_caller]
    pub fn run<R, W, X>(self, to: W, transducer: X, from: R, at_end: AtEnd)
    where
        R: ReadPort + 'static,
        X: Transducer<R::Item, Out = O> + Clone + 'static,
        W: WritePort<Item = O> + 'static,
    {
        let through = move |value, out: Sender<O>| {
            let mut transducer = transducer.clone();
            let mut emit = |value| if put(&out, value).is_ok() { Continue(()) } else { Break(()) };
            _ = transducer.step(value, &mut emit);
            transducer.finish(&mut emit);
        };
        self.run_async(to, through, from, at_end);
    }

    /// As [`run`](Pipeline::run), with the transducer on a thread where it may block: see [`blocking`](crate::sync::blocking).
    /// What it makes of one value is put when it has done with that.
    #[cfg(feature = "blocking")]
    #[track_caller]
    pub fn run_blocking<R, W, X>(self, to: W, transducer: X, from: R, at_end: AtEnd)
    where
        R: ReadPort + 'static,
        R::Item: Send,
        X: Transducer<R::Item, Out = O> + Clone + Send + 'static,
        W: WritePort<Item = O> + 'static,
        O: Send,
    {
        let through = move |value, out: Sender<O>| {
            let transducer = transducer.clone();
            let values = crate::sync::blocking(move || transducer.over([value]).collect::<Vec<O>>());
            values.into_iter().for_each(|value| put(&out, value).or_stop());
        };
        self.run_async(to, through, from, at_end);
    }

    /// Calls `f` with each value of `from` and an output of its own, in a process. `f` puts as many results there as it
    /// likes, then or later from elsewhere, and drops it; they go to `to`. Not more than `2 * n + 1` values are taken
    /// ahead of what was put. When `f` panics, its output has gone with it.
    #[track_caller]
    pub fn run_async<R, W>(self, to: W, f: impl Fn(R::Item, Sender<O>) + 'static, from: R, at_end: AtEnd)
    where
        R: ReadPort + 'static,
        W: WritePort<Item = O> + 'static,
    {
        let (Pipeline { n, ordered, on_panic }, place) = (self, Place::caller());
        let to = Rc::new(Output::new(to, at_end));
        // So many, that those who have done do not wait for the slowest: half of the places for them.
        let (queue, results) = channel(2 * n - 1);
        let permits = Channel::buffered(n);
        (0..n).for_each(|_| offer(&permits, ()).expect("it has room for so many"));
        let (f, shared) = (Rc::new(f), to.clone());
        start("pipeline", move || {
            while let Some(()) = take(&permits)
                && let Some(value) = shared.next(&from)
            {
                let (out, result) = channel(1);
                let permit = Rc::new(Permit(permits.clone()));
                if !ordered {
                    let (to, permit) = (shared.clone(), permit.clone());
                    Process::builder().go_at::<()>(place, None, move || {
                        let _permit = permit;
                        carry(&result, &to);
                    });
                } else if put(&queue, result).is_err() {
                    from.put_back(value);
                    break;
                }
                let (f, on_panic) = (f.clone(), on_panic.clone());
                Process::builder().go_at::<()>(place, None, move || {
                    let _permit = permit;
                    let Some(handler) = on_panic else { return f(value, out) };
                    let instead = out.clone();
                    if let Err(ProcessError::Panicked { payload, .. }) = go_deferred(move || f(value, out)).wait()
                        && let Some(value) = handler(payload)
                    {
                        put(&instead, value).or_stop();
                    }
                });
            }
        });
        if ordered {
            start("pipeline", move || {
                while let Some(result) = take(&results)
                    && carry(&result, &to)
                {}
            });
        }
    }
}

/// Carries a result on: false if nobody wants it.
fn carry<W: WritePort>(result: &Receiver<W::Item>, to: &Output<W>) -> bool {
    while let Some(value) = to.next(result) {
        if !to.put(value) {
            break;
        }
    }
    !to.port.is_closed()
}

/// Leave to work, which goes back when it is dropped.
struct Permit(Channel<()>);

impl Drop for Permit {
    fn drop(&mut self) {
        offer(&self.0, ()).expect("there is room for all permits");
    }
}
