//! The letter-box: how other threads reach a scheduler. It holds letters until the scheduler's next
//! turn, and rings the reactor it sleeps in.
//!
//! ```text
//!   newest ─► Node ─► Node ─► Node        parties that other threads have claimed, the first at the end
//!   newest, marked: there are letters as well
//! ```

use std::ptr;
use std::sync::{Arc, Mutex as Registry, PoisonError, Weak};
use std::task::Wake;

use crate::ready::{Node, Ready};
use crate::threads::{AtomicPtr, AtomicUsize, Mutex, Ordering};

/// What another thread, or a waker, has to say, if it is more than that a party was claimed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Letter {
    /// Wake the process in this place of the table, if it still waits with the doorbell of this number.
    Wake { slot: u32, bell: u64 },
    /// End: unwind everything.
    Interrupt,
}

/// One per scheduler, shared with whoever may have to wake it.
///
/// Invariants: what `newest` leads to, but for the mark, are the nodes of parties that other threads have claimed, each by the
/// one who has left it here: no other will. Such a party waits to be run: its owner keeps the node until it was taken from
/// here, or nobody takes any more. Until it is taken nobody else touches the node's link.
pub(crate) struct LetterBox {
    /// Null as long as there is nothing at all to read: one load a turn instead of a lock.
    newest: AtomicPtr<Node>,
    /// `None` when the scheduler has ended, and nobody reads any more.
    letters: Mutex<Option<Vec<Letter>>>,
    /// How many wakers of this scheduler's processes exist anywhere.
    wakers: AtomicUsize,
    ring: Box<dyn Fn() + Send + Sync>,
}

/// That there are letters: in the address of a node, which is even.
const MARK: usize = 1;

fn marked(node: *mut Node) -> *mut Node {
    node.map_addr(|address| address | MARK)
}

fn unmarked(node: *mut Node) -> *mut Node {
    node.map_addr(|address| address & !MARK)
}

impl LetterBox {
    /// A letter-box whose every letter calls `ring` afterwards, on the thread that posts it.
    pub(crate) fn new(ring: Box<dyn Fn() + Send + Sync>) -> Arc<LetterBox> {
        let letter_box = Arc::new(LetterBox {
            newest: AtomicPtr::new(ptr::null_mut()),
            letters: Mutex::new(Some(Vec::new())),
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
        if written {
            self.leave(marked);
        }
    }

    /// Has the scheduler take a turn, as if there were a letter.
    pub(crate) fn knock(&self) {
        self.leave(marked);
    }

    /// Leaves the node of a party that the caller has claimed: it is to be run.
    ///
    /// # Safety
    /// The caller alone has claimed it. The node stays where it is until it was taken from here, or nobody takes any more.
    pub(crate) unsafe fn leave_claimed(&self, node: &Node) {
        self.leave(|newest| {
            node.chain(unmarked(newest));
            let mark = newest.addr() & MARK;
            ptr::from_ref(node).cast_mut().map_addr(|address| address | mark)
        });
    }

    /// Changes what there is to be read, and rings if it was nothing: if there was something, whoever left that has rung, or is
    /// about to, and it has not been read yet.
    fn leave(&self, with: impl Fn(*mut Node) -> *mut Node) {
        let mut newest = ptr::null_mut();
        while let Err(now) =
            self.newest.compare_exchange_weak(newest, with(newest), Ordering::AcqRel, Ordering::Relaxed)
        {
            newest = now;
        }
        if newest.is_null() {
            (self.ring)();
        }
    }

    /// Takes everything: the claimed go to the end of the queue, in order, and the letters come back.
    ///
    /// # Safety
    /// The queue is that of the scheduler that reads these letters, whose thread calls this.
    #[inline(always)]
    pub(crate) unsafe fn take_all(&self, ready: &Ready) -> Vec<Letter> {
        // SAFETY: as here.
        if self.has_letters() { unsafe { self.take_what_is_there(ready) } } else { Vec::new() }
    }

    /// # Safety
    /// As [`take_all`](LetterBox::take_all).
    #[cold]
    #[inline(never)]
    unsafe fn take_what_is_there(&self, ready: &Ready) -> Vec<Letter> {
        let newest = self.newest.swap(ptr::null_mut(), Ordering::AcqRel);
        // SAFETY: they were left here, and so are there (invariant).
        let mut first = unsafe { Node::reversed(unmarked(newest)) };
        while !first.is_null() {
            // SAFETY: as above.
            let node = unsafe { &*first };
            first = node.unchain();
            // SAFETY: its owner keeps it until it runs (invariant).
            unsafe { ready.push(node) };
        }
        if newest.addr() & MARK == 0 {
            return Vec::new();
        }
        self.with_letters(|letters| letters.as_mut().map(std::mem::take).unwrap_or_default())
    }

    /// Nothing here leaves the letters half-written, so a poisoned lock is as good as any.
    fn with_letters<R>(&self, f: impl FnOnce(&mut Option<Vec<Letter>>) -> R) -> R {
        f(&mut self.letters.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Takes no more letters.
    pub(crate) fn shut(&self) {
        self.with_letters(|letters| *letters = None);
    }

    /// Whether there is anything to read.
    #[inline(always)]
    pub(crate) fn has_letters(&self) -> bool {
        !self.newest.load(Ordering::Acquire).is_null()
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
    use crate::ready::Kind;

    #[test]
    fn letters_arrive_once_and_wakers_are_counted() {
        let rung = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&rung);
        let letters = LetterBox::new(Box::new(move || {
            count.fetch_add(1, Ordering::Relaxed);
        }));
        let waker = std::task::Waker::from(Doorbell::new(&letters, 3, 9));
        let ready = Ready::new();
        // SAFETY: the queue is read here alone.
        let take_all = || unsafe { letters.take_all(&ready) };
        assert!(letters.awaited() && take_all().is_empty());
        waker.wake_by_ref();
        drop(waker);
        assert!(!letters.awaited());
        assert_eq!(take_all(), [Letter::Wake { slot: 3, bell: 9 }]);
        assert!(take_all().is_empty());
        assert_eq!(rung.load(Ordering::Relaxed), 2);
    }

    #[test]
    fn the_claimed_are_run_in_order_whatever_else_was_written() {
        let letters = LetterBox::new(Box::new(|| ()));
        let (ready, nodes) = (Ready::new(), [0, 1, 2].map(|n| Node::new(Kind::Task(n))));
        for node in &nodes {
            // SAFETY: the nodes outlive their use, and this is who has claimed them.
            unsafe { letters.leave_claimed(node) };
            letters.post(Letter::Interrupt);
        }
        // SAFETY: the queue is read here alone.
        assert_eq!(unsafe { letters.take_all(&ready) }, [Letter::Interrupt; 3]);
        for node in &nodes {
            assert!(ready.pop().is_some_and(|popped| ptr::eq(popped, node)));
        }
        assert!(ready.pop().is_none() && !letters.has_letters());
    }
}
