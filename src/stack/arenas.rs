//! Stacks from arenas, the way of Linux: see [`super`].

mod arena;
mod guard;
mod shelf;
#[cfg(test)]
mod tests;

use std::cell::RefCell;
use std::fmt;
use std::marker::PhantomData;
use std::ops::Range;

use corosensei::stack::StackPointer;

use guard::Kernel;
use shelf::{Place, Shelf};

use super::sizes::{CLASSES, class_of, size_of};
use super::{StackError, StackStats};
use crate::time::Time;
use crate::working_set::Rest;

/// How far apart the colours of two stacks are: a cache line.
const COLOUR: usize = 64;

/// How many colours there are. All of them lie in the upper half of the topmost page.
const COLOURS: u32 = 32;

/// A stack for one coroutine.
///
/// Invariant: it is the only owner of the memory between `limit` and `base`, which stays mapped
/// until the stack is [given back](Stacks::give), and for good if it never is. Its lowest page is
/// a guard. So there is deliberately no `Drop`: to lose a stack is the safe way to abandon one
/// whose coroutine has not finished.
pub(crate) struct Stack {
    /// The highest address, where the coroutine begins.
    base: StackPointer,
    /// The lowest address, where the guard begins.
    limit: StackPointer,
    /// How large the guard is.
    guard: u32,
    /// Its size class.
    class: u32,
    /// Where it is on that class's shelf.
    place: Place,
}

impl Stack {
    /// How many bytes can be used: all but the guard and the colour.
    #[cfg(test)]
    pub(crate) fn size(&self) -> usize {
        self.base.get() - self.guard().end
    }

    /// The addresses nobody may touch, below the usable ones. Who does ran off the stack.
    pub(crate) fn guard(&self) -> Range<usize> {
        let limit = self.limit.get();
        limit..limit + self.guard as usize
    }
}

// SAFETY: by the invariant the memory is there and owned, and guarded below. The smallest class is
// larger than the guard, the colour and the least size together (`Stacks::take` sees to that where
// pages are large), and the base is a multiple of a cache line, so aligned.
unsafe impl corosensei::stack::Stack for Stack {
    #[inline]
    fn base(&self) -> StackPointer {
        self.base
    }

    #[inline]
    fn limit(&self) -> StackPointer {
        self.limit
    }
}

/// All stacks of one scheduler.
pub(crate) struct Stacks {
    /// How to guard them.
    kernel: Kernel,
    /// The size classes. Never borrowed while anybody else's code runs.
    shelves: RefCell<[Shelf; CLASSES]>,
    /// When a look is taken at what is not needed.
    rest: Rest,
    /// A scheduler's stacks stay on its thread, as its coroutines do.
    pinned: PhantomData<*const ()>,
}

impl Stacks {
    /// No stacks yet; maps nothing. Of each size class at least `keep` that are not in use stay warm, once there are so
    /// many.
    pub(crate) fn new(keep: usize) -> Self {
        Self::with(Kernel::probe(), keep)
    }

    /// As [`new`](Self::new), for a kernel that may offer less than the one that runs.
    fn with(kernel: Kernel, keep: usize) -> Self {
        let shelves = std::array::from_fn(|class| Shelf::new(size_of(class), kernel.page, keep));
        Self { kernel, shelves: RefCell::new(shelves), rest: Rest::new(), pinned: PhantomData }
    }

    /// Takes a stack of `size` bytes, rounded up to a size class: the one given back last.
    ///
    /// Inlined, as [`give`](Self::give) is: a stack written by a call and read right after it as
    /// one block stalls the processor, and both together take 20 ns instead of 8.
    #[inline(always)]
    pub(crate) fn take(&self, size: usize) -> Result<Stack, StackError> {
        // Where a page has 64 KiB, a stack of that size would be all guard.
        let class = class_of(size.max(4 * self.kernel.page))?;
        let shelf = &mut self.shelves.borrow_mut()[class];
        let place = shelf.take(self.kernel)?;
        let pointer = |address| StackPointer::new(address).expect("nothing is mapped at zero");
        Ok(Stack {
            base: pointer(shelf.base(place)),
            limit: pointer(shelf.limit(place).expect("a place on the shelf is in an arena")),
            guard: self.kernel.page as u32,
            class: class as u32,
            place,
        })
    }

    /// Takes a stack back. The coroutine on it has finished.
    ///
    /// # Panics
    ///
    /// When the stack was taken from other `Stacks`.
    #[inline(always)]
    pub(crate) fn give(&self, stack: Stack) {
        let shelf = &mut self.shelves.borrow_mut()[stack.class as usize];
        // No two mappings share an address, and that of a stack in use is not replaced: so a place
        // whose address is right is a place on this very shelf.
        let own = shelf.limit(stack.place) == Some(stack.limit.get());
        assert!(own, "a stack was given back to another scheduler than it was taken from");
        // SAFETY: taken here, as was just seen; and as there is but one `Stack` for each stack in
        // use, its taker has no other.
        unsafe { shelf.give(self.kernel, stack.place) };
    }

    /// The scheduler has nothing to do at this time: gives up what was not needed since the last look, if that was a
    /// while ago. When to ask again, if there is more.
    pub(crate) fn rest(&self, now: Time) -> Option<Time> {
        let is_rich = || self.shelves.borrow().iter().any(Shelf::is_rich);
        let let_go = || self.shelves.borrow_mut().iter_mut().fold(false, |more, shelf| shelf.rest(self.kernel) | more);
        self.rest.rest(now, is_rich, let_go)
    }

    /// Counts the stacks of all classes together.
    pub(crate) fn stats(&self) -> StackStats {
        let mut stats = StackStats::default();
        for shelf in self.shelves.borrow().iter() {
            let [in_use, warm, cold, mapped] = shelf.count();
            stats.in_use += in_use;
            stats.warm += warm;
            stats.cold += cold;
            stats.mapped += mapped;
        }
        stats
    }
}

impl fmt::Debug for Stacks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.stats().fmt(f)
    }
}
