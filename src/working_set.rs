//! How much of what was given back is worth keeping: what was needed lately.
//!
//! Whoever keeps things for the next who needs one (stacks, blocks of records) asks here how many of them to let go: the
//! fewest that were kept at any time since the last look were not needed since then. A look is taken when as many were
//! given back as there are, so that the cost of each is paid for by one that was given back; and when a scheduler has had
//! nothing to do for a while. (Bonwick and Adams, "Magazines and Vmem", USENIX 2001, section 3.4.)

use std::cell::Cell;
use std::mem;
use std::time::Duration;

use crate::time::Time;

/// How long a look of somebody who has nothing to do looks back.
const REST: Duration = Duration::from_secs(1);

/// What is known about the need for one kind of things.
#[derive(Default)]
pub(crate) struct WorkingSet {
    /// The fewest that were kept since the last look.
    spare: usize,
    /// How many were given back since then.
    given: usize,
    /// Whether the last look was not a rest.
    looked: bool,
}

impl WorkingSet {
    /// One was taken, and so many are still kept.
    #[inline]
    pub(crate) fn taken(&mut self, kept: usize) {
        self.spare = self.spare.min(kept);
    }

    /// One was given back; `all` are kept or in use. Whether it is time for a [`look`](WorkingSet::look).
    #[inline]
    pub(crate) fn given(&mut self, all: usize) -> bool {
        self.given += 1;
        self.given >= all
    }

    /// Many were given back: how many of the `kept` are to go, for nobody has needed them, and `floor` are to stay.
    #[cold]
    pub(crate) fn look(&mut self, kept: usize, floor: usize) -> usize {
        self.looked = true;
        self.let_go(kept, floor, usize::MAX)
    }

    /// There is nothing to do: how many of the `kept` are to go, and `most` at a time. So many means that there may be more.
    pub(crate) fn rest(&mut self, kept: usize, floor: usize, most: usize) -> usize {
        // The last look may have been a moment ago: nothing is known yet of what is needed since.
        if mem::take(&mut self.looked) { 0 } else { self.let_go(kept, floor, most) }
    }

    fn let_go(&mut self, kept: usize, floor: usize, most: usize) -> usize {
        let going = self.spare.min(kept.saturating_sub(floor)).min(most);
        self.spare -= going;
        if going < most {
            (self.given, self.spare) = (0, kept - going);
        }
        going
    }
}

/// When somebody who has nothing to do takes a look.
pub(crate) struct Rest {
    last: Cell<Time>,
}

impl Rest {
    pub(crate) fn new() -> Rest {
        Rest { last: Cell::new(Time::ZERO) }
    }

    /// It is `now`, and there is nothing to do. If more is kept than may always be (`is_rich`), and has been for a while,
    /// some of it goes: `let_go` says whether there is more. When to ask again.
    pub(crate) fn rest(
        &self,
        now: Time,
        mut is_rich: impl FnMut() -> bool,
        let_go: impl FnOnce() -> bool,
    ) -> Option<Time> {
        if !is_rich() {
            self.last.set(now);
            return None;
        }
        let due = self.last.get() + REST;
        if now < due {
            return Some(due);
        }
        if let_go() {
            return Some(now);
        }
        self.last.set(now);
        is_rich().then(|| now + REST)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_has_needed_between_two_looks_goes_but_for_the_floor() {
        let mut set = WorkingSet::default();
        assert!(!set.given(2) && set.given(2), "as many as there are");
        assert_eq!(set.look(10, 1), 0, "nothing is known yet");
        set.taken(7);
        set.taken(8);
        assert_eq!(set.look(10, 1), 7);
        assert_eq!(set.look(3, 1), 2, "one is to stay");
        assert!(!set.given(2), "they are counted from the last look on");
    }

    #[test]
    fn a_rest_lets_go_some_at_a_time_and_not_right_after_a_look() {
        let mut set = WorkingSet::default();
        set.look(10, 0);
        assert_eq!(set.rest(10, 0, 4), 0);
        assert_eq!([set.rest(10, 0, 4), set.rest(6, 0, 4), set.rest(2, 0, 4)], [4, 4, 2]);
    }

    #[test]
    fn who_is_rich_rests_after_a_while() {
        let at = |seconds| Time::from_start(Duration::from_secs(seconds));
        let (rest, kept) = (Rest::new(), Cell::new(2));
        let ask = |seconds| {
            let let_go = || {
                kept.set(kept.get() - 1);
                kept.get() > 0
            };
            rest.rest(at(seconds), || kept.get() > 0, let_go)
        };
        assert_eq!(ask(5), Some(at(5)), "since the start");
        assert_eq!(ask(5), None);
        kept.set(2);
        assert_eq!((ask(5), kept.get()), (Some(at(6)), 2));
    }
}
