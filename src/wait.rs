//! Waiting in many places, woken at most once.
//!
//! ```text
//!   Queue (of a channel's takers, say)
//!     head ─► Waiter ◄──► Waiter ◄──► Waiter ◄─ tail
//!               │claim       │claim       │claim
//!               ▼            ▼            ▼
//!             Claim ◄── one alts on ──► Claim      (a Claim begins with the Node of `ready`)
//!            process a   two channels   process b
//! ```
//!
//! A [`Claim`] is a party that waits: one process, or one callback. It leaves one [`Waiter`] in each
//! queue it waits in. Whoever can serve it *claims* it first; only the first succeeds, and what is left
//! of the others in other queues is dead: their owner unlinks them when it goes on, and whoever meets
//! one before that unlinks it in passing. This is core.async's handler (`active?`, `commit`), with the
//! queue threaded through the waiters themselves, so that waiting allocates nothing and withdrawing
//! takes the same time however long the queue is.

mod seat;

use std::cell::Cell;
use std::marker::PhantomPinned;
use std::pin::Pin;
use std::ptr;
use std::sync::Arc;

use crate::letterbox::LetterBox;
use crate::prefetch::{LINE, prefetch};
use crate::ready::{Kind, Node, Ready};
use crate::threads::{self, AtomicU8, Ordering, Thread};

pub(crate) use seat::{Seat, any_called, called};

/// Nobody waits here, or its fate has been decided.
const TAKEN: u8 = 0;
/// It waits, and the first to claim it decides.
const OPEN: u8 = 1;
/// As open, and other threads may be that first.
const SHARED: u8 = 2;

/// What a claim is decided for when it is for no branch: the party is to look again, or to end.
pub(crate) const NO_BRANCH: u32 = u32::MAX;

/// How many lines of a frame are fetched, around the instruction in it.
const FRAME: usize = 6;

/// How many of them are below: for the registers, and what is called next.
const BELOW: usize = 2;

/// A party that can wait, and be woken once a wait.
///
/// As long as it waits in channels of its own thread alone, the state needs no more than relaxed loads and stores, which cost
/// what a plain cell would. Before it is left in a channel between threads it is [shared](Claim::share): from then on
/// whoever claims it does so by compare-and-exchange.
///
/// Invariants: `node` is the first field. While the state is not `TAKEN`, the owner is parked, or about to, at its `home`,
/// so both it and the queue there are alive. Another thread touches the state, `home` (which is not changed then), and, if it
/// is the one who claimed it, `branch`; it holds the lock of a channel or socket in which the owner waits, which the owner takes
/// before it goes on: so its scheduler is there until it was called.
#[repr(C)]
pub struct Claim {
    node: Node,
    home: Cell<*const Home>,
    branch: Cell<u32>,
    state: AtomicU8,
    /// Where a process is suspended: an instruction in a frame of it, for its record to read, and here for the processor
    /// to fetch when the process is woken. Null if it is not, or not a process.
    suspended: Cell<*const ()>,
    /// Where the stack of a process begins, with what each switch reads and writes: for its record, and for the processor,
    /// as `suspended` is. Of use from the process's first step to its last; null before, or if it is not a process.
    root: Cell<*const ()>,
}

impl Claim {
    /// How much is fetched of a party that begins with a claim: the record of a process, but for its end where it lies across
    /// one line more.
    pub(crate) const PARTY: usize = 5 * LINE;

    pub(crate) fn new(kind: Kind) -> Claim {
        Claim {
            node: Node::new(kind),
            state: AtomicU8::new(TAKEN),
            branch: Cell::new(0),
            home: Cell::new(ptr::null()),
            suspended: Cell::new(ptr::null()),
            root: Cell::new(ptr::null()),
        }
    }

    pub(crate) fn node(&self) -> &Node {
        &self.node
    }

    #[inline(always)]
    pub(crate) fn suspended<T>(&self) -> *const T {
        self.suspended.get().cast()
    }

    #[inline(always)]
    pub(crate) fn set_suspended<T>(&self, at: *const T) {
        self.suspended.set(at.cast());
    }

    #[inline(always)]
    pub(crate) fn root<T>(&self) -> *const T {
        self.root.get().cast()
    }

    #[inline(always)]
    pub(crate) fn set_root<T>(&self, at: *const T) {
        self.root.set(at.cast());
    }

    /// Begins to load the party, where the next one may lie anywhere. (Of those that lie in a row the processor itself finds
    /// the rest.)
    #[inline(always)]
    pub(crate) fn prefetch_party(&self) {
        prefetch(self, Self::PARTY / LINE);
    }

    /// Begins to load what a process needs of its stack to go on. Also what it writes there: to read that back takes as
    /// long as it takes the line to come.
    #[inline(always)]
    pub(crate) fn prefetch_stack(&self) {
        prefetch(self.suspended.get().wrapping_byte_sub(BELOW * LINE), FRAME);
        prefetch(self.root.get(), 1);
    }

    /// Says where the party belongs: before it first waits, and when it waits under another scheduler.
    ///
    /// # Safety
    /// Whenever the claim is open `home` is alive, until somebody has claimed it, and from then on until the node has
    /// been popped from the queue there.
    #[inline(always)]
    pub(crate) unsafe fn belong(&self, home: &Home) {
        self.home.set(home);
    }

    /// Begins a wait.
    ///
    /// # Safety
    /// It [belongs](Claim::belong) to a queue. Until somebody has claimed it the claim stays at this address, and from
    /// then on until the node has been popped.
    #[inline(always)]
    pub(crate) unsafe fn open(&self) {
        debug_assert!(!self.home.get().is_null());
        self.state.store(OPEN, Ordering::Relaxed);
    }

    /// From here on other threads may claim it, too. For its owner, before it is left where they find it; in the channels
    /// where it was left before, one of them may have been faster.
    pub(crate) fn share(&self) {
        _ = self.state.compare_exchange(OPEN, SHARED, Ordering::Relaxed, Ordering::Relaxed);
    }

    /// Ends a wait without waking anybody: true if it was still open.
    #[inline(always)]
    pub(crate) fn shut(&self) -> bool {
        if self.state.load(Ordering::Relaxed) != OPEN {
            return self.shut_shared();
        }
        self.state.store(TAKEN, Ordering::Relaxed);
        true
    }

    #[cold]
    #[inline(never)]
    fn shut_shared(&self) -> bool {
        self.state.compare_exchange(SHARED, TAKEN, Ordering::AcqRel, Ordering::Relaxed).is_ok()
    }

    #[inline(always)]
    pub(crate) fn is_open(&self) -> bool {
        self.state.load(Ordering::Acquire) != TAKEN
    }

    /// Decides for `branch` and makes the party runnable, if nobody was faster.
    #[inline(always)]
    pub(crate) fn claim(&self, branch: u32) -> bool {
        if self.state.load(Ordering::Relaxed) != OPEN {
            return self.claim_shared(branch);
        }
        self.state.store(TAKEN, Ordering::Relaxed);
        self.branch.set(branch);
        // SAFETY: the state was `OPEN`: the home is alive, and by the promise given to `open` this
        // claim, whose node it is, stays until it has been popped.
        let next = unsafe { (*self.home.get()).ready.push(&self.node) };
        if next {
            // Whoever has woken it goes on for a while: time enough to fetch it.
            self.prefetch_stack();
        }
        true
    }

    /// As [`claim`](Claim::claim), of one that other threads may claim, or that is not open.
    #[cold]
    #[inline(never)]
    fn claim_shared(&self, branch: u32) -> bool {
        if !self.shut_shared() {
            return false;
        }
        self.branch.set(branch);
        // SAFETY: the state was `SHARED`: the home is alive, and by the promise given to `open` this claim, whose node
        // it is, stays until it has been popped; where there is no queue, until the lock that the caller holds is free.
        unsafe { (*self.home.get()).call(&self.node) };
        true
    }

    /// Decides for `branch`, for the owner itself, if nobody was faster.
    pub(crate) fn decide(&self, branch: u32) {
        if self.shut() {
            self.branch.set(branch);
        }
    }

    /// The branch that was decided for last.
    #[inline(always)]
    pub(crate) fn branch(&self) -> u32 {
        self.branch.get()
    }
}

/// Where a party belongs: what makes it go on once it was claimed, on whichever thread.
pub(crate) struct Home {
    /// Of the scheduler, for its own thread.
    pub(crate) ready: Ready,
    /// The thread where nobody but its own processes runs; null if there is none.
    thread: *const (),
    bell: Bell,
}

/// How other threads reach a home.
enum Bell {
    Scheduler(Arc<LetterBox>),
    /// One without a scheduler, which waits for one party alone.
    Thread(Thread),
    /// Of a future, that any thread may poll: whoever has claimed it, under a lock, wakes it after that.
    Future(Arc<Seat>),
}

impl Home {
    /// Of the scheduler that reads these letters, on the calling thread.
    pub(crate) fn of_scheduler(letter_box: Arc<LetterBox>) -> Home {
        Home { ready: Ready::new(), thread: this_thread(), bell: Bell::Scheduler(letter_box) }
    }

    /// Of a scheduler that shares its thread: whoever runs there may be somebody else, and has to write, too.
    pub(crate) fn of_hosted(letter_box: Arc<LetterBox>) -> Home {
        Home { ready: Ready::new(), thread: ptr::null(), bell: Bell::Scheduler(letter_box) }
    }

    /// Of the calling thread, where no scheduler runs.
    pub(crate) fn of_thread() -> Home {
        Home { ready: Ready::new(), thread: this_thread(), bell: Bell::Thread(threads::current()) }
    }

    /// Of a future that leaves its waker there, and waits in channels between threads alone.
    pub(crate) fn of_future(seat: Arc<Seat>) -> Home {
        Home { ready: Ready::new(), thread: ptr::null(), bell: Bell::Future(seat) }
    }

    /// Makes a party that was claimed go on, from any thread.
    ///
    /// # Safety
    /// The node stays alive, at this address, until it has been popped from the queue here, if this is a scheduler's.
    unsafe fn call(&self, node: &Node) {
        match &self.bell {
            // SAFETY: the caller's promise.
            Bell::Scheduler(_) if self.thread == this_thread() => _ = unsafe { self.ready.push(node) },
            // SAFETY: the caller's promise, and it has claimed it.
            Bell::Scheduler(letter_box) => unsafe { letter_box.leave_claimed(node) },
            Bell::Thread(thread) => thread.unpark(),
            Bell::Future(seat) => seat::call(seat),
        }
    }
}

/// What tells a thread from all others that run now.
fn this_thread() -> *const () {
    thread_state!(HERE: u8 = 0);
    HERE.with(|here| ptr::from_ref(here).cast())
}

/// One party's place in one queue, with the slot through which the value goes.
///
/// Invariants: while `queue` is not null this waiter is linked in it, pinned, and both `queue` and
/// `claim` are alive. Dropping unlinks.
// In this order, because waiters are made and then moved: with the small fields before the slot, the compiler moves their
// padding and the rest of an empty slot in one load that stalls the processor, as it waits for what was just written.
#[repr(C)]
pub(crate) struct Waiter<V> {
    prev: Cell<*const Waiter<V>>,
    next: Cell<*const Waiter<V>>,
    queue: Cell<*const Queue<V>>,
    claim: Cell<*const Claim>,
    slot: Cell<Option<V>>,
    branch: Cell<u32>,
    retry: Cell<bool>,
    /// Whether it is counted as a callback.
    counted: bool,
    _pinned: PhantomPinned,
}

impl<V> Waiter<V> {
    /// A waiter of a process. What it puts, if it puts, is `value`.
    #[inline(always)]
    pub(crate) fn new(value: Option<V>) -> Waiter<V> {
        Waiter {
            prev: Cell::new(ptr::null()),
            next: Cell::new(ptr::null()),
            queue: Cell::new(ptr::null()),
            claim: Cell::new(ptr::null()),
            branch: Cell::new(0),
            retry: Cell::new(false),
            counted: false,
            slot: Cell::new(value),
            _pinned: PhantomPinned,
        }
    }

    /// A waiter of a callback; its queue counts those.
    pub(crate) fn of_callback(value: Option<V>) -> Waiter<V> {
        let mut waiter = Waiter::new(value);
        waiter.counted = true;
        waiter
    }

    /// The slot of a waiter that is linked nowhere.
    #[inline(always)]
    pub(crate) fn slot(&self) -> &Cell<Option<V>> {
        &self.slot
    }

    /// Things have changed: whoever waited is to look again.
    pub(crate) fn call_back(&self) {
        self.retry.set(true);
    }

    /// It begins to wait: whatever it was told before does not count.
    pub(crate) fn renew(&self) {
        self.retry.set(false);
    }

    /// Whether the wait is over and decided: then the slot is as the other party left it, a take's full if it was
    /// served, a put's empty. If not, it has to look again.
    #[inline(always)]
    pub(crate) fn is_answered(&self) -> bool {
        debug_assert!(!self.is_linked());
        let again = self.retry.get();
        if again {
            self.retry.set(false);
        }
        !again
    }

    #[inline(always)]
    pub(crate) fn is_linked(&self) -> bool {
        !self.queue.get().is_null()
    }

    /// Leaves its queue, wherever in it this stands.
    #[inline(always)]
    pub(crate) fn unlink(&self) {
        if self.is_linked() {
            // SAFETY: linked, so the queue is alive (invariant) and this waiter is one of its links.
            unsafe { (*self.queue.get()).remove(self) }
        }
    }
}

impl<V> Drop for Waiter<V> {
    #[inline(always)]
    fn drop(&mut self) {
        self.unlink();
    }
}

/// Waiters in order of arrival.
///
/// Invariant: `head` and the `next`s, and `tail` and the `prev`s, run through exactly the waiters whose
/// `queue` is this one, all of them alive.
pub(crate) struct Queue<V> {
    head: Cell<*const Waiter<V>>,
    tail: Cell<*const Waiter<V>>,
    callbacks: Cell<usize>,
}

/// A waiter that was taken off its queue and claimed: to be given its value, or relieved of it. Its owner
/// is in the ready queue, and stays until its next turn, which does not come while this is borrowed:
/// nothing waits while it holds one.
pub(crate) struct Served<'a, V>(&'a Waiter<V>);

impl<V> Served<'_, V> {
    /// Hands a taker its value.
    #[inline(always)]
    pub(crate) fn give(self, value: V) {
        self.0.slot.set(Some(value));
    }

    /// Takes a putter's value.
    #[inline(always)]
    pub(crate) fn receive(self) -> Option<V> {
        self.0.slot.take()
    }

    /// Tells it to look again.
    pub(crate) fn retry(self) {
        self.0.call_back();
    }
}

impl<V> Queue<V> {
    pub(crate) fn new() -> Queue<V> {
        Queue { head: Cell::new(ptr::null()), tail: Cell::new(ptr::null()), callbacks: Cell::new(0) }
    }

    /// How many callbacks wait here.
    pub(crate) fn callbacks(&self) -> usize {
        self.callbacks.get()
    }

    #[inline(always)]
    pub(crate) fn is_empty(&self) -> bool {
        self.head.get().is_null()
    }

    /// Links a waiter at the end.
    ///
    /// # Safety
    /// The queue and `claim` outlive the link: until the waiter has been unlinked, by itself, by being
    /// served, or by its `Drop`, neither moves nor goes. (`Pin` keeps the waiter.)
    #[inline(always)]
    pub(crate) unsafe fn push(&self, waiter: Pin<&Waiter<V>>, claim: &Claim, branch: u32) {
        let waiter = waiter.get_ref();
        assert!(!waiter.is_linked(), "a waiter is linked once");
        waiter.claim.set(claim);
        waiter.branch.set(branch);
        waiter.queue.set(self);
        waiter.next.set(ptr::null());
        let last = self.tail.replace(waiter);
        waiter.prev.set(last);
        if last.is_null() {
            self.head.set(waiter);
        } else {
            // SAFETY: `last` is linked here, hence alive (invariant of `Queue`).
            unsafe { (*last).next.set(waiter) }
        }
        if waiter.counted {
            self.callbacks.set(self.callbacks.get() + 1);
        }
    }

    /// Takes a waiter out of the chain.
    ///
    /// # Safety
    /// It is linked in this queue.
    #[inline(always)]
    unsafe fn remove(&self, waiter: &Waiter<V>) {
        let (prev, next) = (waiter.prev.get(), waiter.next.get());
        // SAFETY: neighbours of a linked waiter are linked, hence alive (invariant of `Queue`), or null.
        let (before, after) = unsafe { (prev.as_ref(), next.as_ref()) };
        before.map_or(&self.head, |before| &before.next).set(next);
        after.map_or(&self.tail, |after| &after.prev).set(prev);
        self.forget(waiter);
    }

    /// The waiter is out of the chain.
    #[inline(always)]
    fn forget(&self, waiter: &Waiter<V>) {
        waiter.queue.set(ptr::null());
        if waiter.counted {
            self.callbacks.set(self.callbacks.get() - 1);
        }
    }

    /// As [`remove`](Queue::remove), for the waiter at the head: it has only one neighbour.
    #[inline(always)]
    fn remove_first(&self, first: &Waiter<V>) {
        debug_assert!(ptr::eq(self.head.get(), first));
        let next = first.next.get();
        self.head.set(next);
        // SAFETY: it is linked here, hence alive (invariant of `Queue`), or null.
        unsafe { next.as_ref() }.map_or(&self.tail, |next| &next.prev).set(ptr::null());
        self.forget(first);
    }

    /// Takes off and claims the first waiter that still waits.
    #[inline(always)]
    pub(crate) fn serve(&self) -> Option<Served<'_, V>> {
        loop {
            let first = self.head.get();
            if first.is_null() {
                return None;
            }
            // SAFETY: `first` is linked here, so it and its claim are alive (invariants of `Queue` and
            // `Waiter`). Its owner is parked, or in the ready queue if it was claimed elsewhere; either
            // way it cannot go on, and the waiter cannot go, before the scheduler's next step.
            let (waiter, claim) = unsafe { (&*first, &*(*first).claim.get()) };
            self.remove_first(waiter);
            if claim.claim(waiter.branch.get()) {
                return Some(Served(waiter));
            }
        }
    }

    /// Whether anybody other than `me` still waits here. Dead waiters met on the way are unlinked.
    #[inline(always)]
    pub(crate) fn has_other(&self, me: *const Claim) -> bool {
        let mut at = self.head.get();
        while !at.is_null() {
            // SAFETY: `at` is linked here, so it and its claim are alive (invariants).
            let (waiter, claim) = unsafe { (&*at, &*(*at).claim.get()) };
            at = waiter.next.get();
            if !claim.is_open() {
                // SAFETY: it is linked here.
                unsafe { self.remove(waiter) };
            } else if !ptr::eq(claim, me) {
                return true;
            }
        }
        false
    }

    /// Whether anybody still waits here.
    #[inline(always)]
    pub(crate) fn has_any(&self) -> bool {
        !self.is_empty() && self.has_other(ptr::null())
    }

    #[cold]
    #[inline(never)]
    fn unlink_all(&self) {
        while !self.head.get().is_null() {
            // SAFETY: it is linked here, hence alive.
            unsafe { self.remove(&*self.head.get()) };
        }
    }
}

impl<V> Drop for Queue<V> {
    #[inline(always)]
    fn drop(&mut self) {
        // Whoever waits keeps the channel, but for callbacks, and those have been answered by now. The
        // invariant of `Waiter` should not rest on that.
        if !self.head.get().is_null() {
            self.unlink_all();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::pin::pin;

    fn open(claims: &[Claim], home: &Home) {
        for claim in claims {
            // SAFETY: in these tests the claims and the queue live in one frame, and nodes are popped.
            unsafe {
                claim.belong(home);
                claim.open();
            }
        }
    }

    fn claims<const N: usize>() -> [Claim; N] {
        std::array::from_fn(|n| Claim::new(Kind::Task(n as u32)))
    }

    #[test]
    fn served_in_order_of_arrival() {
        let (home, queue) = (Home::of_thread(), Queue::new());
        let claims = claims::<2>();
        open(&claims, &home);
        let (a, b) = (pin!(Waiter::new(Some('a'))), pin!(Waiter::new(Some('b'))));
        // SAFETY: everything lives in this frame.
        unsafe {
            queue.push(a.as_ref(), &claims[0], 0);
            queue.push(b.as_ref(), &claims[1], 0);
        }
        assert_eq!(queue.serve().unwrap().receive(), Some('a'));
        assert_eq!(queue.serve().unwrap().receive(), Some('b'));
        assert!(queue.serve().is_none());
        assert!(home.ready.pop().is_some() && home.ready.pop().is_some() && home.ready.pop().is_none());
    }

    #[test]
    fn one_claim_in_two_queues_is_served_once() {
        let (home, left, right) = (Home::of_thread(), Queue::<i32>::new(), Queue::<i32>::new());
        let claims = claims::<1>();
        open(&claims, &home);
        let (a, b) = (pin!(Waiter::new(None)), pin!(Waiter::new(None)));
        // SAFETY: everything lives in this frame.
        unsafe {
            left.push(a.as_ref(), &claims[0], 0);
            right.push(b.as_ref(), &claims[0], 1);
        }
        assert!(right.has_any());
        right.serve().unwrap().give(5);
        assert_eq!(claims[0].branch(), 1);
        assert!(!left.has_any(), "the other branch is dead");
        assert!(left.is_empty() && !a.is_linked(), "and met, hence unlinked");
        assert!(b.is_answered() && b.slot().take() == Some(5));
        home.ready.pop();
    }

    #[test]
    fn withdrawn_from_the_middle() {
        let (home, queue) = (Home::of_thread(), Queue::new());
        let claims = claims::<3>();
        open(&claims, &home);
        let waiters: [Pin<Box<Waiter<usize>>>; 3] = std::array::from_fn(|n| Box::pin(Waiter::new(Some(n))));
        for (waiter, claim) in waiters.iter().zip(&claims) {
            // SAFETY: everything lives in this frame.
            unsafe { queue.push(waiter.as_ref(), claim, 0) };
        }
        let [first, middle, last] = waiters;
        drop(middle);
        assert_eq!(queue.serve().unwrap().receive(), Some(0));
        assert_eq!(queue.serve().unwrap().receive(), Some(2));
        drop((first, last));
        while home.ready.pop().is_some() {}
    }
}
