//! What is known about one descriptor, and who waits for it.

use std::io;
use std::os::fd::BorrowedFd;
use std::pin::Pin;
use std::ptr;
use std::sync::atomic::{AtomicPtr, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use mio::Token;

use super::Poller;
use crate::wait::{Claim, Queue, Waiter};

/// What is waited for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Direction {
    Read,
    Write,
}

/// A try is worth while.
const READY: u64 = 1;
/// It will always be: the end was seen, or an error.
const ENDED: u64 = 2;
/// The rest counts the events.
const EVENT: u64 = 4;

/// What the system has told about a source: the bits for each direction.
#[derive(Clone, Copy)]
pub(super) struct Event {
    read: u64,
    write: u64,
}

impl From<&mio::event::Event> for Event {
    fn from(event: &mio::event::Event) -> Event {
        let bits = |ready, ended| match (ready, ended || event.is_error()) {
            (_, true) => READY | ENDED,
            (true, false) => READY,
            (false, false) => 0,
        };
        Event {
            read: bits(event.is_readable(), event.is_read_closed()),
            write: bits(event.is_writable(), event.is_write_closed()),
        }
    }
}

/// One descriptor's readiness.
///
/// The state of a direction says whether a try may succeed, and counts the events. Whoever tries looks at it first; if the
/// try comes to nothing, he [clears](Source::clear) what he saw, which does nothing if there was an event since. So an
/// event between the try and the wait is not lost, whoever else tries at the same time.
pub(crate) struct Source {
    states: [AtomicU64; 2],
    /// The poller it is registered with, null if with none: changed under the lock. To look whether it is one's own
    /// needs no lock: a poller stays as long as it is named here.
    at: AtomicPtr<Poller>,
    waiting: Mutex<Waiting>,
}

/// Invariant: the waiters in the queues are linked and unlinked under the lock, and their owners take it before they go on.
/// The queues stay where they are: in the [`Arc`] of the source.
struct Waiting {
    registered: Option<(Arc<Poller>, Token)>,
    queues: [Queue<()>; 2],
}

// SAFETY: the queues are used under the lock alone, and the frames of those who wait stay as long as they are linked
// (invariant).
unsafe impl Send for Waiting {}

impl Source {
    /// One that has to be tried: nothing is known about it.
    pub(crate) fn new() -> Arc<Source> {
        Arc::new(Source {
            states: [AtomicU64::new(READY), AtomicU64::new(READY)],
            at: AtomicPtr::new(ptr::null_mut()),
            waiting: Mutex::new(Waiting { registered: None, queues: [Queue::new(), Queue::new()] }),
        })
    }

    /// Nothing in here panics, so a poisoned lock is as good as any.
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is known about the direction, for [`is_worth`] and [`clear`](Source::clear).
    #[inline]
    pub(crate) fn seen(&self, direction: Direction) -> u64 {
        self.states[direction as usize].load(Ordering::Acquire)
    }

    /// A try has come to nothing: waits for an event after what was seen before the try. What came to an `end` can be
    /// tried again all the same, if not `all` is to be cleared.
    pub(crate) fn clear(&self, direction: Direction, seen: u64, all: bool) {
        let cleared = seen & !(READY | if all { ENDED } else { 0 });
        let state = &self.states[direction as usize];
        _ = state.compare_exchange(seen, cleared, Ordering::AcqRel, Ordering::Relaxed);
    }

    /// Says that tries are worth while, and wakes whoever waits for that.
    pub(super) fn tell(&self, event: Event) {
        let waiting = self.lock();
        for (bits, direction) in [(event.read, Direction::Read), (event.write, Direction::Write)] {
            if bits != 0 {
                self.wake(&waiting, direction, bits);
            }
        }
    }

    /// Says that the direction is to be tried, as if there had been an event.
    pub(crate) fn retry(&self, direction: Direction) {
        self.wake(&self.lock(), direction, READY);
    }

    fn wake(&self, waiting: &Waiting, direction: Direction, bits: u64) {
        let state = &self.states[direction as usize];
        // Another thread may clear meanwhile: then what it has seen is not what is there.
        _ = state.fetch_update(Ordering::AcqRel, Ordering::Relaxed, |old| Some(old.wrapping_add(EVENT) | bits));
        while waiting.queues[direction as usize].serve().is_some() {}
    }

    /// Has `poller` tell about the descriptor. It goes on being another's as long as somebody waits, whom that one wakes.
    pub(crate) fn register(self: &Arc<Self>, fd: BorrowedFd<'_>, poller: &Arc<Poller>) -> io::Result<()> {
        if ptr::eq(self.at.load(Ordering::Acquire), Arc::as_ptr(poller)) {
            return Ok(());
        }
        let mut waiting = self.lock();
        if let Some((other, token)) = &waiting.registered {
            if Arc::ptr_eq(other, poller) || (waiting.queues.iter().any(Queue::has_any) && !other.has_ended()) {
                return Ok(());
            }
            other.deregister(fd, *token);
            self.set_registered(&mut waiting, None);
        }
        let token = poller.register(fd, self)?;
        self.set_registered(&mut waiting, Some((poller.clone(), token)));
        Ok(())
    }

    fn set_registered(&self, waiting: &mut Waiting, to: Option<(Arc<Poller>, Token)>) {
        let at = to.as_ref().map_or(ptr::null(), |(poller, _)| Arc::as_ptr(poller));
        self.at.store(at.cast_mut(), Ordering::Release);
        waiting.registered = to;
    }

    /// The descriptor will be closed, or is used no more in this way.
    pub(crate) fn deregister(&self, fd: BorrowedFd<'_>) {
        let mut waiting = self.lock();
        if let Some((poller, token)) = &waiting.registered {
            poller.deregister(fd, *token);
            self.set_registered(&mut waiting, None);
        }
    }

    /// `poller` tells nothing any more: whoever waits looks again, and finds another.
    pub(super) fn leave(&self, poller: &Poller) {
        let mut waiting = self.lock();
        if waiting.registered.as_ref().is_some_and(|(own, _)| ptr::eq(&**own, poller)) {
            self.set_registered(&mut waiting, None);
            self.wake(&waiting, Direction::Read, READY);
            self.wake(&waiting, Direction::Write, READY);
        }
    }

    /// Leaves a waiter, unless it is worth a try now, or nobody would tell.
    ///
    /// # Safety
    /// `claim` stays where it is until the waiter was [unlinked](Source::unlink), which is before it is dropped; until then
    /// it is touched in no other way. This source is there until then.
    pub(crate) unsafe fn enlist(
        &self,
        direction: Direction,
        waiter: Pin<&Waiter<()>>,
        claim: &Claim,
        branch: u32,
    ) -> bool {
        let waiting = self.lock();
        if is_worth(self.seen(direction)) || waiting.registered.is_none() {
            return false;
        }
        claim.share();
        // SAFETY: the caller vouches for the claim; the queue stays as long as the source, in which it does not move.
        unsafe { waiting.queues[direction as usize].push(waiter, claim, branch) };
        true
    }

    /// Takes back a waiter. From here on nobody else reaches it.
    pub(crate) fn unlink(&self, waiter: &Waiter<()>) {
        let _waiting = self.lock();
        waiter.unlink();
    }
}

/// Whether what was seen says that a try may succeed.
#[inline]
pub(crate) fn is_worth(seen: u64) -> bool {
    seen & (READY | ENDED) != 0
}
