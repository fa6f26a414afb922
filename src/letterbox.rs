//! The letter-box: how other threads reach a scheduler. It holds letters until the scheduler's next
//! turn, and rings the reactor it sleeps in.

use std::sync::{Arc, Mutex as Registry, PoisonError, Weak};
use std::task::Wake;

use crate::threads::{AtomicBool, AtomicUsize, Mutex, Ordering};

/// What another thread, or a waker, has to say.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Letter {
    /// Wake the process in this place of the table, if it still waits with the doorbell of this number.
    Wake { slot: u32, bell: u64 },
    /// Run the party of this node: another thread has claimed it.
    Claimed(Claimed),
    /// End: unwind everything.
    Interrupt,
}

/// The node of a party that another thread has claimed, and so the only one that will ever write this letter about this wait.
/// It waits for the letter: its owner keeps it until the letter was read, or is never read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Claimed(*const ());

impl Claimed {
    pub(crate) fn new<T>(node: &T) -> Claimed {
        Claimed(std::ptr::from_ref(node).cast())
    }

    pub(crate) fn node<T>(self) -> *const T {
        self.0.cast()
    }
}

// SAFETY: it is an address, which is used on the thread of the scheduler alone, whose node it is.
unsafe impl Send for Claimed {}
// SAFETY: as above: nothing can be done through a reference that a copy does not allow.
unsafe impl Sync for Claimed {}

/// One per scheduler, shared with whoever may have to wake it.
pub(crate) struct LetterBox {
    /// `None` when the scheduler has ended, and nobody reads any more.
    letters: Mutex<Option<Vec<Letter>>>,
    /// Whether there may be letters: one load a turn instead of a lock.
    any: AtomicBool,
    /// How many wakers of this scheduler's processes exist anywhere.
    wakers: AtomicUsize,
    ring: Box<dyn Fn() + Send + Sync>,
}

impl LetterBox {
    /// A letter-box whose every letter calls `ring` afterwards, on the thread that posts it.
    pub(crate) fn new(ring: Box<dyn Fn() + Send + Sync>) -> Arc<LetterBox> {
        let letter_box = Arc::new(LetterBox {
            letters: Mutex::new(Some(Vec::new())),
            any: AtomicBool::new(false),
            wakers: AtomicUsize::new(0),
            ring,
        });
        with_all(|all| {
            all.retain(|other| other.strong_count() > 0);
            all.push(Arc::downgrade(&letter_box));
        });
        letter_box
    }

    pub(crate) fn post(&self, letter: Letter) {
        let written = self.with_letters(|letters| letters.as_mut().map(|letters| letters.push(letter)).is_some());
        if !written {
            return;
        }
        // If there were letters already, whoever wrote the first has rung, and they are not read yet.
        if !self.any.swap(true, Ordering::AcqRel) {
            (self.ring)();
        }
    }

    /// Takes all letters.
    #[inline]
    pub(crate) fn take_all(&self) -> Vec<Letter> {
        if self.any.load(Ordering::Acquire) && self.any.swap(false, Ordering::AcqRel) {
            self.with_letters(|letters| letters.as_mut().map(std::mem::take).unwrap_or_default())
        } else {
            Vec::new()
        }
    }

    /// Nothing here leaves the letters half-written, so a poisoned lock is as good as any.
    fn with_letters<R>(&self, f: impl FnOnce(&mut Option<Vec<Letter>>) -> R) -> R {
        f(&mut self.letters.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Takes no more letters.
    pub(crate) fn shut(&self) {
        self.with_letters(|letters| *letters = None);
    }

    /// Whether there may be letters.
    pub(crate) fn has_letters(&self) -> bool {
        self.any.load(Ordering::Acquire)
    }

    /// Whether somebody outside holds a waker, and so may wake a process some day.
    pub(crate) fn awaited(&self) -> bool {
        self.wakers.load(Ordering::Acquire) > 0
    }
}

/// All letter-boxes of this program, for [`interrupt`].
static ALL: Registry<Vec<Weak<LetterBox>>> = Registry::new(Vec::new());

/// Calls `f` with all letter-boxes. Nothing leaves them half-changed, so a poisoned lock is as good as any.
fn with_all<R>(f: impl FnOnce(&mut Vec<Weak<LetterBox>>) -> R) -> R {
    f(&mut ALL.lock().unwrap_or_else(PoisonError::into_inner))
}

/// Asks every scheduler of this program to end, from any thread: what a Ctrl-C handler calls.
///
/// In each, main is killed: destructors run, and the other processes are unwound after it. `try_run`
/// then gives [`RunError::Interrupted`](crate::RunError::Interrupted), `run` panics with it, and a
/// `#[csp::main]` program exits with status 130. A process that never waits, and never lets the budget
/// of operations run out, is not interrupted.
///
/// ```
/// use csp::{RunError, prelude::*};
///
/// let result = csp::try_run(|| {
///     std::thread::spawn(csp::interrupt);
///     take(&timeout::<()>(Duration::from_secs(3600)))
/// });
/// assert!(matches!(result, Err(RunError::Interrupted)));
/// ```
pub fn interrupt() {
    let all: Vec<_> = with_all(|all| all.iter().filter_map(Weak::upgrade).collect());
    for letter_box in all {
        letter_box.post(Letter::Interrupt);
    }
}

/// What is inside a `std::task::Waker` of a process: where it is, and the number of the doorbell that it waits with.
///
/// Waking writes a letter, whatever thread it comes from; one that comes too late finds that the
/// process has gone on, and does nothing.
pub(crate) struct Doorbell {
    letter_box: Arc<LetterBox>,
    letter: Letter,
}

impl Doorbell {
    pub(crate) fn new(letter_box: &Arc<LetterBox>, slot: u32, bell: u64) -> Arc<Doorbell> {
        letter_box.wakers.fetch_add(1, Ordering::Relaxed);
        Arc::new(Doorbell { letter_box: Arc::clone(letter_box), letter: Letter::Wake { slot, bell } })
    }
}

impl Wake for Doorbell {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.letter_box.post(self.letter);
    }
}

impl Drop for Doorbell {
    fn drop(&mut self) {
        // The last hope of a parked process may go with this waker: the scheduler has to look.
        self.letter_box.wakers.fetch_sub(1, Ordering::Release);
        (self.letter_box.ring)();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_arrive_once_and_wakers_are_counted() {
        let rung = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&rung);
        let letters = LetterBox::new(Box::new(move || {
            count.fetch_add(1, Ordering::Relaxed);
        }));
        let waker = std::task::Waker::from(Doorbell::new(&letters, 3, 9));
        assert!(letters.awaited() && letters.take_all().is_empty());
        waker.wake_by_ref();
        drop(waker);
        assert!(!letters.awaited());
        assert_eq!(letters.take_all(), [Letter::Wake { slot: 3, bell: 9 }]);
        assert!(letters.take_all().is_empty());
        assert_eq!(rung.load(Ordering::Relaxed), 2);
    }
}
