//! What is to happen when, in order of time and, for equal times, of making.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::{Rc, Weak};

use crate::census::Count;
use crate::prefetch::prefetch;
use crate::time::Time;
use crate::wait::Claim;

/// A timer's place in the order: when it is due, and which one in order of making.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Key {
    due: Time,
    number: u64,
}

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

/// All timers of a scheduler. One that is cancelled is gone at once.
pub(crate) struct Timers {
    queue: RefCell<BTreeMap<Key, Target>>,
    made: Count,
}

impl Timers {
    pub(crate) fn new() -> Timers {
        Timers { queue: RefCell::new(BTreeMap::new()), made: Count::default() }
    }

    fn insert(&self, due: Time, target: Target) -> Key {
        let key = Key { due, number: self.made.add() };
        self.queue.borrow_mut().insert(key, target);
        key
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
        self.queue.borrow_mut().remove(&key);
    }

    /// When the next one is due.
    pub(crate) fn next(&self) -> Option<Time> {
        self.queue.borrow().first_key_value().map(|(key, _)| key.due)
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
        let all = std::mem::take(&mut *self.queue.borrow_mut());
        for target in all.into_values() {
            if let Target::Fire(target) = target
                && let Some(target) = target.upgrade()
            {
                target.end();
            }
        }
    }

    /// Sets off all that are due at `now`, but for those made meanwhile.
    pub(crate) fn run(&self, now: Time) {
        let made = self.made.get();
        let mut due = self.take_due(now, made);
        while let Some(target) = due {
            match target {
                Target::Claim(claim, branch) => {
                    // Taken ahead, for the processor to fetch. It stays: to claim one party runs no other.
                    due = self.take_due(now, made);
                    if let Some(Target::Claim(next, _)) = due {
                        prefetch(next, 1);
                    }
                    // SAFETY: the claim is alive (invariant of `Target::Claim`).
                    unsafe { (*claim).claim(branch) };
                }
                Target::Fire(target) => {
                    if let Some(target) = target.upgrade() {
                        target.fire();
                    }
                    due = self.take_due(now, made);
                }
            }
        }
    }

    /// The first, if it is due and among the first `made`.
    fn take_due(&self, now: Time, made: u64) -> Option<Target> {
        let mut queue = self.queue.borrow_mut();
        let first = queue.first_entry()?;
        (first.key().due <= now && first.key().number <= made).then(|| first.remove())
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
    use std::time::Duration;

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
}
