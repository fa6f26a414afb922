//! What can go wrong with an operation. Each error that was handed a value gives it back.
//!
//! All are `Debug`, `Display` and `Error` whatever the value is.

use std::any::Any;
use std::error::Error;
use std::fmt;

use crate::place::Place;

/// A put failed because the channel is closed. The value that was not delivered is inside.
///
/// ```
/// use csp::prelude::*;
///
/// let c = Channel::new();
/// close(&c);
/// let error = put(&c, "a letter").unwrap_err();
/// assert_eq!(error.into_inner(), "a letter");
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Closed<T>(pub T);

impl<T> Closed<T> {
    /// The value that could not be put.
    #[must_use]
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> fmt::Debug for Closed<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Closed(..)")
    }
}

impl<T> fmt::Display for Closed<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the channel is closed, the value was not put")
    }
}

impl<T> Error for Closed<T> {}

/// Why an [`offer`](crate::offer) did not succeed. The value is inside.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum OfferError<T> {
    /// No room, and nobody waiting for a value.
    Full(T),
    /// The channel is closed.
    Closed(T),
}

impl<T> OfferError<T> {
    /// The value that was not accepted.
    #[must_use]
    pub fn into_inner(self) -> T {
        match self {
            OfferError::Full(value) | OfferError::Closed(value) => value,
        }
    }
}

impl<T> fmt::Debug for OfferError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            OfferError::Full(_) => "Full(..)",
            OfferError::Closed(_) => "Closed(..)",
        })
    }
}

impl<T> fmt::Display for OfferError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            OfferError::Full(_) => "the channel has no room now, the value was not put",
            OfferError::Closed(_) => "the channel is closed, the value was not put",
        })
    }
}

impl<T> Error for OfferError<T> {}

/// Why a [`poll`](crate::poll) gave no value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PollError {
    /// Nothing to take now.
    Empty,
    /// Closed, and nothing left: there will never be a value.
    Closed,
}

impl fmt::Display for PollError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            PollError::Empty => "the channel has nothing to take now",
            PollError::Closed => "the channel is closed and nothing is left in it",
        })
    }
}

impl Error for PollError {}

/// Too many callbacks wait on one side of a channel. The value of a put, and the callback, are inside; see
/// [`ChannelBuilder::callback_limit`](crate::ChannelBuilder::callback_limit).
pub struct TooManyCallbacks<T, F> {
    /// What was to be put; `()` for a take.
    pub value: T,
    /// The callback, uncalled.
    pub callback: F,
    pub(crate) limit: usize,
    pub(crate) channel: String,
}

impl<T, F> fmt::Debug for TooManyCallbacks<T, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TooManyCallbacks")
            .field("limit", &self.limit)
            .field("channel", &self.channel)
            .finish_non_exhaustive()
    }
}

impl<T, F> fmt::Display for TooManyCallbacks<T, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} callbacks already wait on {}: use processes, which wait without limit, or a buffer, \
             or raise the limit with `Channel::builder().callback_limit(n)`",
            self.limit, self.channel
        )
    }
}

impl<T, F> Error for TooManyCallbacks<T, F> {}

/// Why a process gave no result.
///
/// ```
/// use csp::{ProcessError, prelude::*};
///
/// csp::run(|| match go_deferred(|| -> u32 { panic!("out of cheese") }).wait() {
///     Err(error @ ProcessError::Panicked { .. }) => assert!(error.to_string().ends_with("panicked: out of cheese")),
///     _ => unreachable!("it neither returned, nor was it killed or stopped"),
/// });
/// ```
pub enum ProcessError {
    /// It panicked.
    Panicked {
        /// What it panicked with, as `std::panic::catch_unwind` gives it.
        payload: Box<dyn Any + Send>,
        /// Where the process was started.
        spawned_at: Place,
    },
    /// It was killed, or its scheduler ended before it did.
    Killed,
    /// It called [`stop`](crate::stop).
    Stopped,
}

impl fmt::Debug for ProcessError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ProcessError::Panicked { payload, spawned_at } => f
                .debug_struct("Panicked")
                .field("message", &panic_message(&**payload))
                .field("spawned_at", spawned_at)
                .finish(),
            ProcessError::Killed => f.write_str("Killed"),
            ProcessError::Stopped => f.write_str("Stopped"),
        }
    }
}

impl fmt::Display for ProcessError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ProcessError::Panicked { payload, spawned_at } => {
                write!(f, "the process started at {spawned_at} panicked: {}", panic_message(&**payload))
            }
            ProcessError::Killed => f.write_str("the process was killed"),
            ProcessError::Stopped => f.write_str("the process stopped without a result"),
        }
    }
}

impl Error for ProcessError {}

/// What `panic!` was called with, where that is text.
pub(crate) fn panic_message(payload: &(dyn Any + Send)) -> &str {
    if let Some(text) = payload.downcast_ref::<&'static str>() {
        text
    } else if let Some(text) = payload.downcast_ref::<String>() {
        text
    } else {
        "(a value that is not text)"
    }
}
