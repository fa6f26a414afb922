//! What all sockets are made of: one of the standard library's that never blocks, and what is known about it.

use std::fmt;
use std::io::{self, ErrorKind};
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use super::ready::{self, Due, Watched};
use crate::context;
use crate::place::Place;
use crate::poller::{Direction, Source, is_worth};

/// Has a socket inside.
pub trait Sealed {
    #[doc(hidden)]
    fn watched(&self) -> Watched<'_>;
}

/// A socket, or another descriptor that can be waited for.
pub(crate) struct Socket<S: AsFd> {
    /// `None` only in [`into_inner`](Socket::into_inner).
    io: Option<S>,
    source: Arc<Source>,
    /// The limits of reads and writes, in nanoseconds; 0 if none.
    limits: [AtomicU64; 2],
    /// The user wants errors instead of waits.
    impatient: AtomicBool,
}

/// How many connections may wait to be taken. The standard library says 128, which a crowd of clients fills at once.
const BACKLOG: i32 = 4096;

impl<S: AsFd> Socket<S> {
    /// Of a descriptor, which is made not to block.
    pub(crate) fn new(io: S) -> io::Result<Socket<S>> {
        rustix::io::ioctl_fionbio(&io, true)?;
        Ok(Socket::of_nonblocking(io))
    }

    /// Of a listener, whose queue is made longer: what finds it full is answered after a second at the earliest.
    pub(super) fn listening(io: S) -> io::Result<Socket<S>> {
        rustix::net::listen(&io, BACKLOG)?;
        Socket::new(io)
    }

    /// Of one that does not block.
    pub(crate) fn of_nonblocking(io: S) -> Socket<S> {
        Socket { io: Some(io), source: Source::new(), limits: Default::default(), impatient: AtomicBool::new(false) }
    }

    pub(crate) fn io(&self) -> &S {
        self.io.as_ref().expect("it is there until `into_inner`")
    }

    /// The descriptor alone, which blocks again.
    pub(crate) fn into_inner(mut self) -> io::Result<S> {
        self.source.deregister(self.io().as_fd());
        let io = self.io.take().expect("it is there until now");
        rustix::io::ioctl_fionbio(&io, false)?;
        Ok(io)
    }

    /// A handle like this for another descriptor of the same socket.
    pub(crate) fn sibling(&self, io: S) -> Socket<S> {
        let sibling = Socket::of_nonblocking(io);
        for direction in [Direction::Read, Direction::Write] {
            sibling.set_limit_of(direction, self.limit(direction));
        }
        sibling.impatient.store(self.impatient.load(Ordering::Relaxed), Ordering::Relaxed);
        sibling
    }

    pub(crate) fn watched(&self) -> Watched<'_> {
        Watched { fd: self.io().as_fd(), source: &self.source, path: std::any::type_name::<S>() }
    }

    pub(crate) fn limit(&self, direction: Direction) -> Option<Duration> {
        let limit = self.limits[direction as usize].load(Ordering::Relaxed);
        (limit > 0).then(|| Duration::from_nanos(limit))
    }

    fn set_limit_of(&self, direction: Direction, limit: Option<Duration>) {
        let nanos = limit.map_or(0, |limit| u64::try_from(limit.as_nanos()).unwrap_or(u64::MAX));
        self.limits[direction as usize].store(nanos, Ordering::Relaxed);
    }

    /// # Errors
    /// If the limit is zero.
    pub(crate) fn set_limit(&self, direction: Direction, limit: Option<Duration>) -> io::Result<()> {
        if limit.is_some_and(|limit| limit.is_zero()) {
            return Err(io::Error::new(ErrorKind::InvalidInput, "a timeout of zero would not let anything happen"));
        }
        self.set_limit_of(direction, limit);
        Ok(())
    }

    pub(crate) fn set_impatient(&self, impatient: bool) {
        self.impatient.store(impatient, Ordering::Relaxed);
    }

    /// Calls `try_once` until it gives something else than that it would block, and waits in between.
    #[track_caller]
    pub(crate) fn run<T>(&self, direction: Direction, try_once: impl FnMut(&S) -> io::Result<T>) -> io::Result<T> {
        self.run_within(direction, self.limit(direction), try_once)
    }

    /// Says that it is to be tried, as if there had been an event.
    #[cfg(test)]
    pub(super) fn retry(&self, direction: Direction) {
        self.source.retry(direction);
    }

    /// Waits until the system says that the direction is ready.
    #[track_caller]
    pub(crate) fn wait(&self, direction: Direction) -> io::Result<()> {
        ready::wait_exactly(self.watched(), direction)
    }

    /// As [`run`](Socket::run), for what moves at most `wanted` bytes: fewer say that there is nothing more, or no more
    /// room, and the next try is spared. More is told as an event, and so is an end.
    #[track_caller]
    pub(crate) fn transfer(
        &self,
        direction: Direction,
        wanted: usize,
        mut try_once: impl FnMut(&S) -> io::Result<usize>,
    ) -> io::Result<usize> {
        self.run_seen(direction, self.limit(direction), |io, seen| {
            let moved = try_once(io)?;
            if moved > 0 && moved < wanted {
                self.source.clear(direction, seen, false);
            }
            Ok(moved)
        })
    }

    /// As [`run`](Socket::run), with a limit of its own.
    #[track_caller]
    pub(crate) fn run_within<T>(
        &self,
        direction: Direction,
        limit: Option<Duration>,
        mut try_once: impl FnMut(&S) -> io::Result<T>,
    ) -> io::Result<T> {
        self.run_seen(direction, limit, |io, _| try_once(io))
    }

    #[track_caller]
    fn run_seen<T>(
        &self,
        direction: Direction,
        limit: Option<Duration>,
        mut try_once: impl FnMut(&S, u64) -> io::Result<T>,
    ) -> io::Result<T> {
        let place = Place::caller();
        context::tick();
        let impatient = self.impatient.load(Ordering::Relaxed);
        let mut due = Due::within(limit);
        loop {
            let seen = self.source.seen(direction);
            if is_worth(seen) || impatient {
                match try_once(self.io(), seen) {
                    Err(error) if error.kind() == ErrorKind::WouldBlock && !impatient => {
                        self.source.clear(direction, seen, true);
                    }
                    Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                    done => return done,
                }
            }
            ready::wait(self.watched(), direction, &mut due, place)?;
        }
    }
}

impl<S: AsFd> AsFd for Socket<S> {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.io().as_fd()
    }
}

impl<S: AsFd + fmt::Debug> fmt::Debug for Socket<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.io().fmt(f)
    }
}

impl<S: AsFd> Drop for Socket<S> {
    fn drop(&mut self) {
        if let Some(io) = &self.io {
            self.source.deregister(io.as_fd());
        }
    }
}
