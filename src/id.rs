//! Numbers that tell one process, and one channel, from another in reports.

use std::cell::Cell;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

/// The number of a process: 1 is main, the others follow in order of making.
///
/// Numbers are never used twice within one [`run`](crate::run).
///
/// ```
/// use csp::prelude::*;
///
/// csp::run(|| assert_eq!(go(|| ()).id().to_string(), "#2"));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProcessId(pub(crate) u64);

impl fmt::Debug for ProcessId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.0)
    }
}

impl fmt::Display for ProcessId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// The number of a channel. Channels may be made outside any scheduler, so they are counted per thread.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct ChannelId(u64);

impl ChannelId {
    pub(crate) fn next() -> ChannelId {
        thread_local! { static LAST: Cell<u64> = const { Cell::new(0) } }
        // Nothing here has a destructor, so the access cannot fail, not even while the thread ends.
        LAST.with(|last| {
            last.set(last.get() + 1);
            ChannelId(last.get())
        })
    }

    /// For a channel between threads: those are counted for all threads together.
    pub(crate) fn next_shared() -> ChannelId {
        static LAST: AtomicU64 = AtomicU64::new(0);
        ChannelId(LAST.fetch_add(1, Ordering::Relaxed) + 1)
    }
}

impl fmt::Display for ChannelId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.0)
    }
}
