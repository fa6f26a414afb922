//! What most programs use.
//!
//! ```
//! use csp::prelude::*;
//!
//! csp::run(|| sleep(Duration::from_millis(1)));
//! ```
//!
//! Types, verbs, [`alts!`](crate::alts!), the `#[process…]` attributes, and [`Duration`]. Not `main` and `test`, which
//! are written `#[csp::main]` and `#[csp::test]`: a glob that brought in `test` would change every `#[test]`.

pub use std::time::Duration;

pub use crate::{
    Branch, Channel, Closed, Deferred, OrStop, Outcome, Process, ReadPort, Receiver, Sender, Time, WritePort, alts,
    alts_default, alts_priority, channel, close, closed, drain, go, go_channel, go_deferred, go_now, kill, now, offer,
    poll, process, process_channel, process_deferred, put, put_then_callback, random_range, run, sleep, stop,
    stop_with, take, take_then_callback, ticker, timeout, try_run, wait, yield_now,
};
