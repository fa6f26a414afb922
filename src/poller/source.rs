//! What is known about one descriptor, and who waits for it.

use std::os::fd::BorrowedFd;
use std::sync::atomic::{AtomicPtr, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::{io, mem, ptr};

use mio::Token;

use super::Poller;
use crate::prefetch::{LINE, prefetch};
use crate::wait::Claim;

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

/// Who waits for a direction: as `branch` of what the claim decides.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Party {
    direction: Direction,
    branch: u32,
    claim: *const Claim,
    /// The state of the direction when it came, but for the bits: the next event, which takes out all who wait, changes it.
    events: u64,
}

/// Invariant: the claims of the parties are alive, and shared or taken. They are added, claimed and taken out under the lock.
/// Their owners take it before they go on, and wait for nothing else before.
struct Waiting {
    registered: Option<(Arc<Poller>, Token)>,
    /// In order of arrival: the first, and the others, of which there are none as a rule. So whoever wakes it finds it
    /// here, in a line that it has to read anyway, instead of in a frame of the process that waits.
    first: Option<Party>,
    others: Vec<Party>,
}

// SAFETY: claims are reached under the lock alone, and stay as long as their parties are here (invariant).
unsafe impl Send for Waiting {}

impl Waiting {
    fn add(&mut self, party: Party) {
        if self.first.is_none() && self.others.is_empty() {
            self.first = Some(party);
        } else {
            self.others.push(party);
        }
    }

    /// Keeps those of whom `keep` says so.
    fn retain(&mut self, keep: impl Fn(&Party) -> bool) {
        self.first = self.first.filter(&keep);
        if !self.others.is_empty() {
            self.others.retain(keep);
        }
    }

    /// Claims whoever waits for the direction.
    fn claim(&mut self, direction: Direction) {
        self.retain(|party| {
            let woken = party.direction == direction;
            if woken {
                // SAFETY: it is alive (invariant), and claimed under the lock. If it was claimed before, all is well.
                unsafe { (*party.claim).claim(party.branch) };
            }
            !woken
        });
    }

    fn has_any(&self) -> bool {
        // SAFETY: they are alive (invariant).
        self.first.iter().chain(&self.others).any(|party| unsafe { (*party.claim).is_open() })
    }
}

impl Source {
    /// Begins to load it, and the counts of its owners, which are before it.
    #[inline]
    pub(super) fn prefetch(self: &Arc<Self>) {
        const COUNTS: usize = 2 * mem::size_of::<usize>();
        // One more than it fills, for it begins somewhere in a line.
        const LINES: usize = (COUNTS + mem::size_of::<Source>()).div_ceil(LINE) + 1;
        prefetch(Arc::as_ptr(self).wrapping_byte_sub(COUNTS), LINES);
    }

    /// One that has to be tried: nothing is known about it.
    pub(crate) fn new() -> Arc<Source> {
        Arc::new(Source {
            states: [AtomicU64::new(READY), AtomicU64::new(READY)],
            at: AtomicPtr::new(ptr::null_mut()),
            waiting: Mutex::new(Waiting { registered: None, first: None, others: Vec::new() }),
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
        let mut waiting = self.lock();
        for (bits, direction) in [(event.read, Direction::Read), (event.write, Direction::Write)] {
            if bits != 0 {
                self.wake(&mut waiting, direction, bits);
            }
        }
    }

    /// Says that the direction is to be tried, as if there had been an event.
    pub(crate) fn retry(&self, direction: Direction) {
        self.wake(&mut self.lock(), direction, READY);
    }

    fn wake(&self, waiting: &mut Waiting, direction: Direction, bits: u64) {
        let state = &self.states[direction as usize];
        // Another thread may clear meanwhile: then what it has seen is not what is there.
        _ = state.fetch_update(Ordering::AcqRel, Ordering::Relaxed, |old| Some(old.wrapping_add(EVENT) | bits));
        waiting.claim(direction);
    }

    /// Whether it is registered with `poller`.
    #[inline]
    pub(crate) fn is_at(&self, poller: &Arc<Poller>) -> bool {
        ptr::eq(self.at.load(Ordering::Acquire), Arc::as_ptr(poller))
    }

    /// Has `poller` tell about the descriptor. It goes on being another's as long as somebody waits, whom that one wakes.
    pub(crate) fn register(self: &Arc<Self>, fd: BorrowedFd<'_>, poller: &Arc<Poller>) -> io::Result<()> {
        if self.is_at(poller) {
            return Ok(());
        }
        let mut waiting = self.lock();
        if let Some((other, token)) = &waiting.registered {
            if Arc::ptr_eq(other, poller) || (waiting.has_any() && !other.has_ended()) {
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
    pub(super) fn lose(&self, poller: &Poller) {
        let mut waiting = self.lock();
        if waiting.registered.as_ref().is_some_and(|(own, _)| ptr::eq(&**own, poller)) {
            self.set_registered(&mut waiting, None);
            self.wake(&mut waiting, Direction::Read, READY);
            self.wake(&mut waiting, Direction::Write, READY);
        }
    }

    /// Has a party wait, unless it is worth a try now, or nobody would tell.
    ///
    /// # Safety
    /// The claim is open, and stays where it is until the party has [left](Source::leave), which is before the claim's owner
    /// goes on.
    pub(crate) unsafe fn join(&self, direction: Direction, claim: &Claim, branch: u32) -> Option<Party> {
        let mut waiting = self.lock();
        let seen = self.seen(direction);
        if is_worth(seen) || waiting.registered.is_none() {
            return None;
        }
        claim.share();
        let party = Party { direction, branch, claim, events: seen / EVENT };
        waiting.add(party);
        Some(party)
    }

    /// Has a party wait no longer. From here on nobody reaches its claim.
    ///
    /// Where many wait for the same, all are woken together, and each would look for itself among those who wait again: who was
    /// taken out by an event need not look.
    pub(crate) fn leave(&self, party: Party) {
        let mut waiting = self.lock();
        if self.seen(party.direction) / EVENT == party.events {
            waiting.retain(|other| *other != party);
        }
    }
}

/// Whether what was seen says that a try may succeed.
#[inline]
pub(crate) fn is_worth(seen: u64) -> bool {
    seen & (READY | ENDED) != 0
}
