//! Channels between threads.
//!
//! [`Channel`] is to [`csp::Channel`](crate::Channel) what `Arc` is to `Rc`: the same constructors, buffers,
//! transducers and rules, the same verbs, for values that are `Send`. Clones of it may go to other threads; who has to wait
//! in one parks its process, if it is one, of whatever scheduler; on a thread where no scheduler runs, the thread. In one
//! [`alts!`](crate::alts!) it may stand beside local channels, sleeps and operations.
//!
//! ```
//! use csp::{prelude::*, sync};
//!
//! let (numbers, squares) = (sync::Channel::new(), sync::Channel::buffered(8));
//! let (input, output) = (numbers.clone(), squares.clone());
//! let worker = std::thread::spawn(move || {
//!     csp::run(|| {
//!         for n in &input {
//!             put(&output, n * n).or_stop(); // parks this process, and others of its thread could run
//!         }
//!         close(&output);
//!     });
//! });
//! for n in 1..=3 {
//!     put(&numbers, n).unwrap(); // parks this thread until the worker takes
//! }
//! close(&numbers);
//! assert_eq!(squares.iter().sum::<i32>(), 14);
//! worker.join().unwrap();
//! ```
//!
//! A process that waits in one may be woken from outside at any time: while there is one, its scheduler reports no deadlock.
//!
//! # How a choice is atomic
//!
//! Each channel has a lock, which is held for one step: no two are ever held at once. A party that waits has one claim, and
//! who wants to serve it sets that from open to taken by one compare-and-exchange; so of all channels in which it waits one
//! decides. Nobody tries to serve another while it can be served itself: it attempts its branches first; then it leaves a
//! waiter in each channel, under the lock of which it looks once more. If it could go on now, it closes its own claim (unless
//! somebody was faster, and has served it), takes its waiters back, and begins again. Hence two choices that meet never need
//! a claim on both. Go locks all channels of a `select` in the order of their addresses; Parallel Concurrent ML (Reppy, Russo
//! and Xiao, ICFP 2009), as Guile's Fibers do it, has a third state of the claim, in which others wait for the outcome: both
//! cost every choice something for what here costs only those that are disturbed.
//!
//! A choice with a default attempts its branches one after the other, and other threads may change a channel that was looked
//! at. Each channel counts what makes something possible in it: if one of the counts has changed meanwhile the choice looks
//! again, and so the default happens only if there was a moment at which nothing else could.

mod arms;
#[cfg(feature = "blocking")]
mod blocking;
mod builder;
mod channel;
mod core;
mod deferred;
mod ends;
mod future;
#[cfg_attr(csp_loom, path = "sync/lock_of_models.rs")]
mod lock;
#[cfg(all(test, csp_loom))]
mod models;
mod offload;
mod runtime;

pub use arms::{Closing, Putting, Taking};
#[cfg(feature = "blocking")]
pub use blocking::blocking;
pub use builder::ChannelBuilder;
pub use channel::{Channel, Iter};
pub use deferred::Deferred;
pub use ends::{IntoIter, Receiver, Sender, channel};
pub use future::{PutFuture, TakeFuture};
pub use offload::{go, go_channel, go_deferred, thread};
pub use runtime::{Handle, Runtime, RuntimeBuilder};
