//! Operations over channels: each is a process, or some, between channels that were there before and channels it makes.
//!
//! What holds of all of them:
//!
//! - They wait where their input is empty or their output is full: nothing is gathered between the two.
//! - When the output is closed they stop, also while they wait for their input, and let go of it. A value that they have
//!   taken by then and not worked on goes back: it is the input's next.
//! - They end their output on every way out, when a function of yours panics, too. (Unless it is to be
//!   [left](AtEnd::Leave).) What others are just putting to it is still delivered.
//! - What they make they give as a [`Receiver`]: when the last handle of it has gone, nobody wants it any more. So a
//!   whole chain of operations ends when what comes out of it is let go of, and they leave no process behind.
//!
//! The names are Clojure's, from core.async. Those with one input are methods as well: [`Operations`].

mod carry;
mod chain;
mod gather;
mod input;
mod mix;
mod mult;
mod pace;
mod pipeline;
mod publish;
mod results;

pub use carry::{
    AtEnd, buffered, merge, onto_chan, partition, partition_by, pipe, split, take_n, through, to_chan, unique,
};
pub use chain::Operations;
pub use gather::{collect, interleave, map, reduce, transduce, zip};
pub use input::Input;
pub use mix::{Attributes, Mix, SoloMode, mix};
pub use mult::{Mult, mult};
pub use pace::{TimedOut, backoff, batch, debounce, rate_limit, retry, sample, throttle, timeout_each};
#[cfg(feature = "blocking")]
pub use pipeline::pipeline_blocking;
pub use pipeline::{Pipeline, pipeline, pipeline_async};
pub use publish::{Publication, Publisher, publish};
pub use results::{Rest, split_results, try_collect, try_map};

use crate::channel::{Receiver, Sender, channel};
use crate::error::{Closed, PollError};
use crate::go::Process;
use crate::port::{ReadPort, WritePort};

/// Starts a process of an operation, which reports call by the name of that.
#[track_caller]
fn start<T: 'static>(operation: &str, f: impl FnOnce() -> T + 'static) -> Process {
    Process::builder().name(operation).go(f)
}

/// An output, which is ended on whatever way out.
struct Output<W: WritePort> {
    port: W,
    at_end: AtEnd,
}

/// A new output, and where its values are taken.
#[track_caller]
fn output<T: 'static>() -> (Output<Sender<T>>, Receiver<T>) {
    let (port, out) = channel(0);
    (Output::new(port, AtEnd::Close), out)
}

impl<W: WritePort> Output<W> {
    fn new(port: W, at_end: AtEnd) -> Output<W> {
        Output { port, at_end }
    }

    /// The next value that there is for it; `None` when none comes any more, or nobody wants it.
    fn next<R: ReadPort>(&self, from: &R) -> Option<R::Item> {
        if self.port.is_closed() {
            return None;
        }
        match from.poll() {
            Ok(value) => return Some(value),
            Err(PollError::Closed) => return None,
            Err(PollError::Empty) => {}
        }
        csp::alts! {
            priority;
            value = take(from) => value,
            () = closed(&self.port) => None,
        }
    }

    /// Puts a value that was taken from `from`; if nobody wants it, it goes back there: false then.
    fn put_from<R: ReadPort<Item = W::Item>>(&self, from: &R, value: W::Item) -> bool {
        match self.port.put(value) {
            Ok(()) => true,
            Err(Closed(value)) => {
                from.put_back(value);
                false
            }
        }
    }

    /// Puts a value: true if somebody wanted it.
    fn put(&self, value: W::Item) -> bool {
        self.port.put(value).is_ok()
    }
}

/// The next value that there is for two outputs; `None` when none comes any more, or one of them is closed.
fn next_for_both<R: ReadPort>(from: &R, one: &impl WritePort, other: &impl WritePort) -> Option<R::Item> {
    if one.is_closed() || other.is_closed() {
        return None;
    }
    csp::alts! {
        priority;
        value = take(from) => value,
        () = closed(one) => None,
        () = closed(other) => None,
    }
}

impl<W: WritePort> Drop for Output<W> {
    fn drop(&mut self) {
        if self.at_end == AtEnd::Close {
            self.port.drain();
        }
    }
}
