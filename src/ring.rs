//! A buffer that threads put to and take from without a lock, until somebody seizes it.
//!
//! ```text
//!        head                    tail
//!         ▼                       ▼
//!   [  ] [v ] [v ] [v ] [v ] [v ] [  ] [  ]
//!  free for the next lap               free in this one
//! ```
//!
//! Who puts moves `tail` on by compare-and-exchange, writes into the slot it stood at, and stamps that; who takes does the
//! same with `head`. So those who put and those who take write to different lines of memory, and each slot goes from one to
//! the other once. (Vyukov's bounded queue, <https://www.1024cores.net/home/lock-free-algorithms/queues/bounded-mpmc-queue>,
//! with the laps of crossbeam's, so that any capacity will do, and is exact.)
//!
//! `head` and `tail` also say whether the ring is seized. From then on neither moves but for the one who has seized it: what
//! he sees is how it is, but for what others still write or read in slots they came to before.

use std::cell::UnsafeCell;
use std::mem::MaybeUninit;

use crate::threads::{AtomicUsize, Ordering, fence, pause};

/// In `head` and `tail`: whether it is seized. The rest is a position: the lap and the index of a slot.
const SEIZED: usize = 1;
/// In a stamp: whether there is a value. The rest is the position of the put that comes next, or of the one that was there.
const FILLED: usize = 1;
/// From a position to the next of the same lap.
const STEP: usize = 2;

/// How many values, and how many bytes, are kept ready at most; where there may be more, memory should be taken as they come.
const MOST_VALUES: usize = 1024;
const MOST_BYTES: usize = 64 * 1024;

/// Invariant: the value of a slot belongs to whoever has moved `tail` across its position, until he stamps it as filled, and then
/// to whoever moves `head` across it, until he stamps it as free.
pub(crate) struct Ring<T> {
    head: Line<AtomicUsize>,
    tail: Line<AtomicUsize>,
    slots: Box<[Slot<T>]>,
    /// From a position to the same slot a lap later: a power of two.
    lap: usize,
}

/// In a line of memory of its own, and the one that the processor loads beside it.
#[repr(align(128))]
struct Line<T>(T);

struct Slot<T> {
    stamp: AtomicUsize,
    value: UnsafeCell<MaybeUninit<T>>,
}

// SAFETY: a value is one thread's at a time (invariant); from one to the next it goes by way of the stamp, which is stored after
// and loaded before.
unsafe impl<T: Send> Sync for Ring<T> {}

/// Why nothing was put or taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// There was a moment at which there was no room, or no value.
    NotNow,
    /// It is seized, or is not.
    Seized,
}

impl<T> Ring<T> {
    /// For so many values; `None` if it should not be kept ready for them.
    pub(crate) fn new(capacity: usize) -> Option<Ring<T>> {
        let most = MOST_VALUES.min(MOST_BYTES / size_of::<Slot<T>>());
        (1..=most).contains(&capacity).then(|| Ring {
            head: Line(AtomicUsize::new(0)),
            tail: Line(AtomicUsize::new(0)),
            slots: free_slots(capacity),
            lap: (capacity * STEP).next_power_of_two(),
        })
    }

    pub(crate) fn capacity(&self) -> usize {
        self.slots.len()
    }

    /// Puts, if it is not seized; the value comes back if it was not put.
    #[inline(always)]
    pub(crate) fn put(&self, value: T) -> Result<(), (Refused, T)> {
        self.put_where(0, value)
    }

    /// Takes, if it is not seized.
    #[inline(always)]
    pub(crate) fn take(&self) -> Result<T, Refused> {
        self.take_where(0)
    }

    /// Puts, if it is seized.
    pub(crate) fn put_seized(&self, value: T) -> Result<(), (Refused, T)> {
        self.put_where(SEIZED, value)
    }

    /// Takes, if it is seized.
    pub(crate) fn take_seized(&self) -> Result<T, Refused> {
        self.take_where(SEIZED)
    }

    #[inline(always)]
    fn put_where(&self, seized: usize, value: T) -> Result<(), (Refused, T)> {
        let mut tail = self.tail.0.load(Ordering::Relaxed);
        for tried in 0.. {
            if tail & SEIZED != seized {
                break;
            }
            let at = tail & !SEIZED;
            let slot = self.slot(at);
            if slot.stamp.load(Ordering::Acquire) == at {
                let next = self.after(at) | seized;
                match self.tail.0.compare_exchange_weak(tail, next, Ordering::SeqCst, Ordering::Relaxed) {
                    Ok(_) => {
                        // SAFETY: `tail` was moved across it here, and it is free: nobody else has it (invariant).
                        unsafe { (*slot.value.get()).write(value) };
                        slot.stamp.store(at | FILLED, Ordering::Release);
                        return Ok(());
                    }
                    Err(now) => tail = now,
                }
            } else {
                // It was not free, or `tail` has moved on since.
                fence(Ordering::SeqCst);
                let head = self.head.0.load(Ordering::Relaxed);
                tail = self.tail.0.load(Ordering::Relaxed);
                if head == at.wrapping_sub(self.lap) | seized && tail == at | seized {
                    return Err((Refused::NotNow, value));
                }
            }
            pause(tried);
        }
        Err((Refused::Seized, value))
    }

    #[inline(always)]
    fn take_where(&self, seized: usize) -> Result<T, Refused> {
        let mut head = self.head.0.load(Ordering::Relaxed);
        for tried in 0.. {
            if head & SEIZED != seized {
                break;
            }
            let at = head & !SEIZED;
            let slot = self.slot(at);
            if slot.stamp.load(Ordering::Acquire) == at | FILLED {
                let next = self.after(at) | seized;
                match self.head.0.compare_exchange_weak(head, next, Ordering::SeqCst, Ordering::Relaxed) {
                    Ok(_) => {
                        // SAFETY: `head` was moved across it here, and it is filled: nobody else has it (invariant).
                        let value = unsafe { (*slot.value.get()).assume_init_read() };
                        slot.stamp.store(at.wrapping_add(self.lap), Ordering::Release);
                        return Ok(value);
                    }
                    Err(now) => head = now,
                }
            } else {
                // It was not filled, or `head` has moved on since.
                fence(Ordering::SeqCst);
                let tail = self.tail.0.load(Ordering::Relaxed);
                head = self.head.0.load(Ordering::Relaxed);
                if tail == at | seized && head == at | seized {
                    return Err(Refused::NotNow);
                }
            }
            pause(tried);
        }
        Err(Refused::Seized)
    }

    /// From here on nobody puts or takes but who says that it is seized: true if it was not yet.
    pub(crate) fn seize(&self) -> bool {
        if self.is_seized() {
            return false;
        }
        self.head.0.fetch_or(SEIZED, Ordering::SeqCst);
        self.tail.0.fetch_or(SEIZED, Ordering::SeqCst);
        true
    }

    #[inline(always)]
    pub(crate) fn is_seized(&self) -> bool {
        self.tail.0.load(Ordering::Acquire) & SEIZED != 0
    }

    /// All may put and take again.
    pub(crate) fn release(&self) {
        self.head.0.fetch_and(!SEIZED, Ordering::SeqCst);
        self.tail.0.fetch_and(!SEIZED, Ordering::SeqCst);
    }

    /// How many values there are: while it is seized.
    pub(crate) fn len(&self) -> usize {
        let (head, tail) = (self.head.0.load(Ordering::Relaxed), self.tail.0.load(Ordering::Relaxed));
        let (from, to) = (self.index(head), self.index(tail));
        match (tail ^ head) & !(self.lap - 1) {
            0 => to - from,
            _ => self.capacity() - from + to,
        }
    }

    /// How much has been put and taken: it never goes back. Who sees a value, or that one is missing, sees it counted.
    pub(crate) fn moves(&self) -> usize {
        let moved = |end: &Line<AtomicUsize>| end.0.load(Ordering::Acquire) & !SEIZED;
        moved(&self.head).wrapping_add(moved(&self.tail))
    }

    #[inline(always)]
    fn index(&self, position: usize) -> usize {
        (position & (self.lap - 1)) / STEP
    }

    #[inline(always)]
    fn slot(&self, position: usize) -> &Slot<T> {
        &self.slots[self.index(position)]
    }

    /// The position after this one.
    #[inline(always)]
    fn after(&self, position: usize) -> usize {
        if self.index(position) + 1 < self.capacity() {
            position + STEP
        } else {
            (position & !(self.lap - 1)).wrapping_add(self.lap)
        }
    }
}

/// The slots of the first lap, made where they stay: values may be larger than a stack.
fn free_slots<T>(count: usize) -> Box<[Slot<T>]> {
    let mut slots = Box::new_uninit_slice(count);
    for (index, slot) in slots.iter_mut().enumerate() {
        let slot: *mut Slot<T> = slot.as_mut_ptr();
        // SAFETY: it is in the box.
        unsafe { (&raw mut (*slot).stamp).write(AtomicUsize::new(index * STEP)) };
    }
    // SAFETY: all have a stamp, and a value that is not there yet needs nothing.
    unsafe { slots.assume_init() }
}

impl<T> Drop for Ring<T> {
    fn drop(&mut self) {
        self.seize();
        // All of them, also if one panics.
        drop(Vec::from_iter(std::iter::from_fn(|| self.take_seized().ok())));
    }
}

#[cfg(all(test, not(csp_loom)))]
mod tests {
    use super::*;
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::rc::Rc;

    #[test]
    fn first_in_first_out_and_exact_at_both_ends_lap_after_lap() {
        for capacity in [1, 2, 3, 5] {
            let ring = Ring::new(capacity).unwrap();
            assert_eq!(ring.take(), Err(Refused::NotNow));
            for lap in 0..7 {
                (0..capacity).for_each(|n| ring.put((lap, n)).unwrap());
                assert_eq!(ring.put((lap, 9)), Err((Refused::NotNow, (lap, 9))), "{capacity} are there");
                assert_eq!(ring.len(), capacity);
                (0..capacity).for_each(|n| assert_eq!(ring.take(), Ok((lap, n))));
                assert_eq!((ring.take(), ring.len()), (Err(Refused::NotNow), 0));
                // The next lap begins in another slot.
                ring.put((lap, 7)).unwrap();
                assert_eq!((ring.len(), ring.take()), (1, Ok((lap, 7))));
            }
        }
    }

    #[test]
    fn positions_may_pass_the_greatest_number() {
        for capacity in [1, 3, 4] {
            let mut ring = Ring::new(capacity).unwrap();
            let last_lap = usize::MAX & !(ring.lap - 1);
            (ring.head, ring.tail) = (Line(AtomicUsize::new(last_lap)), Line(AtomicUsize::new(last_lap)));
            for (index, slot) in ring.slots.iter().enumerate() {
                slot.stamp.store(last_lap + index * STEP, Ordering::Relaxed);
            }
            for lap in 0..3 {
                (0..capacity).for_each(|n| ring.put((lap, n)).unwrap());
                assert_eq!((ring.put((lap, 9)), ring.len()), (Err((Refused::NotNow, (lap, 9))), capacity));
                (0..capacity).for_each(|n| assert_eq!(ring.take(), Ok((lap, n))));
                assert_eq!((ring.take(), ring.len()), (Err(Refused::NotNow), 0));
            }
        }
    }

    #[test]
    fn who_has_seized_it_has_it_alone() {
        let ring = Ring::new(2).unwrap();
        ring.put(1).unwrap();
        assert_eq!((ring.put_seized(2), ring.take_seized()), (Err((Refused::Seized, 2)), Err(Refused::Seized)));
        assert!(ring.seize() && !ring.seize());
        assert_eq!((ring.put(2), ring.take()), (Err((Refused::Seized, 2)), Err(Refused::Seized)));
        ring.put_seized(2).unwrap();
        assert_eq!((ring.len(), ring.put_seized(3)), (2, Err((Refused::NotNow, 3))));
        assert_eq!([ring.take_seized(), ring.take_seized(), ring.take_seized()], [Ok(1), Ok(2), Err(Refused::NotNow)]);
        ring.release();
        assert_eq!((ring.put(3), ring.take()), (Ok(()), Ok(3)));
    }

    #[test]
    fn what_is_put_and_taken_is_counted() {
        let ring = Ring::new(3).unwrap();
        let mut seen = ring.moves();
        let mut has_moved = || std::mem::replace(&mut seen, ring.moves()) < ring.moves();
        for n in 0..10 {
            ring.put(n).unwrap();
            assert!(has_moved(), "a put");
            _ = ring.seize();
            ring.release();
            assert!(!has_moved(), "to seize it is none");
            ring.take().unwrap();
            assert!(has_moved(), "a take");
        }
    }

    #[test]
    fn where_much_memory_would_be_kept_ready_there_is_no_ring() {
        assert!(Ring::<u64>::new(MOST_VALUES).is_some() && Ring::<u64>::new(MOST_VALUES + 1).is_none());
        assert!(Ring::<[u8; 60 * 1024]>::new(1).is_some() && Ring::<[u8; 60 * 1024]>::new(2).is_none());
        assert!(Ring::<()>::new(0).is_none());
    }

    #[test]
    fn what_is_left_is_dropped_with_it_also_if_one_panics() {
        struct Bomb {
            _counted: Rc<()>,
            goes_off: bool,
        }
        impl Drop for Bomb {
            fn drop(&mut self) {
                assert!(!self.goes_off, "bomb");
            }
        }
        let count = Rc::new(());
        let ring = Ring::new(4).unwrap();
        for goes_off in [false, true, false] {
            assert!(ring.put(Bomb { _counted: count.clone(), goes_off }).is_ok());
        }
        assert!(catch_unwind(AssertUnwindSafe(|| drop(ring))).is_err());
        assert_eq!(Rc::strong_count(&count), 1);
    }
}
