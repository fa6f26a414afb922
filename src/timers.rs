//! What is to happen when, in order of time and, for equal times, of making.

mod radix_heap;

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};
use std::time::Duration;

use crate::census::Count;
use crate::time::Time;
use crate::wait::Claim;
use crate::working_set::Rest;
use radix_heap::{Entry, RadixHeap};

pub(crate) use radix_heap::Key;

/// Something other than a process that a timer sets off.
pub(crate) trait Fire {
    /// The time has come. Runs no code of the user.
    fn fire(self: Rc<Self>);

    /// The scheduler has ended: the time will never come. Runs no code of the user.
    fn end(self: Rc<Self>);
}

enum Target {
    /// Wake this party.
    ///
    /// Invariant: the claim is alive, for whoever set the timer cancels it before it goes.
    Claim(*const Claim, u32),
    /// Set this off, if it is still there.
    Fire(Weak<dyn Fire>),
}

/// What is needed of so many is loaded at the same time.
const TOGETHER: usize = 64;

/// Of so many that go off the stacks are loaded, too: as many as run in a turn.
const SOON: usize = 256;

/// So many timers are a crowd.
const CROWD: usize = 256;

/// For each of a crowd that went off together with another, the next may be kept waiting so long.
const GAP: Duration = Duration::from_micros(16);

/// None is kept waiting longer: who ticks each millisecond is to miss nothing.
const WIDEST_GAP: Duration = Duration::from_micros(900);

/// All timers of a scheduler. One that is cancelled is gone at once.
pub(crate) struct Timers {
    queue: RefCell<RadixHeap<Target>>,
    made: Count,
    /// How many went off together last.
    together: Cell<u32>,
    /// When the room for timers that have gone is given back.
    rest: Rest,
}

impl Timers {
    pub(crate) fn new() -> Timers {
        Timers {
            queue: RefCell::new(RadixHeap::new()),
            made: Count::default(),
            together: Cell::new(0),
            rest: Rest::new(),
        }
    }

    #[inline(always)]
    fn insert(&self, due: Time, target: Target) -> Key {
        let number = self.made.add();
        self.queue.borrow_mut().insert(due, number, target)
    }

    /// Will claim `claim` for `branch`.
    ///
    /// # Safety
    /// The claim stays alive and where it is until the timer has gone off or been cancelled.
    pub(crate) unsafe fn wake(&self, due: Time, claim: &Claim, branch: u32) -> Key {
        self.insert(due, Target::Claim(claim, branch))
    }

    /// Will set off `target`.
    pub(crate) fn fire(&self, due: Time, target: Weak<dyn Fire>) -> Key {
        self.insert(due, Target::Fire(target))
    }

    /// Forgets a timer, if it has not gone off yet.
    pub(crate) fn cancel(&self, key: Key) {
        // Dropping the target runs nothing: it is a pointer, or weak.
        self.queue.borrow_mut().cancel(key);
    }

    /// When to [`run`](Timers::run) them again: when the next one is due, or before, where a crowd is to be sorted then.
    pub(crate) fn next(&self) -> Option<Time> {
        self.queue.borrow_mut().next()
    }

    /// How long it does not pay to wake up for the next. To sleep and wake up costs some microseconds, and so does each place in
    /// memory that is waited for alone: where a crowd is due, those that are due close together are better set off together.
    /// One that went off alone is a sign that no crowd is.
    pub(crate) fn gap(&self) -> Duration {
        match self.len() {
            ..CROWD => Duration::ZERO,
            _ => WIDEST_GAP.min(GAP * self.together.get().saturating_sub(1)),
        }
    }

    /// How many were ever set.
    pub(crate) fn made(&self) -> u64 {
        self.made.get()
    }

    pub(crate) fn len(&self) -> usize {
        self.queue.borrow().len()
    }

    /// No time will come any more: whoever waits for one learns it.
    pub(crate) fn end(&self) {
        self.for_each_due(Time::from_start(Duration::MAX), |target| {
            if let Target::Fire(target) = target
                && let Some(target) = target.upgrade()
            {
                target.end();
            }
        });
    }

    /// Sets off all that are due at `now`, but for those made meanwhile.
    pub(crate) fn run(&self, now: Time) {
        self.for_each_due(now, |target| match target {
            // SAFETY: the claim is alive (invariant of `Target::Claim`).
            Target::Claim(claim, branch) => _ = unsafe { (*claim).claim(branch) },
            Target::Fire(target) => {
                if let Some(target) = target.upgrade() {
                    target.fire();
                }
            }
        });
    }

    /// Hands over what is due at `now`, in order, but for what is cancelled meanwhile.
    fn for_each_due(&self, now: Time, mut f: impl FnMut(Target)) {
        let Some(due) = self.queue.borrow_mut().take_due(now) else { return };
        if !due.is_empty() {
            self.together.set(due.len().try_into().unwrap_or(u32::MAX));
        }
        for (number, few) in due.chunks(TOGETHER).enumerate() {
            self.prefetch(few, number < SOON / TOGETHER);
            for &entry in few {
                let target = self.queue.borrow_mut().redeem(entry);
                if let Some(target) = target {
                    f(target);
                }
            }
        }
        self.queue.borrow_mut().take_back(due);
    }

    /// Begins to load what is needed of those who are due together: in a crowd they lie anywhere, and are waited for one by
    /// one otherwise. Of those who are to run `soon` the stacks as well.
    fn prefetch(&self, due: &[Entry], soon: bool) {
        let queue = self.queue.borrow();
        let claims = || {
            due.iter().filter_map(|&entry| match queue.peek(entry) {
                // SAFETY: the claim is alive (invariant of `Target::Claim`), at least until something is set off.
                Some(&Target::Claim(claim, _)) => Some(unsafe { &*claim }),
                _ => None,
            })
        };
        claims().for_each(Claim::prefetch_party);
        if soon {
            claims().for_each(Claim::prefetch_stack);
        }
    }

    /// There is nothing to do at this time: gives back the room of timers that have gone, if there has been much of it for a
    /// while. When to ask again, if there is more.
    pub(crate) fn rest(&self, now: Time) -> Option<Time> {
        let is_rich = || self.queue.borrow().is_rich();
        let let_go = || {
            self.queue.borrow_mut().let_go();
            false
        };
        self.rest.rest(now, is_rich, let_go)
    }
}

/// A timer that is cancelled when this is dropped, and can be set again.
pub(crate) struct Alarm {
    timers: Weak<Timers>,
    key: Cell<Option<Key>>,
}

impl Alarm {
    pub(crate) fn new(timers: &Rc<Timers>) -> Alarm {
        Alarm { timers: Rc::downgrade(timers), key: Cell::new(None) }
    }

    /// Sets it to `due`, for `target`; whatever it was set to before is cancelled. Without effect once the
    /// scheduler is gone.
    pub(crate) fn set(&self, due: Time, target: Weak<dyn Fire>) {
        if let Some(timers) = self.timers.upgrade()
            && let Some(before) = self.key.replace(Some(timers.fire(due, target)))
        {
            timers.cancel(before);
        }
    }

    /// Forgets what it was set to.
    pub(crate) fn cancel(&self) {
        if let (Some(timers), Some(key)) = (self.timers.upgrade(), self.key.take()) {
            timers.cancel(key);
        }
    }
}

impl Drop for Alarm {
    fn drop(&mut self) {
        self.cancel();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Note(Rc<RefCell<Vec<u32>>>, u32);

    impl Fire for Note {
        fn fire(self: Rc<Self>) {
            self.0.borrow_mut().push(self.1);
        }

        fn end(self: Rc<Self>) {}
    }

    #[test]
    fn equal_deadlines_fire_in_order_of_making_and_cancelled_ones_never() {
        let at = |ms| Time::from_start(Duration::from_millis(ms));
        let (timers, log) = (Timers::new(), Rc::new(RefCell::new(Vec::new())));
        let notes: Vec<Rc<dyn Fire>> = (0..4).map(|n| Rc::new(Note(log.clone(), n)) as Rc<dyn Fire>).collect();
        for (note, ms) in notes.iter().zip([20, 10, 20, 10]) {
            timers.fire(at(ms), Rc::downgrade(note));
        }
        let cancelled = timers.fire(at(10), Rc::downgrade(&notes[0]));
        timers.cancel(cancelled);
        timers.run(at(9));
        assert_eq!((timers.next(), timers.len()), (Some(at(10)), 4));
        timers.run(at(20));
        assert_eq!(*log.borrow(), [1, 3, 0, 2]);
    }

    #[test]
    fn only_a_crowd_that_goes_off_together_is_kept_waiting_and_never_for_a_millisecond() {
        let at = |us| Time::from_start(Duration::from_micros(us));
        let timers = Timers::new();
        let note: Rc<dyn Fire> = Rc::new(Note(Rc::default(), 0));
        let set = |due: &[u64]| due.iter().for_each(|&us| _ = timers.fire(at(us), Rc::downgrade(&note)));
        let gap_at = |us| {
            timers.run(at(us));
            timers.gap()
        };
        set(&[10; 20]);
        assert_eq!(gap_at(10), Duration::ZERO, "nobody is left");
        set(&[1_000_000; CROWD - 1]);
        assert_eq!(gap_at(20), Duration::ZERO, "no crowd");
        set(&[1_000_000]);
        assert_eq!(gap_at(20), 19 * GAP, "nothing was due since");
        timers.run(timers.next().unwrap());
        assert_eq!((timers.len(), timers.gap()), (CROWD, 19 * GAP), "nor now: they were sorted");
        set(&[30]);
        assert_eq!(gap_at(30), Duration::ZERO, "it went off alone");
        set(&[40; 500]);
        assert_eq!(gap_at(40), WIDEST_GAP);
        assert!(WIDEST_GAP < Duration::from_millis(1));
    }
}
