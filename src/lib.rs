#![doc = include_str!("../docs/tour.md")]
#![deny(unsafe_op_in_unsafe_fn)]

#[cfg(panic = "abort")]
compile_error!("csp ends processes by unwinding their stacks: build with `panic = \"unwind\"`");

extern crate self as csp;

// First, for its macro.
#[macro_use]
mod threads;

#[doc(hidden)]
#[path = "export.rs"]
pub mod __private;
mod abroad;
mod alts;
mod blocks;
mod body;
mod buffer;
mod census;
mod channel;
#[cfg(all(unix, feature = "net"))]
pub mod child;
mod choice;
mod context;
mod deferred;
mod error;
mod futures;
mod go;
mod id;
mod inside;
mod letterbox;
#[cfg(all(unix, feature = "net"))]
pub mod net;
mod op;
mod operation;
pub mod ops;
mod place;
#[cfg_attr(not(all(unix, feature = "net")), path = "poller/none.rs")]
mod poller;
mod port;
mod prefetch;
pub mod prelude;
mod process;
pub mod reactor;
mod ready;
mod rendezvous;
mod report;
mod ring;
mod room;
mod runtime;
mod scheduler;
mod select;
#[cfg(all(unix, feature = "net"))]
pub mod signal;
mod stack;
mod stats;
#[cfg(all(unix, feature = "net"))]
pub mod stdin;
mod stop;
#[cfg(feature = "futures")]
mod streams;
pub mod sync;
mod time;
mod timeout;
mod timers;
mod transducer;
mod wait;
mod watch;
mod working_set;

pub use csp_macros::{main, process, process_channel, process_deferred, test};

pub use alts::{
    Alternative, AltsFuture, AsyncAlternative, Branch, Chosen, Outcome, alts, alts_async, alts_async_priority,
    alts_default, alts_priority,
};
pub use buffer::{Buffer, Dropping, Fixed, Sliding};
pub use census::Census;
pub use channel::{Channel, ChannelBuilder, IntoIter, Iter, PutFuture, Receiver, Sender, TakeFuture, channel};
pub use deferred::Deferred;
pub use error::{Closed, OfferError, PollError, ProcessError, TooManyCallbacks};
pub use futures::{Ready, ready, wait};
pub use go::{Process, ProcessBuilder, go, go_channel, go_deferred, go_now, kill};
pub use id::ProcessId;
pub use letterbox::interrupt;
pub use op::Op;
pub use place::Place;
pub use port::{
    ReadPort, Slot, Source, WritePort, close, closed, drain, offer, poll, put, put_then_callback, take,
    take_then_callback,
};
pub use report::{Deadlock, PanicPolicy, Parked, ProcessPanic, RunError, Want};
#[cfg(feature = "tokio")]
pub use runtime::tokio;
pub use runtime::{Builder, Hosted, run, try_run};
pub use stats::{Stats, census, parked, stats};
pub use stop::{OrStop, stop, stop_with};
#[cfg(feature = "futures")]
pub use streams::{End, PutSink, TakeStream};
pub use time::{Clock, Time};
pub use timeout::{Missed, now, sleep, ticker, ticker_with, timeout, yield_now};
pub use transducer::{Flow, Transducer, transducer};
pub use watch::Hog;

use rand::distr::uniform::{SampleRange, SampleUniform};

/// A random number from a range. It comes from the scheduler's generator, so a seed replays it; where no scheduler runs,
/// from the system's.
///
/// # Panics
/// If the range is empty.
///
/// ```
/// use csp::prelude::*;
///
/// csp::run(|| assert!((1..=6).contains(&random_range(1..=6))));
/// ```
pub fn random_range<T: SampleUniform>(range: impl SampleRange<T>) -> T {
    context::with(|context| match context {
        Some(context) => context.choice.range(range),
        None => choice::unseeded(range),
    })
}

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct ReadmeDoctests;

#[cfg(doctest)]
#[doc = include_str!("../docs/reactors.md")]
struct ReactorsDoctests;

#[cfg(doctest)]
#[doc = include_str!("../docs/from-go.md")]
struct FromGoDoctests;

#[cfg(doctest)]
#[doc = include_str!("../docs/from-twisted-csp.md")]
struct FromTwistedCspDoctests;
